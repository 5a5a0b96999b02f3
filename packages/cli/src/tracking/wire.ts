// Asking a tracking server: one request, pages of answers, and the spellings that several answers share.
import { asArray, asNumber, asObject, asString, isObject, type Json, type JsonObject } from '@lazurite/spec'

/** One request below the tracking address; undefined for 404. */
export interface Wire {
  readonly what: string
  /** With `whole`, whole numbers that a double cannot hold come as texts. */
  json(method: 'GET' | 'POST', path: string, body?: Json, o?: { whole?: boolean }): Promise<JsonObject | undefined>
  bytes(path: string): AsyncIterable<Uint8Array>
}

export type Words = Record<string, string | number>

export function query(words: Words): string {
  return new URLSearchParams(
    Object.entries(words).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString()
}

export async function* pages(
  ask: (token: Words) => Promise<JsonObject | undefined>,
  name: string,
): AsyncGenerator<JsonObject> {
  for (let token: string | undefined; ; ) {
    const page: JsonObject = (await ask(token === undefined ? {} : { page_token: token })) ?? {}
    yield* asArray(page[name]).filter(isObject)
    token = asString(page.next_page_token)
    if (!token) return
  }
}

export const words = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    asArray(value as Json[])
      .map(asObject)
      .map((pair) => [asString(pair.key) ?? '', asString(pair.value) ?? String(pair.value ?? '')]),
  )

/** The address at the proxy; undefined when the files are elsewhere, where the server reads them itself. */
export function proxied(uri: string, path: string): string | undefined {
  const home = /^mlflow-artifacts:\/*(?:\/\/[^/]+\/)?(.+)$/.exec(uri)?.[1]
  if (home === undefined) return undefined
  return `/api/2.0/mlflow-artifacts/artifacts/${[...home.split('/'), ...path.split('/')].map(encodeURIComponent).join('/')}`
}

/** Ids of all runs of an experiment. */
export async function* runIds(wire: Wire, experimentId: string): AsyncGenerator<string> {
  const body = { experiment_ids: [experimentId], run_view_type: 'ALL', max_results: 1000 }
  const ask = (token: Words) => wire.json('POST', '/api/2.0/mlflow/runs/search', { ...body, ...token })
  for await (const run of pages(ask, 'runs')) {
    const id = asString(asObject(run.info).run_id)
    if (id && /^[\w-]+$/.test(id)) yield id
  }
}

/** What the second dialect says of a trace, in the words of the third. */
export function secondDialect(old: JsonObject): JsonObject {
  const [at, took] = [asNumber(old.timestamp_ms) ?? Number(old.timestamp_ms ?? 0), Number(old.execution_time_ms ?? 0)]
  return {
    trace_id: asString(old.request_id) ?? '',
    request_time: new Date(Math.abs(at) <= 8.64e15 ? at : 0).toISOString(),
    execution_duration: printDuration(took),
    state: asString(old.status) ?? 'STATE_UNSPECIFIED',
    trace_metadata: words(old.request_metadata),
    tags: words(old.tags),
    assessments: [],
  }
}

/** Milliseconds as protobuf spells a duration. */
export function printDuration(ms: number): string {
  const rest = Math.abs(ms % 1000)
  const sign = ms < 0 && ms > -1000 ? '-' : ''
  return `${sign}${Math.trunc(ms / 1000)}${rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`}s`
}

/** `<name>/<version>` of the prompts that a tag of a trace names. */
export function linkedPrompts(tags: JsonObject): string[] {
  try {
    const linked = JSON.parse(asString(tags['mlflow.linkedPrompts']) ?? '[]') as Json // looked at in the next lines
    return asArray(linked)
      .filter(isObject)
      .map(({ name, version }) => `${String(name)}/${String(version)}`)
  } catch {
    return []
  }
}
