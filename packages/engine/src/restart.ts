/**
 * What a starting engine finds out from the rows and the disk: who holds which node, which processes may be running, and
 * what a dead predecessor left behind that nobody needs.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isFinal, jobStates } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { Bin } from './bin.ts'
import type { EngineContext } from './context.ts'
import { needOf } from './jobs/need.ts'
import { readJobStatus } from './jobs/status.ts'
import { enteredAt, stateOf } from './jobs/work.ts'
import type { Placement } from './place.ts'
import type { JobRoom } from './reconcile/job.ts'

/** States in which a job with a node may have a process. */
const holding = new Set(['Starting', 'Running', 'NotResponding', 'CancelRequested'])

/** Every job of ours that is not over. */
export async function openJobs(ctx: EngineContext): Promise<Row[]> {
  const states = Object.keys(jobStates).filter((state) => !isFinal(state))
  const rows: Row[] = []
  let after: string | undefined
  do {
    const page = await ctx.store.resources.list({
      kind: 'job',
      states: [...states, ''],
      archived: 'all',
      outside: false,
      order: 'created',
      top: 1000,
      ...(after === undefined ? {} : { after }),
    })
    rows.push(...page.rows)
    after = page.next
  } while (after !== undefined)
  return rows
}

/** Rebuilds what the reconciler of jobs keeps in memory. */
export async function recall(ctx: EngineContext, rows: Row[], { placement, running }: JobRoom): Promise<void> {
  for (const row of rows) {
    const { node, runUuid, attempt } = readJobStatus(row.status)
    if (!holding.has(row.state) || !node || !runUuid) continue
    const { nodes, gpus, cores, memoryMiB, gpuCount, pool } = node
    placement.hold(row.id, pool, { nodes, gpus, node: { cores, memoryMiB, gpus: gpuCount } })
    running.set(`${runUuid}.${attempt ?? 1}`, keyOf(row))
  }
  await queueAgain(ctx, rows, placement)
}

/** Those who waited wait again, in the order in which they came. */
async function queueAgain(ctx: EngineContext, rows: Row[], placement: Placement): Promise<void> {
  const waiting = rows
    .filter((row) => stateOf(row) === 'Queued')
    .map((row) => {
      const status = readJobStatus(row.status)
      return { row, status, since: enteredAt({ phases: status.phases ?? [] }, 'Queued') ?? 0 }
    })
    .sort((a, b) => a.since - b.since || a.row.id - b.row.id)
  for (const { row, status, since } of waiting) {
    const asked = await needOf(ctx, { key: keyOf(row), rowId: row.id, props: row.props, status, since })
    if ('need' in asked) placement.request(asked.need)
  }
}

/** Folders of runs on disk right now. */
export async function runFolders(ctx: EngineContext): Promise<string[]> {
  return readdir(join(ctx.home, 'runs')).catch(() => [])
}

export interface Leftovers {
  folders: string[]
  bin: Bin
}

/** Removes folders and processes of runs that are over; `folders` were there before this engine started anything. */
export async function sweepLeftovers(ctx: EngineContext, rows: Row[], { folders, bin }: Leftovers): Promise<void> {
  const alive = new Set(rows.map((row) => readJobStatus(row.status).runUuid))
  for (const backend of ctx.backends.all()) {
    for (const handle of await backend.list()) {
      const uuid = handle.taskId.split('.')[0]
      if (alive.has(uuid) || !folders.includes(uuid ?? '')) continue
      await backend.stop(handle, 0)
      await backend.clean(handle)
    }
  }
  for (const folder of folders.filter((name) => /^[0-9a-f]{32}$/.test(name) && !alive.has(name))) {
    await bin.throwAway(join(ctx.home, 'runs', folder))
  }
  await bin.empty()
}

export function keyOf({ scope, kind, name }: Row): Key {
  return { scope, kind, name }
}
