/** What is left of rows that were deleted: the processes they had are ended, their folders removed. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { asString } from '@lazurite/spec'
import type { EngineContext } from '../context.ts'
import type { Backend, Handle } from './backend.ts'

const lookMs = 50
const patienceMs = 10_000

interface Deleted {
  kind: string
  /** Holds a folder for each row, named by the row's `status.uuid`; task ids begin with the same and a point. */
  folder: string
  /** How long their processes may go on to end in order. */
  graceMs: number
  /** Called with the uuid once its processes have ended, before its folder goes. */
  rescue?(uuid: string): Promise<unknown>
}

/** Begins now and at every deletion. Answers the way to stop. */
export function sweepDeleted(ctx: EngineContext, gone: Deleted): () => void {
  let going = Promise.resolve()
  const sweep = () => {
    going = going
      .then(() => sweepOnce(ctx, gone))
      .catch((error: unknown) => ctx.log.warn({ err: error }, `could not clear away a deleted ${gone.kind}`))
  }
  sweep()
  return ctx.store.changes.subscribe(({ kind, what }) => {
    if (kind === gone.kind && what === 'deleted') sweep()
  })
}

async function sweepOnce(ctx: EngineContext, { kind, folder, graceMs, rescue }: Deleted): Promise<void> {
  // before the rows: whoever makes a folder has written its name into a row first
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => /^[0-9a-f]{32}$/.test(name))
  if (names.length === 0) return
  const { rows } = await ctx.store.resources.list({ kind, archived: 'all' })
  const alive = new Set(rows.map((row) => asString(row.status.uuid)))
  for (const name of names.filter((uuid) => !alive.has(uuid))) {
    for (const backend of ctx.backends.all()) {
      const tasks = (await backend.list()).filter(({ taskId }) => taskId.startsWith(`${name}.`))
      await Promise.all(tasks.map((handle) => end(backend, handle, graceMs)))
    }
    await rescue?.(name)
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 })
  }
}

async function end(backend: Backend, handle: Handle, graceMs: number): Promise<void> {
  await backend.stop(handle, graceMs)
  for (const limit = Date.now() + patienceMs; Date.now() < limit; ) {
    const seen = (await backend.observe([handle])).get(handle.taskId)
    if (!seen || seen.phase === 'done' || seen.phase === 'lost') break
    await pause(lookMs)
  }
  await backend.clean(handle)
}
