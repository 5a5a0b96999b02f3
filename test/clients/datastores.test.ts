// Datastores elsewhere do what any storage must do: against Azurite (a real server of Azure's blob dialect) and the
// Versity gateway (a real server of S3's).
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAzureBlob } from '../../packages/engine/src/datastores/azure-blob.ts'
import { scenarios } from '../../packages/engine/src/datastores/conformance.ts'
import { openS3 } from '../../packages/engine/src/datastores/s3.ts'
import type { Storage } from '../../packages/engine/src/datastores/storage.ts'
import {
  azuriteAccount,
  azuriteKey,
  hasAzurite,
  hasGateway,
  needs,
  type StorageServer,
  s3Key,
  startAzurite,
  startGateway,
} from './storage/servers.ts'

const cases = scenarios.map((s) => [s.name, s] as const)
let serial = 0

describe.skipIf(!needs('Azurite', hasAzurite))('azure_blob, against Azurite', () => {
  let server: StorageServer
  beforeAll(async () => {
    server = await startAzurite()
  })
  afterAll(() => server.close())

  const open = async (more: { props?: object; secrets?: object } = {}): Promise<Storage> => {
    const containerName = `container-${serial++}`
    const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob')
    const key = new StorageSharedKeyCredential(azuriteAccount, azuriteKey)
    const service = new BlobServiceClient(`http://${server.host}/${azuriteAccount}`, key)
    await service.createContainer(containerName)
    return openAzureBlob({
      name: 'azurite',
      props: {
        accountName: azuriteAccount,
        containerName,
        protocol: 'http',
        endpoint: server.host,
        credentials: { credentialsType: 'AccountKey' },
        ...more.props,
      },
      secrets: { key: azuriteKey, ...more.secrets },
    })
  }

  test.each(cases)('%s', async (_, scenario) => scenario.run(await open()))

  test('a signature opens it, a wrong key is told without repeating it', async () => {
    const sdk = await import('@azure/storage-blob')
    const key = new sdk.StorageSharedKeyCredential(azuriteAccount, azuriteKey)
    const sasToken = sdk
      .generateAccountSASQueryParameters(
        {
          expiresOn: new Date(Date.now() + 3_600_000),
          permissions: sdk.AccountSASPermissions.parse('rwdlac'),
          resourceTypes: sdk.AccountSASResourceTypes.parse('sco').toString(),
          services: 'b',
        },
        key,
      )
      .toString()
    const signed = await open({ props: { credentials: { credentialsType: 'Sas' } }, secrets: { sasToken } })
    await signed.write('a/b', Readable.from(['signed']))
    expect((await signed.stat('a/b'))?.sizeBytes).toBe(6)
    const wrong = await open({ secrets: { key: Buffer.from('not the key').toString('base64') } })
    const error = await wrong.stat('x').then(
      () => undefined,
      (e: Error) => e,
    )
    expect(error).toMatchObject({ code: 'Unreachable' })
    expect(error?.message).toMatch(/azurite.*refused the credentials/)
    expect(JSON.stringify([error, error?.cause ?? null])).not.toContain('bm90IHRoZSBrZXk')
    await expect((await open({ props: { containerName: 'no-such' } })).stat('x')).rejects.toThrow(/no such container/)
  })
})

describe.skipIf(!needs('the Versity gateway', hasGateway))('s3, against the Versity gateway', () => {
  let server: StorageServer
  beforeAll(async () => {
    server = await startGateway()
  })
  afterAll(() => server.close())

  const open = async (more: { props?: object; secrets?: object } = {}): Promise<Storage> => {
    const bucketName = `bucket-${serial++}`
    mkdirSync(join(server.folder, bucketName))
    return openS3({
      name: 'gateway',
      props: {
        bucketName,
        endpoint: `http://${server.host}`,
        credentials: { accessKeyId: s3Key.accessKeyId },
        ...more.props,
      },
      secrets: { secretAccessKey: s3Key.secretAccessKey, ...more.secrets },
    })
  }

  test.each(cases)('%s', async (_, scenario) => scenario.run(await open()))

  test('a wrong key and a missing bucket are told', async () => {
    const wrong = await open({ secrets: { secretAccessKey: 'not the key' } })
    await expect(wrong.stat('x')).rejects.toMatchObject({ code: 'Unreachable' })
    await expect((await open({ props: { bucketName: 'none-such' } })).stat('x')).rejects.toThrow(/no such container/)
  })
})
