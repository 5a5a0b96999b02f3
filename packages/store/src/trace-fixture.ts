/** For tests: an open drawer of traces in a temporary home, and traces and spans in few words. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from './migrations.ts'
import { openRuns, type Runs } from './runs.ts'
import { bookOf, dropDatabase, openTestSql } from './scratch.ts'
import type { Sql } from './sql.ts'
import type { NewTrace } from './trace-heads.ts'
import type { NewSpan } from './trace-spans.ts'
import { openTraces, type Traces } from './traces.ts'

export const scope = 'sub/rg/ws'

export interface TraceBench {
  sql: Sql
  traces: Traces
  runs: Runs
  close(): Promise<void>
}

export async function openTraceBench(): Promise<TraceBench> {
  const home = await mkdtemp(join(tmpdir(), 'laz-traces-'))
  const path = join(home, 'laz.db')
  const sql = await openTestSql(path)
  await migrate(sql, path, 0)
  let now = 1000
  const clock = { now: () => now++ }
  return {
    sql,
    traces: openTraces(sql, clock),
    runs: openRuns(sql, bookOf(sql, clock)),
    async close() {
      await sql.close()
      await dropDatabase(home)
      await rm(home, { recursive: true })
    },
  }
}

export const trace = (traceId: string, o: Partial<NewTrace> = {}): NewTrace => ({
  traceId,
  experimentId: '0',
  requestTime: 100,
  durationMs: 10,
  state: 'OK',
  tags: {},
  metadata: {},
  ...o,
})

export const span = (traceId: string, spanId: string, o: Partial<NewSpan> = {}): NewSpan => ({
  traceId,
  spanId,
  name: spanId,
  status: 'OK',
  startNs: 200_000_000n,
  endNs: 250_000_000n,
  content: JSON.stringify({ span_id: spanId, attributes: [] }),
  ...o,
})
