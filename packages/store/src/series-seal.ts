/**
 * Sealing: the tail of a series becomes a compressed chunk, or joins the newest one while that is small. One transaction
 * a series, so that a crash leaves every point in exactly one place.
 */
import { bucketsOf, decodeChunk, encodeChunk, encodeRollup, type Point } from './chunk.ts'
import { comparePoints } from './series-read.ts'
import type { Sql, Tx } from './sql.ts'

const chunkLimit = 4096

/** Seals the tails of these series. */
export async function sealAll(sql: Sql, sids: readonly number[]): Promise<void> {
  for (const sid of new Set(sids)) await sealOne(sql, sid)
}

/** Moves the tail of a series into chunks, in one transaction: a crash leaves all of it in one place or the other. */
async function sealOne(sql: Sql, sid: number): Promise<void> {
  await sql.transaction(async (tx) => {
    const rows = await tx.all<{ step: number; ts: number; value: number; nan: number }>(
      'SELECT step, ts, value, nan FROM tail WHERE sid = ?',
      [sid],
    )
    if (rows.length === 0) return
    let points = rows.map((r) => ({ step: r.step, timestamp: r.ts, value: r.nan ? Number.NaN : r.value }))
    const last = await tx.get<{ cid: number; n: number; points: Uint8Array }>(
      'SELECT cid, n, points FROM chunks WHERE sid = ? ORDER BY cid DESC LIMIT 1',
      [sid],
    )
    const [maxStep, maxTs] = [greatestOf(points.map((p) => p.step)), greatestOf(points.map((p) => p.timestamp))]
    if (last && last.n + points.length <= chunkLimit) {
      points = [...decodeChunk(last.points), ...points]
      await tx.run('DELETE FROM chunks WHERE cid = ?', [last.cid])
    }
    points.sort(comparePoints)
    for (let at = 0; at < points.length; at += chunkLimit) await insertChunk(tx, sid, points.slice(at, at + chunkLimit))
    await tx.run('DELETE FROM tail WHERE sid = ?', [sid])
    await tx.run(
      `UPDATE series SET tail_n = 0, sealed_step = CASE WHEN sealed_step > ? THEN sealed_step ELSE ? END,
       sealed_ts = CASE WHEN sealed_ts > ? THEN sealed_ts ELSE ? END WHERE sid = ?`,
      [maxStep, maxStep, maxTs, maxTs, sid],
    )
  })
}

async function insertChunk(tx: Tx, sid: number, points: Point[]): Promise<void> {
  const steps = points.map((p) => p.step)
  await tx.run(
    `INSERT INTO chunks (sid, n, min_step, max_step, min_ts, max_ts, points, rollup) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      sid,
      points.length,
      leastOf(steps),
      greatestOf(steps),
      points[0]?.timestamp ?? 0,
      points.at(-1)?.timestamp ?? 0,
      encodeChunk(points),
      encodeRollup(bucketsOf(points)),
    ],
  )
}

export function leastOf(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b))
}

export function greatestOf(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b))
}
