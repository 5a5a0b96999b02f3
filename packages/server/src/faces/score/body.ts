/**
 * The body of a call. A small one is taken whole before a replica hears of the call, so that a slow caller holds nobody; a
 * large one is passed on as it comes, as long as it keeps coming.
 */
import type { IncomingMessage } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import type { BodyFault } from './refusals.ts'

/** Largest body of a call; what the inference images of Azure take. */
export const mostBodyBytes = 100 << 20
const wholeBytes = 1 << 20

export interface BodyLimits {
  /** For a small body, all of it. */
  wholeMs: number
  /** For a large one, between two pieces. */
  silentMs: number
  /** However it keeps coming: one that drips holds a replica no longer than this. */
  longestMs: number
  /** Of all small bodies together that have begun to come. */
  heldBytes: number
}

const usual: BodyLimits = { wholeMs: 30_000, silentMs: 20_000, longestMs: 300_000, heldBytes: 512 << 20 }

export type Body = { body: Buffer | Readable; sizeBytes?: number } | { refused: BodyFault }

export interface Watched {
  /** Told when a body that is passed on must not go on. */
  refuse(status: 408 | 413): void
}

export async function takeBody(from: IncomingMessage, watched: Watched, limits = usual): Promise<Body> {
  const said = from.headers['content-length']
  const coding = from.headers['transfer-encoding']
  if (said === undefined && coding === undefined) return { body: Buffer.alloc(0), sizeBytes: 0 }
  // a coding that is not taken off here would reach the model as if it were the data; HTTP/1.0 knows none
  const plain = coding === undefined || (/^chunked$/i.test(coding) && from.httpVersion === '1.1')
  if (!plain) return { refused: 400 }
  const sizeBytes = said === undefined ? undefined : Number(said)
  if (sizeBytes !== undefined && sizeBytes > mostBodyBytes) return { refused: 413 }
  if (sizeBytes !== undefined && sizeBytes <= wholeBytes) return takeWhole(from, limits)
  const stream = from.pipe(counted(watched, limits))
  // nobody may be reading it when it breaks off
  stream.on('error', () => {})
  from.once('error', (error) => stream.destroy(error))
  from.once('close', () => from.complete || stream.destroy(new Error('the upload was cut off')))
  return { body: stream, ...(sizeBytes === undefined ? {} : { sizeBytes }) }
}

let heldBytes = 0

function takeWhole(from: IncomingMessage, { wholeMs, heldBytes: most }: BodyLimits): Promise<Body> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let bytes = 0
    let over = false
    const timer = setTimeout(() => end({ refused: 408 }), wholeMs)
    const end = (body: Body) => {
      if (over) return
      over = true
      heldBytes -= bytes
      clearTimeout(timer)
      resolve(body)
    }
    from.on('data', (part: Buffer) => {
      if (over) return
      parts.push(part)
      bytes += part.length
      heldBytes += part.length
      if (heldBytes > most) end({ refused: 503 })
    })
    from.once('end', () => {
      const [only] = parts
      const body = only && parts.length === 1 ? only : Buffer.concat(parts)
      end({ body, sizeBytes: body.length })
    })
    from.once('close', () => end({ refused: 408 }))
  })
}

function counted({ refuse }: Watched, { silentMs, longestMs }: BodyLimits): Transform {
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  const last = setTimeout(() => stop(408), longestMs)
  const stop = (status: 408 | 413) => {
    refuse(status)
    stream.destroy(new Error('the body was refused'))
  }
  const arm = () => {
    clearTimeout(timer)
    timer = setTimeout(() => stop(408), silentMs)
  }
  const stream = new Transform({
    transform(part: Buffer, _encoding, done) {
      bytes += part.length
      if (bytes > mostBodyBytes) return stop(413)
      arm()
      done(null, part)
    },
    flush(done) {
      clearTimeout(timer)
      clearTimeout(last)
      done()
    },
  })
  stream.once('close', () => {
    clearTimeout(timer)
    clearTimeout(last)
  })
  arm()
  return stream
}
