/** How a process ended, in words: the final state of its job and the error people read. */
import { type ErrorCode, isLazError, type JobState, LazError } from '@lazurite/spec'
import type { Logs } from '@lazurite/store'
import type { Observation } from '../computes/backend.ts'
import type { JobError } from './status.ts'

export interface Verdict {
  state: Extract<JobState, 'Completed' | 'Failed' | 'Canceled'>
  error?: JobError
}

export interface EndFacts {
  ended: Pick<Observation, 'exitCode' | 'signal' | 'cause' | 'message'>
  /** The rendered command. */
  command: string
  /** Log file as users know it, e.g. `user_logs/std_log.txt`. */
  log: string
  /** Its last lines. */
  tail: string
  timeoutSeconds?: number
  memoryMiB?: number
}

export function judge(facts: EndFacts): Verdict {
  const { ended, timeoutSeconds, memoryMiB } = facts
  switch (ended.cause) {
    case 'cancelled':
      return { state: 'Canceled' }
    case 'timeout': {
      const limit = timeoutSeconds === undefined ? 'its time' : `${timeoutSeconds} seconds (limits.timeout)`
      return { state: 'Canceled', error: rowOf('JobTimeout', { limit }) }
    }
    case 'oom': {
      const limit = memoryMiB === undefined ? 'there was' : `${memoryMiB} MiB`
      return { state: 'Failed', error: withTail(rowOf('OutOfMemory', { limit }), facts) }
    }
    case 'lost':
      return { state: 'Failed', error: withTail(rowOf('Lost', { why: ended.message ?? 'nobody knows' }), facts) }
    default:
      return ended.exitCode === 0 ? { state: 'Completed' } : { state: 'Failed', error: failure(facts) }
  }
}

/** The wording of Azure ML, which people and their tools look for, followed by the last lines. */
function failure(facts: EndFacts): JobError {
  const { ended, command, log } = facts
  if (ended.signal !== undefined) {
    const known = rowOf('KilledBySignal', { signal: ended.signal })
    return withTail({ ...known, message: `${known.message} (exit code ${ended.exitCode})` }, facts)
  }
  const text = `Execution failed. User process '${programOf(command)}' exited with status code ${ended.exitCode}. Please check log file '${log}' for error details.`
  return withTail({ ...rowOf('UserError', { exitCode: ended.exitCode ?? 'unknown' }), message: text }, facts)
}

function withTail(error: JobError, { tail, log }: EndFacts): JobError {
  const last = tail.trim().split('\n').slice(-10).join('\n').slice(-2000)
  return last === '' ? { ...error, log } : { ...error, message: `${error.message} Error: ${last}`, tail, log }
}

/** The program a person would say they ran. */
function programOf(command: string): string {
  const first = command.trim().split(/\s+/, 1)[0] ?? ''
  return /^[\w./+-]+$/.test(first) && !/^(if|for|while|case|cd|export|set|echo|exit|source|\.)$/.test(first)
    ? (first.split('/').at(-1) ?? first)
    : 'bash'
}

/** The last lines of a log: at most `bytes` of it, whole lines, at most `lines`; nothing of a file the log may not be. */
export async function readTail(
  logs: Logs,
  file: string,
  { bytes = 8192, lines = 20 }: { bytes?: number; lines?: number } = {},
): Promise<string> {
  try {
    const { size } = await logs.read(file, { from: 0, max: 0 })
    const from = Math.max(0, size - bytes)
    const text = (await logs.read(file, { from, max: bytes })).bytes.toString('utf8')
    const whole = from === 0 ? text : text.slice(text.indexOf('\n') + 1)
    return whole.trimEnd().split('\n').slice(-lines).join('\n')
  } catch (error) {
    if (isLazError(error)) return ''
    throw error
  }
}

function rowOf(code: ErrorCode, facts: Record<string, string | number>): JobError {
  const { message, hint } = new LazError(code, facts)
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}
