/**
 * Sealing: the tail of a series, and what came in one large piece, becomes compressed chunks. Small chunks at the end are
 * sealed anew together once they fill a large one, so that a point is packed twice at most. Beside each chunk lies its
 * rollup, beside 64 of these that no longer change one rollup of them, and so on. One transaction a series: a crash leaves
 * every point in exactly one place.
 */
import { bucketsOf, decodeChunk, decodeRollup, encodeChunk, encodeRollup, joinBuckets, type Point } from './chunk.ts'
import { comparePoints } from './series-read.ts'
import type { Sql, Tx } from './sql.ts'

const chunkLimit = 4096
/** A chunk below this may be sealed anew, with its neighbours. */
const smallBelow = 2048
/** How many rollups one of the next level stands for, and how many buckets it has. */
const fan = 64

/** Seals the tails of these series. */
export async function sealAll(sql: Sql, sids: readonly number[]): Promise<void> {
  for (const sid of new Set(sids)) await sql.transaction((tx) => sealWith(tx, sid, []))
}

/** Seals the tail of a series together with points that are in no chunk yet; answers how many of these were new. */
export async function sealWith(tx: Tx, sid: number, added: readonly Point[]): Promise<number> {
  const tail = await readTail(tx, sid)
  if (tail.length + added.length === 0) return 0
  const fresh = sortedOnce([...tail, ...added])
  const [maxStep, maxTs] = [greatestOf(fresh.map((p) => p.step)), fresh.at(-1)?.timestamp ?? 0]
  const small = await smallChunks(tx, sid)
  const sum = small.reduce((all, { n }) => all + n, fresh.length)
  if (sum < chunkLimit) await insertChunk(tx, sid, fresh)
  else {
    const all = [...fresh]
    for (const { cid } of small) for (const point of await takeChunk(tx, cid)) all.push(point)
    if (small.length > 0) all.sort(comparePoints)
    for (let at = 0; at < all.length; at += chunkLimit) await insertChunk(tx, sid, all.slice(at, at + chunkLimit))
  }
  await rollUp(tx, sid)
  if (tail.length > 0) await tx.run('DELETE FROM tail WHERE sid = ?', [sid])
  await tx.run(
    `UPDATE series SET tail_n = 0, sealed_step = CASE WHEN sealed_step > ? THEN sealed_step ELSE ? END,
     sealed_ts = CASE WHEN sealed_ts > ? THEN sealed_ts ELSE ? END WHERE sid = ?`,
    [maxStep, maxStep, maxTs, maxTs, sid],
  )
  return fresh.length - tail.length
}

async function readTail(tx: Tx, sid: number): Promise<Point[]> {
  const rows = await tx.all<{ step: number; ts: number; value: number; nan: number }>(
    'SELECT step, ts, value, nan FROM tail WHERE sid = ?',
    [sid],
  )
  return rows.map((r) => ({ step: r.step, timestamp: r.ts, value: r.nan ? Number.NaN : r.value }))
}

/** In order, and each once. */
function sortedOnce(points: Point[]): Point[] {
  points.sort(comparePoints)
  return points.filter((p, i) => i === 0 || comparePoints(points[i - 1] ?? p, p) !== 0)
}

/** The chunks at the end that are small, if there are any. */
async function smallChunks(tx: Tx, sid: number): Promise<{ cid: number; n: number }[]> {
  const ends = await tx.all<{ cid: number; n: number }>(
    `SELECT c.cid, c.n FROM rollups u JOIN chunks c ON c.cid = u.cid
     WHERE u.sid = ? AND u.level = 0 ORDER BY u.cid DESC LIMIT 16`,
    [sid],
  )
  const large = ends.findIndex(({ n }) => n >= smallBelow)
  const small = large < 0 ? ends : ends.slice(0, large)
  const covered = small.length === 0 ? undefined : await lastOf(tx, sid, 1)
  return small.filter(({ cid }) => covered === undefined || cid > covered)
}

async function takeChunk(tx: Tx, cid: number): Promise<Point[]> {
  const row = await tx.get<{ sid: number; points: Uint8Array }>('SELECT sid, points FROM chunks WHERE cid = ?', [cid])
  await tx.run('DELETE FROM chunks WHERE cid = ?', [cid])
  await tx.run('DELETE FROM rollups WHERE sid = ? AND level = 0 AND cid = ?', [row?.sid ?? 0, cid])
  return row ? decodeChunk(row.points) : []
}

async function insertChunk(tx: Tx, sid: number, points: Point[]): Promise<void> {
  const steps = points.map((p) => p.step)
  const [minStep, maxStep] = [leastOf(steps), greatestOf(steps)]
  const row = await tx.get<{ cid: number }>(
    `INSERT INTO chunks (sid, n, min_step, max_step, min_ts, max_ts, points) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING cid`,
    [
      sid,
      points.length,
      minStep,
      maxStep,
      points[0]?.timestamp ?? 0,
      points.at(-1)?.timestamp ?? 0,
      encodeChunk(points),
    ],
  )
  const cid = row?.cid ?? 0
  await insertRollup(tx, { sid, level: 0, cid, upto: cid, minStep, maxStep, buckets: encodeRollup(bucketsOf(points)) })
}

interface Rollup {
  sid: number
  level: number
  cid: number
  upto: number
  minStep: number
  maxStep: number
  buckets: Uint8Array
}

async function insertRollup(tx: Tx, o: Rollup): Promise<void> {
  await tx.run(
    'INSERT INTO rollups (sid, level, cid, upto, min_step, max_step, buckets) VALUES (?, ?, ?, ?, ?, ?, ?)',
    [o.sid, o.level, o.cid, o.upto, o.minStep, o.maxStep, o.buckets],
  )
}

/** The last chunk that rollups of a level stand for. */
async function lastOf(tx: Tx, sid: number, level: number): Promise<number | undefined> {
  const text = 'SELECT upto FROM rollups WHERE sid = ? AND level = ? ORDER BY cid DESC LIMIT 1'
  return (await tx.get<{ upto: number }>(text, [sid, level]))?.upto
}

/** Makes rollups of rollups, level by level, of what will not be sealed anew. */
async function rollUp(tx: Tx, sid: number): Promise<void> {
  for (let level = 0; ; level += 1) {
    const from = (await lastOf(tx, sid, level + 1)) ?? -1
    const { n = 0 } =
      (await tx.get<{ n: number }>('SELECT count(*) AS n FROM rollups WHERE sid = ? AND level = ? AND cid > ?', [
        ...[sid, level, from],
      ])) ?? {}
    // the last chunks may still be small
    let left = level === 0 ? n - 16 : n
    if (left < fan) return
    let after = from
    for (; left >= fan; left -= fan) after = await rollSome(tx, { sid, level, after })
  }
}

async function rollSome(tx: Tx, o: { sid: number; level: number; after: number }): Promise<number> {
  const rows = await tx.all<{ cid: number; upto: number; min_step: number; max_step: number; buckets: Uint8Array }>(
    `SELECT cid, upto, min_step, max_step, buckets FROM rollups WHERE sid = ? AND level = ? AND cid > ?
     ORDER BY cid LIMIT ?`,
    [o.sid, o.level, o.after, fan],
  )
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return o.after
  await insertRollup(tx, {
    ...{ sid: o.sid, level: o.level + 1, cid: first.cid, upto: last.upto },
    minStep: leastOf(rows.map((row) => row.min_step)),
    maxStep: greatestOf(rows.map((row) => row.max_step)),
    buckets: encodeRollup(
      joinBuckets(
        rows.flatMap((row) => decodeRollup(row.buckets)),
        fan,
      ),
    ),
  })
  return last.upto
}

export function leastOf(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b))
}

export function greatestOf(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b))
}
