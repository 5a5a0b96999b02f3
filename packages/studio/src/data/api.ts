// Every request of the pages: same origin, the session's cookie, errors with the words of the server.

/** What the server said went wrong; `code` is the dialect's own word. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** Further lines: where it is wrong, how to mend it. */
  readonly details: readonly string[]

  constructor(status: number, code: string, message: string, details: readonly string[] = []) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }
}

export interface Asking {
  method?: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  /** Bytes or text as they are, instead of JSON. */
  raw?: BodyInit
  headers?: Record<string, string>
  signal?: AbortSignal
  /** Asks who we are, or says it: a stranger is told so at once. */
  asksWho?: boolean
}

type Listener = () => void
const strangers = new Set<Listener>()
/** Requests that the server did not know the sender of, until somebody has logged in again. */
const held = new Set<Listener>()

/** Calls back when the server no longer knows who asks. Answers the way to stop. */
export function onStranger(listener: Listener): () => void {
  strangers.add(listener)
  return () => strangers.delete(listener)
}

/** Says that the server knows us again: what was held is sent once more. */
export function tellKnown(): void {
  const all = [...held]
  held.clear()
  for (const go of all) go()
}

/**
 * Says that the server does not know us any more, and waits until it does: nothing on a page breaks because a login ran
 * out, and what was being sent goes on. Answers false where nobody can log in. Raises AbortError.
 */
export function knownAgain(signal?: AbortSignal | null): Promise<boolean> {
  if (strangers.size === 0) return Promise.resolve(false)
  for (const listener of strangers) listener()
  return new Promise((resolve, reject) => {
    const go = () => resolve(true)
    held.add(go)
    signal?.addEventListener('abort', () => {
      held.delete(go)
      reject(new DOMException('The request was given up.', 'AbortError'))
    })
  })
}

/** The answer as it came, when it is a good one. Raises ApiError; status 0 when nobody answered. */
export async function send(path: string, o: Asking = {}): Promise<Response> {
  for (;;) {
    const answer = await sendOnce(path, o)
    if (answer.ok) return answer
    const isHeld = answer.status === 401 && !o.asksWho && !(o.raw instanceof ReadableStream)
    if (!isHeld || !(await knownAgain(o.signal))) throw await problemOf(answer)
  }
}

function sendOnce(path: string, o: Asking): Promise<Response> {
  const { method = 'GET', body, raw, headers = {}, signal } = o
  return fetch(path, {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? (raw === undefined ? {} : { body: raw }) : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'Unreachable', 'The server does not answer.')
  })
}

/** The answer's JSON; undefined when it has none. `T` is what the address is documented to answer. */
export async function ask<T>(path: string, o: Asking = {}): Promise<T> {
  const answer = await send(path, o)
  const text = await answer.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

interface Envelope {
  error?: { code?: string; message?: string; details?: { message?: string; target?: string }[] }
  error_code?: string
  message?: string
}

async function problemOf(answer: Response): Promise<ApiError> {
  const text = await answer.text().catch(() => '')
  try {
    const said = JSON.parse(text) as Envelope // one of the server's two dialects of errors
    const details = (said.error?.details ?? []).map(({ message = '', target }) =>
      target ? `${target}: ${message}` : message,
    )
    const message = said.error?.message ?? said.message ?? `The server answered with ${answer.status}.`
    return new ApiError(answer.status, said.error?.code ?? said.error_code ?? '', message, details.filter(Boolean))
  } catch {
    return new ApiError(answer.status, '', text.slice(0, 300) || `The server answered with ${answer.status}.`)
  }
}
