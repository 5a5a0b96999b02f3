// Definitions and steps: what a builder makes is a job by itself, and a function that puts it into a pipeline as a step.
import { fail } from '@lazurite/spec'
import type { CommandStep } from '../generated/documents.ts'
import type { AssetType, DataOutput, JobInput } from './io.ts'
import { type Built, Wire } from './wiring.ts'

/** Keys that a step may have beside its inputs. */
export type StepOptions = Pick<
  CommandStep,
  | 'comment'
  | 'compute'
  | 'description'
  | 'display_name'
  | 'distribution'
  | 'environment_variables'
  | 'identity'
  | 'limits'
  | 'queue_settings'
  | 'resources'
  | 'services'
  | 'tags'
> & {
  /** How outputs leave the step, and under which name they are registered. */
  outputs?: { [name: string]: DataOutput }
}

/** What a step leaves behind, each to be given to other steps. */
export type Outputs<O> = { readonly [K in keyof O]-?: Wire }

/** Inputs that a job in place was declared with: each has a value already, so each may be left out. */
export type Overrides<I> = { readonly [K in keyof I]?: JobInput }

type NeedsValue<P> = P extends { optional: true } ? false : P extends { default: unknown } ? false : true

/** Inputs that a component declares: those without a preset must be given. */
export type Given<I> = { readonly [K in keyof I as NeedsValue<I[K]> extends true ? K : never]: JobInput } & {
  readonly [K in keyof I as NeedsValue<I[K]> extends true ? never : K]?: JobInput
}

/** One step of a pipeline. It gets its name from the pipeline that returns it. */
export class Step<O = Record<string, unknown>> {
  /** What it leaves behind. */
  readonly outputs: Outputs<O>
  name: string | undefined
  readonly #write: () => Record<string, unknown>
  readonly #bound = new Map<string, string>()

  constructor(write: () => Record<string, unknown>, outputs: Readonly<Record<string, unknown>> | undefined) {
    this.#write = write
    const wire = (output: string) =>
      new Wire(() => `\${{parent.jobs.${this.#nameFor(output)}.outputs.${output}}}`, {
        from: this,
        type: typeOf(outputs?.[output]),
        port: output,
      })
    // a component on the server says nothing of its outputs: any name may be asked for
    const open = new Proxy({}, { get: (_, key) => (typeof key === 'string' ? wire(key) : undefined) })
    const known = Object.fromEntries(Object.keys(outputs ?? {}).map((output) => [output, wire(output)]))
    // the definition's type said which outputs there are
    this.outputs = (outputs === undefined ? open : known) as Outputs<O>
  }

  #nameFor(output: string): string {
    return (
      this.name ??
      fail('BadArgument', {
        what: `The step whose output ${output} is used is not among what the function of the pipeline returns.`,
      })
    )
  }

  /** Makes one of its outputs an output of the pipeline. */
  bind(output: string, to: string): void {
    this.#bound.set(output, to)
  }

  /** The node of the pipeline. */
  document(): Record<string, unknown> {
    const written = this.#write()
    const outputs: Record<string, unknown> = { ...(written.outputs as object | undefined) }
    for (const [output, to] of this.#bound) {
      const { mode } = (outputs[output] ?? {}) as DataOutput
      const path = `\${{parent.outputs.${to}}}`
      outputs[output] = mode === undefined ? path : { path, mode }
    }
    return Object.keys(outputs).length === 0 ? written : { ...written, outputs }
  }
}

function typeOf(output: unknown): string | undefined {
  return typeof output === 'object' && output !== null && 'type' in output && typeof output.type === 'string'
    ? output.type
    : undefined
}

/** What builders make: by itself a document, called a step. */
export interface Definition<G, O, D> extends Built<D> {
  /** Puts it into a pipeline: inputs by name, then keys of the step. */
  (inputs?: G, options?: StepOptions): Step<O>
  /** The document it is by itself. */
  document(): D
}

/** The same for what has inputs that must be given. */
export interface StrictDefinition<G, O, D> extends Built<D> {
  (inputs: G, options?: StepOptions): Step<O>
  document(): D
}

interface Defining<D> {
  document: () => D
  /** The node for these inputs and keys. */
  node: (inputs: Readonly<Record<string, unknown>>, options: StepOptions) => Record<string, unknown>
  /** Declared outputs; undefined when only the server knows. */
  outputs: Readonly<Record<string, unknown>> | undefined
}

/** Makes a definition of its two sides. */
export function define<G, O, D>({ document, node, outputs }: Defining<D>): Definition<G, O, D> {
  const call = (inputs?: G, options: StepOptions = {}) =>
    new Step<O>(() => node({ ...(inputs as object | undefined) }, options), outputs)
  return Object.assign(call, { document })
}

/** Declarations of ports for values and data, where a component must be made of a job. */
export function portOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'boolean') return { type: 'boolean', default: value }
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'number', default: value }
  if (typeof value === 'string') return { type: 'string', default: value }
  const { type, mode } = { ...(value as { type?: AssetType; mode?: string } | null | undefined) }
  return { type: type ?? 'uri_folder', ...(mode === undefined ? {} : { mode }) }
}
