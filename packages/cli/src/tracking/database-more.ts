// What a tracking server's database holds beside its runs: traces with spans and assessments, evaluation datasets,
// webhooks without their secrets. Newer servers keep some tags and metadata of traces in columns of their own.
import { asNumber, asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import { all, type Base, from, number, quote, words } from './database-rows.ts'
import { type Evaluation, type Experiment, type Hook, OutOfReach, type Trace } from './source.ts'
import { spanOfKept } from './spans.ts'
import { linkedPrompts, printDuration } from './wire.ts'

const pageOfTraces = 200
const pageOfSpans = 500
const pageOfRecords = 200

export async function* traces(base: Base, experiment: Experiment): AsyncGenerator<Trace> {
  for (let after = ''; ; ) {
    const where = `experiment_id = ${number(experiment.id)} AND request_id > ${quote(after)}`
    const page = await from(base, 'trace_info', `${where} ORDER BY request_id LIMIT ${pageOfTraces}`)
    const more = await hangingOn(
      base,
      page.map((row) => String(row.request_id)),
    )
    for (const row of page) yield traceOf(row, { experiment, ...more })
    const last = page.at(-1)
    if (!last || page.length < pageOfTraces) return
    after = String(last.request_id)
  }
}

type ByTrace = ReadonlyMap<string, JsonObject[]>

interface Hanging {
  tags: ByTrace
  metadata: ByTrace
  assessments: ByTrace
  counts: ByTrace
  links: ByTrace
}

async function hangingOn(base: Base, ids: readonly string[]): Promise<Hanging> {
  const these = ids.length === 0 ? `('')` : `(${ids.map(quote).join(', ')})`
  const { rows, tables } = base
  const counts = tables.has('spans')
    ? await all(rows, `SELECT trace_id, count(*) AS n FROM spans WHERE trace_id IN ${these} GROUP BY trace_id`)
    : []
  const links = await from(base, 'entity_associations', `source_type = 'trace' AND source_id IN ${these}`)
  return {
    tags: grouped(await from(base, 'trace_tags', `request_id IN ${these}`), 'request_id'),
    metadata: grouped(await from(base, 'trace_request_metadata', `request_id IN ${these}`), 'request_id'),
    assessments: grouped(
      await from(base, 'assessments', `trace_id IN ${these} ORDER BY created_timestamp, assessment_id`),
      'trace_id',
    ),
    counts: grouped(counts, 'trace_id'),
    links: grouped(links, 'source_id'),
  }
}

function grouped(rows: readonly JsonObject[], key: string): ByTrace {
  const found = new Map<string, JsonObject[]>()
  for (const row of rows) {
    const id = String(row[key])
    const group = found.get(id)
    if (group) group.push(row)
    else found.set(id, [row])
  }
  return found
}

function traceOf(row: JsonObject, o: Hanging & { experiment: Experiment }): Trace {
  const id = String(row.request_id)
  const tags = { ...words(o.tags.get(id) ?? []), ...named('mlflow.traceName', row.trace_name) }
  const links = o.links.get(id) ?? []
  const linked = (type: string) =>
    links.filter((link) => link.destination_type === type).map((link) => String(link.destination_id))
  const location = tags['mlflow.trace.spansLocation'] ?? ''
  const [count, took] = [Number(o.counts.get(id)?.[0]?.n ?? 0), asNumber(row.execution_time_ms)]
  const text = (field: string) => (asString(row[field]) ? { [field]: asString(row[field]) } : {})
  return {
    id,
    experimentId: o.experiment.id,
    info: {
      trace_id: id,
      ...text('client_request_id'),
      ...text('request_preview'),
      ...text('response_preview'),
      request_time: new Date(Number(row.timestamp_ms)).toISOString(),
      ...(took === undefined ? {} : { execution_duration: printDuration(took) }),
      state: asString(row.status) ?? 'STATE_UNSPECIFIED',
      trace_metadata: { ...words(o.metadata.get(id) ?? []), ...promoted(row) },
      tags,
      assessments: (o.assessments.get(id) ?? []).map(assessmentOf),
    },
    hasSpans: count > 0 || location === 'ARCHIVE_REPO',
    ...(count > 0 ? { count } : {}),
    runs: linked('run'),
    prompts: [...new Set([...linked('prompt_version'), ...linkedPrompts(tags)])],
    artifactUri: tags['mlflow.artifactLocation'] ?? '',
  }
}

function named(key: string, value: Json | undefined): Record<string, string> {
  return typeof value === 'string' ? { [key]: value } : {}
}

const tokenColumns = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation_input_tokens_above_1hr',
]
const costColumns = ['input_cost', 'output_cost', 'total_cost']

/** Metadata that are columns in newer databases. */
function promoted(row: JsonObject): Record<string, string> {
  const sums = (columns: readonly string[]) => {
    const known = columns.filter((column) => typeof row[column] === 'number')
    return known.length === 0
      ? undefined
      : `{${known.map((column) => `"${column}": ${JSON.stringify(row[column])}`).join(', ')}}`
  }
  return {
    ...named('mlflow.trace.session', row.session_id),
    ...named('mlflow.trace.tokenUsage', sums(tokenColumns)),
    ...named('mlflow.trace.cost', sums(costColumns)),
  }
}

function assessmentOf(row: JsonObject): JsonObject {
  const value = asString(row.value) ?? 'null'
  const text = (key: string, column = key) => (asString(row[column]) ? { [key]: asString(row[column]) } : {})
  const error = parse(row.error) ?? null
  const said: JsonObject = {
    feedback: { feedback: { value: parse(value) ?? null, ...(error === null ? {} : { error }) } },
    expectation: { expectation: { serialized_value: { serialization_format: 'JSON_FORMAT', value } } },
    issue: { issue: parse(value) ?? null },
  }
  const metadata = Object.entries((parse(row.assessment_metadata) ?? {}) as JsonObject) // a mapping, as MLflow writes it
  return {
    assessment_id: asString(row.assessment_id) ?? '',
    assessment_name: asString(row.name) ?? '',
    source: { source_type: asString(row.source_type) ?? 'SOURCE_TYPE_UNSPECIFIED', ...text('source_id') },
    create_time: new Date(Number(row.created_timestamp)).toISOString(),
    last_update_time: new Date(Number(row.last_updated_timestamp)).toISOString(),
    ...asObject(said[asString(row.assessment_type) ?? ''] ?? {}),
    ...text('span_id'),
    ...text('rationale'),
    ...text('overrides'),
    metadata: Object.fromEntries(
      metadata.map(([key, each]) => [key, typeof each === 'string' ? each : JSON.stringify(each)]),
    ),
    valid: row.valid === true || row.valid === 1,
  }
}

/** JSON of MLflow's; a bare NaN is none and stays the text it is. */
function parse(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string') return undefined
  try {
    return JSON.parse(value) as Json // what JSON.parse gives is Json
  } catch {
    return value
  }
}

export async function spans(base: Base, trace: Trace): Promise<JsonObject[]> {
  const found: JsonObject[] = []
  for (let after = ''; base.tables.has('spans'); ) {
    const page = await all(
      base.rows,
      `SELECT span_id, content FROM spans WHERE trace_id = ${quote(trace.id)} AND span_id > ${quote(after)}
       ORDER BY span_id LIMIT ${pageOfSpans}`,
    )
    for (const row of page) {
      const span = spanOfKept(asString(row.content) ?? '')
      if (span) found.push(span)
    }
    const last = page.at(-1)
    if (!last || page.length < pageOfSpans) break
    after = String(last.span_id)
  }
  if (found.length === 0) throw new OutOfReach('they were archived: import from its server, which reads them')
  return found
}

export async function* evaluations(base: Base): AsyncGenerator<Evaluation> {
  for (const row of await from(base, 'evaluation_datasets', '1 = 1 ORDER BY created_time, dataset_id')) {
    const id = String(row.dataset_id)
    const tags = await from(base, 'evaluation_dataset_tags', `dataset_id = ${quote(id)}`)
    const linked = await from(
      base,
      'entity_associations',
      `source_type = 'evaluation_dataset' AND source_id = ${quote(id)} AND destination_type = 'experiment'`,
    )
    const text = (column: string, field: string) => (asString(row[column]) ? { [field]: asString(row[column]) } : {})
    yield {
      id,
      name: String(row.name),
      createdAt: Number(row.created_time ?? 0),
      updatedAt: Number(row.last_update_time ?? 0),
      ...text('digest', 'digest'),
      ...text('created_by', 'createdBy'),
      ...text('last_updated_by', 'updatedBy'),
      ...text('schema', 'schema'),
      ...text('profile', 'profile'),
      tags: words(tags),
      experimentIds: linked.map((link) => String(link.destination_id)),
    }
  }
}

const jsonColumns = ['inputs', 'outputs', 'expectations', 'tags', 'source']
const plainColumns = ['dataset_record_id', 'source_id', 'source_type', 'created_time', 'last_update_time', 'created_by', 'last_updated_by'] // biome-ignore format: one list

/** JSON columns are asked for as texts, so that no number is read on the way. */
export async function* records(base: Base, { id }: Evaluation): AsyncGenerator<string> {
  const columns = [...jsonColumns.map((name) => `CAST(${name} AS TEXT) AS ${name}`), ...plainColumns].join(', ')
  for (let after = ''; ; ) {
    const page = await all(
      base.rows,
      `SELECT ${columns} FROM evaluation_dataset_records WHERE dataset_id = ${quote(id)}
       AND dataset_record_id > ${quote(after)} ORDER BY dataset_record_id LIMIT ${pageOfRecords}`,
    )
    if (page.length > 0) yield `[${page.map(recordText).join(', ')}]`
    const last = page.at(-1)
    if (!last || page.length < pageOfRecords) return
    after = String(last.dataset_record_id)
  }
}

function recordText(row: JsonObject): string {
  const fields = [
    ...plainColumns.map((name) => [name, JSON.stringify(row[name] ?? null)] as const),
    ...jsonColumns.map((name) => [name, asString(row[name]) ?? 'null'] as const),
  ]
  return `{${fields.map(([name, text]) => `"${name}": ${name === 'outputs' ? unwrapped(text) : text}`).join(', ')}}`
}

/** Outputs may be anything, which MLflow keeps in a mapping of one field. */
function unwrapped(text: string): string {
  return /^\s*\{\s*"mlflow_wrapped"\s*:\s*(.*)\}\s*$/s.exec(text)?.[1] ?? text
}

export async function* webhooks(base: Base): AsyncGenerator<Hook> {
  for (const row of await from(base, 'webhooks', 'deleted_timestamp IS NULL ORDER BY creation_timestamp, webhook_id')) {
    const id = String(row.webhook_id)
    const events = await from(base, 'webhook_events', `webhook_id = ${quote(id)} ORDER BY entity, action`)
    const description = asString(row.description)
    yield {
      id,
      name: String(row.name),
      ...(description ? { description } : {}),
      url: String(row.url),
      events: events.map(({ entity, action }) => `${String(entity)}.${String(action)}`.toUpperCase()),
    }
  }
}

const uncarried: Readonly<Record<string, string>> = {
  scorers: 'scorers',
  issues: 'issues',
  label_schemas: 'label schemas',
  review_queues: 'review queues',
  endpoints: 'gateway endpoints',
  mcp_servers: 'MCP servers',
}

export const isPromptRow = `name IN (SELECT name FROM registered_model_tags WHERE key = 'mlflow.prompt.is_prompt' AND lower(value) = 'true')`

export async function left({ rows, tables }: Base): Promise<string[]> {
  const found: string[] = []
  const count = async (table: string, what: string, where = '1 = 1') => {
    if (!tables.has(table)) return
    const [row] = await all(rows, `SELECT count(*) AS n FROM ${table} WHERE ${where}`)
    if (Number(row?.n) > 0) found.push(`${Number(row?.n)} ${what}`)
  }
  for (const [table, what] of Object.entries(uncarried)) await count(table, what)
  if (tables.has('registered_model_tags')) await count('registered_models', 'prompts', isPromptRow)
  return found
}
