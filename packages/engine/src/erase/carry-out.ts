/**
 * Does what a plan says. Bytes go first and rows last: who is stopped in between finds the row still there, and deleting it
 * again ends what was begun.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asString } from '@lazurite/spec'
import type { Key, Store } from '@lazurite/store'
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
  const rows = [...jobs, ...assets].map(({ scope, kind, name, version }): Key => ({ scope, kind, name, version }))
  const retire = jobs.map(({ name }) => name)
  await store.erasing.erase({ scope: workspace.scope, rows, runs, experiments, retire })
}

async function removeFolder({ bytes }: Store, { account, container, path, only }: Folder): Promise<void> {
  if (only !== undefined) {
    for (const file of only) await bytes.remove(account, container, file)
    return
  }
  if (path === '') await bytes.deleteContainer(account, container)
  else if (!(await bytes.folders.remove(account, container, path, true))) await bytes.remove(account, container, path)
}
