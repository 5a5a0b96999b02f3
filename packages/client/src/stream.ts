// Following a job: its log by byte offset, so that a broken connection loses and repeats nothing, and the server's events.
import { asObject, asString, isFinal, type Json, type JsonObject, LazError, scopeOf } from '@lazurite/spec'
import type { Lazurite } from './lazurite.ts'
import type { Resource } from './resource.ts'

export interface LogPart {
  /** Artifact path of the log file, e.g. user_logs/std_log.txt. */
  file: string
  /** Where in the file these bytes begin. */
  offset: number
  bytes: Uint8Array
}

export interface FollowOptions {
  file?: string
  from?: number
  signal?: AbortSignal | undefined
  /** Told how often the connection had to be made again. */
  reconnected?: (attempt: number) => void
}

/** The log of a job (its own, else that of its first process) from an offset until the job is final and everything is read. */
export async function* followLog(client: Lazurite, job: string, options: FollowOptions = {}): AsyncGenerator<LogPart> {
  let { file } = options
  let offset = options.from ?? 0
  for (let broken = 0; ; ) {
    const query = new URLSearchParams({ ...(file && { path: file }), from: String(offset), follow: 'true' })
    try {
      const answer = await client.ask({
        path: `/lazurite/v1${client.of('job').path({ name: job })}/log?${query}`,
        headers: { accept: '*/*' },
        signal: options.signal,
      })
      file ??= logOf(answer.headers['x-laz-log-file'])
      for await (const bytes of answer.chunks()) {
        broken = 0
        yield { file, offset, bytes }
        offset += bytes.length
      }
      if (answer.headers['x-laz-log-end'] !== 'open' || options.signal?.aborted) return
    } catch (error) {
      if (options.signal?.aborted) return
      if (
        error instanceof LazError &&
        error.code !== 'ServerUnreachable' &&
        error.code !== 'Stopping' &&
        error.http < 500
      )
        throw error
      broken++
      if (broken > 60) throw error
      options.reconnected?.(broken)
      await new Promise((go) => setTimeout(go, Math.min(1000, 50 * 2 ** broken)))
    }
  }
}

/** The server names the log it chose: of the only process, or of the first of several. */
function logOf(header: string | undefined): string {
  return header === undefined ? 'user_logs/std_log.txt' : decodeURI(header)
}

/** One change in the workspace. */
export interface Change {
  seq: number
  /** Epoch milliseconds. */
  at: number
  kind: string
  name: string
  version: string
  what: string
  state?: string | undefined
}

/** The server's events from a sequence number on, resumed by itself until the signal ends it. */
export async function* followEvents(
  client: Lazurite,
  options: { since?: number; signal?: AbortSignal | undefined; job?: string } = {},
): AsyncGenerator<Change> {
  let last = options.since
  const of =
    options.job === undefined ? '' : `?${new URLSearchParams({ job: options.job, scope: scopeOf(client.workspace) })}`
  for (let broken = 0; !options.signal?.aborted; ) {
    try {
      const headers: Record<string, string> = {
        accept: 'text/event-stream',
        ...(last === undefined ? {} : { 'last-event-id': String(last) }),
      }
      const answer = await client.ask({ path: `/lazurite/v1/events${of}`, headers, signal: options.signal })
      for await (const event of readEvents(answer.chunks())) {
        broken = 0
        const change = readChange(event)
        // the place to go on from, also when nothing was told yet
        if (/^\d+$/.test(event.id)) last = Number(event.id)
        if (!change) continue
        last = change.seq
        yield change
      }
    } catch (error) {
      if (options.signal?.aborted) return
      if (++broken > 60) throw error
    }
    await new Promise((go) => setTimeout(go, Math.min(1000, 50 * 2 ** broken)))
  }
}

async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ id: string; data: string }> {
  const decoder = new TextDecoder()
  let held = ''
  for await (const chunk of chunks) {
    held += decoder.decode(chunk, { stream: true })
    for (let end = held.indexOf('\n\n'); end >= 0; end = held.indexOf('\n\n')) {
      const lines = held.slice(0, end).split('\n')
      held = held.slice(end + 2)
      const field = (name: string) =>
        lines
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).replace(/^ /, ''))
          .join('\n')
      yield { id: field('id'), data: field('data') }
    }
  }
}

function readChange(event: { id: string; data: string }): Change | undefined {
  if (event.data === '') return undefined
  let body: Json
  try {
    // JSON.parse yields JSON
    body = JSON.parse(event.data) as Json
  } catch {
    return undefined
  }
  const change: JsonObject = asObject(body)
  const seq = Number(change.seq ?? event.id)
  if (!Number.isFinite(seq)) return undefined
  const text = (key: string) => asString(change[key]) ?? ''
  return {
    seq,
    at: Number(change.at) || 0,
    kind: text('kind'),
    name: text('name'),
    version: text('version'),
    what: text('what'),
    state: asString(change.state),
  }
}

/** Whether the job's state is one that nothing follows. */
export function isOver(job: Resource): boolean {
  return isFinal(asString(job.properties.status) ?? '')
}
