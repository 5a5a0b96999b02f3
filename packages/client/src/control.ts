// Conditions and loops of pipelines: steps that run nothing themselves and decide about others.
import { fail } from '@lazurite/spec'
import type { JobInput } from './io.ts'
import { type Outputs, Step } from './steps.ts'
import type { Wire } from './wiring.ts'

/** Any step of a pipeline, whatever it leaves behind. */
type AnyStep = Pick<Step, 'name' | 'document'>

/**
 * Runs one of two branches. The steps of both are returned from the pipeline's function like all others.
 * @param condition true, false, an input of the pipeline, or an output of a step that is a boolean
 * @example
 * const better = ifElse(judge.outputs.better, { true_block: publish, false_block: [report, clean] })
 * return { judge, publish, report, clean, better }
 */
export function ifElse(
  condition: Wire | boolean,
  { true_block, false_block }: { true_block?: AnyStep | AnyStep[]; false_block?: AnyStep | AnyStep[] },
): Step<Record<never, never>> {
  const block = (steps: AnyStep | AnyStep[] | undefined) =>
    steps === undefined ? undefined : [steps].flat().map(reference)
  return new Step(
    () => ({
      type: 'if_else',
      condition: typeof condition === 'boolean' ? condition : String(condition),
      ...(true_block === undefined ? {} : { true_block: block(true_block) }),
      ...(false_block === undefined ? {} : { false_block: block(false_block) }),
    }),
    {},
  )
}

/**
 * Runs a step again as long as one of its outputs is true, at most so many times. Other steps use the outputs of the body:
 * they get those of its last round.
 * @param mapping outputs of a round and the inputs that they become in the next one
 */
export function doWhile<O>(
  body: Step<O>,
  o: {
    condition?: Wire | (keyof O & string)
    mapping?: { readonly [K in keyof O]?: string | string[] }
    max_iteration_count: number
  },
): Step<Record<never, never>> {
  const { condition, mapping = {}, max_iteration_count } = o
  return new Step(
    () => ({
      type: 'do_while',
      body: reference(body),
      ...(condition === undefined ? {} : { condition: typeof condition === 'string' ? condition : condition.port }),
      mapping,
      limits: { max_iteration_count },
    }),
    {},
  )
}

/**
 * Runs a step once for each item. Its outputs are those of all rounds together: data as one MLTable, values as a list in
 * JSON.
 * @param items inputs of each round: a list, a mapping, or a wire that brings such a thing as JSON
 */
export function parallelFor<O>(
  body: Step<O>,
  items: Wire | readonly { [input: string]: JobInput }[] | { [name: string]: { [input: string]: JobInput } },
  o: { max_concurrency?: number } = {},
): Step<O> {
  const known = Object.keys(body.outputs as Outputs<Record<string, unknown>>)
  // the same names as the body's, each of the type that the loop makes of it
  const outputs = known.length === 0 ? undefined : Object.fromEntries(known.map((name) => [name, undefined]))
  return new Step<O>(
    () => ({
      type: 'parallel_for',
      body: reference(body),
      items: isWire(items) ? String(items) : items,
      ...o,
    }),
    outputs,
  )
}

function isWire(items: unknown): items is Wire {
  return typeof items === 'object' && items !== null && 'port' in items && 'from' in items
}

function reference(step: AnyStep): string {
  const name =
    step.name ??
    fail('BadArgument', {
      what: 'A step that a condition or a loop speaks of is not among what the function of the pipeline returns.',
    })
  return `\${{parent.jobs.${name}}}`
}
