// Datastores elsewhere do what any storage must do: against Azurite (a real server of Azure's blob dialect) and the
// Versity gateway (a real server of S3's). No server of Azure Files or of data lakes can be had: a second Lazurite stands
// in for such an account, which checks keys and signatures as Azure does.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { accountKey, type Server, startServer } from '@lazurite/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAzureBlob } from '../../packages/engine/src/datastores/azure-blob.ts'
import { openAzureFile } from '../../packages/engine/src/datastores/azure-file.ts'
import { scenarios } from '../../packages/engine/src/datastores/conformance.ts'
import { openDataLake, openOneLake } from '../../packages/engine/src/datastores/data-lake.ts'
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

describe('stand-in: a second Lazurite as the account', () => {
  const account = 'laz0123456789ab'
  const quiet = { level: 'silent', info() {}, error() {}, debug() {}, fatal() {}, warn() {}, trace() {}, silent() {} }
  const log = { ...quiet, child: () => log } as unknown as Parameters<typeof startServer>[0]['log'] // all a server calls
  let home: string
  let server: Server
  let key: string
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'laz-account-'))
    server = await startServer({ home, port: 0, tls: true, log, env: { LAZ_ENVIRONMENT: 'host' } })
    key = accountKey(server.store.secrets.key(), account).toString('base64')
  })
  afterAll(async () => {
    await server?.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 20 })
  })

  const types = [
    { type: 'azure_file', open: openAzureFile, field: 'fileShareName', more: [], refused: ['q/q?x=1', 'q/a*'] },
    { type: 'azure_data_lake_gen2', open: openDataLake, field: 'filesystem', more: ['q/q?x=1', 'q/a*'], refused: [] },
  ]
  describe.each(types)('$type', ({ type, open: opener, field, more, refused }) => {
    const open = async (given: { props?: object; secrets?: object } = {}) => {
      const container = `container-${serial++}`
      await server.store.bytes.createContainer(account, container)
      const storage = await opener({
        name: type,
        props: {
          accountName: account,
          [field]: container,
          protocol: 'http',
          endpoint: `127.0.0.1:${server.port}`,
          credentials: { credentialsType: 'AccountKey' },
          ...given.props,
        },
        secrets: { key, ...given.secrets },
      })
      return { storage, container }
    }

    test.each(cases)('%s', async (_, scenario) => scenario.run((await open()).storage))

    test('names that addresses would bend arrive as they are', async () => {
      const { storage } = await open()
      for (const path of ['50% off/a#b.txt', 'x=1&y/%41', "it's (1) + ü/[x];=,@$!~", ' lead/trail', ...more]) {
        await storage.write(path, Readable.from([path]))
        expect(await text(await storage.read(path))).toBe(path)
      }
      for (const path of refused) {
        await expect(storage.write(path, Readable.from([path]))).rejects.toMatchObject({ code: 'PathNotAllowed' })
        expect((await storage.browse('q', { limit: 10 })).entries).toEqual([])
      }
    })

    test('large files stream, grow and shrink', async () => {
      const { storage } = await open()
      const block = Buffer.alloc(1 << 20, 'block of the file\n')
      for (const blocks of [45, 21]) {
        const size = blocks * block.length + 3
        const body = Readable.from([...Array.from({ length: blocks }, () => block), Buffer.from('end')])
        expect((await storage.write('large', body)).sizeBytes).toBe(size)
        expect(await text(await storage.read('large', { start: size - 5 }))).toHaveLength(5)
        expect(await text(await storage.read('large', { start: size - 3 }))).toBe('end')
      }
      const broken = Readable.from(
        (async function* () {
          for (let i = 0; i < 20; i++) yield block
          throw new Error('the source is gone')
        })(),
      )
      await expect(storage.write('large', broken)).rejects.toThrow('the source is gone')
      expect((await storage.stat('large'))?.sizeBytes).toBe(21 * block.length + 3)
      expect((await storage.browse('', { limit: 10 })).entries.map((entry) => entry.path)).toEqual(['large'])
    })

    test('a signature opens it; a wrong key and a missing container are told, without the key', async () => {
      const { container } = await open()
      const expiresAt = Date.now() + 3_600_000
      const sasToken = server.sign.sas({ account, container, permissions: 'racwdl', expiresAt })
      const { storage: signed } = await open({
        props: { [field]: container, credentials: { credentialsType: 'Sas' } },
        secrets: { sasToken },
      })
      await signed.write('a/b', Readable.from(['signed']))
      expect((await signed.stat('a/b'))?.sizeBytes).toBe(6)
      const { storage: wrong } = await open({ secrets: { key: Buffer.from('not the key').toString('base64') } })
      const error = await wrong.stat('x').then(
        () => undefined,
        (e: Error) => e,
      )
      expect(error).toMatchObject({ code: 'Unreachable' })
      expect(error?.message).toMatch(/refused the credentials/)
      expect(JSON.stringify([error, error?.cause ?? null])).not.toContain('bm90IHRoZSBrZXk')
      const { storage: none } = await open({ props: { [field]: 'no-such' } })
      await expect(none.stat('x')).rejects.toThrow(/no such container/)
    })
  })

  describe('with the token of a service principal, over https', () => {
    const open = async (type: 'one_lake' | 'azure_data_lake_gen2', clientSecret = server.sign.identitySecret) => {
      const place = server.tls.place()
      if (place === undefined) throw new Error('the second server has no https listener')
      const container = `container-${serial++}`
      await server.store.bytes.createContainer(account, container)
      const credentials = {
        credentialsType: 'ServicePrincipal',
        tenantId: 'adfs',
        clientId: 'me',
        authorityUrl: place.url,
      }
      const opening = { name: type, secrets: { clientSecret }, ca: readFileSync(place.ca, 'utf8') }
      const endpoint = `localhost:${place.port}`
      if (type === 'azure_data_lake_gen2') {
        return openDataLake({
          ...opening,
          props: { accountName: account, filesystem: container, endpoint, credentials },
        })
      }
      const artifact = { artifactType: 'LakeHouse', artifactName: 'house' }
      const props = { oneLakeWorkspaceName: container, artifact, endpoint: `${endpoint}/${account}`, credentials }
      return openOneLake({ ...opening, props })
    }

    test.each(cases)('one_lake: %s', async (_, scenario) => scenario.run(await open('one_lake')))

    test('azure_data_lake_gen2 opens; a wrong secret is told without repeating it', async () => {
      const lake = await open('azure_data_lake_gen2')
      await lake.write('a/b', Readable.from(['by token']))
      expect(await text(await lake.read('a/b', { start: 3 }))).toBe('token')
      const wrong = await open('azure_data_lake_gen2', 'not the secret')
      const error = await wrong.stat('x').then(
        () => undefined,
        (e: Error) => e,
      )
      expect(error).toMatchObject({ code: 'Unreachable' })
      expect(JSON.stringify([error, error?.message])).not.toContain('not the secret')
    })
  })
})
