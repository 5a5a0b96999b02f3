// What a tracking server holds, whoever holds it: the shape between those who read one and those who write one.

import type { JsonObject } from '@lazurite/spec'

export interface Experiment {
  id: string
  name: string
  deleted: boolean
  /** Epoch ms. */
  createdAt?: number
  updatedAt?: number
  tags: Record<string, string>
}

export interface Dataset {
  name: string
  digest: string
  source_type: string
  source: string
  schema?: string
  profile?: string
  tags: Record<string, string>
}

export interface Run {
  id: string
  experimentId: string
  name: string
  user: string
  /** RUNNING, SCHEDULED, FINISHED, FAILED or KILLED. */
  status: string
  /** Epoch ms. */
  startTime: number
  endTime?: number
  deleted: boolean
  params: Record<string, string>
  tags: Record<string, string>
  datasets: Dataset[]
  modelInputs: string[]
  modelOutputs: { model_id: string; step: number }[]
  /** Names of its metrics. */
  keys: string[]
  artifactUri: string
}

/** Name, value, epoch ms, step. */
export type Point = [key: string, value: number, timestamp: number, step: number]

export interface SourceFile {
  /** Inside the artifacts, with slashes. */
  path: string
  sizeBytes?: number
  read(): AsyncIterable<Uint8Array>
}

/** Raised when artifacts are somewhere that cannot be reached from here: why. */
export class OutOfReach extends Error {}

export interface LoggedModel {
  id: string
  experimentId: string
  name: string
  type: string
  sourceRunId?: string
  /** 1 pending, 2 ready, 3 failed. */
  status: number
  params: Record<string, string>
  tags: Record<string, string>
  metrics: { key: string; value: number | string; timestamp: number; step: number; run_id: string }[]
  artifactUri: string
  createdAt?: number
  updatedAt?: number
}

export interface Version {
  version: string
  source: string
  runId?: string
  modelId?: string
  description?: string
  stage?: string
  createdAt?: number
  updatedAt?: number
  tags: Record<string, string>
}

/** What the words of MLflow's records say of a version, wherever they are kept. */
export function versionSaid(
  text: (key: string) => string | undefined,
): Pick<Version, 'source' | 'runId' | 'modelId' | 'description' | 'stage'> {
  const [runId, modelId, description, stage] = ['run_id', 'model_id', 'description', 'current_stage'].map(text)
  return {
    source: text('source') ?? '',
    ...(runId ? { runId } : {}),
    ...(modelId ? { modelId } : {}),
    ...(description ? { description } : {}),
    ...(stage ? { stage } : {}),
  }
}

export interface RegisteredModel {
  name: string
  description?: string
  createdAt?: number
  updatedAt?: number
  tags: Record<string, string>
  aliases: Record<string, string>
  versions: Version[]
}

export interface Trace {
  id: string
  experimentId: string
  /** As MLflow's third dialect tells it: state, times, tags, metadata, assessments. */
  info: JsonObject
  /** Its spans are with it; else they are in a file of its own. */
  hasSpans: boolean
  /** How many, where that is quickly told. */
  count?: number
  /** Runs it was linked to, beside the one that made it. */
  runs: string[]
  /** `<name>/<version>` */
  prompts: string[]
  artifactUri: string
}

export interface Evaluation {
  id: string
  name: string
  digest?: string
  /** Epoch ms. */
  createdAt: number
  updatedAt: number
  createdBy?: string
  updatedBy?: string
  /** JSON. */
  schema?: string
  profile?: string
  tags: Record<string, string>
  experimentIds: string[]
}

export interface Hook {
  id: string
  name: string
  description?: string
  url: string
  /** `<entity>.<action>` */
  events: string[]
}

export interface Source {
  /** In words, without anything secret. */
  readonly what: string
  /** A point may stand there twice. */
  readonly repeats: boolean
  experiments(): AsyncIterable<Experiment>
  runs(experiment: Experiment): AsyncIterable<Run>
  /** Of each metric of a run, where that is quickly told. */
  counts(run: Run): Promise<Record<string, number> | undefined>
  points(run: Run): AsyncIterable<Point>
  /** Raises OutOfReach. */
  artifacts(run: Run): AsyncIterable<SourceFile>
  models(experiment: Experiment): AsyncIterable<LoggedModel>
  /** Raises OutOfReach. */
  modelArtifacts(model: LoggedModel): AsyncIterable<SourceFile>
  registered(): AsyncIterable<RegisteredModel>
  traces(experiment: Experiment): AsyncIterable<Trace>
  /** As OpenTelemetry spells them in JSON, with ids in base64. Raises OutOfReach. */
  spans(trace: Trace): Promise<JsonObject[]>
  /** Raises OutOfReach. */
  traceArtifacts(trace: Trace): AsyncIterable<SourceFile>
  evaluations(): AsyncIterable<Evaluation>
  /** JSON texts of lists of records, each with all that is known of it, in pages. */
  records(evaluation: Evaluation): AsyncIterable<string>
  webhooks(): AsyncIterable<Hook>
  /** What there is and is not brought along, in words with numbers. */
  left(): Promise<string[]>
  close(): Promise<void>
}

/** False for a path that climbs, is absolute, or hides what it is. */
export function isPlainPath(path: string): boolean {
  const parts = path.split('/')
  return path !== '' && !/[\\\u0000-\u001f\u007f]/.test(path) && parts.every((p) => p !== '' && p !== '.' && p !== '..')
}

/** A number as MLflow spells it in JSON and in files. */
export function readNumber(text: unknown): number {
  if (typeof text === 'number') return text
  const word = /^([+-]?)(inf|infinity)$/i.exec(String(text))
  if (word) return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return Number(text)
}

/** What MLflow keeps in the place of infinities in its databases. */
export function unbounded(value: number): number {
  return Math.abs(value) >= Number.MAX_VALUE * 0.999 ? Math.sign(value) * Number.POSITIVE_INFINITY : value
}

/** As JSON can carry it. */
export function writeNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
