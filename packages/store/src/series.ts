/**
 * Metric points. New points land in a tail whose primary key is the whole point, so sending one twice is harmless; from
 * 512 points on, or at the end of a run, the tail of a series is sealed into a compressed chunk. One row a series keeps
 * the latest value and the aggregates. Appends that arrive together share one transaction and are acknowledged after it.
 */
import { fail } from '@lazurite/spec'
import type { Point } from './chunk.ts'
import type { Clock } from './clock.ts'
import { dropDoc } from './run-docs.ts'
import { readColumns, readHistory, readSample } from './series-read.ts'
import { sealAll } from './series-seal.ts'
import { addToGroup, type Groups, writePoints } from './series-write.ts'
import type { Sql, Tx } from './sql.ts'

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
  /** How many points there are. */
  count(scope: string, runId: string, key: string): Promise<number>
  /**
   * All points at once, column by column and in no order: ten times as fast as a history. A point that was sent again
   * may be there twice.
   */
  columns(scope: string, runId: string, key: string): Promise<SeriesColumns>
  keys(scope: string, runId: string): Promise<string[]>
  /** Seals what is worth it: of one run at its end, which is found at once where its scope is told; or every long tail. */
  seal(runId?: string, scope?: string): Promise<void>
  /**
   * Calls `fn` after each commit of points, once for every append of it, in order of arrival: the run and the metrics it
   * sent. What `fn` throws is nobody's concern but its own. Answers the way to stop.
   */
  onPoints(fn: OnPoints): () => void
  /** Waits for appends under way. */
  close(): Promise<void>
}

export type OnPoints = (scope: string, runId: string, keys: ReadonlySet<string>) => void

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
  let sealing: Promise<void> = sealWorthIt(sql).catch(warn)

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
    async count(scope, runId, key) {
      const sid = await seriesId(sql, { scope, runId, key })
      if (sid === undefined) return 0
      return (await sql.get<{ n: number }>('SELECT n FROM series WHERE sid = ?', [sid]))?.n ?? 0
    },
    async columns(scope, runId, key) {
      const sid = await seriesId(sql, { scope, runId, key })
      if (sid !== undefined) return readColumns(sql, sid)
      return { step: new Float64Array(), timestamp: new Float64Array(), value: new Float64Array() }
    },
    keys: async (scope, runId) => (await sql.all<{ key: string }>(keysText, [scope, runId])).map((row) => row.key),
    seal(runId, scope) {
      const done = sealing.then(() => sealWorthIt(sql, runId, scope))
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

async function sealWorthIt(sql: Sql, runId?: string, scope?: string): Promise<void> {
  const within = scope === undefined ? [] : [scope]
  const rows =
    runId === undefined
      ? await sql.all<{ sid: number }>('SELECT sid FROM series WHERE tail_n >= 512')
      : await sql.all<{ sid: number }>(`${ofRunText}${within.map(() => ' AND r.scope = ?').join('')}`, [
          ...[runId, sealAtEnd],
          ...within,
        ])
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
      const groups: Groups = new Map()
      for (const append of batch) {
        try {
          const rid = await runOf(tx, append, rids)
          for (const point of append.points) addToGroup(groups, rid, point)
        } catch (error) {
          refused.set(append, error)
        }
      }
      const tails: number[] = []
      for (const [rid, byKey] of groups) tails.push(...(await writePoints(tx, rid, byKey)))
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
  dropDoc(tx, row.rid)
  return row.rid
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
