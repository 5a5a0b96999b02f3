// One request by `node:http`: loading `fetch` costs the command line a tenth of a second.
import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Answer, Broken, type Sending } from './http.ts'

/** Sends by `node:http` or `node:https`. Raises Broken when the connection fails. */
export async function sendByNode(url: string, { method, headers, body, signal, ca }: Sending): Promise<Answer> {
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
      ...(ca === undefined ? {} : { ca }),
    })
    outgoing.on('error', (error) => failed(named(error)))
    outgoing.on('response', (incoming) => done(answerOf(incoming)))
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body)
    else void pour(body, outgoing)
  })
}

function answerOf(incoming: IncomingMessage): Answer {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers))
    flat[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
  return {
    status: incoming.statusCode ?? 0,
    headers: flat,
    // events, not iteration: the machinery of async iterators costs a short process more than the answer
    text: () =>
      new Promise<string>((whole, broken) => {
        const parts: Uint8Array[] = []
        incoming.on('data', (part: Uint8Array) => parts.push(part))
        incoming.on('error', (cause) => broken(new Broken(cause, false)))
        incoming.on('end', () => whole(Buffer.concat(parts).toString('utf8')))
      }),
    chunks: () => incoming,
  }
}

/** The connection's fault is told apart from everybody else's. */
function named(error: Error): Error {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const broken = /^(ECONN|EPIPE|ENOTFOUND|EHOST|ENET|ETIMEDOUT|EAI_|HPE_)/.test(code)
  return broken ? new Broken(error, code === 'ECONNREFUSED') : error
}

/** Sends a stream part by part, waiting whenever the socket is full. */
async function pour(body: AsyncIterable<Uint8Array>, outgoing: ClientRequest): Promise<void> {
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
