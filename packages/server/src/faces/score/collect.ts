/**
 * Keeps what calls asked and were answered, where a deployment says so: a line a call in files of its collections. Calls
 * wait for none of it; what cannot be written is counted and told in the log.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { dirname, join } from 'node:path'
import { pipeline, type Readable, Transform } from 'node:stream'
import { type Collecting, payloads, printCollecting, rolled, type Sink } from '@lazurite/engine'
import { safeJoin } from '@lazurite/store'

/** From here on a payload has a file of its own. */
const apartBytes = 4 << 20
/** Lines that may wait for the disk; what comes on top is lost, and counted. */
const mostWaitingBytes = 64 << 20

export interface Tale {
  /** Lines written. */
  kept: number
  /** Lines that could not be. */
  lost: number
}

/** What a deployment collects and where, ready to be used by calls. */
export interface Keeper {
  readonly collecting: Collecting
  /** First part of the names of files: one who writes. */
  readonly instance: string
  readonly tale: Tale
  /** Told once in a while what could not be kept. */
  warn(error: unknown): void
}

/** A call as it came. */
export interface Seen {
  request: { method: string; headers: IncomingHttpHeaders }
  ids: { 'x-request-id': string }
  /** Path below the endpoint's address, and query. */
  below: string
  now(): number
  /** A number from 0 to 1; one for request and response, which are kept together. */
  chance(): number
}

/** What is kept of one call. */
export interface Kept {
  /** What it answers must be sent on in place of the body. */
  request(body: Buffer | Readable): Buffer | Readable
  /** Listens; whoever reads the answer must begin in the same moment. */
  response(answer: IncomingMessage): void
}

const warnEveryMs = 60_000

interface Source {
  uuid: string
  collecting: Collecting | undefined
  /** Who kept its calls until now. */
  known: Keeper | undefined
  log: { warn(facts: object, text: string): void }
}

/** Who keeps the calls of a deployment; undefined when none are kept. The tale goes on when settings change. */
export function keeperOf({ uuid, collecting, known, log }: Source): Keeper | undefined {
  if (!collecting || !payloads.some((name) => collecting.sinks.has(name))) return undefined
  if (known && same(known.collecting, collecting)) return known
  let warned = 0
  return {
    collecting,
    instance: `${uuid.slice(0, 12)}-front`,
    tale: known?.tale ?? { kept: 0, lost: 0 },
    warn(error) {
      if (Date.now() - warned < warnEveryMs) return
      warned = Date.now()
      log.warn({ err: error, deployment: collecting.source }, 'calls could not be collected')
    },
  }
}

const same = (a: Collecting, b: Collecting) => JSON.stringify(printCollecting(a)) === JSON.stringify(printCollecting(b))

/** Looks at what an endpoint is, and questions of browsers, are no calls of a model. */
function isScoring({ request: { method }, below }: Seen): boolean {
  if (method === 'GET') return /^(?:\/score)?\/*(?:\?|$)/i.test(below)
  return method !== 'OPTIONS' && method !== 'HEAD'
}

/** Undefined when nothing of this call is kept. */
export function keep(keeper: Keeper | undefined, seen: Seen): Kept | undefined {
  if (!keeper || !isScoring(seen)) return undefined
  const { method, headers: given } = seen.request
  const call: Facts = { id: seen.ids['x-request-id'], now: seen.now() }
  const chance = seen.chance()
  const { sinks, headers } = keeper.collecting
  const wanted = (name: string) => {
    const sink = sinks.get(name)
    return sink && chance < sink.rate ? sink : undefined
  }
  const [asked, answered] = [wanted('request'), wanted('response')]
  if (!asked && !answered) return undefined
  const about = (all: IncomingHttpHeaders) => {
    const named = headers.flatMap((name) => (all[name] === undefined ? [] : [[name, String(all[name])]]))
    return named.length > 0 ? { headers: Object.fromEntries(named) } : {}
  }
  return {
    request(body) {
      if (!asked) return body
      const more = { path: seen.below || '/', method, ...about(given) }
      const part = new Payload(keeper, { name: 'request', sink: asked, call, media: given, more })
      if (!Buffer.isBuffer(body)) return copied(body, part)
      part.add(body)
      part.end()
      return body
    },
    response(answer) {
      if (!answered) return
      const more = { statuscode: String(answer.statusCode ?? 0), ...about(answer.headers) }
      const part = new Payload(keeper, { name: 'response', sink: answered, call, media: answer.headers, more })
      answer.on('data', (chunk: Buffer) => part.add(chunk))
      answer.once('end', () => part.end())
      answer.once('close', () => part.drop())
    },
  }
}

function copied(from: Readable, part: Payload): Readable {
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      part.add(chunk)
      done(null, chunk)
    },
  })
  return pipeline(from, through, (error) => (error ? part.drop() : part.end()))
}

interface Facts {
  id: string
  now: number
}

interface About {
  name: string
  sink: Sink
  call: Facts
  media: IncomingHttpHeaders
  more: object
}

/** One body, taken down as it comes: in memory, from a size on in a file of its own. */
class Payload {
  readonly #keeper: Keeper
  readonly #about: About
  readonly #id = randomUUID()
  readonly #rolled: string
  #parts: Buffer[] = []
  #bytes = 0
  #file: number | undefined
  #over = false

  constructor(keeper: Keeper, about: About) {
    this.#keeper = keeper
    this.#about = about
    this.#rolled = rolled(keeper.collecting.rolling, about.call.now)
  }

  add(chunk: Buffer): void {
    if (this.#over) return
    this.#bytes += chunk.length
    if (this.#bytes <= apartBytes) {
      this.#parts.push(chunk)
      return
    }
    this.#guarded(() => {
      if (this.#file === undefined) this.#putApart()
      writeAll(this.#file, chunk)
    })
  }

  end(): void {
    if (this.#over) return
    this.#guarded(() => {
      const data = this.#data()
      this.#close()
      const folder = safeFolder(this.#about.sink, this.#rolled)
      append(join(folder, `${this.#keeper.instance}.jsonl`), `${this.#line(data)}\n`, this.#keeper)
    })
    this.#over = true
  }

  /** It never came to its end: nothing stays of it. */
  drop(): void {
    if (this.#over) return
    this.#over = true
    const apart = this.#file !== undefined
    this.#close()
    if (apart) rmSync(this.#apart(), { force: true })
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#over = true
      this.#close()
      this.#keeper.tale.lost += 1
      this.#keeper.warn(error)
    }
  }

  /** JSON of the body; the address of a file for what is large or no text. */
  #data(): { text: string; apart?: true } {
    const { media, sink } = this.#about
    const body = this.#file === undefined ? Buffer.concat(this.#parts) : undefined
    const coded = media['content-encoding'] !== undefined && media['content-encoding'] !== 'identity'
    const text = body && !coded ? textOf(body) : undefined
    if (text !== undefined) return { text: isJson(text, media) ? oneLine(text) : JSON.stringify(text) }
    if (this.#file === undefined) this.#putApart()
    return { text: JSON.stringify(`${sink.uri.replace(/\/+$/, '')}/${this.#rolled}/${this.#id}`), apart: true }
  }

  #putApart(): void {
    const folder = safeFolder(this.#about.sink, this.#rolled)
    mkdirSync(folder, { recursive: true })
    this.#file = openSync(this.#apart(), 'wx', 0o640)
    for (const part of this.#parts) writeAll(this.#file, part)
    this.#parts = []
  }

  #apart(): string {
    return join(this.#about.sink.folder, this.#rolled, this.#id)
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    this.#parts = []
  }

  #line({ text, apart }: { text: string; apart?: true }): string {
    const { name, call, media, more } = this.#about
    const head = {
      specversion: '1.0',
      id: this.#id,
      source: this.#keeper.collecting.source,
      type: `azureml.inference.${name}`,
      datacontenttype: media['content-type'] ?? 'application/octet-stream',
      time: new Date(call.now).toISOString().replace(/\.\d+Z$/, 'Z'),
    }
    const tail = {
      ...more,
      contentrange: this.#bytes === 0 ? 'bytes */0' : `bytes 0-${this.#bytes - 1}/${this.#bytes}`,
      ...(apart ? { datainblob: 'true' } : {}),
      correlationid: call.id,
      xrequestid: call.id,
    }
    return `${JSON.stringify(head).slice(0, -1)},"data":${text},${JSON.stringify(tail).slice(1)}`
  }
}

/** A folder of a collection; made by whoever writes into it. Raises PathNotAllowed when a link leads out of it. */
const safeFolder = (sink: Sink, below: string): string => safeJoin(sink.folder, below)

function writeAll(fd: number | undefined, bytes: Buffer): void {
  for (let at = 0; fd !== undefined && at < bytes.length; ) at += writeSync(fd, bytes, at)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(body: Buffer): string | undefined {
  try {
    return decoder.decode(body)
  } catch {
    return undefined
  }
}

function isJson(text: string, media: IncomingHttpHeaders): boolean {
  const type = media['content-type']
  if (type !== undefined && !/json|x-www-form-urlencoded/i.test(type)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Line ends stand between the parts of JSON, never inside a text of it. */
const oneLine = (text: string) =>
  text
    .replace(/^\ufeff/, '')
    .replace(/[\r\n]+/g, ' ')
    .trim()

interface File {
  waiting: Buffer[]
  bytes: number
}
const files = new Map<string, File>()
let under: Promise<void>[] = []

function append(path: string, line: string, keeper: Keeper): void {
  const known = files.get(path)
  const file = known ?? { waiting: [], bytes: 0 }
  const bytes = Buffer.from(line)
  if (file.bytes + bytes.length > mostWaitingBytes) throw new Error('the disk does not keep up with what is collected')
  file.waiting.push(bytes)
  file.bytes += bytes.length
  if (known) return
  files.set(path, file)
  const work = drain(path, file, keeper)
  under.push(work)
  void work.finally(() => {
    under = under.filter((one) => one !== work)
  })
}

async function drain(path: string, file: File, keeper: Keeper): Promise<void> {
  while (file.waiting.length > 0) {
    const lines = file.waiting
    file.waiting = []
    try {
      await addTo(path, Buffer.concat(lines))
      keeper.tale.kept += lines.length
    } catch (error) {
      keeper.tale.lost += lines.length
      keeper.warn(error)
    }
    file.bytes = file.waiting.reduce((sum, { length }) => sum + length, 0)
  }
  files.delete(path)
}

/** Whole or not at all, so that no line is cut. */
async function addTo(path: string, bytes: Buffer): Promise<void> {
  const start = () => open(path, 'a', 0o640)
  const handle = await start().catch(async () => {
    await mkdir(dirname(path), { recursive: true })
    return start()
  })
  try {
    const { size } = await handle.stat()
    try {
      await handle.writeFile(bytes)
    } catch (error) {
      ftruncateSync(handle.fd, size)
      throw error
    }
  } finally {
    await handle.close()
  }
}

/** Waits for what is on its way to the disk. */
export async function flushCollected(): Promise<void> {
  while (under.length > 0) await Promise.all(under)
}
