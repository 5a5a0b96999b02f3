/**
 * Writes of points: what one commit brings for a run is looked up together, added to the tail together, and told to the
 * rows of its series together. A large piece of one series is sealed at once: nobody would read it from the tail.
 */
import { fail } from '@lazurite/spec'
import { decodeChunk, type Point } from './chunk.ts'
import { internName } from './name-kids.ts'
import { greatestOf, leastOf, sealWith } from './series-seal.ts'
import { holes, type SqlValue, type Tx } from './sql.ts'

/** From so many points on a tail is sealed. */
export const sealAt = 512

/** Points by run and metric. */
export type Groups = Map<number, Map<string, Point[]>>

export function addToGroup(groups: Groups, rid: number, point: Point & { key: string }): void {
  const byKey = groups.get(rid) ?? new Map<string, Point[]>()
  const points = byKey.get(point.key)
  if (points) points.push(point)
  else groups.set(rid, byKey.set(point.key, [point]))
}

interface SeriesRow {
  key: string
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

interface Group {
  row: SeriesRow
  points: readonly Point[]
}

/** Writes points of one run; answers the series whose tails are long enough to seal. */
export async function writePoints(tx: Tx, rid: number, byKey: ReadonlyMap<string, Point[]>): Promise<number[]> {
  const known = await readRows(tx, rid, [...byKey.keys()])
  const loose: Group[] = []
  for (const [key, all] of byKey) {
    const row = known.get(key) ?? (await newSeries(tx, { rid, key, points: all }))
    const points = await withoutSealed(tx, row, all)
    if (points.length >= sealAt) await writePiece(tx, { row, points })
    else if (points.length > 0) loose.push({ row, points })
  }
  return addToTails(tx, loose)
}

async function readRows(tx: Tx, rid: number, keys: readonly string[]): Promise<Map<string, SeriesRow>> {
  const found = new Map<string, SeriesRow>()
  for (let at = 0; at < keys.length; at += mostKeys) {
    const some = keys.slice(at, at + mostKeys)
    // few texts of statements are ever prepared
    const size = 2 ** Math.ceil(Math.log2(some.length))
    const asked = [...some, ...new Array<string>(size - some.length).fill(some[0] ?? '')]
    const rows = await tx.all<SeriesRow>(
      `SELECT n.name AS key, s.sid, s.step, s.ts, s.value, s.nan, s.min, s.min_step, s.max, s.max_step, s.n, s.first_ts,
       s.tail_n, s.sealed_step, s.sealed_ts
       FROM names n JOIN series s ON s.kid = n.kid AND s.rid = ? WHERE n.name IN (${holes(size)})`,
      [rid, ...asked],
    )
    for (const row of rows) found.set(row.key, row)
  }
  return found
}

const mostKeys = 256

/** Adds points to tails and what they say to the rows of their series. */
async function addToTails(tx: Tx, groups: readonly Group[]): Promise<number[]> {
  const values = groups.flatMap(({ row, points }) =>
    points.map((p): SqlValue[] => [row.sid, p.step, p.timestamp, ...valueAndFlag(p.value)]),
  )
  const added = await insertTails(tx, values)
  const rows: SqlValue[][] = []
  const long: number[] = []
  for (const { row, points } of groups) {
    const n = added.get(row.sid) ?? 0
    if (n === 0) continue
    row.n += n
    row.tail_n += n
    for (const point of points) fold(row, point)
    rows.push(valuesOf(row))
    if (row.tail_n >= sealAt) long.push(row.sid)
  }
  for (const values of rows) tx.later(updateText, values)
  return long
}

/** Inserts rows many at a time; answers how many of each series were new. */
async function insertTails(tx: Tx, rows: readonly SqlValue[][]): Promise<Map<number, number>> {
  const added = new Map<number, number>()
  for (let at = 0; at < rows.length; ) {
    const left = rows.length - at
    const size = left >= 100 ? 100 : left >= 10 ? 10 : 1
    const one = '(?, ?, ?, ?, ?)'
    const found = await tx.all<{ sid: number }>(
      `INSERT INTO tail (sid, step, ts, value, nan) VALUES ${new Array(size).fill(one).join(', ')}
       ON CONFLICT DO NOTHING RETURNING sid`,
      rows.slice(at, at + size).flat(),
    )
    for (const { sid } of found) added.set(sid, (added.get(sid) ?? 0) + 1)
    at += size
  }
  return added
}

async function writePiece(tx: Tx, { row, points }: Group): Promise<void> {
  row.n += await sealWith(tx, row.sid, points)
  row.tail_n = 0
  for (const point of points) fold(row, point)
  tx.later(updateText, valuesOf(row))
}

const updateText = `UPDATE series SET step = ?, ts = ?, value = ?, nan = ?, min = ?, min_step = ?, max = ?, max_step = ?,
  n = ?, first_ts = ?, tail_n = ? WHERE sid = ?`

function valuesOf(row: SeriesRow): SqlValue[] {
  return [
    ...[row.step, row.ts, row.value, row.nan, row.min, row.min_step, row.max, row.max_step],
    ...[row.n, row.first_ts, row.tail_n, row.sid],
  ]
}

/** NaN has no place in SQL: it is value 0 with a flag. */
function valueAndFlag(value: number): [number, number] {
  return Number.isNaN(value) ? [0, 1] : [value === 0 ? 0 : value, 0]
}

async function newSeries(tx: Tx, o: { rid: number; key: string; points: readonly Point[] }): Promise<SeriesRow> {
  const first = o.points[0] ?? { step: 0, timestamp: 0, value: 0 }
  const kid = await internName(tx, o.key)
  const row = await tx.get<Omit<SeriesRow, 'key'>>(
    `INSERT INTO series (rid, kid, eid, step, ts, value, nan, n, first_ts, tail_n)
     VALUES (?, ?, (SELECT eid FROM runs WHERE rid = ?), ?, ?, ?, ?, 0, ?, 0) RETURNING *`,
    [o.rid, kid, o.rid, first.step, first.timestamp, ...valueAndFlag(first.value), first.timestamp],
  )
  return row ? { ...row, key: o.key } : fail('InternalError', { request: '' })
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
