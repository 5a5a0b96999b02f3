/**
 * One call to one replica, and what becomes of it: an answer, a time that ran out, a replica that is not there.
 *
 * A call goes to a second replica only when it is certain that the first one's program cannot have read any of it: its
 * port refused the connection, or it had closed a kept connection before our bytes came. Anything else that breaks is the
 * model's failure: what kills one replica must not kill the next, and nothing is scored twice behind its caller's back.
 */
import { Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { type Readable, Writable } from 'node:stream'
import type { Target } from './table.ts'

/**
 * Connections to replicas are kept: opening one costs more than the rest of the way. An idle one is given up before the
 * servers of replicas do so (gunicorn after 2 s).
 */
const agent = new Agent({ keepAlive: true, scheduling: 'lifo', maxFreeSockets: 64, timeout: 1_500 })

/** A call that is written in one piece: of a longer one the beginning may have been read before the rest was refused. */
const onePieceBytes = 16 << 10

export interface Sent {
  method: string
  /** Path and query. */
  path: string
  headers: OutgoingHttpHeaders
  /** What is here already can be sent once more; a stream only as long as none of it was read. */
  body: Buffer | Readable
  timeoutMs: number
  /** Nobody waits for the answer any more. */
  gone?: boolean
  /** Set while it is under way: ends it. */
  cancel?: (() => void) | undefined
}

export type Answered =
  | { answer: IncomingMessage }
  /** `unsent`: the replica cannot have begun, the call may go to another. */
  | { failed: 'timeout' | 'unsent' | 'broken'; why: string }

/** Never rejects. The time runs from the moment the body is sent. */
export function forward(target: Target, sent: Sent): Promise<Answered> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    let timedOut = false
    const end = (result: Answered) => {
      clearTimeout(timer)
      sent.cancel = undefined
      resolve(result)
    }
    if (sent.gone) return end({ failed: 'broken', why: 'the caller is gone' })
    const { method, path, headers, body, timeoutMs } = sent
    const whole = Buffer.isBuffer(body)
    // a stream cannot be taken back once a stale connection has swallowed its beginning
    const outgoing = request({
      host: '127.0.0.1',
      port: target.port,
      method,
      path,
      headers,
      agent: whole ? agent : false,
    })
    sent.cancel = () => outgoing.destroy()
    outgoing.on('finish', () => {
      timer = setTimeout(() => {
        timedOut = true
        outgoing.destroy()
      }, timeoutMs)
    })
    outgoing.on('response', (answer) => {
      clearTimeout(timer)
      resolve({ answer })
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code ?? 'the connection broke'
      if (error.code === 'ECONNREFUSED') return end({ failed: 'unsent', why })
      if (!whole || body.length > onePieceBytes) return end({ failed: 'broken', why })
      void wasClosed(outgoing, error).then((closed) => end({ failed: closed ? 'unsent' : 'broken', why }))
    })
    outgoing.on('close', () => {
      if (timedOut) end({ failed: 'timeout', why: `it took more than ${timeoutMs} ms` })
      // after what an error has to say
      else setImmediate(end, { failed: 'broken', why: 'the connection broke' })
    })
    if (whole) outgoing.end(body)
    else whenConnected(outgoing, body)
  })
}

function whenConnected(outgoing: ClientRequest, body: Readable): void {
  body.once('error', () => outgoing.destroy())
  outgoing.once('socket', (socket) => socket.once('connect', () => body.pipe(outgoing)))
}

/**
 * Whether a kept connection had been closed at its other end before the call was written: then the kernel over there has
 * refused our bytes, and ours knows it and says so to whoever writes again. An end that came after the call was read takes
 * one more write without complaint; a reset says only that not everything was read, which is not enough.
 */
function wasClosed({ reusedSocket, socket }: ClientRequest, error: NodeJS.ErrnoException): Promise<boolean> {
  if (!reusedSocket || !socket) return Promise.resolve(false)
  if (error.code === 'EPIPE' && error.syscall === 'write') return Promise.resolve(true)
  const ended = error.code === 'ECONNRESET' && error.syscall === undefined
  if (!ended) return Promise.resolve(false)
  return new Promise((resolve) => {
    // the socket's own `write` refuses after an end without asking the kernel
    const write: typeof socket.write = Writable.prototype.write.bind(socket)
    write('\r\n', 'latin1', (failure) => resolve((failure as NodeJS.ErrnoException | null)?.code === 'EPIPE')) // errors of the kernel carry a code
    socket.once('close', () => resolve(false))
  })
}
