/** One call to one replica, and what becomes of it: an answer, a time that ran out, a replica that is not there. */
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { Readable } from 'node:stream'
import type { Target } from './table.ts'

/**
 * Connections to replicas are kept: opening one costs more than the rest of the way. An idle one is given up before the
 * servers of replicas do so (gunicorn after 2 s), because a call that crosses their end cannot be told from a crash.
 */
const agent = new Agent({ keepAlive: true, scheduling: 'lifo', maxFreeSockets: 64, timeout: 1_500 })

export interface Sent {
  method: string
  /** Path and query. */
  path: string
  headers: OutgoingHttpHeaders
  /** What is here already can be sent once more. */
  body: Buffer | Readable
  timeoutMs: number
  /** Raised when nobody waits for the answer any more. */
  signal: AbortSignal
}

export type Answered =
  | { answer: IncomingMessage }
  /** `unsent`: the replica cannot have begun, the call may go to another. */
  | { failed: 'timeout' | 'unsent' | 'broken'; why: string }

/** Never rejects. The time runs from the moment the body is sent. */
export function forward(target: Target, sent: Sent): Promise<Answered> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    const end = (result: Answered) => {
      clearTimeout(timer)
      resolve(result)
    }
    const { method, path, headers, body, signal } = sent
    const outgoing = request({ host: '127.0.0.1', port: target.port, method, path, headers, agent })
    signal.addEventListener('abort', () => outgoing.destroy(), { once: true })
    const arm = () => {
      timer = setTimeout(() => {
        end({ failed: 'timeout', why: `it took more than ${sent.timeoutMs} ms` })
        outgoing.destroy()
      }, sent.timeoutMs)
    }
    outgoing.on('finish', arm)
    outgoing.on('response', (answer) => end({ answer }))
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // what reached a replica is not sent twice: a call that kills one would kill the next
      const idle = outgoing.reusedSocket && error.code === 'ECONNRESET' && (method === 'GET' || method === 'HEAD')
      const unsent = error.code === 'ECONNREFUSED' || idle
      end({ failed: unsent ? 'unsent' : 'broken', why: error.code ?? 'the connection broke' })
    })
    outgoing.on('close', () => end({ failed: 'broken', why: 'the connection broke' }))
    if (Buffer.isBuffer(body)) outgoing.end(body)
    else {
      body.once('error', () => outgoing.destroy())
      body.pipe(outgoing)
    }
  })
}
