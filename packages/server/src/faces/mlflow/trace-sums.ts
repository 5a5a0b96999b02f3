/** How often two conditions of traces hold together, and sums over traces. */
import type { AggregationKind, MetricAggregation, MetricView } from '@lazurite/store'
import { type Args, refuse } from './args.ts'
import { type Call, compact, type Handler } from './call.ts'
import { assertExperiment } from './rights.ts'

async function experimentsOf(call: Call): Promise<string[]> {
  const ids = call.args.texts('experiment_ids')
  if (ids.length === 0) call.args.missing('experiment_ids')
  for (const id of new Set(ids)) await assertExperiment(call, id)
  return ids
}

export const correlateTraces: Handler = async (call) => {
  const [first, second] = [call.args.needText('filter_string1'), call.args.needText('filter_string2')]
  const base = call.args.text('base_filter')
  const experimentIds = await experimentsOf(call)
  const counts = await call.store.traces.correlate(call.scope, {
    experimentIds,
    first,
    second,
    ...(base ? { base } : {}),
  })
  const known = counts.first > 0 && counts.second > 0
  return {
    ...(known ? { npmi: counts.both === 0 ? -1 : npmi(counts, 0), npmi_smoothed: npmi(counts, 0.5) } : {}),
    filter1_count: counts.first,
    filter2_count: counts.second,
    joint_count: counts.both,
    total_count: counts.all,
  }
}

/**
 * Normalized pointwise mutual information, from -1 (never together) over 0 (by chance) to 1 (always together). Each of
 * the four cells of the table counts `smoothing` more, so that few traces prove little.
 */
function npmi(n: { first: number; second: number; both: number; all: number }, smoothing: number): number {
  const both = n.both + smoothing
  const first = n.first + 2 * smoothing
  const second = n.second + 2 * smoothing
  const all = n.all + 4 * smoothing
  if (both <= 0) return -1
  if (both === all) return 1
  const value = Math.log((both * all) / (first * second)) / -Math.log(both / all)
  return Math.max(-1, Math.min(1, value))
}

const views: readonly MetricView[] = ['TRACES', 'SPANS', 'ASSESSMENTS']
const kinds: readonly AggregationKind[] = ['COUNT', 'SUM', 'AVG', 'PERCENTILE', 'MIN', 'MAX']
const mostResults = 10_000

export const queryTraceMetrics: Handler = async (call) => {
  const { args } = call
  const experimentIds = await experimentsOf(call)
  const view = oneOf(args, 'view_type', views)
  const metric = args.needText('metric_name')
  const aggregations = args.items('aggregations').map(readAggregation)
  if (aggregations.length === 0) args.missing('aggregations')
  if (aggregations.length > 50) refuse(`At most 50 aggregations can be asked for at once. Got ${aggregations.length}.`)
  const [intervalSeconds, from, to] = ['time_interval_seconds', 'start_time_ms', 'end_time_ms'].map((name) =>
    args.whole(name),
  )
  if (intervalSeconds !== undefined && (intervalSeconds < 1 || intervalSeconds > 1e9))
    args.wrong('time_interval_seconds', intervalSeconds)
  const rows = await call.store.traces.metrics(call.scope, {
    experimentIds,
    view,
    metric,
    aggregations,
    dimensions: args.texts('dimensions'),
    filters: args.texts('filters'),
    ...(intervalSeconds === undefined ? {} : { intervalSeconds }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    max: args.maxResults({ most: mostResults, standard: 1000 }),
  })
  const points = rows.map((row) => compact({ metric_name: metric, dimensions: row.dimensions, values: row.values }))
  return compact({ data_points: points })
}

function readAggregation(args: Args): MetricAggregation {
  const kind = oneOf(args, 'aggregation_type', kinds)
  const percentile = args.double('percentile_value')
  if (kind === 'PERCENTILE') {
    if (percentile === undefined) refuse('Percentile value is required for PERCENTILE aggregation')
    if (!(percentile >= 0 && percentile <= 100)) refuse(`Percentile value must be between 0 and 100, got ${percentile}`)
    return { kind, percentile }
  }
  if (percentile !== undefined) refuse(`Percentile value is only allowed for PERCENTILE aggregation type, got ${kind}`)
  return { kind }
}

/** An enum by name or by its number, which begins at 1. */
function oneOf<T extends string>(args: Args, name: string, words: readonly T[]): T {
  const raw = args.raw(name) ?? args.missing(name)
  return words.find((word, i) => word === raw || i + 1 === raw) ?? args.wrong(name, raw)
}
