/** Streams on their way into and out of storage elsewhere. */
import { PassThrough, Readable } from 'node:stream'

/**
 * Takes up to `limit` bytes off a stream: the whole when it ends there (one request can send it), else a stream that
 * starts with them again.
 */
export async function takeHead(body: Readable, limit: number): Promise<{ whole: Buffer } | { stream: Readable }> {
  const chunks = body[Symbol.asyncIterator]()
  const head: Buffer[] = []
  let sizeBytes = 0
  for (;;) {
    const { done, value } = await chunks.next()
    if (done) return { whole: Buffer.concat(head) }
    const chunk = Buffer.isBuffer(value) ? value : Buffer.from(value)
    head.push(chunk)
    sizeBytes += chunk.length
    if (sizeBytes > limit) break
  }
  async function* all() {
    yield* head.splice(0)
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  return { stream: Readable.from(all(), { objectMode: false }) }
}

/** The same bytes; what breaks on the way is told in our words. */
export function retell(body: Readable, explain: (e: unknown) => Error): Readable {
  const out = new PassThrough()
  body.on('error', (e) => out.destroy(explain(e)))
  out.on('close', () => body.destroy())
  return body.pipe(out)
}
