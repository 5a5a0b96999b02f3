/**
 * Second chances. A job whose process failed begins again at the queue as often as its owner allows; one whose process
 * was lost with its wrapper (killed, or the machine went down) begins again by itself, as Azure ML does with nodes that
 * are taken away. Every attempt has its own folder and its own task, so no attempt is ever started twice.
 */
import { asNumber, asObject, asString, type Issue, type Json, type JsonObject, type Path } from '@lazurite/spec'
import { logLine } from './record.ts'
import type { Work } from './type.ts'
import { scratchOf } from './work.ts'

/** How often a job begins again that was lost through no fault of its own. */
const mostLost = 3
/** More is a mistake. */
const mostRetries = 100

/** How often the job may begin again after a failure of its own. */
export function retriesOf(props: JsonObject): number {
  const limits = asObject(props.limits)
  const said = limits.maxRetries ?? limits.max_retries
  const count = asNumber(said) ?? Number(asString(said) ?? 0)
  return Number.isInteger(count) && count > 0 ? Math.min(count, mostRetries) : 0
}

/** Why a number of retries is none. */
export function checkRetries(value: Json | undefined, path: Path): Issue[] {
  const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (count === undefined || count === null) return []
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= mostRetries) return []
  const message = `The number of retries must be a whole number from 0 to ${mostRetries}, not ${JSON.stringify(value)}.`
  return [{ path, message }]
}

/** Whether a job that just failed gets another attempt. */
export function mayRetry({ status, props, row }: Work): boolean {
  if (status.cancelHeard !== undefined || row.asks.cancel !== undefined) return false
  const before = status.attempts ?? []
  const lost = before.filter(({ lost }) => lost === true).length
  if (status.end?.cause === 'lost') return lost < mostLost
  return before.length - lost < retriesOf(props)
}

/** Notes how this attempt ended and makes room for the next one. */
export async function beginAgain(work: Work): Promise<void> {
  const { status, row, tools, ctx } = work
  const { attempt, exitCode, signal, startedAt, end, error } = status
  status.attempts = [
    ...(status.attempts ?? []),
    {
      attempt,
      ...(startedAt === undefined ? {} : { startedAt }),
      endedAt: end?.at ?? ctx.clock.now(),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(signal === undefined ? {} : { signal }),
      ...(end?.cause === 'lost' ? { lost: true } : {}),
      why: error?.message.split('\n')[0] ?? end?.message ?? 'it failed',
    },
  ]
  status.attempt = attempt + 1
  for (const key of ['handle', 'exitCode', 'signal', 'end', 'error', 'node', 'startedAt'] as const) delete status[key]
  await tools.errands.drop(row.id)
  const scratch = scratchOf(work)
  delete scratch.place
  delete scratch.keptAt
  const text = `Attempt ${attempt} ended: ${status.attempts.at(-1)?.why} Attempt ${attempt + 1} begins.`
  work.after.push(() => logLine(work, 'user_logs/std_log.txt', text))
}
