/** What a type of pipeline node must provide: refusals at the door, and the wire properties of the step's job. */
import type { Issue, JsonObject, Path } from '@lazurite/spec'
import type { Graph, Node } from '../graph.ts'
import type { NodeSpec } from '../spec-of-node.ts'
import type { Sources } from '../step-inputs.ts'
import type { Draft } from '../type.ts'

/** The pipeline around a node whose needs are met. */
export interface Around {
  /** The pipeline's name and wire properties. */
  pipeline: string
  props: JsonObject
  sources: Sources
}

/** A node as it is looked at before anything runs. */
export interface NodeCase {
  graph: Graph
  node: Node
  spec: NodeSpec
  specs: Map<string, NodeSpec>
  /** How many pipelines lie around this one. */
  depth: number
  /** Looks at a pipeline inside this node, with the properties it will have. */
  within(props: JsonObject, at: Path): Promise<Issue[]>
}

export interface NodeType {
  /**
   * What the step's job has beside the properties all steps have (`shared`: names, tags, inputs, outputs, compute);
   * `jobType` at least.
   */
  props(around: Around, shared: JsonObject, node: Node, spec: NodeSpec): Promise<JsonObject>
  /** Why the node cannot run here; paths are relative to the node. Bindings and inputs are checked for every type. */
  admit(draft: Draft, one: NodeCase): Promise<Issue[]>
}
