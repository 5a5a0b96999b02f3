// Reads a log, keeps its bytes and searches them, off the thread that draws.
/// <reference lib="webworker" />
import { foldHead, foldsOf } from './folds.ts'
import { LineStore, type Search } from './line-store.ts'

export type ToLog =
  | { type: 'open'; url: string; linesUrl: string; contentUrl: string; live: boolean }
  | { type: 'lines'; id: number; numbers: Uint32Array }
  | { type: 'search'; id: number; search: Search }
  | { type: 'errors'; id: number }
  /** Answered by pairs of lines: the first and the last of each traceback. */
  | { type: 'folds'; id: number }
  | { type: 'close' }

export type FromLog =
  /** `first`: number of the first line that is held; `over`: nothing will be added. */
  | { type: 'state'; lines: number; first: number; sizeBytes: number; reading: boolean; over: boolean }
  | { type: 'lines'; id: number; lines: string[] }
  | { type: 'hits'; id: number; hits: Uint32Array }
  | { type: 'failed'; message: string }

/** Of longer logs the end is held. */
const mostBytes = 256 << 20
const againMs = 1000

let store = new LineStore()
let first = 0
let offset = 0
let over = false
let timer: ReturnType<typeof setTimeout> | undefined
/** A traceback may be longer at the next look: heads are kept, not folds. */
let heads: { upTo: number; hits: Uint32Array } = { upTo: 0, hits: new Uint32Array() }
let errors: { upTo: number; hits: Uint32Array } = { upTo: 0, hits: new Uint32Array() }

const scope = self as unknown as DedicatedWorkerGlobalScope // what this file is loaded as
const tell = (message: FromLog) => scope.postMessage(message)

function state(reading: boolean): void {
  tell({ type: 'state', lines: store.lines, first, sizeBytes: offset, reading, over })
}

interface Known {
  sizeBytes: number
  total: number
  over: boolean
}

/** A server that was reached, and would not. */
class Refused extends Error {
  readonly status: number

  constructor(status: number) {
    super(`The server answered with ${status}.`)
    this.status = status
  }
}

async function get(url: string): Promise<Response> {
  const answer = await fetch(url, { credentials: 'same-origin' })
  if (!answer.ok) throw new Refused(answer.status)
  return answer
}

/** What passes: nobody is logged in, or the server is away. */
const passing = new Set([401, 502, 503, 504])

async function openAtLast(message: Extract<ToLog, { type: 'open' }>): Promise<void> {
  for (;;) {
    try {
      return await open(message)
    } catch (error) {
      if (error instanceof Refused && !passing.has(error.status)) throw error
      await new Promise((resolve) => setTimeout(resolve, againMs))
    }
  }
}

async function open({ url, linesUrl, contentUrl, live }: Extract<ToLog, { type: 'open' }>): Promise<void> {
  const size = await sizeOf(contentUrl)
  const from = Math.max(0, size - mostBytes)
  store = new LineStore(Math.min(mostBytes, size) + 4096)
  offset = from
  over = !live
  await read(url)
  if (from > 0) {
    const known = (await (await get(linesUrl)).json()) as Known // our own face
    first = Math.max(0, known.total - store.lines)
  }
  if (live) again(url, linesUrl)
  state(false)
}

/** A file that is not there yet has none. */
async function sizeOf(url: string): Promise<number> {
  const answer = await fetch(url, { method: 'HEAD', credentials: 'same-origin' })
  return answer.ok ? Number(answer.headers.get('content-length') ?? 0) : 0
}

function again(url: string, linesUrl: string): void {
  timer = setTimeout(async () => {
    try {
      // whether it is over is asked first: what is written before the end is then still read
      const known = (await (await get(linesUrl)).json()) as Known // our own face
      if (known.sizeBytes > offset) await read(url)
      over = known.over
    } catch {
      // the server is away: what is held stays
    }
    state(false)
    if (!over) again(url, linesUrl)
  }, againMs)
}

const tellEveryMs = 60

async function read(url: string): Promise<void> {
  const answer = await get(`${url}&from=${offset}`)
  const reader = answer.body?.getReader()
  let told = 0
  for (;;) {
    const part = await reader?.read()
    if (!part?.value) break
    store.append(part.value)
    offset += part.value.length
    const now = performance.now()
    if (now - told > tellEveryMs) {
      told = now
      state(true)
    }
  }
}

const loud: Search = {
  text: String.raw`\b(?:error|exception|traceback|fatal|critical|oom)\b|\w(?:error|exception):`,
  regex: true,
  exact: false,
}

/** What was found before, and what is new since. */
function further(known: { upTo: number; hits: Uint32Array }, search: Search): { upTo: number; hits: Uint32Array } {
  // the last line may have been longer since
  const from = Math.max(0, known.upTo - 1)
  const fresh = store.search(search, from)
  const kept = known.hits.filter((line) => line < from)
  const hits = new Uint32Array(kept.length + fresh.length)
  hits.set(kept)
  hits.set(fresh, kept.length)
  return { upTo: store.lines, hits }
}

function findErrors(): Uint32Array {
  errors = further(errors, loud)
  return errors.hits
}

const mostFolds = 5000

function findFolds(): Uint32Array {
  heads = further(heads, { text: foldHead, regex: false, exact: true })
  const folds = foldsOf(heads.hits.subarray(0, mostFolds), (line) => store.line(line, 4096), store.lines)
  return Uint32Array.from(folds.flatMap(({ from, to }) => [from, to]))
}

scope.onmessage = ({ data }: MessageEvent<ToLog>) => {
  if (data.type === 'open')
    openAtLast(data).catch((error: unknown) =>
      tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
  else if (data.type === 'lines')
    tell({ type: 'lines', id: data.id, lines: Array.from(data.numbers, (number) => store.line(number)) })
  else if (data.type === 'search') tell({ type: 'hits', id: data.id, hits: store.search(data.search) })
  else if (data.type === 'errors') tell({ type: 'hits', id: data.id, hits: findErrors() })
  else if (data.type === 'folds') tell({ type: 'hits', id: data.id, hits: findFolds() })
  else clearTimeout(timer)
}
