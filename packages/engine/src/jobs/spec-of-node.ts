/** What a node of a pipeline runs: the spec of the component it names, or the command written in the node itself. */
import { asObject, asString, type Issue, isObject, type Json, type JsonObject } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { findAsset } from '../lookup.ts'
import { field, type Node } from './graph.ts'
import { identify } from './uses.ts'

export interface NodeSpec {
  /** `command`, `pipeline`, … in lower case. */
  type: string
  /** In the component dialect: snake case. */
  spec: JsonObject
  /** The component's name and version; empty for one written in place. */
  component: { name: string; version: string; displayName: string; scope?: string }
  /** Ports are declared, and inputs checked against them. */
  declared: boolean
}

export async function specOfNode(store: Store, scope: string, node: Node): Promise<NodeSpec | { issue: Issue }> {
  const found = await specNamed(store, scope, node)
  const searched = Object.keys(asObject(field(node.wire, 'search_space', 'searchSpace')))
  return 'issue' in found || searched.length === 0 ? found : withSearched(found, searched)
}

/** Inputs whose values are searched need none from the pipeline. */
function withSearched(found: NodeSpec, searched: readonly string[]): NodeSpec {
  const inputs = Object.entries(asObject(found.spec.inputs)).map(([name, port]): [string, Json] => {
    const { default: _, ...rest } = asObject(port)
    return [name, searched.includes(name) ? { ...rest, optional: true } : port]
  })
  return { ...found, spec: { ...found.spec, inputs: Object.fromEntries(inputs) } }
}

async function specNamed(store: Store, scope: string, node: Node): Promise<NodeSpec | { issue: Issue }> {
  const names = ['componentId', 'component_id', 'component'] as const
  const given = field(node.wire, ...names) ?? field(asObject(node.wire.trial), ...names) ?? field(node.wire, 'trial')
  if (isObject(given)) return fromSpec(given, { name: '', version: '' })
  const id = asString(given)
  if (!id) return inPlace(node)
  const refuse = (message: string, hint: string) => ({ issue: { path: ['componentId'], message, hint } })
  const found = await findAsset(store, scope, id, 'components')
  if ('row' in found) {
    return fromSpec(asObject(found.row.props.componentSpec), identify(found.row))
  }
  const hint = found.hint ?? 'Create it with: laz component create -f FILE'
  return refuse(`The component cannot be used: ${found.missing}.`, hint)
}

function fromSpec(spec: JsonObject, from: { name: string; version: string; scope?: string }): NodeSpec {
  const { name } = from
  const displayName = asString(spec.display_name) ?? asString(spec.name) ?? name
  return {
    type: (asString(spec.type) ?? 'command').toLowerCase(),
    spec,
    component: { ...from, displayName },
    declared: true,
  }
}

/** Keys of a node written in place that are the same in a component's spec. */
const inPlaceKeys = ['command', 'distribution', 'resources', 'jobs'] as const

function inPlace({ wire, type, key }: Node): NodeSpec {
  const spec: JsonObject = { type }
  for (const name of inPlaceKeys) if (wire[name] !== undefined) spec[name] = wire[name]
  const code = field(wire, 'codeId', 'code')
  const environment = field(wire, 'environmentId', 'environment')
  if (code !== undefined) spec.code = code
  if (environment !== undefined) spec.environment = environment
  spec.inputs = Object.fromEntries(Object.keys(asObject(wire.inputs)).map((name) => [name, {}]))
  spec.outputs = Object.fromEntries(Object.keys(asObject(wire.outputs)).map((name) => [name, {}]))
  return { type, spec, component: { name: '', version: '', displayName: key }, declared: false }
}

/** The id without `azureml:` in front of an ARM id or a URI; other references stay as they are. */
export function bareId(value: unknown): string | undefined {
  return asString(value)?.replace(/^azureml:(?=\/(?!\/)|azureml:)/i, '')
}
