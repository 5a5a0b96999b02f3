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
}

type Listener = () => void
const strangers = new Set<Listener>()

/** Calls back when the server no longer knows who asks. Answers the way to stop. */
export function onStranger(listener: Listener): () => void {
  strangers.add(listener)
  return () => strangers.delete(listener)
}

/** Says that the server does not know us any more. */
export function tellStranger(): void {
  for (const listener of strangers) listener()
}

/** The answer as it came, when it is a good one. Raises ApiError; status 0 when nobody answered. */
export async function send(path: string, o: Asking = {}): Promise<Response> {
  const { method = 'GET', body, raw, headers = {}, signal } = o
  const answer = await fetch(path, {
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
  if (answer.ok) return answer
  if (answer.status === 401) tellStranger()
  throw await problemOf(answer)
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
