// What uploads and downloads share: several at once, and patience with a server that is away for a moment.
import { LazError } from '@lazurite/spec'

/** Runs `work` over everything, at most `count` at a time; the first failure ends it. */
export async function inLanes<T>(
  items: AsyncIterable<T> | Iterable<T>,
  count: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let broken = false
  const lane = async () => {
    while (!broken) {
      const { done, value } = await source.next()
      if (done) return
      try {
        await work(value)
      } catch (error) {
        broken = true
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: count }, lane))
  const failed = ended.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

const patienceMs = 60_000

/** Whose patience it is. */
export interface Patient {
  signal: AbortSignal
  /** Called each time something has to be asked once more. */
  troubled?: () => void
}

/** Once more when the server, or the storage behind it, cannot be reached: both may come back within a minute. */
export async function patiently<T>({ signal, troubled }: Patient, act: () => Promise<T>): Promise<T> {
  const startedAt = Date.now()
  for (let pauseMs = 250; ; pauseMs = Math.min(5000, pauseMs * 2)) {
    try {
      return await act()
    } catch (error) {
      if (signal.aborted || Date.now() - startedAt > patienceMs || !passes(error)) throw error
      troubled?.()
      await new Promise((go) => setTimeout(go, pauseMs))
    }
  }
}

function passes(error: unknown): boolean {
  if (error instanceof LazError) {
    return (
      /^(ServerUnreachable|ServerBusy|Stopping|Md5Mismatch)$/.test(error.code) ||
      (error.http === 502 && !/credentials|container/.test(error.message)) ||
      /was cut off/.test(error.message)
    )
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|ERR_STREAM_PREMATURE_CLOSE)/.test(code) ||
    (error instanceof Error && error.name === 'Broken')
  )
}
