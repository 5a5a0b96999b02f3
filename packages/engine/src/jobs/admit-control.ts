/** Why a node that decides about others cannot do so: it names what is not there, or says what cannot be meant. */
import { asObject, asString, type Issue, type Json, type JsonObject } from '@lazurite/spec'
import {
  type Control,
  type DoWhile,
  type IfElse,
  itemsOf,
  mostIterations,
  type ParallelFor,
  truth,
} from './control-nodes.ts'
import { bindingsOf, field, type Graph, type Node } from './graph.ts'
import type { NodeSpec } from './spec-of-node.ts'
import { valueTypeOf } from './step-values.ts'

export interface ControlCase {
  graph: Graph
  specs: Map<string, NodeSpec>
  /** Wire properties of the pipeline. */
  props: JsonObject
  /** What is wrong with a binding, in words that follow `is bound to`. */
  problemOf(binding: string[]): string | undefined
}

export function admitControl(node: Node, control: Control, one: ControlCase): Issue[] {
  if (control.is === 'if_else') return checkIfElse(node, control, one)
  const body = one.graph.get(control.body)
  if (!body || body.control) {
    const what = control.body === '' ? 'names no node' : `names ${control.body}, which is no step of this pipeline`
    return [{ path: ['body'], message: `The body of the loop ${what}.`, hint: 'Write body: ${{parent.jobs.<node>}}.' }]
  }
  const issues: Issue[] = []
  if (body.loop !== node.key) {
    issues.push({
      path: ['body'],
      message: `The step ${body.key} is the body of ${body.loop} already, and can be of one loop only.`,
    })
  }
  const spec = one.specs.get(body.key)
  if (!spec) return issues
  return control.is === 'do_while'
    ? [...issues, ...checkDoWhile(node, control, spec)]
    : [...issues, ...checkParallelFor(node, control, { ...one, spec, body })]
}

function checkIfElse(
  { wire }: Node,
  { condition, yes, no }: IfElse,
  { graph, specs, problemOf }: ControlCase,
): Issue[] {
  const issues: Issue[] = []
  if (yes.length + no.length === 0)
    issues.push({ path: ['true_block'], message: 'True block and false block cannot be empty at the same time.' })
  for (const [side, names] of [
    ['true_block', yes],
    ['false_block', no],
  ] as const) {
    for (const name of names) {
      if (!graph.has(name))
        issues.push({ path: [side], message: `The block names ${name}, which is no step of this pipeline.` })
    }
  }
  const both = yes.filter((name) => no.includes(name))
  if (both.length > 0)
    issues.push({
      path: ['false_block'],
      message: `True block and false block cannot contain the same nodes: ${both.join(', ')}.`,
    })
  if (typeof condition === 'boolean') return issues
  const text = asString(condition)
  const bindings = bindingsOf(text)
  if (text === undefined || (bindings.length === 0 && truth(text) === undefined)) {
    const hint = 'Write true, false, or condition: ${{parent.jobs.<node>.outputs.<output>}}.'
    return [
      ...issues,
      {
        path: ['condition'],
        message: `The condition is ${printed(wire.condition)}, which is neither true nor false.`,
        hint,
      },
    ]
  }
  for (const binding of bindings) {
    const problem = problemOf(binding)
    if (problem) issues.push({ path: ['condition'], message: `The condition is bound to ${problem}.` })
    const [area, name = '', , ...port] = binding
    const spec = area === 'jobs' ? specs.get(name) : undefined
    if (!problem && spec?.declared && valueTypeOf(spec, port.join('.')) === undefined) {
      issues.push({
        path: ['condition'],
        message: `The condition is bound to the output ${port.join('.')} of ${name}, which is data and no boolean.`,
      })
    }
  }
  return issues
}

function checkDoWhile({ wire }: Node, { condition, mapping, most }: DoWhile, spec: NodeSpec): Issue[] {
  const issues: Issue[] = []
  const [outputs, inputs] = [asObject(spec.spec.outputs), asObject(spec.spec.inputs)]
  const said = asObject(wire.limits).max_iteration_count
  if (said === undefined || !Number.isInteger(most) || most < 1 || most > mostIterations) {
    issues.push({
      path: ['limits', 'max_iteration_count'],
      message: `A loop needs a number of iterations at most, from 1 to ${mostIterations}, not ${printed(said)}.`,
    })
  }
  if (condition !== undefined && !Object.hasOwn(outputs, condition)) {
    issues.push({ path: ['condition'], message: `The body of the loop has no output ${condition}.` })
  } else if (condition !== undefined && spec.declared && valueTypeOf(spec, condition) === undefined) {
    issues.push({ path: ['condition'], message: `The output ${condition} of the body is data and no boolean.` })
  }
  const from = new Map<string, string>()
  for (const [output, names] of Object.entries(mapping)) {
    const path = ['mapping', output]
    if (!Object.hasOwn(outputs, output)) issues.push({ path, message: `The body of the loop has no output ${output}.` })
    for (const name of names) {
      const before = from.get(name)
      if (before !== undefined)
        issues.push({ path, message: `The input ${name} would come from two outputs, ${before} and ${output}.` })
      from.set(name, output)
      if (!Object.hasOwn(inputs, name)) issues.push({ path, message: `The body of the loop has no input ${name}.` })
      else if (spec.declared && isValue(inputs[name]) && Object.hasOwn(outputs, output) && !valueTypeOf(spec, output)) {
        issues.push({ path, message: `The output ${output} is data, and the input ${name} takes a value.` })
      }
    }
  }
  return issues
}

function checkParallelFor(
  { wire }: Node,
  { items, most }: ParallelFor,
  { spec, body, problemOf }: ControlCase & { spec: NodeSpec; body: Node },
): Issue[] {
  const issues: Issue[] = []
  if (
    wire.max_concurrency !== undefined &&
    wire.max_concurrency !== null &&
    (most === undefined || !Number.isInteger(most))
  ) {
    issues.push({
      path: ['max_concurrency'],
      message: `max_concurrency must be a whole number above 0, not ${printed(wire.max_concurrency)}.`,
    })
  }
  for (const binding of bindingsOf(items)) {
    const problem = problemOf(binding)
    if (problem) issues.push({ path: ['items'], message: `The items are bound to ${problem}.` })
  }
  const text = asString(items)
  if (text !== undefined && !/^\s*[[{]/.test(text) && bindingsOf(text).length > 0) return issues
  const found = itemsOf(items)
  if ('problem' in found) return [...issues, { path: ['items'], message: `The loop cannot run: ${found.problem}.` }]
  const inputs = asObject(spec.spec.inputs)
  const unknown = Object.keys(found.items[0]?.[1] ?? {}).filter((name) => spec.declared && !Object.hasOwn(inputs, name))
  if (unknown.length > 0)
    issues.push({ path: ['items'], message: `The body ${body.key} has no input ${unknown.join(', ')}.` })
  return issues
}

/** Inputs of a node that come from a loop: nobody need write them into the node. */
export function givenByLoop(graph: Graph, node: Node): ReadonlySet<string> | 'any' {
  const control = node.loop === undefined ? undefined : graph.get(node.loop)?.control
  if (control?.is === 'parallel_for') {
    const found = itemsOf(control.items)
    return 'items' in found ? new Set(Object.keys(found.items[0]?.[1] ?? {})) : 'any'
  }
  return new Set()
}

function isValue(port: Json | undefined): boolean {
  return ['string', 'integer', 'number', 'boolean'].includes(asString(field(asObject(port), 'type')) ?? '')
}

function printed(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)
}
