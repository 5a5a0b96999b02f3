/**
 * The graph of a pipeline, read from the wire: nodes, and who must be over before whom. Pure: bindings are only read
 * here, never resolved. A binding is written `${{parent.jobs.a.outputs.b}}`; the old form without `parent.` is the same.
 */
import { asObject, asString, isObject, type Json, type JsonObject, own, refsOf, soleRef } from '@lazurite/spec'
import { type Control, controlOf } from './control-nodes.ts'

export interface Node {
  key: string
  /** `command`, `pipeline`, `sweep`, … in lower case. */
  type: string
  wire: JsonObject
  /** Nodes that must be over before it: those whose outputs it needs, conditions it stands under, the body of its loop. */
  after: string[]
  /** What a control node says. */
  control?: Control
  /** The control node that runs it again and again. */
  loop?: string
}

export type Graph = Map<string, Node>

/** A reference inside a node, its `parent.` taken off: ['inputs', x], ['outputs', z], ['jobs', a, 'outputs', b]. */
export type Binding = string[]

export function readGraph(jobs: JsonObject): Graph {
  const graph: Graph = new Map()
  for (const [key, raw] of Object.entries(jobs)) {
    const wire = withTables(asObject(raw))
    const type = (asString(wire.type) ?? asString(wire.jobType) ?? 'command').toLowerCase()
    const control = controlOf({ type, wire })
    graph.set(key, { key, type, wire, after: [], ...(control ? { control } : {}) })
  }
  for (const { key, control } of graph.values()) {
    const body = control && control.is !== 'if_else' ? graph.get(control.body) : undefined
    if (body && !body.control) body.loop ??= key
  }
  for (const node of graph.values()) node.after = [...waitsFor(node, graph)]
  for (const { key, control } of graph.values()) {
    if (control?.is !== 'if_else') continue
    for (const name of [...control.yes, ...control.no]) {
      for (const one of membersOf(graph, name)) if (one.key !== key && !one.after.includes(key)) one.after.push(key)
    }
  }
  return graph
}

const tables = { training_data: 'trainingData', validation_data: 'validationData', test_data: 'testData' }

/** Data that a node names beside its inputs is input like any other. */
function withTables(wire: JsonObject): JsonObject {
  const found = Object.entries(tables).flatMap(([name, camel]): [string, Json][] => {
    const value = field(wire, name, camel)
    return value === undefined ? [] : [[name, value]]
  })
  return found.length === 0 ? wire : { ...wire, inputs: { ...Object.fromEntries(found), ...asObject(wire.inputs) } }
}

/** A node that a branch names, and what starts or stops with it: a loop and its body are one. */
export function membersOf(graph: Graph, name: string): Node[] {
  const node = graph.get(name)
  const other = node?.control && node.control.is !== 'if_else' ? node.control.body : node?.loop
  return [node, other === undefined ? undefined : graph.get(other)].filter((one) => one !== undefined)
}

/** The nodes whose end a node waits for. */
function waitsFor(node: Node, graph: Graph): Set<string> {
  const { control } = node
  if (!control) return needs(node, graph, new Set())
  if (control.is === 'if_else') return namedIn(control.condition)
  if (control.is === 'do_while') return new Set([control.body])
  const body = graph.get(control.body)
  return new Set([...namedIn(control.items), ...(body ? needs(body, graph, new Set()) : [])])
}

function namedIn(value: Json | undefined): Set<string> {
  return new Set(bindingsOf(value).flatMap(([area, name]) => (area === 'jobs' && name !== undefined ? [name] : [])))
}

/** Every node after those it waits for, bodies of `parallel_for` left out; what waits in a circle is not among them. */
export function inOrder(graph: Graph): Node[] {
  const open = new Map<string, number>()
  const behind = new Map<string, Node[]>()
  const order: Node[] = []
  for (const node of graph.values()) {
    const after = node.after.filter((key) => graph.has(key))
    open.set(node.key, after.length)
    for (const key of after) {
      const list = behind.get(key)
      if (list) list.push(node)
      else behind.set(key, [node])
    }
    if (after.length === 0) order.push(node)
  }
  for (const done of order) {
    for (const node of behind.get(done.key) ?? []) {
      const left = (open.get(node.key) ?? 0) - 1
      open.set(node.key, left)
      if (left === 0) order.push(node)
    }
  }
  return order.filter((node) => !isInside(graph, node))
}

/** A node that runs only as the body of a `parallel_for`. */
export function isInside(graph: Graph, { loop }: Node): boolean {
  return loop !== undefined && graph.get(loop)?.control?.is === 'parallel_for'
}

/** The nodes a node waits for; an input shared with another node brings that one's needs along. */
function needs(node: Node, graph: Graph, seen: Set<string>): Set<string> {
  const found = new Set<string>()
  if (seen.has(node.key)) return found
  seen.add(node.key)
  for (const binding of bindingsOf(node.wire.inputs)) {
    const [area, name = '', side] = binding
    if (area !== 'jobs') continue
    if (side === 'inputs') {
      const other = graph.get(name)
      if (other) for (const key of needs(other, graph, seen)) found.add(key)
    } else found.add(name)
  }
  return found
}

/** Every binding inside a value, whatever its shape. */
export function bindingsOf(value: Json | undefined): Binding[] {
  if (typeof value === 'string') return refsOf(value).map(({ path }) => bare(path))
  if (Array.isArray(value)) return value.flatMap(bindingsOf)
  return isObject(value) ? Object.values(value).flatMap(bindingsOf) : []
}

/** The binding a text consists of, or undefined when it is anything else. */
export function soleBinding(text: string): Binding | undefined {
  const path = soleRef(text)
  return path && bare(path)
}

function bare(path: string[]): Binding {
  return path[0] === 'parent' ? path.slice(1) : path
}

/** The nodes of a cycle in order, or undefined when there is none. */
export function findCycle(graph: Graph): string[] | undefined {
  const done = new Set<string>()
  for (const start of graph.keys()) {
    // depth first with a trail of its own: pipelines may be longer than the stack is deep
    const trail: { key: string; next: number }[] = [{ key: start, next: 0 }]
    const on = new Set([start])
    while (trail.length > 0) {
      const here = trail[trail.length - 1]
      if (!here) break
      const after = done.has(here.key) ? [] : (graph.get(here.key)?.after ?? [])
      const key = after[here.next++]
      if (key === undefined) {
        done.add(here.key)
        on.delete(here.key)
        trail.pop()
      } else if (on.has(key)) {
        return [...trail.slice(trail.findIndex((step) => step.key === key)).map((step) => step.key), key]
      } else if (!done.has(key)) {
        on.add(key)
        trail.push({ key, next: 0 })
      }
    }
  }
  return undefined
}

/** The pipeline output a node's output is bound to: `${{parent.outputs.z}}` as text, or as a literal with that value. */
export function boundOutput(output: Json | undefined): string | undefined {
  const wire = asObject(output)
  const text = asString(output) ?? asString(wire.value) ?? asString(wire.path) ?? asString(wire.uri)
  const binding = text === undefined ? undefined : soleBinding(text)
  return binding?.[0] === 'outputs' ? binding.slice(1).join('.') : undefined
}

/** The nodes and outputs a pipeline output is filled from: several when they lie in different branches. */
export function originsOf(graph: Graph, name: string, declared: Json | undefined): { node: string; output: string }[] {
  const found: { node: string; output: string }[] = []
  for (const node of graph.values()) {
    for (const [output, wire] of Object.entries(asObject(node.wire.outputs))) {
      if (boundOutput(wire) === name) found.push({ node: node.key, output })
    }
  }
  if (found.length > 0) return found
  const wire = asObject(declared)
  const text = asString(declared) ?? asString(wire.value) ?? asString(wire.uri)
  const [area, node, side, ...output] = (text === undefined ? undefined : soleBinding(text)) ?? []
  return area === 'jobs' && node && side === 'outputs' ? [{ node, output: output.join('.') }] : []
}

/** A field under its wire or its YAML spelling: nodes of pipelines are written in both. */
export function field(wire: JsonObject, ...names: string[]): Json | undefined {
  for (const name of names) {
    const value = own(wire, name)
    if (value !== undefined && value !== null) return value
  }
  return undefined
}
