/** The types of pipeline nodes that run, one lazy line each; every other type is refused by name. */
import { fail, type Issue } from '@lazurite/spec'
import type { Node } from '../graph.ts'
import type { NodeSpec } from '../spec-of-node.ts'
import type { NodeType } from './type.ts'

const register: Record<string, () => Promise<NodeType>> = {
  automl: async () => (await import('./automl.ts')).automl,
  command: async () => (await import('./command.ts')).command,
  pipeline: async () => (await import('./pipeline.ts')).pipeline,
  sweep: async () => (await import('./sweep.ts')).sweep,
  parallel: async () => (await import('./parallel.ts')).parallel,
  spark: async () => (await import('./spark.ts')).spark,
}

/** A node of the type `command` may name a component of any type. */
function typeName(node: Node, spec: NodeSpec): string {
  return node.type === 'command' ? spec.type : node.type
}

/** The type of a node. Raises NotSupported for one that does not run here. */
export async function nodeTypeOf(node: Node, spec: NodeSpec): Promise<NodeType> {
  const name = typeName(node, spec)
  const load = Object.hasOwn(register, name) ? register[name] : undefined
  return load ? load() : fail('NotSupported', unknown(name))
}

/** Why a node's type does not run here; undefined when it does. */
export function refusalOfNode(node: Node, spec: NodeSpec): Issue | undefined {
  const name = typeName(node, spec)
  if (Object.hasOwn(register, name)) return undefined
  const { what, why, instead } = unknown(name)
  return { path: ['type'], message: `${what} is not supported: ${why}.`, hint: instead }
}

function unknown(name: string) {
  return {
    what: `A step of type ${name}`,
    why: `this version runs steps of the types ${Object.keys(register).join(', ')}`,
    instead: 'Express it as a command.',
  }
}
