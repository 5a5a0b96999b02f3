/**
 * What control nodes do when their turn comes: a condition leaves out the branch it did not choose, a loop starts its body
 * again. Every decision is in the pipeline's row before anything follows from it.
 */
import { asObject, asString, isLazError, type JsonObject, own } from '@lazurite/spec'
import { type IfElse, itemsOf, type ParallelFor, truth } from './control-nodes.ts'
import { bindingsOf, type Graph, membersOf, type Node } from './graph.ts'
import { tell } from './journal.ts'
import { gather } from './loop-outputs.ts'
import { failUnit, outputOf, sourcesOf, type Unit } from './pipeline-start.ts'
import { specOfNode } from './spec-of-node.ts'
import type { Loop } from './status.ts'
import { fillText } from './step-inputs.ts'
import { readValue, valueTypeOf } from './step-values.ts'
import type { Work } from './type.ts'

/** Name of an iteration of a loop's body as a step: node names have no dots. */
export function unitOf(body: string, iteration: string): string {
  return `${body}.${iteration}`
}

/** Decides an `if_else`: the branch it did not choose is left out. */
export async function decide(work: Work, graph: Graph, node: Node, control: IfElse): Promise<void> {
  const { status } = work
  const said = await attempt(work, node.key, async () => {
    const { condition } = control
    if (typeof condition === 'boolean') return condition
    const text = await fillText(sourcesOf(work, graph), asString(condition) ?? '')
    const value = truth(text)
    if (value === undefined)
      failUnit(work, node.key, `its condition is ${JSON.stringify(text.slice(0, 80))}, which is neither true nor false`)
    return value
  })
  if (said === undefined) return
  status.decisions = { ...status.decisions, [node.key]: said }
  status.finished = { ...status.finished, [node.key]: 'Completed' }
  tell(work, `The condition ${node.key} is ${said}.`)
  const out = said ? control.no : control.yes
  const why = `the condition ${node.key} was ${said}`
  for (const name of out) for (const one of membersOf(graph, name)) leaveOut(work, one.key, why)
}

/** A step that will not run although nothing went wrong. */
export function leaveOut({ status }: Work, node: string, why: string): void {
  status.skipped = { ...status.skipped, [node]: why }
  status.bypassed = { ...status.bypassed, [node]: true }
}

/** Begins a loop whose needs are met. */
export async function beginLoop(work: Work, graph: Graph, node: Node): Promise<void> {
  const { status } = work
  const { control } = node
  let loop: Loop = { started: [] }
  if (control?.is === 'parallel_for') {
    const names = await attempt(work, node.key, async () =>
      (await itemsFor(work, graph, control)).map(([name]) => name),
    )
    if (!names) return
    loop = { started: [], ahead: names }
    tell(work, `The loop ${node.key} has ${names.length} iterations.`)
  }
  status.loops = { ...status.loops, [node.key]: loop }
}

/** Moves all loops on. Answers the steps to start. */
export async function driveLoops(work: Work, graph: Graph): Promise<Unit[]> {
  const units: Unit[] = []
  for (const [key, loop] of Object.entries(work.status.loops ?? {})) {
    const node = graph.get(key)
    if (!node || Object.hasOwn(work.status.finished ?? {}, key)) continue
    const { control } = node
    // whoever needs the outputs of a loop that goes round waits for its body
    const [at, next] = control?.is === 'do_while' ? [control.body, goRound] : [key, goAlong]
    const found = await attempt(work, at, () => next(work, graph, node, loop))
    units.push(...(found ?? []))
  }
  return units
}

/** One iteration after the other. */
async function goRound(work: Work, graph: Graph, node: Node, loop: Loop): Promise<Unit[]> {
  const { status } = work
  const { control } = node
  const body = control?.is === 'do_while' ? graph.get(control.body) : undefined
  if (control?.is !== 'do_while' || !body || Object.hasOwn(status.finished ?? {}, body.key)) return []
  const last = loop.started.at(-1)
  if (last !== undefined) {
    const unit = unitOf(body.key, last)
    const state = own(status.finished ?? {}, unit)
    if (state === undefined) return []
    const over = (as: typeof state) => {
      const job = own(status.children ?? {}, unit)
      if (job !== undefined) status.children = { ...status.children, [body.key]: job }
      status.finished = { ...status.finished, [body.key]: as }
      return []
    }
    if (state !== 'Completed') return over(state)
    if (!(await goesOn(work, body, unit, control.condition))) return over('Completed')
    if (loop.started.length >= control.most) {
      tell(work, `The loop ${node.key} ends after ${control.most} iterations, the most it may have.`)
      return over('Completed')
    }
    if (status.stopping) return over('Canceled')
  } else if (status.stopping) return []
  const next = String(loop.started.length + 1)
  const from = last === undefined ? {} : await carried(work, body, unitOf(body.key, last), control.mapping)
  loop.started.push(next)
  return [{ unit: unitOf(body.key, next), node: withInputs(body, from) }]
}

async function goesOn(work: Work, body: Node, unit: string, condition: string | undefined): Promise<boolean> {
  if (condition === undefined) return true
  const found = await outputOf(work, unit, condition)
  if (!found) throw new Problem(`the body ${body.key} has no output ${condition}`)
  const what = `The output ${condition} of the step ${unit}`
  const text = await readValue(work.ctx.store, work.key.scope, { uri: found.uri, what })
  const value = truth(text)
  if (value === undefined)
    throw new Problem(`${what} is ${JSON.stringify(text.slice(0, 80))}, which is neither true nor false`)
  return value
}

/** Inputs of the next iteration that are outputs of the last one. */
async function carried(work: Work, body: Node, unit: string, mapping: Record<string, string[]>): Promise<JsonObject> {
  const spec = await specOfNode(work.ctx.store, work.key.scope, body)
  if ('issue' in spec) throw new Problem(spec.issue.message)
  const inputs: JsonObject = {}
  for (const [output, names] of Object.entries(mapping)) {
    const found = await outputOf(work, unit, output)
    if (!found) throw new Problem(`the body ${body.key} has no output ${output}`)
    const what = `The output ${output} of the step ${unit}`
    const isValue = valueTypeOf(spec, output) !== undefined
    for (const name of names) {
      const port = asString(asObject(own(asObject(spec.spec.inputs), name)).type) ?? ''
      const takesValue = isValue && ['string', 'integer', 'number', 'boolean'].includes(port)
      inputs[name] = takesValue
        ? {
            jobInputType: 'literal',
            value: await readValue(work.ctx.store, work.key.scope, { uri: found.uri, what }),
          }
        : { jobInputType: found.type, uri: found.uri }
    }
  }
  return inputs
}

/** All iterations beside each other, at most so many at once. */
async function goAlong(work: Work, graph: Graph, node: Node, loop: Loop): Promise<Unit[]> {
  const { status } = work
  const { control } = node
  const body = control?.is === 'parallel_for' ? graph.get(control.body) : undefined
  if (control?.is !== 'parallel_for' || !body) return []
  const states = loop.started.map((name) => own(status.finished ?? {}, unitOf(body.key, name)))
  const running = states.filter((state) => state === undefined).length
  if (status.stopping) loop.ahead = []
  const ahead = loop.ahead ?? []
  if (running === 0 && ahead.length === 0) {
    if (states.every((state) => state === 'Completed') && !status.stopping) {
      loop.outputs = await gather(work, { node, body, iterations: loop.started })
      status.finished = { ...status.finished, [node.key]: 'Completed' }
    } else {
      status.problems = { ...status.problems, [node.key]: 'not all of its iterations completed' }
      status.finished = { ...status.finished, [node.key]: status.stopping ? 'Canceled' : 'Failed' }
    }
    return []
  }
  const room = Math.max(0, (control.most ?? ahead.length) - running)
  if (room === 0) return []
  const items = new Map(await itemsFor(work, graph, control))
  const names = ahead.slice(0, room)
  loop.ahead = ahead.slice(room)
  loop.started.push(...names)
  return names.map((name) => ({ unit: unitOf(body.key, name), node: withInputs(body, items.get(name) ?? {}) }))
}

/** The items of a loop by the name of their iteration. */
async function itemsFor(work: Work, graph: Graph, { items }: ParallelFor): Promise<[string, JsonObject][]> {
  const text = asString(items)
  // a list whose items have bindings in them is a list still: those are the inputs' business
  const bound = text !== undefined && bindingsOf(text).length > 0 && !/^\s*[[{]/.test(text)
  const found = itemsOf(bound ? await fillText(sourcesOf(work, graph), text) : items)
  if ('problem' in found) throw new Problem(found.problem)
  return found.items
}

function withInputs(body: Node, inputs: JsonObject): Node {
  return { ...body, wire: { ...body.wire, inputs: { ...asObject(body.wire.inputs), ...inputs } } }
}

/** Why a control node fails, in words. */
class Problem extends Error {}

/** What a control node finds wrong makes it fail, not the pipeline around it. */
async function attempt<T>(work: Work, key: string, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Problem) && !isLazError(error)) throw error
    failUnit(work, key, error.message)
    return undefined
  }
}
