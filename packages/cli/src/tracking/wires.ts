// Two ways to reach a tracking server: this Lazurite with its own client, and whatever else answers http.
import type { Lazurite } from '@lazurite/client'
import { asObject, fail, isLazError, type Json, type JsonObject, parsePythonJson } from '@lazurite/spec'
import { quoteLong } from './spans.ts'
import type { Wire } from './wire.ts'

/** Path of a workspace's tracking address. */
export function trackingPath(client: Lazurite): string {
  return `/mlflow/v2.0${client
    .of('job')
    .path()
    .replace(/\/jobs$/, '')}`
}

export function ownWire(client: Lazurite): Wire {
  const home = trackingPath(client)
  return {
    what: `workspace ${client.workspace.workspace}`,
    async json(method, path, body, o) {
      const ask = { method, path: home + path, ...(body === undefined ? {} : { body }) }
      try {
        const text = await (await client.ask(ask)).text()
        return asObject(JSON.parse(o?.whole ? quoteLong(text) : text) as Json) // an answer of ours
      } catch (error) {
        if (isLazError(error) && error.http === 404) return undefined
        throw error
      }
    },
    async *bytes(path) {
      yield* (await client.ask({ path: home + path, headers: { accept: '*/*' } })).chunks()
    },
  }
}

const tries = 5

/** `http(s)://[user:password@]host/…`; who asks is told by the variables that MLflow's own client reads. */
export function foreignWire(address: string, env: NodeJS.ProcessEnv): Wire {
  const url = readUrl(address)
  const { MLFLOW_TRACKING_USERNAME: name, MLFLOW_TRACKING_PASSWORD: password, MLFLOW_TRACKING_TOKEN: token } = env
  const basic = url.username
    ? `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    : name && password
      ? `${name}:${password}`
      : undefined
  const headers: Record<string, string> = {}
  if (basic !== undefined) headers.authorization = `Basic ${Buffer.from(basic).toString('base64')}`
  else if (token) headers.authorization = `Bearer ${token}`
  url.username = ''
  url.password = ''
  const base = url.href.replace(/\/+$/, '')
  const get = (path: string, init: RequestInit) =>
    send(base, path, { ...init, headers: { ...headers, ...init.headers } })
  return {
    what: base,
    async json(method, path, body, o) {
      const type = { 'content-type': 'application/json' }
      const answer = await get(path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: type }),
      })
      if (answer.status === 404) return undefined
      const text = await answer.text()
      return readAnswer(base, path, { ok: answer.ok, status: answer.status, text: o?.whole ? quoteLong(text) : text })
    },
    async *bytes(path) {
      const answer = await get(path, {})
      if (!answer.ok || !answer.body)
        fail('BadArgument', { what: `${base} answered ${answer.status} for ${shortened(path)}` })
      yield* answer.body as unknown as AsyncIterable<Uint8Array> // a web stream is one in Node
    },
  }
}

const shortened = (path: string) => path.replace(/\?.*$/, '').slice(0, 300)

function readUrl(address: string): URL {
  try {
    return new URL(address)
  } catch {
    return fail('BadArgument', { what: 'The address of the server cannot be read.' })
  }
}

/** What only reads is asked again when the server is busy or the connection broke. */
async function send(base: string, path: string, init: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(base + path, init)
      if (attempt >= tries || ![429, 502, 503, 504].includes(answer.status)) return answer
      await answer.body?.cancel()
    } catch (error) {
      if (attempt >= tries) fail('Unreachable', { url: base, why: whyOf(error) }, { cause: error })
    }
    await new Promise((next) => setTimeout(next, 100 * 2 ** attempt))
  }
}

/** What `fetch` raises says little; what caused it says why. */
function whyOf(error: unknown): string {
  const { message, cause } = error as Error // fetch raises nothing else
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}

function readAnswer(base: string, path: string, answer: { ok: boolean; status: number; text: string }): JsonObject {
  const body = parsePythonJson(answer.text)
  if (answer.ok && body !== undefined) return asObject(body)
  const why = asObject(body ?? {}).message ?? answer.text.slice(0, 200)
  return fail('BadArgument', {
    what: `${base} answered ${answer.status} for ${shortened(path)}: ${String(why).slice(0, 500)}`,
  })
}
