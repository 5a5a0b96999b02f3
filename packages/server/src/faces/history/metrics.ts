/**
 * Metrics as the SDKs inside a job log and read them: named tables of columns. A column of numbers is a series of ours;
 * the column named like its metric is the series of that name, so that what is logged here and through MLflow is one.
 */
import { asArray, asObject, asString, fail, isLazError, isoNow, type Json, type JsonObject } from '@lazurite/spec'
import type { SeriesPoint } from '@lazurite/store'
import { type HistoryRoute, type Room, type RunRecord, runOfPath } from './room.ts'
import { bodyOf, instantOf } from './runs.ts'

const metricsLimit = 10_000
const pageSize = 5000
const sampleWidth = 500
const numericTypes = new Set(['double', 'float', 'integer', 'int', 'long', 'bool', 'boolean', 'number'])

export const metricRoutes: HistoryRoute[] = [
  { method: 'POST', forms: 'R', path: '/runs/:runId/batch', runs: true, handle: logBatch },
  { method: 'POST', forms: 'R', path: '/runs/:runId/list', runs: true, handle: list },
  { method: 'POST', forms: 'R', path: '/runs/:runId/full', runs: true, handle: full },
  { method: 'POST', forms: 'R', path: '/runs/:runId/sample', runs: true, handle: sample },
]

/** Logs what is made of numbers; the rest is named among the errors, and the answer is 207 then. */
async function logBatch(room: Room): Promise<JsonObject> {
  const { id } = await runOfPath(room)
  const metrics = asArray(bodyOf(room).values).map(asObject)
  if (metrics.length > metricsLimit)
    fail('TooLarge', { what: 'The batch of metrics', limit: `${metricsLimit} metrics` })
  const points: SeriesPoint[] = []
  const errors: JsonObject[] = []
  for (const metric of metrics) {
    try {
      points.push(...pointsOf(metric, room.deps.store.clock.now()))
    } catch (error) {
      if (!isLazError(error)) throw error
      const errorResponse = { error: { code: 'UserError', message: error.message, details: [] } }
      errors.push({ metric: { name: metric.name ?? null }, errorResponse })
    }
  }
  if (points.length > 0) await room.deps.store.series.append(room.scope, id, points)
  if (errors.length > 0) room.reply.code(207)
  return { errors }
}

function pointsOf(metric: JsonObject, now: number): SeriesPoint[] {
  const name = asString(metric.name) ?? fail('BadArgument', { what: 'A metric needs a name.' })
  const columns = asObject(metric.columns)
  return asArray(metric.value)
    .map(asObject)
    .flatMap((row, index) => {
      const timestamp = instantOf(row.createdUtc) ?? now
      const step = typeof row.step === 'number' ? row.step : index
      return Object.entries(asObject(row.data)).map(([column, value]) => {
        const type = asString(columns[column])?.toLowerCase()
        const number = numberOf(value)
        if (number === undefined || (type !== undefined && !numericTypes.has(type))) {
          fail('NotSupported', {
            what: `The column ${column.slice(0, 100)} of the metric ${name.slice(0, 100)}`,
            why: 'a metric is made of numbers',
            instead: 'Log tables, texts and images as artifacts.',
          })
        }
        return { key: seriesKey(name, column), value: number, timestamp, step }
      })
    })
}

function numberOf(value: Json): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === 'NaN') return Number.NaN
  if (value === 'Infinity' || value === '-Infinity') return Number(value)
  return undefined
}

function seriesKey(metric: string, column: string): string {
  const key = column === metric ? metric : `${metric}.${column}`
  return key.length <= 250 ? key : fail('BadArgument', { what: 'The name of a metric has at most 250 characters.' })
}

/** The names there are; values come with `full` and `sample`. */
async function list(room: Room): Promise<JsonObject> {
  const { id } = await runOfPath(room)
  const keys = await room.deps.store.series.keys(room.scope, id)
  const value = keys.map((name) => ({
    metricKey: { dataContainerId: `dcid.${id}`, name, namespace: '', labels: {} },
    columns: { [name]: 'Double' },
    properties: { uxMetricType: 'azureml.v1.scalar', dataLocation: null },
  }))
  return { value, continuationToken: null, nextLink: null }
}

async function full(room: Room): Promise<JsonObject> {
  const record = await runOfPath(room)
  const body = bodyOf(room)
  const key = await keyAsked(room, record, body)
  const after = asString(body.continuationToken)
  const from = instantOf(body.startTime) ?? Number.NEGATIVE_INFINITY
  const to = instantOf(body.endTime) ?? Number.POSITIVE_INFINITY
  const page = await room.deps.store.series.history(room.scope, record.id, key, {
    max: pageSize,
    ...(after ? { after } : {}),
  })
  const points = page.points.filter((point) => point.timestamp >= from && point.timestamp <= to)
  return { ...printMetric(record, key, points), continuationToken: page.next ?? null, nextLink: null }
}

async function sample(room: Room): Promise<JsonObject> {
  const record = await runOfPath(room)
  const key = await keyAsked(room, record, bodyOf(room))
  const points = await room.deps.store.series.sample(room.scope, record.id, key, { width: sampleWidth })
  const latest = (await room.deps.store.series.latest(room.scope, record.id)).find((one) => one.key === key)
  const count = latest?.count ?? points.length
  return {
    ...printMetric(record, key, points),
    derivedLabelValues: {},
    isPartialResult: points.length < count,
    numValuesLogged: count,
    startTime: null,
    endTime: null,
    continuationToken: null,
    nextLink: null,
  }
}

async function keyAsked(room: Room, { id }: RunRecord, body: JsonObject): Promise<string> {
  const name = asString(body.metricName) ?? fail('BadArgument', { what: 'The body must name a metricName.' })
  const keys = await room.deps.store.series.keys(room.scope, id)
  return keys.includes(name) ? name : fail('ResourceNotFound', { kind: 'metric', name: name.slice(0, 200) })
}

function printMetric({ id }: RunRecord, key: string, points: readonly SeriesPoint[]): JsonObject {
  return {
    dataContainerId: `dcid.${id}`,
    name: key,
    columns: { [key]: 'Double' },
    properties: { uxMetricType: 'azureml.v1.scalar', dataLocation: null },
    namespace: '',
    standardSchemaId: null,
    value: points.map((point) => ({
      metricId: `${id}/${key}/${point.step}`,
      createdUtc: isoNow(point.timestamp),
      step: point.step,
      data: { [key]: Number.isFinite(point.value) ? point.value : String(point.value) },
    })),
  }
}
