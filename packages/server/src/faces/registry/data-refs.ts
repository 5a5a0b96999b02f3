/**
 * Signed addresses into the storage of a registry: a container of its own for what is about to be registered, and the
 * container of a version that is there, to read from.
 */
import { asString, fail, type JsonObject, type Kind, kindByName, parseUri } from '@lazurite/spec'
import type { Key } from '@lazurite/store'
import { placeOf } from '../arm/place.ts'
import type { Room } from '../arm/room.ts'
import { startPendingUpload, storageAccountId } from '../arm/upload.ts'

const readHours = 1

/** A place to upload to, for an asset id that has yet to be registered. */
export async function giveUploadPlace(room: Room, body: JsonObject): Promise<JsonObject> {
  const kind = kindNamed(checkAssetId(room, body))
  const asked = { room, kind, key: { scope: room.workspace.scope, kind: kind.name, name: '' } }
  const type = body.temporaryDataReferenceType ?? 'TemporaryBlobReference'
  const { blobReferenceForConsumption, pendingUploadId } = await startPendingUpload({
    ...asked,
    body: { pendingUploadType: type },
  })
  return {
    temporaryDataReferenceType: 'TemporaryBlobReference',
    temporaryDataReferenceId: pendingUploadId ?? null,
    blobReferenceForConsumption: blobReferenceForConsumption ?? null,
  }
}

function kindNamed(name: string): Kind {
  return kindByName(name) ?? fail('InternalError', {})
}

/** The container of a version's bytes, signed for reading. Raises VersionNotFound, BadArgument for other bytes. */
export async function giveReadPlace(room: Room, at: { name: string; version: string }, body: JsonObject) {
  const kind = checkAssetId(room, body)
  const key: Required<Key> = { scope: room.workspace.scope, kind, ...at }
  const row = await room.deps.store.resources.get(key)
  if (!row) fail('VersionNotFound', { kind, name: at.name, version: at.version })
  const kept = asString(row.props.modelUri ?? row.props.dataUri ?? row.props.codeUri) ?? asString(body.blobUri) ?? ''
  const place = await placeOf(room, kept)
  if (!place) {
    // what lies on the web is read where it is
    return { blobReferenceForConsumption: { blobUri: kept, credential: { credentialType: 'NoCredentials' } } }
  }
  const { account, container } = place
  const blobUri = `${room.origin}/${account}/${container}`
  const expiresAt = room.deps.store.clock.now() + readHours * 3_600_000
  const sas = room.deps.sign.sas({ account, container, permissions: 'rl', expiresAt })
  return {
    blobReferenceForConsumption: {
      blobUri,
      storageAccountArmId: storageAccountId(room),
      credential: { credentialType: 'SAS', sasUri: `${blobUri}?${sas}` },
    },
  }
}

const kindOf: Readonly<Record<string, string>> = {
  models: 'model',
  data: 'data',
  codes: 'code',
  environments: 'environment',
}

/** The kind that the asset id of a body names. Raises BadArgument for an id of anything but an asset of this registry. */
function checkAssetId({ workspace }: Room, body: JsonObject): string {
  const text = asString(body.assetId) ?? ''
  const uri = parseUri(text)
  const kind = uri.form === 'registry' && Object.hasOwn(kindOf, uri.collection) ? kindOf[uri.collection] : undefined
  const here = uri.form === 'registry' && uri.registry.toLowerCase() === workspace.registry?.toLowerCase()
  if (kind !== undefined && here) return kind
  const what = `assetId must be azureml://registries/${workspace.registry}/<models, data, codes or environments>/<name>/versions/<version>, not ${JSON.stringify(text.slice(0, 200))}.`
  return fail('BadArgument', { what }, { target: 'assetId' })
}
