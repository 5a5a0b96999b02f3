/** DELETE of any kind. Deleting is real: rows, secrets, and of work and assets also the bytes that nothing else names. */
import { planErasure, usersOf } from '@lazurite/engine'
import { fail, isFinal, type Kind, kinds } from '@lazurite/spec'
import type { Key, Row, Store } from '@lazurite/store'
import { eraseForGood } from '../jobs/erase.ts'
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
  if (works || (kind.shape === 'versioned' && !inRegistry(room))) {
    const target = works ? { jobs: [row] } : { assets: [row] }
    await eraseForGood(room, await planErasure(store, room.workspace, target))
    return true
  }
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
