// Why steps run or not, and what is different when a pipeline goes on: the shapes of it.
import { asArray, asObject, asString, type Json, type JsonObject } from '@lazurite/spec'

/** One difference between a step and the one it was held against. */
export interface StepChange {
  /** E.g. `code`, `command`, `environment`, `inputs.lr`. */
  part: string
  before?: string
  now?: string
  /** Of a code: its files, and how many there are besides those listed. */
  files?: { files: { path: string; what: 'changed' | 'added' | 'removed' }[]; more: number }
  /** Of an environment: its packages, in words. */
  packages?: string[]
  /** Of an input: the steps whose outputs it is made of. */
  from?: string[]
}

interface StepReason {
  /** Path of keys: `train`, `outer/train`. */
  step: string
  why: string
  /** The step that the outputs are from. */
  of?: string
  changes?: StepChange[]
}

/** Why a step was run or not. */
export interface ExplainedStep extends StepReason {
  job?: string
  state: string
  decision: 'reused' | 'ran' | 'waits' | 'skipped' | 'control' | 'pipeline' | 'job'
  /** The completed step it was held against. */
  since?: { job: string; createdAt?: string; pipeline?: string }
  /** Steps of the same pipeline by that it had to run. */
  because?: { step: string; job: string; why: string }[]
}

export interface Explained extends ExplainedStep {
  /** Of a pipeline. */
  steps?: ExplainedStep[]
}

/** What would happen to a step. */
export interface PlannedStep extends StepReason {
  decision: 'reused' | 'runs' | 'later'
  /** The completed step it was held against. */
  since?: string
}

export interface Planned {
  name: string
  steps: PlannedStep[]
}

/** What is different about a step this time. */
export interface StepEdit {
  command?: string
  /** Id of a registered code: see `uploadCode`. */
  code?: string
  environment?: string
  inputs?: Record<string, string | number | boolean>
  environment_variables?: Record<string, string>
}

export interface Resume {
  /** Name of the job that goes on. */
  name?: string
  /** Inputs of the pipeline. */
  inputs?: Record<string, string | number | boolean>
  /** By path of keys. */
  steps?: Record<string, StepEdit>
}

export function resumeBody({ name, inputs, steps }: Resume): JsonObject {
  const body = { ...(name === undefined ? {} : { name }), ...(inputs ? { inputs } : {}), ...(steps ? { steps } : {}) }
  return JSON.parse(JSON.stringify(body)) as JsonObject // what went through JSON is JSON
}

/** The server writes these shapes itself; what it leaves out is absent. */
export function explainedOf(answer: Json): Explained {
  const told = asObject(answer)
  return { ...told, step: asString(told.step) ?? '', why: asString(told.why) ?? '' } as Explained // see above
}

export function plannedOf(answer: Json): Planned {
  const { name, steps } = asObject(answer)
  return { name: asString(name) ?? '', steps: asArray(steps) as unknown as PlannedStep[] } // see above
}
