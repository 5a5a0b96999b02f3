/** Secrets that a resource gives back when it is asked for them by name: of datastores and of connections. */
import { asNumber, asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import { type Asked, needed } from './asked.ts'
import { envelope } from './envelope.ts'
import { openSecrets } from './secrets.ts'

/** The workspace's own containers are opened by a signature that ends; others by what their owner registered. */
export async function listDatastoreSecrets(asked: Asked): Promise<JsonObject> {
  const { room, kind, key, body } = asked
  const row = await needed(asked)
  const { store, sign } = room.deps
  const { account } = room.workspace.storage
  const container =
    asString(row.props.containerName) ?? asString(row.props.fileShareName) ?? asString(row.props.filesystem)
  room.deps.log.info({ datastore: key.name, scope: key.scope, by: room.request.caller.name }, 'secrets listed')
  if (row.props.accountName === account && container !== undefined) {
    const hours = Math.min(Math.max(asNumber(body.expireAfterHours) ?? 1, 1), 24)
    const expiresAt = store.clock.now() + hours * 3_600_000
    const sasToken = sign.sas({ account, container, permissions: 'racwdl', expiresAt })
    return { secretsType: 'Sas', sasToken, expiresAt: new Date(expiresAt).toISOString() }
  }
  const { secrets } = await openSecrets(store, kind, key)
  const credentialsType = asString(asObject(row.props.credentials).credentialsType) ?? 'None'
  if (secrets === undefined) {
    fail('NotSupported', {
      what: `Listing the secrets of the datastore ${key.name}`,
      why: 'it has none',
      instead: 'Access it with your own identity.',
    })
  }
  return { secretsType: credentialsType, ...asObject(secrets) }
}

/** The connection as a GET shows it, and with it the credentials that a GET leaves out. */
export async function listConnectionSecrets(asked: Asked): Promise<JsonObject> {
  const { room, kind, key } = asked
  const row = await needed(asked)
  const opened = await openSecrets(room.deps.store, kind, key)
  room.deps.log.info({ connection: key.name, scope: key.scope, by: room.request.caller.name }, 'secrets listed')
  const shown = envelope(kind, row, room)
  return { ...shown, properties: { ...asObject(shown.properties), ...opened } }
}
