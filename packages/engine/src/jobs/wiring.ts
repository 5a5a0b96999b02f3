/**
 * A pipeline as people draw it: what is fed into which port of which step, read from the wire. Pure; what became of the
 * steps is added by `draw.ts`. Ids are paths of node keys; data that goes into a pipeline or comes out of it is a node
 * of its own, `:in/name` and `:out/name`.
 */
import { asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import { type Binding, bindingsOf, boundOutput, field, type Graph, type Node, originsOf } from './graph.ts'

export interface Wire {
  from: string
  to: string
  /** Output and input that it connects; '' where it is no data that flows. */
  fromPort: string
  toPort: string
  /** `data` flows; `branch`, `loop` and `after` say who decides about whom, who repeats whom, who waits for whom. */
  kind: 'data' | 'branch' | 'loop' | 'after'
}

export interface Port {
  /** The name of the port. */
  name: string
  type?: string
  /** A literal, or a binding or URI as it is written. */
  value?: string
  mode?: string
}

/** Inputs or outputs as they are written, in the order in which they are. */
export function portsOf(written: Json | undefined): Port[] {
  return Object.entries(asObject(written)).map(([name, raw]) => {
    const given = asObject(raw)
    const type = asString(field(given, 'jobInputType', 'jobOutputType', 'job_input_type', 'job_output_type', 'type'))
    const value = textOf(typeof raw === 'object' ? field(given, 'value', 'uri', 'path', 'default') : raw)
    const mode = asString(field(given, 'mode'))
    return {
      name,
      ...(type === undefined ? {} : { type }),
      ...(value === undefined ? {} : { value: value.slice(0, mostText) }),
      ...(mode === undefined ? {} : { mode }),
    }
  })
}

const mostText = 500

function textOf(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const plainTypes = new Set(['literal', 'string', 'integer', 'number', 'boolean', 'float'])

/** Whether an input brings files or tables, not a value. */
export function isData({ type, value }: Port): boolean {
  return type === undefined ? /^(azureml:|[a-z]+:\/\/|\/)/i.test(value ?? '') : !plainTypes.has(type.toLowerCase())
}

export interface Plan {
  graph: Graph
  inputs: readonly Port[]
  outputs: JsonObject
  /** Path of the pipeline inside the outermost one; '' for that one. */
  at: string
}

/** The id of a node, or of data, of a pipeline. */
export function idIn(at: string, key: string): string {
  return at === '' ? key : `${at}/${key}`
}

/** Everything that connects the nodes of one pipeline. */
export function wiresOf({ graph, inputs, outputs, at }: Plan): Wire[] {
  const data = new Set(inputs.filter(isData).map(({ name }) => name))
  const wires: Wire[] = []
  for (const node of graph.values()) {
    for (const [port, written] of Object.entries(asObject(node.wire.inputs))) {
      for (const source of sourcesOf(bindingsOf(written), { graph, data, seen: new Set() })) {
        wires.push({ ...source, to: node.key, toPort: port, kind: 'data' })
      }
    }
    wires.push(...controlWires(node, graph))
  }
  for (const name of outputNames(graph, outputs)) {
    for (const { node, output } of originsOf(graph, name, outputs[name])) {
      if (graph.has(node)) wires.push({ from: node, fromPort: output, to: `:out/${name}`, toPort: '', kind: 'data' })
    }
  }
  const linked = new Set(wires.map(({ from, to }) => `${from} ${to}`))
  for (const { key, after } of graph.values()) {
    for (const before of after) {
      if (!graph.has(before) || linked.has(`${before} ${key}`)) continue
      wires.push({ from: before, fromPort: '', to: key, toPort: '', kind: 'after' })
    }
  }
  return wires.map((wire) => ({ ...wire, from: idIn(at, wire.from), to: idIn(at, wire.to) }))
}

/** Names of the outputs of a pipeline: those it declares, and those that steps are bound to. */
export function outputNames(graph: Graph, outputs: JsonObject): string[] {
  const names = new Set(Object.keys(outputs))
  for (const { wire } of graph.values()) {
    for (const output of Object.values(asObject(wire.outputs))) {
      const name = boundOutput(output)
      if (name !== undefined) names.add(name)
    }
  }
  return [...names].filter((name) => originsOf(graph, name, outputs[name]).length > 0)
}

interface Sources {
  graph: Graph
  data: ReadonlySet<string>
  seen: Set<string>
}

/** What bindings lead to; an input shared with another node leads to what that one is fed with. */
function sourcesOf(bindings: readonly Binding[], o: Sources): { from: string; fromPort: string }[] {
  return bindings.flatMap(([area, name = '', side, ...port]) => {
    if (area === 'inputs') return o.data.has(name) ? [{ from: `:in/${name}`, fromPort: '' }] : []
    const node = area === 'jobs' ? o.graph.get(name) : undefined
    if (!node) return []
    if (side !== 'inputs') return [{ from: name, fromPort: port.join('.') }]
    const shared = `${name} ${port.join('.')}`
    if (o.seen.has(shared)) return []
    o.seen.add(shared)
    return sourcesOf(bindingsOf(asObject(node.wire.inputs)[port.join('.')]), o)
  })
}

function controlWires({ key, control }: Node, graph: Graph): Wire[] {
  if (!control) return []
  const asked = (value: Json | undefined, toPort: string) =>
    bindingsOf(value).flatMap(([area, name = '', , ...port]): Wire[] =>
      area === 'jobs' && graph.has(name)
        ? [{ from: name, fromPort: port.join('.'), to: key, toPort, kind: 'data' }]
        : [],
    )
  const leads = (names: readonly string[], fromPort: string, kind: Wire['kind']) =>
    names.filter((name) => graph.has(name)).map((name): Wire => ({ from: key, fromPort, to: name, toPort: '', kind }))
  if (control.is === 'if_else') {
    return [
      ...asked(control.condition, 'condition'),
      ...leads(control.yes, 'true', 'branch'),
      ...leads(control.no, 'false', 'branch'),
    ]
  }
  if (control.is === 'parallel_for') return [...asked(control.items, 'items'), ...leads([control.body], 'each', 'loop')]
  const condition = control.condition ?? ''
  return graph.has(control.body)
    ? [{ from: control.body, fromPort: condition, to: key, toPort: 'condition', kind: 'loop' }]
    : []
}
