/** DELETE of any kind. Deleting is real: rows, secrets, and of work also its history's files and its steps. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { artifactsFolder, usersOf } from '@lazurite/engine'
import { asString, fail, isFinal, type Kind, kinds } from '@lazurite/spec'
import type { Key, Row, Store } from '@lazurite/store'
import { forgetLabels } from '../registry/labels.ts'
import { inRegistry, ownBytes } from '../registry/settle.ts'
import type { Room } from './room.ts'
import { forgetSecrets } from './secrets.ts'
import { checkIfMatch } from './write.ts'

/** False when there was none. Raises JobNotFinal for work that still goes, NotSupported for a default. */
export async function deleteResource(room: Room, kind: Kind, key: Key): Promise<boolean> {
  const { store } = room.deps
  const row = await store.resources.get(key)
  checkIfMatch(room, row)
  if (!row) return false
  const works = kind.actions?.cancel !== undefined
  if (works && !isFinal(row.state)) fail('JobNotFinal', { name: row.name, state: row.state })
  if (row.props.isDefault === true) {
    fail('NotSupported', {
      what: `Deleting the default ${kind.name}`,
      why: 'jobs write there',
      instead: 'Make another one the default first.',
    })
  }
  const used = await usersOf(store, kind, row)
  if (used) {
    const name = row.version === '' ? row.name : `${row.name}:${row.version}`
    fail('ResourceInUse', { kind: kind.name, name, by: used.by, instead: used.instead })
  }
  if (works) await forgetWork(room, row)
  await forgetChildren(store, kind, row)
  await forgetSecrets(store, kind, key)
  const bytes = inRegistry(room) ? await ownBytes(room, kind, row) : []
  const gone = await store.resources.delete(key)
  await forgetLabels(store, row, room.request.caller.name)
  for (const forget of bytes) await forget()
  return gone
}

/** What stands under something goes with it. */
async function forgetChildren(store: Store, { collection }: Kind, row: Row): Promise<void> {
  for (const kind of kinds.filter(({ shape }) => typeof shape === 'object' && shape.under === collection)) {
    const { rows } = await store.resources.list({
      scope: row.scope,
      kind: kind.name,
      parent: row.name,
      archived: 'all',
    })
    for (const child of rows) {
      await forgetSecrets(store, kind, child)
      await store.resources.delete(child)
    }
  }
}

/** Logs, artifacts and steps of something that ran. Its run is marked deleted, so that its name is never used again. */
async function forgetWork(room: Room, row: Row): Promise<void> {
  const { store } = room.deps
  for (;;) {
    const { rows } = await store.resources.list({
      scope: row.scope,
      kind: row.kind,
      parent: row.name,
      archived: 'all',
      top: 500,
    })
    if (rows.length === 0) break
    for (const child of rows) {
      await forgetWork(room, child)
      await store.resources.delete(child)
    }
  }
  await rm(artifactsFolder(store, room.workspace, row.name), { recursive: true, force: true })
  const uuid = asString(row.status.runUuid)
  if (uuid !== undefined && /^[0-9a-f]{32}$/.test(uuid)) {
    await rm(join(store.home, 'runs', uuid), { recursive: true, force: true })
  }
  if (await store.runs.get(row.scope, row.name)) await store.runs.update(row.scope, row.name, { lifecycle: 'deleted' })
}
