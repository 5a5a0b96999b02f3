// What a tracking server tells beside its runs: traces in its third or second dialect, evaluation datasets, webhooks.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import { type Evaluation, type Experiment, type Hook, OutOfReach, type SourceFile, type Trace } from './source.ts'
import { spanOfWire, spansOfFile } from './spans.ts'
import { linkedPrompts, pages, proxied, query, runIds, secondDialect, type Wire, type Words } from './wire.ts'

const v2 = '/api/2.0/mlflow'
const v3 = '/api/3.0/mlflow'
const pageOfTraces = 100
const traceFile = 'traces.json'

export async function* traces(wire: Wire, experiment: Experiment): AsyncGenerator<Trace> {
  let links: Map<string, string[]> | undefined
  for await (const info of infos(wire, experiment)) {
    links ??= await linksOf(wire, experiment)
    const [id, tags] = [asString(info.trace_id) ?? '', asObject(info.tags ?? {})]
    const counted = /"num_spans":\s*(\d+)/.exec(
      asString(asObject(info.trace_metadata ?? {})['mlflow.trace.sizeStats']) ?? '',
    )?.[1]
    yield {
      id,
      experimentId: experiment.id,
      info,
      hasSpans: /^(TRACKING_STORE|ARCHIVE_REPO)$/.test(asString(tags['mlflow.trace.spansLocation']) ?? ''),
      ...(counted === undefined ? {} : { count: Number(counted) }),
      runs: links.get(id) ?? [],
      prompts: linkedPrompts(tags),
      artifactUri: asString(tags['mlflow.artifactLocation']) ?? '',
    }
  }
}

/** In the third dialect; servers before 3.0 are asked in the second. */
async function* infos(wire: Wire, experiment: Experiment): AsyncGenerator<JsonObject> {
  const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment.id } }
  const body = { locations: [location], max_results: pageOfTraces }
  const first = await wire.json('POST', `${v3}/traces/search`, body)
  if (first) {
    const ask = async (token: Words) =>
      token.page_token === undefined ? first : wire.json('POST', `${v3}/traces/search`, { ...body, ...token })
    yield* pages(ask, 'traces')
    return
  }
  const asked = { experiment_ids: experiment.id, max_results: pageOfTraces }
  const ask = (token: Words) => wire.json('GET', `${v2}/traces?${query({ ...asked, ...token })}`)
  for await (const old of pages(ask, 'traces')) yield secondDialect(old)
}

/** Runs that traces were linked to by hand; no answer about a trace tells them, a search by run does. */
async function linksOf(wire: Wire, experiment: Experiment): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  const location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment.id } }
  for await (const run of runIds(wire, experiment.id)) {
    const body = { locations: [location], max_results: pageOfTraces, filter: `attribute.run_id = '${run}'` }
    const ask = (token: Words) => wire.json('POST', `${v3}/traces/search`, { ...body, ...token }).catch(() => undefined) // older ones know no such search
    for await (const info of pages(ask, 'traces')) {
      if (asObject(info.trace_metadata ?? {})['mlflow.sourceRun'] === run) continue
      const id = asString(info.trace_id) ?? ''
      found.set(id, [...(found.get(id) ?? []), run])
    }
  }
  return found
}

/** Servers before 3.6 tell spans only as the file that older clients read. */
export async function spans(wire: Wire, trace: Trace): Promise<JsonObject[]> {
  const asked = query({ trace_id: trace.id, allow_partial: 'true' })
  const answer = await wire.json('GET', `${v3}/traces/get?${asked}`, undefined, { whole: true })
  if (answer)
    return asArray(asObject(answer.trace ?? {}).spans)
      .map(asObject)
      .map(spanOfWire)
  const parts: Uint8Array[] = []
  for await (const part of wire.bytes(madeFile(trace))) parts.push(part)
  return spansOfFile(Buffer.concat(parts).toString('utf8'))
}

const madeFile = (trace: Trace) => `/ajax-api/2.0/mlflow/get-trace-artifact?${query({ request_id: trace.id })}`

/** The spans of a trace that has none in the database, and what was attached to it. */
export async function* traceFiles(wire: Wire, trace: Trace): AsyncGenerator<SourceFile> {
  const home = /^mlflow-artifacts:\/*(?:\/\/[^/]+\/)?(.+)$/.exec(trace.artifactUri)?.[1]
  if (home === undefined) {
    if (!trace.hasSpans) yield { path: traceFile, read: () => wire.bytes(madeFile(trace)) }
    return
  }
  for (const folder of ['', 'attachments']) {
    const path = folder === '' ? home : `${home}/${folder}`
    const listed = await wire.json('GET', `/api/2.0/mlflow-artifacts/artifacts?${query({ path })}`).catch(() => {
      throw new OutOfReach('the server cannot list them')
    })
    for (const file of asArray(asObject(listed ?? {}).files).map(asObject)) {
      const name = asString(file.path) ?? ''
      if (file.is_dir === true || !/^[^/\\\u0000-\u001f]+$/.test(name) || /^\.+$/.test(name)) continue
      const inside = folder === '' ? name : `${folder}/${name}`
      const size = asNumber(file.file_size)
      yield {
        path: inside,
        ...(size === undefined ? {} : { sizeBytes: size }),
        read: () => wire.bytes(proxied(trace.artifactUri, inside) ?? madeFile(trace)),
      }
    }
  }
}

export async function* evaluations(wire: Wire): AsyncGenerator<Evaluation> {
  const ask = (token: Words) => wire.json('POST', `${v3}/datasets/search`, { max_results: 100, ...token })
  for await (const one of pages(ask, 'datasets')) {
    const id = asString(one.dataset_id) ?? ''
    const linked = await wire.json('GET', `${v3}/datasets/${encodeURIComponent(id)}/experiment-ids`)
    const text = (key: string, field: string) => (asString(one[key]) ? { [field]: asString(one[key]) } : {})
    yield {
      id,
      name: asString(one.name) ?? '',
      createdAt: Number(one.created_time ?? 0),
      updatedAt: Number(one.last_update_time ?? 0),
      ...text('digest', 'digest'),
      ...text('created_by', 'createdBy'),
      ...text('last_updated_by', 'updatedBy'),
      ...text('schema', 'schema'),
      ...text('profile', 'profile'),
      tags: tagsOf(one.tags),
      experimentIds: asArray(linked?.experiment_ids).map(String),
    }
  }
}

/** They travel as a text of JSON. */
function tagsOf(value: Json | undefined): Record<string, string> {
  const tags = typeof value === 'string' && value !== '' ? (JSON.parse(value) as Json) : value // a mapping of texts
  return Object.fromEntries(Object.entries(asObject(tags ?? {})).map(([key, each]) => [key, String(each)]))
}

export async function* records(wire: Wire, { id }: Evaluation): AsyncGenerator<string> {
  for (let token: string | undefined; ; ) {
    const asked = query({ max_results: 500, ...(token === undefined ? {} : { page_token: token }) })
    const page = await wire.json('GET', `${v3}/datasets/${encodeURIComponent(id)}/records?${asked}`)
    const text = asString(page?.records)
    if (text !== undefined) yield text
    token = asString(page?.next_page_token)
    if (!token) return
  }
}

export async function* webhooks(wire: Wire): AsyncGenerator<Hook> {
  const ask = (token: Words) => wire.json('GET', `${v2}/webhooks?${query({ max_results: 100, ...token })}`)
  for await (const one of pages(ask, 'webhooks')) {
    const description = asString(one.description)
    yield {
      id: asString(one.webhook_id) ?? '',
      name: asString(one.name) ?? '',
      ...(description ? { description } : {}),
      url: asString(one.url) ?? '',
      events: asArray(one.events)
        .map(asObject)
        .map(({ entity, action }) => `${String(entity)}.${String(action)}`),
    }
  }
}

/** What such a server has and is not brought along: scorers and issues by experiment, prompts in its registry. */
export async function left(wire: Wire, experiments: readonly string[]): Promise<string[]> {
  const counts = { scorers: 0, issues: 0, prompts: 0 }
  const quiet = async (asked: Promise<JsonObject | undefined>) => (await asked.catch(() => undefined)) ?? {}
  for (const id of experiments) {
    const scorers = await quiet(wire.json('GET', `${v3}/scorers/list?${query({ experiment_id: id })}`))
    counts.scorers += asArray(scorers.scorers).length
    const issues = await quiet(wire.json('POST', `${v3}/issues/search`, { experiment_id: id, max_results: 1000 }))
    counts.issues += asArray(issues.issues).length
  }
  const filter = "tags.`mlflow.prompt.is_prompt` = 'true'"
  const prompts = await quiet(
    wire.json('GET', `${v2}/registered-models/search?${query({ filter, max_results: 1000 })}`),
  )
  counts.prompts = asArray(prompts.registered_models).length
  return Object.entries(counts).flatMap(([what, n]) => (n > 0 ? [`${n} ${what}`] : []))
}
