/**
 * Does what a plan says. Bytes go first and rows last: who is stopped in between finds the row still there, and deleting it
 * again ends what was begun.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asString } from '@lazurite/spec'
import type { Key, Row, Store } from '@lazurite/store'
import { forgetDebug } from '../jobs/kept-failed.ts'
import type { Folder } from './folders.ts'
import type { Plan } from './plan.ts'

/** May be repeated. */
export async function carryOut(store: Store, plan: Plan): Promise<void> {
  const { workspace, jobs, assets, runs, experiments } = plan
  for (const folder of plan.folders) await removeFolder(store, folder)
  for (const { storage, path } of plan.elsewhere) await storage.remove(path)
  for (const { name, status } of jobs) {
    await forgetDebug(store.home, name)
    const uuid = asString(status.runUuid)
    if (uuid !== undefined && /^[0-9a-f]{32}$/.test(uuid))
      await rm(join(store.home, 'runs', uuid), { recursive: true, force: true })
  }
  const { scope } = workspace
  const { erasing } = store
  for (const some of slices(jobs)) {
    const names = some.map(({ name }) => name)
    await erasing.erase({ scope, rows: some.map(keyOf), runs: names, retire: names })
  }
  for (const some of slices(assets)) await erasing.erase({ scope, rows: some.map(keyOf), runs: [] })
  const done = new Set(jobs.map(({ name }) => name))
  for (const some of slices(runs.filter((run) => !done.has(run)))) await erasing.erase({ scope, rows: [], runs: some })
  await erasing.erase({ scope, rows: [], runs: [], experiments })
}

/** Everybody waits for a transaction: none is long. */
function* slices<T>(all: readonly T[], size = 100): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size)
}

function keyOf({ scope, kind, name, version }: Row): Key {
  return { scope, kind, name, version }
}

async function removeFolder({ bytes }: Store, { account, container, path, only }: Folder): Promise<void> {
  if (only !== undefined) {
    for (const file of only) await bytes.remove(account, container, file)
    return
  }
  if (path === '') await bytes.deleteContainer(account, container)
  else if (!(await bytes.folders.remove(account, container, path, true))) await bytes.remove(account, container, path)
}
