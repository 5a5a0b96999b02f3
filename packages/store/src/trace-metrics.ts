/**
 * Sums over traces, spans and assessments, grouped by time and by what they are. One statement a question: percentiles
 * are found by the ranks of the rows next to them, so that every engine gives the same figure.
 */
import { fail } from '@lazurite/spec'
import { type Token, tokenize } from './search.ts'
import { kidOf } from './select.ts'
import { holes, type Sql, type SqlValue } from './sql.ts'
import { sourceRunKey } from './trace-rows.ts'
import { eidsOf } from './trace-search.ts'

export type MetricView = 'TRACES' | 'SPANS' | 'ASSESSMENTS'
export type AggregationKind = 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX' | 'PERCENTILE'

export interface MetricAggregation {
  kind: AggregationKind
  /** Of 100. */
  percentile?: number
}

export interface MetricQuery {
  experimentIds: readonly string[]
  view: MetricView
  metric: string
  aggregations: readonly MetricAggregation[]
  dimensions?: readonly string[]
  filters?: readonly string[]
  intervalSeconds?: number
  from?: number
  to?: number
  max?: number
}

export interface MetricRow {
  dimensions: Record<string, string>
  /** By the name of the aggregation: `AVG`, `P99.0`. */
  values: Record<string, number>
}

interface Metric {
  column: string
  kinds: readonly AggregationKind[]
  dimensions: readonly string[]
}

const maxFilters = 50
const spread: readonly AggregationKind[] = ['AVG', 'MAX', 'MIN', 'PERCENTILE']
const summed: readonly AggregationKind[] = ['AVG', 'MAX', 'MIN', 'PERCENTILE', 'SUM']
const tokens = (column: string): Metric => ({ column, kinds: summed, dimensions: ['trace_name'] })
const cost = (column: string): Metric => ({
  column,
  kinds: summed,
  dimensions: ['span_model_name', 'span_model_provider'],
})

const metrics: Readonly<Record<MetricView, Readonly<Record<string, Metric>>>> = {
  TRACES: {
    trace_count: { column: 't.tid', kinds: ['COUNT'], dimensions: ['trace_name', 'trace_status'] },
    session_count: { column: 't.session', kinds: ['COUNT'], dimensions: [] },
    latency: { column: 't.duration', kinds: spread, dimensions: ['trace_name'] },
    input_tokens: tokens('t.input_tokens'),
    output_tokens: tokens('t.output_tokens'),
    total_tokens: tokens('t.total_tokens'),
    cache_read_input_tokens: tokens('t.cache_read_tokens'),
    cache_creation_input_tokens: tokens('t.cache_creation_tokens'),
  },
  SPANS: {
    span_count: {
      column: 'x.xid',
      kinds: ['COUNT'],
      dimensions: ['span_name', 'span_type', 'span_status', 'span_model_name', 'span_model_provider'],
    },
    latency: { column: 'x.latency_ms', kinds: spread, dimensions: ['span_name', 'span_status'] },
    input_cost: cost('x.input_cost'),
    output_cost: cost('x.output_cost'),
    total_cost: cost('x.total_cost'),
  },
  ASSESSMENTS: {
    assessment_count: { column: 'a.aid', kinds: ['COUNT'], dimensions: ['assessment_name', 'assessment_value'] },
    assessment_value: { column: 'a.number', kinds: spread, dimensions: ['assessment_name'] },
  },
}

const dimensionColumns: Readonly<Record<string, string>> = {
  trace_name: 't.name',
  trace_status: 't.state',
  span_name: 'x.name',
  span_type: 'x.type',
  span_status: 'x.status',
  span_model_name: 'x.model',
  span_model_provider: 'x.provider',
  assessment_name: 'a.name',
  assessment_value: 'a.value',
}

const sources: Readonly<Record<MetricView, { from: string; time: string }>> = {
  TRACES: { from: 'traces t', time: 't.request_time' },
  SPANS: { from: 'traces t JOIN trace_spans x ON x.tid = t.tid', time: '(x.start_us / 1000)' },
  ASSESSMENTS: { from: 'traces t JOIN assessments a ON a.tid = t.tid AND a.valid = 1', time: 't.request_time' },
}

/** Answers rows in order of time and dimensions. Raises BadArgument. */
export async function queryTraceMetrics(sql: Sql, scope: string, o: MetricQuery): Promise<MetricRow[]> {
  const metric = checkQuery(o)
  const eids = await eidsOf(sql, scope, o.experimentIds)
  if (eids.length === 0) return []
  const { from, time } = sources[o.view]
  const where = [`t.eid IN (${holes(eids.length)})`, `${metric.column} IS NOT NULL`]
  const values: SqlValue[] = [...eids]
  // spans are counted by the time of their traces, but paid at their own
  const ranged = o.view === 'SPANS' && !o.metric.endsWith('_cost') ? 't.request_time' : time
  for (const [bound, op] of [[o.from, '>='], [o.to, '<=']] as const) // biome-ignore format: two bounds
    if (bound !== undefined) {
      where.push(`${ranged} ${op} ?`)
      values.push(bound)
    }
  for (const filter of o.filters ?? []) {
    const [text, more] = filterCondition(o.view, filter)
    where.push(text)
    values.push(...more)
  }
  const groups: { name: string; expression: string }[] = []
  if (o.intervalSeconds) {
    const ms = o.intervalSeconds * 1000
    groups.push({ name: 'time_bucket', expression: `(${time} - ${time} % ${ms})` })
  }
  for (const name of o.dimensions ?? []) {
    const expression = dimensionColumns[name] ?? ''
    groups.push({ name, expression })
    where.push(`${expression} IS NOT NULL`)
  }
  const text = statementOf(o, { metric, from, where: where.join(' AND '), groups })
  const rows = await sql.all<Record<string, SqlValue>>(text, [...values, o.max ?? 1000])
  return rows.flatMap((row) => rowOf(row, o, groups))
}

function statementOf(
  o: MetricQuery,
  {
    metric,
    from,
    where,
    groups,
  }: { metric: Metric; from: string; where: string; groups: readonly { expression: string }[] },
): string {
  const names = groups.map((_, i) => `g${i}`)
  const partition = groups.length > 0 ? `PARTITION BY ${groups.map((g) => g.expression).join(', ')}` : ''
  const ranked = o.aggregations.some((a) => a.kind === 'PERCENTILE')
  const inner = [
    ...groups.map((g, i) => `${g.expression} AS g${i}`),
    `${metric.column} AS v`,
    ...(ranked
      ? [`row_number() OVER (${partition} ORDER BY ${metric.column}) AS place`, `count(*) OVER (${partition}) AS n`]
      : []),
  ].join(', ')
  const double = (what: string) => `CAST(${what} AS DOUBLE PRECISION)`
  const sums = o.aggregations.map((a, i) => {
    const distinct = o.metric === 'session_count' ? 'DISTINCT ' : ''
    if (a.kind === 'COUNT') return `count(${distinct}v) AS a${i}`
    if (a.kind !== 'PERCENTILE') return `${double(`${a.kind.toLowerCase()}(v)`)} AS a${i}`
    // the two rows next to the place that is asked for, each the more the nearer it is
    const away = `abs(place - 1 - (n - 1) * ${double(String((a.percentile ?? 0) / 100))})`
    return `sum(CASE WHEN ${away} < 1 THEN v * (1 - ${away}) ELSE 0 END) AS a${i}`
  })
  const grouped = names.length > 0 ? `GROUP BY ${names.join(', ')} ORDER BY ${names.join(', ')}` : ''
  return `SELECT ${[...names, ...sums, 'count(*) AS rows_found'].join(', ')}
    FROM (SELECT ${inner} FROM ${from} WHERE ${where}) found ${grouped} LIMIT ?`
}

function rowOf(row: Record<string, SqlValue>, o: MetricQuery, groups: readonly { name: string }[]): MetricRow[] {
  if (Number(row.rows_found) === 0 && !o.aggregations.some((a) => a.kind === 'COUNT')) return []
  const dimensions = groups.map(({ name }, i): [string, string] => {
    const value = row[`g${i}`]
    return [name, name === 'time_bucket' ? bucketOf(Number(value)) : String(value)]
  })
  const values = o.aggregations.flatMap((a, i): [string, number][] => {
    const value = row[`a${i}`]
    return value === null || value === undefined ? [] : [[nameOf(a), Number(value)]]
  })
  return [{ dimensions: Object.fromEntries(dimensions), values: Object.fromEntries(values) }]
}

function bucketOf(ms: number): string {
  const text = new Date(ms).toISOString()
  return ms % 1000 === 0 ? text.replace('.000Z', '+00:00') : text.replace('Z', '000+00:00')
}

function nameOf(a: MetricAggregation): string {
  if (a.kind !== 'PERCENTILE') return a.kind
  const percentile = a.percentile ?? 0
  return `P${Number.isInteger(percentile) ? percentile.toFixed(1) : percentile}`
}

function checkQuery(o: MetricQuery): Metric {
  const known = metrics[o.view]
  const metric = Object.hasOwn(known, o.metric) ? known[o.metric] : undefined
  if (!metric) refuse(`metric_name must be one of ['${Object.keys(known).join("', '")}'], got '${o.metric}'`)
  const kinds = o.aggregations.map((a) => a.kind).filter((kind) => !metric.kinds.includes(kind))
  if (kinds.length > 0)
    refuse(
      `Found invalid aggregation_type(s): ['${kinds.join("', '")}']. Supported aggregation types: ['${metric.kinds.join("', '")}']`,
    )
  const odd = (o.dimensions ?? []).filter((name) => !metric.dimensions.includes(name))
  if (odd.length > 0)
    refuse(
      `Found invalid dimension(s): ['${odd.join("', '")}']. Supported dimensions: ['${metric.dimensions.join("', '")}']`,
    )
  if (new Set(o.dimensions).size < (o.dimensions?.length ?? 0)) refuse('Found a dimension that is named twice')
  if ((o.filters?.length ?? 0) > maxFilters) refuse(`At most ${maxFilters} filters can be given`)
  if (o.intervalSeconds !== undefined && (o.from === undefined || o.to === undefined))
    refuse('start_time_ms and end_time_ms are required if time_interval_seconds is set')
  return metric
}

const filterFields: Readonly<Record<string, Readonly<Record<string, { column?: string; keyed?: boolean }>>>> = {
  trace: { status: { column: 't.state' }, tag: { keyed: true }, metadata: { keyed: true } },
  span: { name: { column: 'x.name' }, status: { column: 'x.status' }, type: { column: 'x.type' } },
  assessment: { name: { column: 'a.name' }, type: { column: 'a.kind' } },
}

/** One comparison: `trace.status = 'OK'`, `trace.tag.<key> = '…'`, `span.name = '…'`. */
function filterCondition(view: MetricView, filter: string): [string, SqlValue[]] {
  const [field, op, value, ...more] = tokenize(filter.slice(0, 10_000)) as (Token | undefined)[] // the list may be short
  if (more.length > 0) refuse(`Invalid filter: '${filter}'. Expected one filter clause.`)
  if (field?.kind !== 'word' || op?.text !== '=' || value?.kind !== 'text')
    refuse(`Invalid filter: '${filter}'. Expected one clause like trace.status = 'OK', with a quoted string value.`)
  const [of = '', rest = ''] = field.parts
  const dot = rest.indexOf('.')
  const [name, key] = dot < 0 ? [rest, undefined] : [rest.slice(0, dot), rest.slice(dot + 1)]
  const fields = Object.hasOwn(filterFields, of) ? filterFields[of] : undefined
  if (!fields) refuse(`Invalid view type '${of}'. Valid values are ['${Object.keys(filterFields).join("', '")}'].`)
  const known = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (!known)
    refuse(
      `Invalid entity '${name}' specified for view type '${of}'. Valid entities are ['${Object.keys(fields).join("', '")}'].`,
    )
  if (known.keyed && !key) refuse(`Filtering by ${name} requires a key, e.g. '${of}.${name}.<key> = <value>'`)
  if (!known.keyed && key) refuse(`Filtering by ${name} does not require a key, use '${of}.${name}' instead`)
  if (of === 'span' && view !== 'SPANS')
    refuse(`Filtering by span is only supported for the SPANS view type, got ${view}`)
  if (of === 'assessment' && view !== 'ASSESSMENTS')
    refuse(`Filtering by assessment is only supported for the ASSESSMENTS view type, got ${view}`)
  if (known.column !== undefined) return [`${known.column} = ?`, [value.value]]
  const bare = (key ?? '').replace(/^(["'`])(.*)\1$/, '$2')
  const words = `t.tid IN (SELECT tid FROM trace_words WHERE kind = ? AND kid = ${kidOf} AND value = ?)`
  const found: SqlValue[] = [name, bare, value.value]
  if (bare !== sourceRunKey) return [words, found]
  return [
    `(${words} OR t.tid IN (SELECT tid FROM trace_links WHERE kind = 'run' AND target = ?))`,
    [...found, value.value],
  ]
}

function refuse(what: string): never {
  fail('BadArgument', { what })
}
