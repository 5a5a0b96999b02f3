// Jobs, components and environments for people who write no YAML. What the words mean is said by the kinds' tables; here is
// only what makes them convenient: a builder gives a document, and a function that puts it into a pipeline.
import { asObject, asString, isObject, type JsonObject } from '@lazurite/spec'
import type {
  AutomlJob,
  CommandJob,
  Component,
  Environment,
  ParallelStep,
  Schedule,
  SparkJob,
  SweepJob,
} from '../generated/documents.ts'
import type { Inline, JobInput, JobOutput, Space } from './io.ts'
import {
  type Definition,
  define,
  type Given,
  type Overrides,
  portOf,
  type StepOptions,
  type StrictDefinition,
} from './steps.ts'
import { type Built, isBuilt } from './wiring.ts'
import { YamlFile } from './yaml-file.ts'

type Ports = { readonly [name: string]: unknown }
type InputsOf<T> = T extends { inputs: infer I } ? I : Record<never, never>
type OutputsOf<T> = T extends { outputs: infer O } ? O : Record<never, never>
type Unknown = Record<string, JobInput>
type KeysOf<T> = T extends unknown ? keyof T : never
/** Keys that the table does not have are refused while one types. */
type Exact<C, Shape> = { readonly [K in Exclude<keyof C, KeysOf<Shape>>]: never }

/** A job in place as a node: its own inputs, those that were given, and the keys of the step over its own. */
function inPlace(type: string, job: Ports, inputs: Ports, options: StepOptions): Record<string, unknown> {
  const { name: _, experiment_name: __, type: ___, ...own } = job
  const { outputs, ...keys } = options
  const merged = { ...asPorts(job.inputs), ...inputs }
  return { ...own, ...keys, type, inputs: merged, outputs: { ...asPorts(job.outputs), ...outputs } }
}

const asPorts = (value: unknown): Ports => ({ ...(value as Ports | undefined) })

/** The part of a command job that a sweep tries and a component keeps. */
const tried = ['command', 'code', 'environment', 'environment_variables', 'resources', 'distribution'] as const

function pick(job: Ports, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.flatMap((key) => (job[key] === undefined ? [] : [[key, job[key]]])))
}

/**
 * One shell command in a copy of a folder.
 * @example
 * const train = command({
 *   code: './src',
 *   command: 'python train.py --data ${{inputs.data}} --out ${{outputs.model}}',
 *   environment: 'azureml:host@latest',
 *   inputs: { data: Input({ type: 'uri_file', path: './iris.csv' }), depth: 3 },
 *   outputs: { model: Output({ type: 'custom_model' }) },
 * })
 * await laz.jobs.create(train)
 */
export function command<const C extends Omit<CommandJob, 'type'>>(
  job: C & Exact<C, CommandJob>,
): Definition<Overrides<InputsOf<C>>, OutputsOf<C>, CommandJob> {
  return define({
    // a command job whose type was left to us
    document: () => ({ ...job, type: 'command' }) as CommandJob,
    node: (inputs, options) => inPlace('command', job, inputs, options),
    outputs: asPorts(job.outputs),
  })
}

/** A program on Spark. */
export function spark<const C extends Omit<SparkJob, 'type'>>(
  job: C & Exact<C, SparkJob>,
): Definition<Overrides<InputsOf<C>>, OutputsOf<C>, SparkJob> {
  return define({
    document: () => ({ ...job, type: 'spark' }) as SparkJob,
    node: (inputs, options) => inPlace('spark', job, inputs, options),
    outputs: asPorts(job.outputs),
  })
}

/** A model sought among many; `task` says of which sort. */
export function automl<const C extends Omit<AutomlJob, 'type'>>(
  job: C & Exact<C, AutomlJob>,
): Definition<Record<never, never>, OutputsOf<C>, AutomlJob> {
  return define({
    document: () => ({ ...job, type: 'automl' }) as unknown as AutomlJob,
    node: (_, options) => {
      const { inputs: __, ...node } = inPlace('automl', job, {}, options)
      return node
    },
    outputs: asPorts((job as Ports).outputs),
  })
}

/** A function over mini-batches of an input; it lives in pipelines alone. */
export function parallel<const C extends Omit<ParallelStep, 'type' | 'component'>>(
  step: C & Exact<C, ParallelStep>,
): Definition<Overrides<InputsOf<C>>, OutputsOf<C>, ParallelStep> {
  return define({
    document: () => ({ ...step, type: 'parallel' }) as ParallelStep,
    node: (inputs, options) => inPlace('parallel', step, inputs, options),
    outputs: asPorts(step.outputs),
  })
}

/** What a sweep is made of. */
export interface SweepOptions<S> extends Omit<SweepJob, 'type' | 'trial' | 'search_space' | 'inputs' | 'outputs'> {
  /** The command that is tried: what `command` made, or its keys. */
  trial: Omit<CommandJob, 'type'> | Built<CommandJob>
  /** The values of each parameter; they stand for the inputs of these names. */
  search_space: S
}

const rename = (text: unknown, from: string, to: string, names: readonly string[]) =>
  names.reduce(
    (line, name) => line.replaceAll(new RegExp(`\\$\\{\\{\\s*${from}\\.${name}\\s*\\}\\}`, 'g'), `\${{${to}.${name}}}`),
    String(text),
  )

/**
 * Many trials of one command. Where the command says `${{inputs.lr}}`, a trial gets a value of the search space.
 * @example
 * sweep({
 *   trial: train,
 *   search_space: { lr: uniform(0.01, 0.1), depth: choice(2, 4, 8) },
 *   objective: { goal: 'minimize', primary_metric: 'loss' },
 *   limits: { max_total_trials: 20, max_concurrent_trials: 4 },
 * })
 */
export function sweep<const S extends { readonly [name: string]: Space }>(
  options: SweepOptions<S>,
): Definition<Unknown, Record<string, JobOutput>, SweepJob> {
  const { trial, ...own } = options
  const job = (isBuilt(trial) ? trial.document() : trial) as Ports
  const names = Object.keys(own.search_space)
  const fixed = Object.fromEntries(Object.entries(asPorts(job.inputs)).filter(([name]) => !names.includes(name)))
  const outputs = asPorts(job.outputs)
  const document = () => ({
    ...own,
    type: 'sweep',
    trial: { ...pick(job, tried), command: rename(job.command, 'inputs', 'search_space', names) },
    inputs: fixed,
    outputs,
  })
  const trialComponent = () => ({
    type: 'command',
    ...pick(
      job,
      tried.filter((key) => key !== 'environment_variables'),
    ),
    command: rename(job.command, 'search_space', 'inputs', names),
    inputs: {
      ...Object.fromEntries(Object.entries(fixed).map(([name, value]) => [name, portOf(value)])),
      ...Object.fromEntries(
        Object.entries(own.search_space).map(([name, space]) => [name, { type: typeOfSpace(space) }]),
      ),
    },
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, portOf(value)])),
  })
  return define({
    document: () => document() as unknown as SweepJob,
    node: (inputs, { outputs: kept, ...keys }) => {
      const shared = pick(own, [
        'sampling_algorithm',
        'objective',
        'early_termination',
        'limits',
        'queue_settings',
        'compute',
      ])
      const node = { type: 'sweep', trial: trialComponent(), search_space: own.search_space }
      return { ...shared, ...keys, ...node, inputs: { ...fixed, ...inputs }, outputs: { ...outputs, ...kept } }
    },
    outputs,
  })
}

function typeOfSpace(space: Space): string {
  if (space.type === 'randint') return 'integer'
  if (space.type !== 'choice') return 'number'
  if (space.values.every((value) => Number.isInteger(value))) return 'integer'
  return space.values.every((value) => typeof value === 'number') ? 'number' : 'string'
}

/**
 * A job with its name and place left open. Its inputs and outputs are declared, so the editor knows them where it is used.
 * @example
 * const prepare = component({
 *   name: 'prepare', type: 'command', code: './src', environment: 'azureml:host@latest',
 *   inputs: { raw: { type: 'uri_file' }, share: { type: 'number', default: 0.2 } },
 *   outputs: { table: { type: 'uri_folder' } },
 *   command: 'python prepare.py ${{inputs.raw}} ${{inputs.share}} ${{outputs.table}}',
 * })
 * await laz.components.create(prepare)
 */
export function component<const C extends Component>(
  document: C & Exact<C, Component>,
): StrictDefinition<Given<InputsOf<C>>, OutputsOf<C>, Component>
/** One that the server has (`azureml:prepare:1`), or a YAML file: its inputs and outputs may have any name. */
export function component(
  reference: string | YamlFile,
): Definition<Record<string, JobInput>, Record<string, JobOutput>, Component>
export function component(
  given: Component | string | YamlFile,
): Definition<Unknown, Record<string, JobOutput>, Component> {
  const file = given instanceof YamlFile ? given.source : undefined
  // a component's document as its YAML spells it
  const document = (file ? file.yaml : given) as Component
  const held = file?.path ?? (file ? file.yaml : given)
  const known: JsonObject | undefined =
    typeof given === 'string' ? undefined : asObject(document as unknown as JsonObject)
  return define({
    document: () => document,
    node: (inputs, { outputs, ...keys }) => {
      const type = known === undefined ? undefined : (asString(known.type) ?? 'command')
      return {
        ...(type === undefined ? {} : { type }),
        ...keys,
        component: held,
        inputs,
        ...(outputs ? { outputs } : {}),
      }
    },
    outputs: known === undefined ? undefined : isObject(known.outputs ?? null) ? asPorts(known.outputs) : {},
  })
}

/**
 * What must be installed for code to run; used in place, or created under its name.
 * @example environment({ image: 'ubuntu:22.04', conda_file: { dependencies: ['python=3.11'] } })
 */
export function environment<const E extends Inline<Environment>>(document: E): E {
  return { ...document }
}

/** What happens again and again; `laz.schedules.create` takes it. See `cron` and `recurrence`. */
export function schedule(document: Schedule): Schedule {
  return { ...document }
}
