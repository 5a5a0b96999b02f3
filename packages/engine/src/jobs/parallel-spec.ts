/**
 * What a parallel step says: the function, the input that is cut, how it is cut, and how much may fail. Written in snake
 * case in a node or a component; numbers may be texts there, and partition keys the text of a JSON list.
 */
import {
  asNumber,
  asObject,
  asString,
  type Issue,
  isObject,
  type Json,
  type JsonObject,
  type Path,
  soleRef,
} from '@lazurite/spec'
import { type BatchScoring, readBatchScoring } from './batch-scoring.ts'
import { field } from './graph.ts'

/** As the job keeps it under `parallel`; names of an input and an output, sizes as written, times in seconds. */
export interface ParallelSpec {
  entryScript: string
  programArguments: string
  /** The input that is cut. */
  inputData: string
  /** The output that takes what `run()` returns; absent when nobody wants it. */
  appendRowTo?: string
  /** Between the columns of DataFrames; a space when absent. */
  separator?: string
  /** A number of files or bytes, or bytes with a unit; absent: one file, or a megabyte of a table. */
  miniBatchSize?: string
  partitionKeys: string[]
  /** Items that may fail; -1 for any number. */
  errorThreshold: number
  /** Mini-batches that may fail; -1 for any number. */
  miniBatchErrorThreshold: number
  /** Processes a node; absent: one for each core. */
  maxConcurrencyPerInstance?: number
  maxRetries: number
  timeoutSeconds: number
  loggingLevel: string
  /** For a batch deployment. */
  scoring?: BatchScoring
}

/** The longest time a mini-batch may take, as Azure has it. */
const longestSeconds = 259_200
const most = 2 ** 31 - 1

/** Reads the parts of a step, of the node before those of its component. Issues have paths relative to the step. */
export function readParallel(parts: JsonObject): { spec: ParallelSpec; issues: Issue[] } {
  const issues: Issue[] = []
  const refuse = (path: Path, message: string, hint?: string) => {
    issues.push({ path, message, ...(hint ? { hint } : {}) })
  }
  const number = (path: Path, value: Json | undefined, least: number, greatest = most): number | undefined => {
    if (value === undefined || value === null || isBound(value)) return undefined
    const found = asNumber(value) ?? Number(asString(value) || Number.NaN)
    if (Number.isInteger(found) && found >= least && found <= greatest) return found
    const name = path.join('.')
    const range = greatest === most ? `of at least ${least}` : `from ${least} to ${greatest}`
    refuse(path, `${name} must be a whole number ${range}, not ${JSON.stringify(value)}.`)
    return undefined
  }
  const task = asObject(parts.task)
  const retry = asObject(parts.retry_settings)
  const type = asString(task.type) ?? 'run_function'
  if (type !== 'run_function') {
    const hint = 'Use type: run_function with an entry_script that has init() and run(mini_batch).'
    refuse(['task', 'type'], `A parallel task of type ${type} is not supported: only run_function runs here.`, hint)
  }
  const spec: ParallelSpec = {
    entryScript: asString(task.entry_script) ?? '',
    programArguments: asString(task.program_arguments) ?? '',
    inputData: portOf(parts.input_data, 'inputs') ?? '',
    partitionKeys: keysOf(parts.partition_keys, refuse),
    errorThreshold: number(['error_threshold'], parts.error_threshold, -1) ?? -1,
    miniBatchErrorThreshold: number(['mini_batch_error_threshold'], parts.mini_batch_error_threshold, -1) ?? -1,
    maxRetries: number(['retry_settings', 'max_retries'], field(retry, 'max_retries', 'maxRetries'), 0) ?? 2,
    timeoutSeconds: number(['retry_settings', 'timeout'], retry.timeout, 1, longestSeconds) ?? 60,
    loggingLevel: asString(parts.logging_level) ?? 'INFO',
  }
  const concurrency = number(['max_concurrency_per_instance'], parts.max_concurrency_per_instance, 1)
  if (concurrency !== undefined) spec.maxConcurrencyPerInstance = concurrency
  if (!spec.entryScript) refuse(['task', 'entry_script'], 'The task has no entry_script.')
  else if (/^([/\\]|.*(^|[/\\])\.\.([/\\]|$))/.test(spec.entryScript)) {
    refuse(['task', 'entry_script'], `The entry_script ${spec.entryScript} does not lie in the code of the task.`)
  }
  if (!spec.inputData) {
    const hint = 'Name the input that is cut: input_data: ${{inputs.NAME}}'
    refuse(['input_data'], 'The step does not say which of its inputs is cut into mini-batches.', hint)
  }
  const scoring = readBatchScoring(parts.batch_scoring)
  if (scoring) spec.scoring = scoring
  // values of no-code models are told apart by commas, those of scripts by spaces
  if (scoring?.mlflow) spec.separator = ','
  const size = sizeOf(parts.mini_batch_size, refuse)
  if (size !== undefined) spec.miniBatchSize = size
  const append = asString(task.append_row_to)
  const to = portOf(append, 'outputs')
  if (to !== undefined) spec.appendRowTo = to
  else if (append)
    refuse(['task', 'append_row_to'], `append_row_to names an output, \${{outputs.NAME}}, not ${append}.`)
  return { spec, issues }
}

/** A value that is known only where the step is used. */
function isBound(value: Json): boolean {
  return typeof value === 'string' && value.includes('${{')
}

/** The name in `${{inputs.x}}` or `${{outputs.x}}`. */
function portOf(value: Json | undefined, area: string): string | undefined {
  const path = soleRef(asString(value) ?? '')
  return path?.[0] === area ? path.slice(1).join('.') : undefined
}

type Refuse = (path: Path, message: string, hint?: string) => void

/** The official client sends 0, as a number or a text, where nobody gave a size; files that say it are refused. */
function sizeOf(value: Json | undefined, refuse: Refuse): string | undefined {
  if (value === undefined || value === null || isBound(value) || Number(value) === 0) return undefined
  const text = String(value)
  const found = /^(\d+)(kb|mb|gb)?$/i.exec(text)
  if (found && Number(found[1]) > 0) return text
  const message = `mini_batch_size must be a number of files, or of bytes with kb, mb or gb, and more than none, not ${JSON.stringify(value)}.`
  refuse(['mini_batch_size'], message)
  return undefined
}

function keysOf(value: Json | undefined, refuse: Refuse): string[] {
  let list = value
  if (typeof value === 'string' && !isBound(value)) {
    try {
      list = JSON.parse(value)
    } catch {
      list = undefined
    }
  }
  if (list === undefined || list === null) {
    if (value) refuse(['partition_keys'], `partition_keys must be a list of names, not ${JSON.stringify(value)}.`)
    return []
  }
  const keys = Array.isArray(list) ? list : [list]
  const bad = keys.find((key) => typeof key !== 'string' || key === '')
  if (bad !== undefined) refuse(['partition_keys'], `${JSON.stringify(bad)} is no name of a partition key.`)
  return keys.filter((key): key is string => typeof key === 'string' && key !== '')
}

/** The parallel part of a job's properties. */
export function specOfJob(props: JsonObject): ParallelSpec {
  return (isObject(props.parallel) ? props.parallel : {}) as unknown as ParallelSpec // written by the node's type alone
}
