// One request, whoever carries it. Answers that are no success become the house's errors again, with the hint the server
// gave; what may be repeated safely is repeated.
import { fail, type Json, LazError } from '@lazurite/spec'
import { errorOf } from './envelope.ts'

/** Where the server is and who is asking. */
export interface Connection {
  /** `http://127.0.0.1:8080`, no slash at the end. */
  url: string
  token?: string | undefined
  /** Used instead of `node:http` in Node; browsers use their own without being told. */
  fetch?: typeof fetch | undefined
  /** The certificate authority of an https server, as PEM text. Node alone asks for it. */
  ca?: string | undefined
}

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

/** A request. */
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

/** What came back; its body is read once, by one of the three. */
export interface Reply extends Answer {
  json(): Promise<Json>
}

export interface Answer {
  status: number
  /** By lower-case name. */
  headers: Record<string, string>
  text(): Promise<string>
  chunks(): AsyncIterable<Uint8Array>
}

/** How a platform sends one request. */
export type Send = (url: string, sending: Sending) => Promise<Answer>

export interface Sending {
  method: Method
  headers: Record<string, string>
  body: Uint8Array | string | AsyncIterable<Uint8Array> | undefined
  signal: AbortSignal | undefined
  fetch: typeof fetch | undefined
  ca: string | undefined
}

/** The connection failed: nobody can tell whether the request arrived, unless it was refused. */
export class Broken extends Error {
  readonly refused: boolean
  constructor(cause: unknown, refused: boolean) {
    super('the connection broke', { cause })
    this.refused = refused
  }
}

const tries = 4

/**
 * Sends one request. A refused connection raises ServerUnreachable; an answer outside 2xx (and `accept`) raises the
 * error of its envelope. What may be repeated safely is repeated when the server is busy or the connection broke.
 */
export async function request(send: Send, connection: Connection, ask: Ask): Promise<Reply> {
  const method = ask.method ?? 'GET'
  const url = addressOf(connection, ask.path)
  const headers: Record<string, string> = { accept: 'application/json', ...ask.headers }
  if (connection.token !== undefined && ask.signed !== true) headers.authorization = `Bearer ${connection.token}`
  const body = bodyOf(ask.body, headers)
  const { fetch, ca } = connection
  const repeatable =
    method !== 'POST' &&
    method !== 'PATCH' &&
    (body === undefined || typeof body === 'string' || body instanceof Uint8Array)
  for (let attempt = 1; ; attempt++) {
    let answer: Answer
    try {
      answer = await send(url, { method, headers, body, signal: ask.signal, fetch, ca })
    } catch (error) {
      if (ask.signal?.aborted) throw error
      if (!(error instanceof Broken)) throw untrusted(connection, error) ?? error
      if (!repeatable || attempt >= tries || error.refused) throw unreachable(connection, error)
      await pause(attempt)
      continue
    }
    if ((answer.status >= 200 && answer.status < 300) || ask.accept?.includes(answer.status))
      return replyOf(answer, connection)
    const busy = answer.status === 503 || answer.status === 429
    const text = await answer.text()
    if (!busy || !repeatable || attempt >= tries) throw errorOf(answer.status, text, answer.headers)
    await pause(attempt)
  }
}

/** What the TLS library of Node calls certificates that it does not take. */
const distrust = /^(?:UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_)/

function untrusted(connection: Connection, error: unknown): LazError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !distrust.test(String(error.code))) return undefined
  return new LazError('ServerUntrusted', { url: connection.url, why: error.message }, { cause: error })
}

function unreachable(connection: Connection, error: Broken): LazError {
  return new LazError('ServerUnreachable', { url: connection.url }, { cause: error.cause })
}

function replyOf(answer: Answer, connection: Connection): Reply {
  const text = async () => {
    try {
      return await answer.text()
    } catch (error) {
      throw error instanceof Broken ? unreachable(connection, error) : error
    }
  }
  return { ...answer, text, json: async () => readJson(await text()) }
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

function pause(attempt: number): Promise<void> {
  return new Promise((done) => setTimeout(done, 60 * 2 ** attempt))
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
