/** Where a client may put the bytes of an asset before it registers it. */
import { randomUUID } from 'node:crypto'
import { asString, fail, type JsonObject } from '@lazurite/spec'
import type { Asked } from './asked.ts'
import type { Room } from './room.ts'

const uploadHours = 24

/** A container of its own for one upload, and a signature that opens just that. */
export async function startPendingUpload({ room, body }: Asked): Promise<JsonObject> {
  const type = asString(body.pendingUploadType) ?? 'TemporaryBlobReference'
  if (type.toLowerCase() !== 'temporaryblobreference') {
    fail('NotSupported', {
      what: `An upload of type ${type}`,
      why: 'uploads go to a container of their own',
      instead: 'Ask for TemporaryBlobReference.',
    })
  }
  const { account } = room.workspace.storage
  const pendingUploadId = asString(body.pendingUploadId) ?? randomUUID()
  const container = `${room.workspace.guid.slice(0, 8)}-${randomUUID()}`
  const { store, sign } = room.deps
  await store.bytes.createPending(account, container)
  const blobUri = `${room.origin}/${account}/${container}`
  const expiresAt = store.clock.now() + uploadHours * 3_600_000
  const sas = sign.sas({ account, container, permissions: 'racwl', expiresAt })
  return {
    pendingUploadId,
    pendingUploadType: 'TemporaryBlobReference',
    blobReferenceForConsumption: {
      blobUri,
      storageAccountArmId: storageAccountId(room),
      credential: { credentialType: 'SAS', sasUri: `${blobUri}?${sas}` },
    },
  }
}

export function storageAccountId(room: Room): string {
  const { subscription, resourceGroup } = room.workspace.id
  const { account } = room.workspace.storage
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/${account}`
}
