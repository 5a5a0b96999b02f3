// One request by `fetch`, for browsers and for whoever brings a `fetch` of their own.
import { type Answer, Broken, type Sending } from './http.ts'

/** Sends by the given `fetch`, else by the global one. Raises Broken when nobody answers. */
export async function sendByFetch(url: string, sending: Sending): Promise<Answer> {
  const { method, headers, body, signal } = sending
  const open = sending.fetch ?? globalThis.fetch.bind(globalThis)
  let answer: Response
  try {
    answer = await open(url, {
      method,
      headers,
      ...(signal ? { signal } : {}),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Blob(await gather(body)) }),
    })
  } catch (cause) {
    // fetch tells a broken connection by a bare TypeError
    throw cause instanceof TypeError ? new Broken(cause, false) : cause
  }
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers.entries()),
    text: () => answer.text(),
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
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch (cause) {
    throw cause instanceof TypeError ? new Broken(cause, false) : cause
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
