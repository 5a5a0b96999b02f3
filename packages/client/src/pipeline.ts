// Pipelines put together by a function: it is handed the inputs and returns the steps by their names.
import { fail } from '@lazurite/spec'
import type { PipelineJob } from '../generated/documents.ts'
import type { JobInput, JobOutput } from './io.ts'
import { type Definition, define, type Overrides, portOf, Step } from './steps.ts'
import { Wire } from './wiring.ts'

/** What a pipeline is beside its steps. */
export interface PipelineOptions<I> extends Omit<PipelineJob, 'type' | 'jobs' | 'inputs' | 'outputs' | 'component'> {
  /** Values and data by name; the function gets a wire for each. */
  inputs?: I
  /** How outputs leave the pipeline, and under which name they are registered. */
  outputs?: { [name: string]: JobOutput }
}

/** What the function returns: steps by their names, and wires that become outputs of the pipeline. */
export type Parts = { readonly [name: string]: Step<never> | Step<Record<never, never>> | Step | Wire | object }

type OutputsOf<R> = { [K in keyof R as R[K] extends Wire ? K : never]: R[K] }

/**
 * Steps and what flows between them. The function is handed the pipeline's inputs and returns its steps by their names; a
 * wire that it returns becomes an output of the pipeline. What it gives is a job, and a step of a larger pipeline.
 * @example
 * const iris = pipeline({ display_name: 'iris', inputs: { depth: 3 } }, (inputs) => {
 *   const prepare = prep({ raw: Input({ type: 'uri_file', path: './iris.csv' }) })
 *   const train = fit({ table: prepare.outputs.table, depth: inputs.depth })
 *   return { prepare, train, model: train.outputs.model }
 * })
 * await laz.jobs.create(iris)
 */
export function pipeline<
  const I extends { readonly [name: string]: JobInput } = Record<never, never>,
  R extends object = Parts,
>(
  options: string | PipelineOptions<I>,
  build: (inputs: { readonly [K in keyof I]-?: Wire }) => R,
): Definition<Overrides<I>, OutputsOf<R>, PipelineJob> {
  const {
    inputs,
    outputs: kept,
    ...own
  }: PipelineOptions<I> = typeof options === 'string' ? { display_name: options } : options
  const given: Record<string, JobInput> = { ...inputs }
  const wires = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      new Wire(() => `\${{parent.inputs.${name}}}`, { type: String(portOf(value).type), port: name }),
    ]),
  )
  // one wire for every key of the inputs
  const { jobs, outputs } = sort(build(wires as { readonly [K in keyof I]-?: Wire }), kept)
  return define({
    // the table's own keys, with the steps written as nodes
    document: () =>
      ({ ...own, type: 'pipeline', inputs: given, outputs, jobs: written(jobs) }) as unknown as PipelineJob,
    node: (values, { outputs: more, ...keys }) => ({
      ...keys,
      type: 'pipeline',
      component: {
        type: 'pipeline',
        inputs: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, portOf(value)])),
        outputs,
        jobs: written(jobs),
      },
      inputs: { ...given, ...values },
      ...(more ? { outputs: more } : {}),
    }),
    outputs,
  })
}

type Jobs = Map<string, Step>

/** Gives the steps their names and binds what leaves the pipeline. */
function sort(
  parts: object,
  kept: PipelineOptions<unknown>['outputs'],
): { jobs: Jobs; outputs: Record<string, JobOutput> } {
  const jobs: Jobs = new Map()
  const outputs: Record<string, JobOutput> = {}
  for (const [name, part] of Object.entries(parts)) {
    if (!(part instanceof Step)) continue
    if (part.name !== undefined && part.name !== name)
      fail('BadArgument', {
        what: `The step ${name} is already called ${part.name}; call its definition once more for another.`,
      })
    part.name = name
    jobs.set(name, part)
  }
  for (const [name, part] of Object.entries(parts)) {
    if (part instanceof Step) continue
    if (!(part instanceof Wire && part.from instanceof Step))
      fail('BadArgument', {
        what: `${name} is neither a step nor an output of one; the function of a pipeline returns those alone.`,
      })
    if (part.from.name === undefined)
      fail('BadArgument', { what: `The step whose output becomes ${name} is not among what the function returns.` })
    part.from.bind(part.port, name)
    // the type was read from the step's own declaration
    outputs[name] = { ...(part.type === undefined ? {} : { type: part.type }), ...asOutput(kept?.[name]) } as JobOutput
  }
  return { jobs, outputs }
}

const asOutput = (output: JobOutput | undefined) => (typeof output === 'object' && output !== null ? output : {})

function written(jobs: Jobs): Record<string, unknown> {
  return Object.fromEntries([...jobs].map(([name, step]) => [name, step.document()]))
}
