// What uploads and downloads share: several at once, and patience with a server that is away for a moment.
import { LazError } from '@lazurite/spec'

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
