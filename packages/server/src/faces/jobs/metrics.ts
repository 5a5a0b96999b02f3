/**
 * Metrics as charts and tables ask for them: what is known of every metric of a job, and many series at once on one axis.
 * Ours: MLflow has a request for one series of one run.
 */
import { asArray, asNumber, asString, fail, type Json, type JsonObject, kindByName } from '@lazurite/spec'
import type { LatestPoint, SeriesColumns, Store } from '@lazurite/store'
import { showAll } from '../arm/read.ts'
import type { JobVerb } from './call.ts'
import { gather, type Line, slicesOf } from './metric-grid.ts'

/** `GET …/jobs/{job}/metrics`: parameters, tags and the latest and greatest of each metric. */
export const metricsOfJob: JobVerb = {
  method: 'GET',
  path: '/jobs/:name/metrics',
  async handle({ room, scope, name }) {
    const told = await factsOf(room.deps.store, scope, name)
    if (!told && !(await room.deps.store.resources.get({ scope, kind: 'job', name })))
      fail('ResourceNotFound', { kind: 'job', name })
    return told ?? { name, metrics: [], params: {}, tags: {} }
  },
}

/** Undefined where no run has the name. */
async function factsOf(store: Store, scope: string, name: string): Promise<JsonObject | undefined> {
  const run = await store.runs.get(scope, name)
  const metrics = (await store.series.latest(scope, name)).map(printLatest)
  if (!run && metrics.length === 0) return undefined
  return { name, metrics, params: { ...run?.params }, tags: { ...run?.tags } }
}

/**
 * `POST …/jobs/together {jobs}` → `{value: [{job, facts}], missing}`: jobs as ARM has them, each with what it logged, in the
 * order asked for; names without a job are `missing`.
 */
export const jobsTogether: JobVerb = {
  method: 'POST',
  path: '/jobs/together',
  reads: true,
  async handle({ room, scope, body }) {
    const { store } = room.deps
    const kind = kindByName('job') ?? fail('InternalError', {})
    const value: JsonObject[] = []
    const missing: string[] = []
    for (const name of namesOf(body.jobs, 'jobs', mostJobs)) {
      const row = await store.resources.get({ scope, kind: kind.name, name })
      if (!row) {
        missing.push(name)
        continue
      }
      const [job = null] = await showAll(room, kind, [row])
      value.push({ job, facts: (await factsOf(store, scope, name)) ?? { name, metrics: [], params: {}, tags: {} } })
    }
    return { value, missing }
  },
}

function printLatest({ key, value, step, timestamp, count, min, minStep, max, maxStep }: LatestPoint): JsonObject {
  const known = { key, last: wire(value), step, at: timestamp, count }
  return min === undefined || max === undefined
    ? known
    : { ...known, min: wire(min), minStep: minStep ?? 0, max: wire(max), maxStep: maxStep ?? 0 }
}

/** JSON has no word for what is not finite. */
function wire(value: number): Json {
  return Number.isFinite(value) ? value : String(value)
}

const mostJobs = 200
const mostKeys = 200
const mostSeries = 2000
const mostBuckets = 5000
const usualBuckets = 600
/** A series that is longer is read as a picture of its extremes. */
const wholeUpTo = 100_000

/**
 * `POST …/metrics/query {jobs, keys, x?, from?, to?, buckets?, scale?}` → `{x, exact, series: [{job, key, points, mean,
 * last, min, max, count, odd}]}`. The axis is `step`, `wall` (epoch seconds), `relative` (seconds since the job began) or
 * `metric:<key>`. `min` and `max` are left out where they say what `mean` says.
 */
export const queryMetrics: JobVerb = {
  method: 'POST',
  path: '/metrics/query',
  reads: true,
  async handle({ room, scope, body }) {
    const asked = readQuery(body)
    const { store } = room.deps
    const found: { job: string; key: string; points: number; line: Line }[] = []
    for (const job of asked.jobs) {
      const latest = new Map((await store.series.latest(scope, job)).map((one) => [one.key, one]))
      const axis = await axisOf(store, { scope, job, x: asked.x })
      for (const key of asked.keys) {
        const count = latest.get(key)?.count
        if (count === undefined || axis === undefined) continue
        if (found.length >= mostSeries) fail('TooLarge', { what: 'The question', limit: `${mostSeries} series` })
        const points = await readPoints(store, { scope, job, key, count }, asked)
        found.push({ job, key, points: count, line: lineOf(points, axis) })
      }
    }
    const slices = slicesOf(
      found.map(({ line }) => line),
      asked,
    )
    const series = found.map(({ job, key, points, line }): JsonObject => {
      const { mean, last, min, max, count, odd } = gather(line, slices)
      const single = count.every((n) => n <= 1)
      if (single) return { job, key, points, mean, odd }
      return { job, key, points, mean: short(mean), last: short(last), min: short(min), max: short(max), count, odd }
    })
    return { x: slices.x, exact: slices.exact, series }
  },
}

/** What is drawn and not computed with: half the digits are half the answer. */
function short(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value) => (value === null ? null : rounded(value)))
}

const digits = 7

/** As `Number(value.toPrecision(digits))`, but for ties; what a power of ten that is exact reaches needs no text for it. */
function rounded(value: number): number {
  if (value === 0) return 0
  const places = digits - 1 - Math.floor(Math.log10(Math.abs(value)))
  if (places >= 0 && places <= 22) return Math.round(value * 10 ** places) / 10 ** places
  return Number(value.toPrecision(digits))
}

interface Query {
  jobs: string[]
  keys: string[]
  x: string
  from: number | undefined
  to: number | undefined
  buckets: number
  log: boolean
}

const axes = new Set(['step', 'wall', 'relative'])
const members = new Set(['jobs', 'keys', 'x', 'from', 'to', 'buckets', 'scale'])

function readQuery(body: JsonObject): Query {
  const unknown = Object.keys(body).find((key) => !members.has(key))
  if (unknown !== undefined)
    fail('BadArgument', { what: `The body has ${[...members].join(', ')}, and no ${unknown}.` })
  const x = asString(body.x) ?? 'step'
  if (!axes.has(x) && !/^metric:./.test(x))
    fail('BadArgument', { what: `x is one of ${[...axes].join(', ')} or metric:<name>.` }, { target: 'x' })
  const scale = body.scale ?? 'linear'
  if (scale !== 'linear' && scale !== 'log')
    fail('BadArgument', { what: 'scale is linear or log.' }, { target: 'scale' })
  const buckets = body.buckets ?? usualBuckets
  if (typeof buckets !== 'number' || !Number.isInteger(buckets) || buckets < 2 || buckets > mostBuckets)
    fail('BadArgument', { what: `buckets is a whole number from 2 to ${mostBuckets}.` }, { target: 'buckets' })
  return {
    jobs: namesOf(body.jobs, 'jobs', mostJobs),
    keys: namesOf(body.keys, 'keys', mostKeys),
    x,
    from: asNumber(body.from),
    to: asNumber(body.to),
    buckets,
    log: scale === 'log',
  }
}

function namesOf(value: Json | undefined, target: string, most: number): string[] {
  const names = asArray(value)
  if (!Array.isArray(value) || names.some((name) => typeof name !== 'string'))
    fail('BadArgument', { what: `${target} must be a list of names.` }, { target })
  if (names.length > most) fail('TooLarge', { what: `The list of ${target}`, limit: `${most} names` })
  return [...new Set(names.map(String))]
}

/** Where a point stands on the axis that was asked for. */
type Axis = (step: number, at: number) => number

async function axisOf(store: Store, o: { scope: string; job: string; x: string }): Promise<Axis | undefined> {
  const { scope, job, x } = o
  if (x === 'step') return (step) => step
  if (x === 'wall') return (_, at) => at / 1000
  if (x === 'relative') {
    const began = (await store.runs.head(scope, job))?.startTime ?? 0
    return (_, at) => (at - began) / 1000
  }
  const key = x.slice('metric:'.length)
  const { points } = await store.series.history(scope, job, key, { max: wholeUpTo })
  const values = new Map(points.map(({ step, value }) => [step, value]))
  return points.length === 0 ? undefined : (step) => values.get(step) ?? Number.NaN
}

interface SeriesKey {
  scope: string
  job: string
  key: string
  /** Of points: a series only grows, so that what was read once is good while it is as long. */
  count: number
}

async function readPoints(store: Store, id: SeriesKey, asked: Query): Promise<SeriesColumns> {
  const { scope, job, key, count } = id
  if (count > wholeUpTo) {
    const range = asked.x === 'step' ? spanOf(asked) : {}
    return columns(await store.series.sample(scope, job, key, { width: 2 * asked.buckets, ...range }))
  }
  const cache = cacheOf(store)
  const name = `${scope}|${job}|${key}`
  const known = cache.get(name)
  if (known?.value.length === count) return known
  const fast = await store.series.columns(scope, job, key)
  // what was sent twice is told apart by reading in order
  const read = fast.value.length === count ? fast : columns((await store.series.history(scope, job, key)).points)
  cache.set(name, read)
  return read
}

function spanOf({ from, to }: Query): { from?: number; to?: number } {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

function columns(points: readonly { step: number; timestamp: number; value: number }[]): SeriesColumns {
  return {
    step: Float64Array.from(points, ({ step }) => step),
    timestamp: Float64Array.from(points, ({ timestamp }) => timestamp),
    value: Float64Array.from(points, ({ value }) => value),
  }
}

function lineOf({ step, timestamp, value }: SeriesColumns, axis: Axis): Line {
  return { x: step.map((one, i) => axis(one, timestamp[i] ?? 0)), y: value }
}

const keptPoints = 2_000_000

/** Series as they were read last, the least used leaving first: charts that are live ask every second. */
class Cache {
  readonly #known = new Map<string, SeriesColumns>()
  #points = 0

  get(name: string): SeriesColumns | undefined {
    const found = this.#known.get(name)
    if (found) {
      this.#known.delete(name)
      this.#known.set(name, found)
    }
    return found
  }

  set(name: string, points: SeriesColumns): void {
    this.#points += points.value.length - (this.#known.get(name)?.value.length ?? 0)
    this.#known.delete(name)
    this.#known.set(name, points)
    for (const [old, { value }] of this.#known) {
      if (this.#points <= keptPoints) return
      this.#known.delete(old)
      this.#points -= value.length
    }
  }
}

const caches = new WeakMap<Store, Cache>()

function cacheOf(store: Store): Cache {
  const found = caches.get(store) ?? new Cache()
  caches.set(store, found)
  return found
}
