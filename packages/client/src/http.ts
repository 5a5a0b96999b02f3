// One request, in Node by `node:http` (`fetch` costs the command line a tenth of a second) and in browsers by `fetch`.
// Answers that are no success become the house's errors again, with the hint the server gave.
import { fail, type Json, LazError } from '@lazurite/spec'
import { errorOf } from './envelope.ts'

/** Where the server is and who is asking. */
export interface Connection {
  /** `http://127.0.0.1:8080`, no slash at the end. */
  url: string
  token?: string | undefined
  /** Used instead of `node:http` in Node; browsers use their own without being told. */
  fetch?: typeof fetch | undefined
}

type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

export interface Ask {
  method?: Method
  /** Path with query, or an absolute URL on the same server. */
  path: string
  headers?: Record<string, string>
  /** JSON is printed; bytes and streams are sent as they are. */
  body?: Json | Uint8Array | AsyncIterable<Uint8Array>
  signal?: AbortSignal | undefined
  /** Statuses that are answers, not errors. */
  accept?: readonly number[]
  /** The address carries its own proof: the owner's token is left out. */
  signed?: boolean
}

export interface Answer {
  status: number
  headers: Record<string, string>
  json(): Promise<Json>
  text(): Promise<string>
  chunks(): AsyncIterable<Uint8Array>
}

type Send = (url: string, method: Method, sending: Sending) => Promise<Answer>

interface Sending {
  headers: Record<string, string>
  body: Uint8Array | string | AsyncIterable<Uint8Array> | undefined
  signal: AbortSignal | undefined
  fetch: typeof fetch | undefined
}

const tries = 4

/**
 * Sends one request. A refused connection raises ServerUnreachable; an answer outside 2xx (and `accept`) raises the
 * error of its envelope. What may be repeated safely is repeated when the server is busy or the connection broke.
 */
export async function request(connection: Connection, ask: Ask): Promise<Answer> {
  const method = ask.method ?? 'GET'
  const url = addressOf(connection, ask.path)
  const headers: Record<string, string> = { accept: 'application/json', ...ask.headers }
  if (connection.token !== undefined && ask.signed !== true) headers.authorization = `Bearer ${connection.token}`
  const body = bodyOf(ask.body, headers)
  const repeatable =
    method !== 'POST' &&
    method !== 'PATCH' &&
    (body === undefined || typeof body === 'string' || body instanceof Uint8Array)
  for (let attempt = 1; ; attempt++) {
    let answer: Answer
    try {
      answer = await send(url, method, { headers, body, signal: ask.signal, fetch: connection.fetch })
    } catch (error) {
      if (ask.signal?.aborted || !isBroken(error, connection)) throw error
      const last = !repeatable || attempt >= tries || codeOf(error) === 'ECONNREFUSED'
      if (last) throw new LazError('ServerUnreachable', { url: connection.url }, { cause: error })
      await pause(attempt)
      continue
    }
    if ((answer.status >= 200 && answer.status < 300) || ask.accept?.includes(answer.status)) return answer
    const busy = answer.status === 503 || answer.status === 429
    const text = await answer.text()
    if (!busy || !repeatable || attempt >= tries) throw errorOf(answer.status, text, answer.headers)
    await pause(attempt)
  }
}

function addressOf(connection: Connection, path: string): string {
  if (!/^https?:\/\//.test(path)) return connection.url + path
  const asked = new URL(path)
  const ours = new URL(connection.url)
  // the path is kept, the origin is ours: an answer must not send the token to another host
  return asked.origin === ours.origin ? path : ours.origin + asked.pathname + asked.search
}

function bodyOf(body: Ask['body'], headers: Record<string, string>): Sending['body'] {
  if (body === undefined || body instanceof Uint8Array) return body
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) {
    // the only objects with an async iterator that Ask allows are byte streams
    return body as AsyncIterable<Uint8Array>
  }
  headers['content-type'] ??= 'application/json'
  return JSON.stringify(body)
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The connection's fault, not ours. */
function isBroken(error: unknown, connection: Connection): boolean {
  // fetch tells a broken connection by a bare TypeError
  if (connection.fetch || !isNode) return error instanceof TypeError
  return /^(ECONN|EPIPE|ENOTFOUND|EHOST|ENET|ETIMEDOUT|EAI_|HPE_)/.test(codeOf(error) ?? '')
}

function pause(attempt: number): Promise<void> {
  return new Promise((done) => setTimeout(done, 60 * 2 ** attempt))
}

const isNode = typeof process !== 'undefined' && process.versions?.node !== undefined
const send: Send = (url, method, sending) =>
  isNode && !sending.fetch ? sendByNode(url, method, sending) : sendByFetch(url, method, sending)

async function sendByNode(url: string, method: Method, { headers, body, signal }: Sending): Promise<Answer> {
  const { request: open } = url.startsWith('https:') ? await import('node:https') : await import('node:http')
  return new Promise((done, failed) => {
    const length =
      typeof body === 'string' ? Buffer.byteLength(body) : body instanceof Uint8Array ? body.byteLength : undefined
    const known = length === undefined ? {} : { 'content-length': String(length) }
    const outgoing = open(url, {
      method,
      agent: false,
      headers: { ...headers, ...known },
      ...(signal ? { signal } : {}),
    })
    outgoing.on('error', failed)
    outgoing.on('response', (incoming) => {
      const flat: Record<string, string> = {}
      for (const [name, value] of Object.entries(incoming.headers))
        flat[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
      // events, not iteration: the machinery of async iterators costs a short process more than the answer
      const text = () =>
        new Promise<string>((whole, broken) => {
          const parts: Uint8Array[] = []
          incoming.on('data', (part: Uint8Array) => parts.push(part))
          incoming.on('error', (cause) =>
            broken(new LazError('ServerUnreachable', { url: new URL(url).origin }, { cause })),
          )
          incoming.on('end', () => whole(Buffer.concat(parts).toString('utf8')))
        })
      done({
        status: incoming.statusCode ?? 0,
        headers: flat,
        text,
        json: async () => readJson(await text()),
        chunks: () => incoming,
      })
    })
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body)
    else void pour(body, outgoing)
  })
}

/** Sends a stream part by part, waiting whenever the socket is full. */
async function pour(body: AsyncIterable<Uint8Array>, outgoing: import('node:http').ClientRequest): Promise<void> {
  try {
    for await (const part of body) {
      if (outgoing.destroyed || outgoing.writableEnded) return
      if (!outgoing.write(part))
        await new Promise<void>((done) => {
          const go = () => {
            outgoing.off('drain', go).off('close', go).off('error', go)
            done()
          }
          outgoing.on('drain', go).on('close', go).on('error', go)
        })
    }
    outgoing.end()
  } catch (error) {
    outgoing.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

async function sendByFetch(url: string, method: Method, sending: Sending): Promise<Answer> {
  const { headers, body, signal } = sending
  const open = sending.fetch ?? globalThis.fetch.bind(globalThis)
  const answer = await open(url, {
    method,
    headers,
    ...(signal ? { signal } : {}),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Blob(await gather(body)) }),
  })
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers.entries()),
    text: () => answer.text(),
    json: async () => readJson(await answer.text()),
    chunks: () => readBody(answer),
  }
}

/** A browser sends what it has whole: streams are taken in first. */
async function gather(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>[]> {
  if (body instanceof Uint8Array) return [new Uint8Array(body)]
  const parts: Uint8Array<ArrayBuffer>[] = []
  for await (const part of body) parts.push(new Uint8Array(part))
  return parts
}

async function* readBody(answer: Response): AsyncIterable<Uint8Array> {
  const reader = answer.body?.getReader()
  if (!reader) return
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

function readJson(text: string): Json {
  if (text === '') return null
  try {
    // JSON.parse yields JSON
    return JSON.parse(text) as Json
  } catch {
    return fail('InvalidJson', { why: 'the server answered something else' })
  }
}
