/**
 * Metric points. New points land in a tail whose primary key is the whole point, so sending one twice is harmless; from
 * 512 points on, or at the end of a run, the tail of a series is sealed into a compressed chunk. One row a series keeps
 * the latest value and the aggregates. Appends that arrive together share one transaction and are acknowledged after it.
 */
import { fail } from '@lazurite/spec'
import { decodeChunk, type Point } from './chunk.ts'
import type { Clock } from './clock.ts'
import { dropDoc } from './run-docs.ts'
import { readColumns, readHistory, readSample } from './series-read.ts'
import { greatestOf, leastOf, sealAll, sealWith } from './series-seal.ts'
import type { Sql, SqlValue, Tx } from './sql.ts'

export interface SeriesPoint extends Point {
  key: string
}

/** The latest point of a series (the greatest by step, then time, then value) and what is known of all its points. */
export interface LatestPoint extends SeriesPoint {
  count: number
  /** Absent when every value is NaN. */
  min?: number
  minStep?: number
  max?: number
  maxStep?: number
}

/** Points of one series, column by column. */
export interface SeriesColumns {
  step: Float64Array
  /** Epoch milliseconds. */
  timestamp: Float64Array
  value: Float64Array
}

export interface Series {
  /**
   * Resolves after the commit. Exact duplicates are ignored; NaN and infinities are kept.
   * Raises RunNotFound, RunDeleted, BadArgument (a step or time that is not a whole number of 53 bits).
   */
  append(scope: string, runId: string, points: readonly SeriesPoint[]): Promise<void>
  /** One point a key, ordered by key; empty for an unknown run. */
  latest(scope: string, runId: string): Promise<LatestPoint[]>
  /** Points by time, step, value. `next` is there when more than `max` (all) remain; raises BadArgument for a bad one. */
  history(
    scope: string,
    runId: string,
    key: string,
    o?: { max?: number; after?: string },
  ): Promise<{ points: SeriesPoint[]; next?: string }>
  /**
   * At most about `2 * width + 2` real points by step, spikes included: the least and the greatest of each of `width`
   * slices of the range, and both ends. Exact when the range holds no more than that.
   */
  sample(
    scope: string,
    runId: string,
    key: string,
    o: { width: number; from?: number; to?: number },
  ): Promise<SeriesPoint[]>
  /**
   * All points at once, column by column and in no order: ten times as fast as a history. A point that was sent again
   * may be there twice.
   */
  columns(scope: string, runId: string, key: string): Promise<SeriesColumns>
  keys(scope: string, runId: string): Promise<string[]>
  /** Seals what is worth it: of one run (of any workspace) at its end, or every long tail there is. */
  seal(runId?: string): Promise<void>
  /**
   * Calls `fn` after each commit of points, once for every append of it, in order of arrival: the run and the metrics it
   * sent. What `fn` throws is nobody's concern but its own. Answers the way to stop.
   */
  onPoints(fn: OnPoints): () => void
  /** Waits for appends under way. */
  close(): Promise<void>
}

export type OnPoints = (scope: string, runId: string, keys: ReadonlySet<string>) => void

const sealAt = 512
const sealAtEnd = 64

interface Append {
  scope: string
  runId: string
  points: readonly SeriesPoint[]
  resolve(): void
  reject(error: unknown): void
}

/** Opens the drawer. */
export function openSeries(sql: Sql, _clock: Clock): Series {
  let waiting: Append[] = []
  let flushing: Promise<void> | undefined
  const listeners = new Set<OnPoints>()
  // what a crash kept from being sealed
  let sealing: Promise<void> = sealWorthIt(sql, undefined).catch(warn)

  const flush = async () => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const { long, written } = await commit(sql, batch)
      if (listeners.size > 0) for (const append of written) tell(listeners, append)
      if (long.length > 0) sealing = sealing.then(() => sealAll(sql, long)).catch(warn)
    }
    flushing = undefined
  }
  return {
    append(scope, runId, points) {
      const wrong = points.find((p) => !Number.isSafeInteger(p.step) || !Number.isSafeInteger(p.timestamp))
      if (wrong)
        fail('BadArgument', {
          what: `Step and timestamp of metric '${wrong.key}' must be whole numbers of at most 53 bits.`,
        })
      return new Promise<void>((resolve, reject) => {
        waiting.push({ scope, runId, points, resolve, reject })
        // the turn of the event loop that reads one request often reads its neighbours too: they share the commit
        flushing ??= new Promise<void>((next) => setImmediate(next)).then(flush)
      })
    },
    async latest(scope, runId) {
      const rows = await sql.all<LatestRow>(`${latestText} ORDER BY n.name`, [scope, runId])
      return rows.map(latestOf)
    },
    async history(scope, runId, key, o = {}) {
      const sid = await seriesId(sql, { scope, runId, key })
      if (sid === undefined) return { points: [] }
      const page = await readHistory(sql, sid, o)
      return { ...page, points: page.points.map((p) => ({ key, ...p })) }
    },
    async sample(scope, runId, key, o) {
      const sid = await seriesId(sql, { scope, runId, key })
      if (sid === undefined) return []
      return (await readSample(sql, sid, o)).map((p) => ({ key, ...p }))
    },
    async columns(scope, runId, key) {
      const sid = await seriesId(sql, { scope, runId, key })
      if (sid !== undefined) return readColumns(sql, sid)
      return { step: new Float64Array(), timestamp: new Float64Array(), value: new Float64Array() }
    },
    keys: async (scope, runId) => (await sql.all<{ key: string }>(keysText, [scope, runId])).map((row) => row.key),
    seal(runId) {
      const done = sealing.then(() => sealWorthIt(sql, runId))
      sealing = done.catch(() => undefined)
      return done
    },
    onPoints(fn) {
      listeners.add(fn)
      return () => void listeners.delete(fn)
    },
    async close() {
      await flushing
      await sealing
    },
  }
}

async function sealWorthIt(sql: Sql, runId: string | undefined): Promise<void> {
  const rows =
    runId === undefined
      ? await sql.all<{ sid: number }>('SELECT sid FROM series WHERE tail_n >= 512')
      : await sql.all<{ sid: number }>(ofRunText, [runId, sealAtEnd])
  await sealAll(
    sql,
    rows.map((row) => row.sid),
  )
}

const latestText = `SELECT n.name AS key, s.step, s.ts, s.value, s.nan, s.n, s.min, s.min_step, s.max, s.max_step
  FROM runs r JOIN series s ON s.rid = r.rid JOIN names n ON n.kid = s.kid WHERE r.scope = ? AND r.run_id = ?`
const keysText = `SELECT n.name AS key FROM runs r JOIN series s ON s.rid = r.rid JOIN names n ON n.kid = s.kid
  WHERE r.scope = ? AND r.run_id = ? ORDER BY n.name`
const ofRunText = 'SELECT s.sid FROM runs r JOIN series s ON s.rid = r.rid WHERE r.run_id = ? AND s.tail_n >= ?'

export interface LatestRow {
  key: string
  step: number
  ts: number
  value: number
  nan: number
  n: number
  min: number | null
  min_step: number | null
  max: number | null
  max_step: number | null
}

export function latestOf(row: LatestRow): LatestPoint {
  const point = {
    key: row.key,
    value: row.nan ? Number.NaN : row.value,
    timestamp: row.ts,
    step: row.step,
    count: row.n,
  }
  if (row.min === null || row.max === null) return point
  return { ...point, min: row.min, minStep: row.min_step ?? 0, max: row.max, maxStep: row.max_step ?? 0 }
}

async function seriesId(sql: Sql, o: { scope: string; runId: string; key: string }): Promise<number | undefined> {
  const row = await sql.get<{ sid: number }>(
    `SELECT s.sid FROM runs r JOIN names n ON n.name = ? JOIN series s ON s.rid = r.rid AND s.kid = n.kid
     WHERE r.scope = ? AND r.run_id = ?`,
    [o.key, o.scope, o.runId],
  )
  return row?.sid
}

function tell(listeners: ReadonlySet<OnPoints>, { scope, runId, points }: Append): void {
  const keys = new Set(points.map((point) => point.key))
  for (const fn of listeners) {
    try {
      fn(scope, runId, keys)
    } catch (error) {
      warn(error)
    }
  }
}

/** Writes a batch of appends in one transaction and answers each; gives what it wrote, and the series that grew long. */
async function commit(sql: Sql, batch: readonly Append[]): Promise<{ long: number[]; written: Append[] }> {
  const refused = new Map<Append, unknown>()
  try {
    const long = await sql.transaction(async (tx) => {
      const rids = new Map<string, number>()
      const groups = new Map<string, { rid: number; key: string; points: Point[] }>()
      for (const append of batch) {
        try {
          const rid = await runOf(tx, append, rids)
          for (const point of append.points) addToGroup(groups, rid, point)
        } catch (error) {
          refused.set(append, error)
        }
      }
      const tails: number[] = []
      for (const group of groups.values()) {
        const sid = await writeGroup(tx, group)
        if (sid !== undefined) tails.push(sid)
      }
      return tails
    })
    for (const append of batch) {
      if (refused.has(append)) append.reject(refused.get(append))
      else append.resolve()
    }
    return { long, written: batch.filter((append) => !refused.has(append)) }
  } catch (error) {
    for (const append of batch) append.reject(refused.get(append) ?? error)
    return { long: [], written: [] }
  }
}

async function runOf(tx: Tx, append: Append, known: Map<string, number>): Promise<number> {
  const name = `${append.scope}|${append.runId}`
  const before = known.get(name)
  if (before !== undefined) return before
  const row = await tx.get<{ rid: number; lifecycle: string }>(
    'SELECT rid, lifecycle FROM runs WHERE scope = ? AND run_id = ?',
    [append.scope, append.runId],
  )
  if (!row) fail('RunNotFound', { run: append.runId })
  if (row.lifecycle !== 'active') fail('RunDeleted', { run: append.runId })
  known.set(name, row.rid)
  await dropDoc(tx, row.rid)
  return row.rid
}

function addToGroup(
  groups: Map<string, { rid: number; key: string; points: Point[] }>,
  rid: number,
  point: SeriesPoint,
): void {
  const name = `${rid}|${point.key}`
  let group = groups.get(name)
  if (!group) {
    group = { rid, key: point.key, points: [] }
    groups.set(name, group)
  }
  group.points.push(point)
}

interface SeriesRow {
  sid: number
  step: number
  ts: number
  value: number
  nan: number
  min: number | null
  min_step: number | null
  max: number | null
  max_step: number | null
  n: number
  first_ts: number
  tail_n: number
  sealed_step: number | null
  sealed_ts: number | null
}

/** The number of a name, interned at first sight. */
export async function internName(tx: Tx, name: string): Promise<number> {
  const found = await tx.get<{ kid: number }>('SELECT kid FROM names WHERE name = ?', [name])
  if (found) return found.kid
  const made = await tx.get<{ kid: number }>('INSERT INTO names (name) VALUES (?) RETURNING kid', [name])
  return made?.kid ?? fail('InternalError', { request: '' })
}

/** Writes the points of one series; answers its id when its tail is long enough to seal. */
async function writeGroup(tx: Tx, group: { rid: number; key: string; points: Point[] }): Promise<number | undefined> {
  const kid = await internName(tx, group.key)
  const found = await tx.get<SeriesRow>('SELECT * FROM series WHERE rid = ? AND kid = ?', [group.rid, kid])
  const row = found ?? (await newSeries(tx, { rid: group.rid, kid, points: group.points }))
  const points = await withoutSealed(tx, row, group.points)
  if (points.length >= sealAt) return writePiece(tx, row, points)
  const values = points.map((p): SqlValue[] => [row.sid, p.step, p.timestamp, ...valueAndFlag(p.value)])
  const added = await tx.runMany(
    'INSERT INTO tail (sid, step, ts, value, nan) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    values,
  )
  if (added === 0) return undefined
  const next = { ...row, n: row.n + added, tail_n: row.tail_n + added }
  for (const point of points) fold(next, point)
  await writeRow(tx, next)
  return next.tail_n >= sealAt ? row.sid : undefined
}

/** A large piece is sealed at once: nobody would read it from the tail. */
async function writePiece(tx: Tx, row: SeriesRow, points: readonly Point[]): Promise<undefined> {
  const added = await sealWith(tx, row.sid, points)
  const next = { ...row, n: row.n + added, tail_n: 0 }
  for (const point of points) fold(next, point)
  await writeRow(tx, next)
}

async function writeRow(tx: Tx, row: SeriesRow): Promise<void> {
  await tx.run(
    `UPDATE series SET step = ?, ts = ?, value = ?, nan = ?, min = ?, min_step = ?, max = ?, max_step = ?,
     n = ?, first_ts = ?, tail_n = ? WHERE sid = ?`,
    [
      ...[row.step, row.ts, row.value, row.nan, row.min, row.min_step, row.max, row.max_step],
      ...[row.n, row.first_ts, row.tail_n, row.sid],
    ],
  )
}

/** NaN has no place in SQL: it is value 0 with a flag. */
function valueAndFlag(value: number): [number, number] {
  return Number.isNaN(value) ? [0, 1] : [value === 0 ? 0 : value, 0]
}

async function newSeries(tx: Tx, o: { rid: number; kid: number; points: readonly Point[] }): Promise<SeriesRow> {
  const first = o.points[0] ?? { step: 0, timestamp: 0, value: 0 }
  const row = await tx.get<SeriesRow>(
    `INSERT INTO series (rid, kid, eid, step, ts, value, nan, n, first_ts, tail_n)
     VALUES (?, ?, (SELECT eid FROM runs WHERE rid = ?), ?, ?, ?, ?, 0, ?, 0) RETURNING *`,
    [o.rid, o.kid, o.rid, first.step, first.timestamp, ...valueAndFlag(first.value), first.timestamp],
  )
  return row ?? fail('InternalError', { request: '' })
}

/** Takes a point into the latest value and the aggregates; folding one in twice changes nothing. */
function fold(row: SeriesRow, point: Point): void {
  const [value, nan] = valueAndFlag(point.value)
  const later = point.step - row.step || point.timestamp - row.ts || value - row.value
  if (later >= 0) Object.assign(row, { step: point.step, ts: point.timestamp, value, nan })
  row.first_ts = Math.min(row.first_ts, point.timestamp)
  if (nan) return
  if (row.min === null || value < row.min) Object.assign(row, { min: value, min_step: point.step })
  if (row.max === null || value > row.max) Object.assign(row, { max: value, max_step: point.step })
}

/** Drops points that a sealed chunk already holds. A point beyond the sealed steps or times cannot be one of them. */
async function withoutSealed(tx: Tx, row: SeriesRow, points: readonly Point[]): Promise<readonly Point[]> {
  const { sealed_step: maxStep, sealed_ts: maxTs } = row
  if (maxStep === null || maxTs === null) return points
  const doubtful = points.filter((p) => p.step <= maxStep && p.timestamp <= maxTs)
  if (doubtful.length === 0) return points
  const [from, to] = [leastOf(doubtful.map((p) => p.timestamp)), greatestOf(doubtful.map((p) => p.timestamp))]
  const chunks = await tx.all<{ points: Uint8Array }>(
    'SELECT points FROM chunks WHERE sid = ? AND min_ts <= ? AND max_ts >= ?',
    [row.sid, to, from],
  )
  const wanted = new Set(doubtful.map(pointName))
  const sealed = new Set<string>()
  for (const chunk of chunks) {
    for (const point of decodeChunk(chunk.points)) {
      const name = pointName(point)
      if (wanted.has(name)) sealed.add(name)
    }
  }
  return sealed.size === 0 ? points : points.filter((p) => !sealed.has(pointName(p)))
}

function pointName(p: Point): string {
  return `${p.step}|${p.timestamp}|${p.value === 0 ? 0 : p.value}`
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
