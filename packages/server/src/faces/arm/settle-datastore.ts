/**
 * Datastores of a workspace's own storage come back from clients as they were shown: under an account name that is an
 * address, without the default mark, with another way in. What is the workspace's stays the workspace's.
 */
import { asString, type JsonObject } from '@lazurite/spec'
import type { Room } from './room.ts'

/** See `disguised` in dress.ts: `localhost:8443/laz0123456789ab?`. */
const disguise = /^[^/\s]+\/(laz[0-9a-f]{12})\?$/

export async function settleDatastore(props: JsonObject, room: Room, name: string): Promise<{ props: JsonObject }> {
  const { scope, storage } = room.workspace
  const before = (await room.deps.store.resources.get({ scope, kind: 'datastore', name }))?.props
  const given = asString(props.accountName) ?? ''
  const account = disguise.exec(given)?.[1] ?? given
  const kept: JsonObject = before?.isDefault === undefined ? {} : { isDefault: props.isDefault ?? before.isDefault }
  const settled: JsonObject = { ...props, ...(account === '' ? {} : { accountName: account }), ...kept }
  if (account !== storage.account || before?.accountName !== account) return { props: settled }
  // where the storage is and how it opens is nothing that a client has a say in
  const { endpoint: _, protocol: __, credentials: ___, ...rest } = settled
  return { props: { ...rest, credentials: before.credentials ?? { credentialsType: 'None' } } }
}
