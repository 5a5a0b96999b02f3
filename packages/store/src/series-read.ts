/**
 * Reads of one series over its sealed chunks and its tail: the points in order and in pages, or a picture of a range in
 * as many slices as a chart has columns. Chunks are opened one at a time, and not at all where their rollups suffice.
 */
import { fail } from '@lazurite/spec'
import { type Bucket, decodeChunk, decodeColumns, decodeRollup, type Point } from './chunk.ts'
import type { SeriesColumns } from './series.ts'
import { type Flat, thinBuckets, thinFlat } from './series-thin.ts'
import type { Sql } from './sql.ts'

/** The order of a history: time, step, value; NaN last. */
export function comparePoints(a: Point, b: Point): number {
  return a.timestamp - b.timestamp || a.step - b.step || compareValues(a.value, b.value)
}

function compareValues(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a < b ? -1 : a > b ? 1 : 0
}

/** One page of points in order, from after the cursor on. */
export async function readHistory(
  sql: Sql,
  sid: number,
  o: { max?: number; after?: string },
): Promise<{ points: Point[]; next?: string }> {
  const max = o.max ?? Number.POSITIVE_INFINITY
  const after = o.after === undefined ? undefined : readCursor(o.after)
  const points = await unsealed(() => readInOrder(sql, sid, { max, after }))
  if (points.length <= max) return { points }
  const page = points.slice(0, max)
  const last = page.at(-1)
  return last ? { points: page, next: writeCursor(last) } : { points: page }
}

/** A few more than `max` points in order. The tail is read first: what is sealed meanwhile is then seen twice, not never. */
async function readInOrder(sql: Sql, sid: number, o: { max: number; after: Point | undefined }): Promise<Point[]> {
  const isAfter = (p: Point) => o.after === undefined || comparePoints(p, o.after) > 0
  let pending = (await readTail(sql, sid)).filter(isAfter).sort(comparePoints)
  const heads = await sql.all<{ cid: number; min_ts: number }>(
    'SELECT cid, min_ts FROM chunks WHERE sid = ? AND max_ts >= ? ORDER BY min_ts, cid',
    [sid, o.after?.timestamp ?? Number.MIN_SAFE_INTEGER],
  )
  const points: Point[] = []
  for (let i = 0; i <= heads.length && points.length <= o.max; i += 1) {
    const head = heads[i]
    const cut = head ? pending.findIndex((p) => p.timestamp >= head.min_ts) : -1
    for (const point of cut < 0 ? pending : pending.slice(0, cut)) points.push(point)
    pending = cut < 0 ? [] : pending.slice(cut)
    if (head) pending = mergeSorted(pending, (await readChunk(sql, head.cid)).filter(isAfter))
  }
  return points
}

function mergeSorted(a: Point[], b: Point[]): Point[] {
  if (a.length === 0) return b
  const all = [...a, ...b].sort(comparePoints)
  return all.filter((p, i) => i === 0 || comparePoints(all[i - 1] ?? p, p) !== 0)
}

class Resealed extends Error {}

/** Reads again when a chunk was sealed anew, under another id, between two statements of a read. */
async function unsealed<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof Resealed) || tries === 10) throw error
    }
  }
}

async function readTail(sql: Sql, sid: number): Promise<Point[]> {
  const rows = await sql.all<{ step: number; ts: number; value: number; nan: number }>(
    'SELECT step, ts, value, nan FROM tail WHERE sid = ? ORDER BY step, ts, value, nan',
    [sid],
  )
  return rows.map((row) => ({ step: row.step, timestamp: row.ts, value: row.nan ? Number.NaN : row.value }))
}

async function readChunk(sql: Sql, cid: number): Promise<Point[]> {
  return decodeChunk(await readChunkBytes(sql, cid))
}

async function readChunkBytes(sql: Sql, cid: number): Promise<Uint8Array> {
  const row = await sql.get<{ points: Uint8Array }>('SELECT points FROM chunks WHERE cid = ?', [cid])
  if (!row) throw new Resealed()
  return row.points
}

function writeCursor(p: Point): string {
  return Buffer.from(JSON.stringify([p.timestamp, p.step, String(p.value)])).toString('base64url')
}

function readCursor(text: string): Point {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (Array.isArray(parts) && parts.length === 3) {
      const [timestamp, step, value] = parts.map(Number)
      if (Number.isSafeInteger(timestamp) && Number.isSafeInteger(step) && typeof parts[2] === 'string') {
        return { timestamp: timestamp ?? 0, step: step ?? 0, value: value ?? Number.NaN }
      }
    }
  } catch {
    // told below
  }
  fail('BadArgument', { what: 'Invalid page token: it was not given out for a history of metrics.' })
}

interface ColumnRow {
  points: Uint8Array | null
  step: number
  ts: number
  value: number
  nan: number
}

/** All points in no order; one that was sent again after it was sealed is there twice. One statement: nothing moves in it. */
export async function readColumns(sql: Sql, sid: number): Promise<SeriesColumns> {
  const rows = await sql.all<ColumnRow>(
    `SELECT points, 0 AS step, 0 AS ts, 0.0 AS value, 0 AS nan FROM chunks WHERE sid = ?
     UNION ALL SELECT NULL, step, ts, value, nan FROM tail WHERE sid = ?`,
    [sid, sid],
  )
  const sealed = rows.flatMap(({ points }) => (points ? [decodeColumns(points)] : []))
  const loose = rows.filter(({ points }) => points === null)
  const size = sealed.reduce((sum, { value }) => sum + value.length, loose.length)
  const all = { step: new Float64Array(size), timestamp: new Float64Array(size), value: new Float64Array(size) }
  let at = 0
  for (const { step, timestamp, value } of sealed) {
    all.step.set(step, at)
    all.timestamp.set(timestamp, at)
    all.value.set(value, at)
    at += value.length
  }
  for (const { step, ts, value, nan } of loose) {
    all.step[at] = step
    all.timestamp[at] = ts
    all.value[at] = nan ? Number.NaN : value
    at += 1
  }
  return all
}

export interface Range {
  width: number
  from?: number
  to?: number
}

/** Real points of a range of steps: least and greatest of each slice, and both ends. */
export function readSample(sql: Sql, sid: number, o: Range): Promise<Point[]> {
  return unsealed(() => sampleOnce(sql, sid, o))
}

async function sampleOnce(sql: Sql, sid: number, o: Range): Promise<Point[]> {
  const { width, from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER } = o
  const inside = (p: Point) => p.step >= from && p.step <= to
  const byStep = (a: Point, b: Point) => a.step - b.step || comparePoints(a, b)
  const tail = (await readTail(sql, sid)).filter(inside)
  const rollup = await readRollups(sql, sid, { width, from, to })
  if (rollup.length >= enough(width)) {
    const rough = thinBuckets(rollup.concat(tail.map(loneBucket)), width).filter(inside)
    return rough.sort(byStep)
  }
  const heads = await sql.all<{ cid: number }>(
    'SELECT cid FROM rollups WHERE sid = ? AND level = 0 AND max_step >= ? AND min_step <= ? ORDER BY cid',
    [sid, from, to],
  )
  const parts: Flat[] = [flatOf(tail)]
  for (const head of heads) parts.push(decodeColumns(await readChunkBytes(sql, head.cid)))
  return thinFlat(parts, { width, from, to }).sort(byStep)
}

function flatOf(points: readonly Point[]): Flat {
  return {
    step: points.map((p) => p.step),
    timestamp: points.map((p) => p.timestamp),
    value: points.map((p) => p.value),
  }
}

/** So many buckets fill every slice of a picture: each has two points to show. */
const enough = (width: number) => 2 * width

/** Buckets of a range, of the highest level of rollups that has enough of them; of the chunks when none has. */
async function readRollups(sql: Sql, sid: number, o: Required<Range>): Promise<Bucket[]> {
  const touches = (b: Bucket) =>
    Math.max(b.first.step, b.last.step) >= o.from && Math.min(b.first.step, b.last.step) <= o.to
  const { top = -1 } =
    (await sql.get<{ top: number }>('SELECT level AS top FROM rollups WHERE sid = ? ORDER BY level DESC LIMIT 1', [
      sid,
    ])) ?? {}
  const upto: number[] = []
  for (let level = top; level >= 0; level -= 1) {
    const last = await sql.get<{ upto: number }>(
      'SELECT upto FROM rollups WHERE sid = ? AND level = ? ORDER BY cid DESC LIMIT 1',
      [sid, level],
    )
    upto[level] = last?.upto ?? -1
  }
  let buckets: Bucket[] = []
  for (let level = top; level >= 0 && buckets.length < enough(o.width); level -= 1) {
    buckets = []
    // what no rollup of this level stands for yet is in those below
    for (let each = level, after = -1; each >= 0; after = Math.max(after, upto[each] ?? -1), each -= 1) {
      const rows = await sql.all<{ buckets: Uint8Array }>(
        `SELECT buckets FROM rollups WHERE sid = ? AND level = ? AND cid > ? AND max_step >= ? AND min_step <= ?
         ORDER BY cid`,
        [sid, each, after, o.from, o.to],
      )
      for (const row of rows) for (const bucket of decodeRollup(row.buckets)) if (touches(bucket)) buckets.push(bucket)
    }
  }
  return buckets
}

function loneBucket(p: Point): Bucket {
  return Number.isNaN(p.value) ? { first: p, last: p } : { first: p, last: p, min: p, max: p }
}
