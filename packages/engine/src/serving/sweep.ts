/** What is left of deployments that were deleted: their processes are ended, their folders removed. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { asString } from '@lazurite/spec'
import type { Backend, Handle } from '../computes/backend.ts'
import type { EngineContext } from '../context.ts'
import { servingFolder } from './folder.ts'
import { shipFolder } from './ship.ts'

const lookMs = 50
const patienceMs = 10_000
/** Calls under way when a deployment is deleted. */
const graceMs = 2_000

/** Begins now and at every deletion. Answers the way to stop. */
export function sweepDeployments(ctx: EngineContext): () => void {
  let going = Promise.resolve()
  const sweep = () => {
    going = going
      .then(() => sweepOnce(ctx))
      .catch((error: unknown) => ctx.log.warn({ err: error }, 'could not clear away a deleted deployment'))
  }
  sweep()
  return ctx.store.changes.subscribe(({ kind, what }) => {
    if (kind === 'online-deployment' && what === 'deleted') sweep()
  })
}

async function sweepOnce(ctx: EngineContext): Promise<void> {
  const folder = servingFolder(ctx.home)
  // before the rows: whoever makes a folder has written its name into a row first
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => /^[0-9a-f]{32}$/.test(name))
  if (names.length === 0) return
  const { rows } = await ctx.store.resources.list({ kind: 'online-deployment', archived: 'all' })
  const alive = new Set(rows.map((row) => asString(row.status.uuid)))
  for (const name of names.filter((uuid) => !alive.has(uuid))) {
    for (const backend of ctx.backends.all()) {
      const tasks = (await backend.list()).filter(({ taskId }) => taskId.startsWith(`${name}.`))
      await Promise.all(tasks.map((handle) => end(backend, handle)))
    }
    await shipFolder(ctx, name)
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 })
  }
}

async function end(backend: Backend, handle: Handle): Promise<void> {
  await backend.stop(handle, graceMs)
  for (const limit = Date.now() + patienceMs; Date.now() < limit; ) {
    const seen = (await backend.observe([handle])).get(handle.taskId)
    if (!seen || seen.phase === 'done' || seen.phase === 'lost') break
    await pause(lookMs)
  }
  await backend.clean(handle)
}
