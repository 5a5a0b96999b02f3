// What the official client can do beside reading and writing: signatures of every kind, policies, batches, metadata of
// containers, names to come, the account as a whole.
import { request } from 'node:http'
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  AnonymousCredential,
  BlobSASPermissions,
  type BlobSASSignatureValues,
  BlobServiceClient,
  type ContainerClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  newPipeline,
  type RestError,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerToken } from '../bench.ts'
import { account, type FaceServer, startFaces } from '../face-server.ts'
import { blobFace } from './routes.ts'

let server: FaceServer
let credential: StorageSharedKeyCredential
let service: BlobServiceClient
let container: ContainerClient
const retryOptions = { maxTries: 1 }
let now = Date.now()

beforeAll(async () => {
  server = await startFaces([blobFace], () => now)
  credential = new StorageSharedKeyCredential(account, server.key)
  service = new BlobServiceClient(`${server.url}/${account}`, newPipeline(credential, { retryOptions }))
  container = service.getContainerClient('data')
  await container.create()
  for (const name of ['a', 'dir/b']) await container.getBlockBlobClient(name).upload(name, name.length)
})

afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})

const later = (ms: number) => new Date(now + ms)
const at = (sas: string) =>
  new BlobServiceClient(`${server.url}/${account}?${sas}`, newPipeline(new AnonymousCredential(), { retryOptions }))
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: RestError) => error.code || `${error.statusCode} ${error.message}`,
  )

describe('signatures for a container or a blob', () => {
  const sas = (o: Partial<BlobSASSignatureValues> = {}) =>
    generateBlobSASQueryParameters(
      {
        containerName: 'data',
        permissions: ContainerSASPermissions.parse('rl'),
        expiresOn: later(60_000),
        protocol: SASProtocol.HttpsAndHttp,
        ...o,
      },
      credential,
    ).toString()
  const read = (query: string, name = 'a') =>
    outcome(at(query).getContainerClient('data').getBlobClient(name).download())

  test('of every version open what they say', async () => {
    for (const version of ['2015-04-05', '2018-11-09', '2020-12-06', '2026-04-06']) {
      expect([version, await read(sas({ version }))]).toEqual([version, 'fine'])
      const one = sas({ version, blobName: 'a', permissions: BlobSASPermissions.parse('r') })
      expect([version, await read(one), await read(one, 'dir/b')]).toEqual([version, 'fine', 'AuthenticationFailed'])
    }
  })

  test('are judged by time, address and protocol', async () => {
    const cases: [Partial<BlobSASSignatureValues>, string][] = [
      [{ startsOn: later(-5000) }, 'fine'],
      [{ startsOn: later(60_000), expiresOn: later(120_000) }, 'AuthenticationFailed'],
      [{ expiresOn: later(-1000) }, 'AuthenticationFailed'],
      [{ ipRange: { start: '127.0.0.1' } }, 'fine'],
      [{ ipRange: { start: '127.0.0.0', end: '127.0.0.255' } }, 'fine'],
      [{ ipRange: { start: '10.0.0.0', end: '10.0.0.9' } }, 'AuthorizationPermissionMismatch'],
      [{ protocol: SASProtocol.Https }, 'AuthorizationPermissionMismatch'],
      [{ permissions: ContainerSASPermissions.parse('l') }, 'AuthorizationPermissionMismatch'],
    ]
    for (const [o, verdict] of cases) expect([o, await read(sas(o))]).toEqual([o, verdict])
    expect(await read(sas().replace('sp=rl', 'sp=rwdl'))).toBe('AuthenticationFailed')
  })

  test('say what headers a read shall carry', async () => {
    const query = sas({ contentType: 'text/x', contentDisposition: 'attachment; filename=a', cacheControl: 'no-store' })
    const answer = await at(query).getContainerClient('data').getBlobClient('a').download()
    expect(answer).toMatchObject({
      contentType: 'text/x',
      contentDisposition: 'attachment; filename=a',
      cacheControl: 'no-store',
    })
  })

  test('lean on stored policies as long as those are there', async () => {
    const policy = {
      id: 'readers',
      accessPolicy: { expiresOn: later(60_000), permissions: 'r', startsOn: later(-60_000) },
    }
    await container.setAccessPolicy(undefined, [policy])
    expect((await container.getAccessPolicy()).signedIdentifiers).toMatchObject([{ id: 'readers' }])
    const query = generateBlobSASQueryParameters(
      { containerName: 'data', identifier: 'readers', protocol: SASProtocol.HttpsAndHttp },
      credential,
    ).toString()
    expect(await read(query)).toBe('fine')
    expect(await outcome(at(query).getContainerClient('data').getBlobClient('a').delete())).toBe(
      'AuthorizationPermissionMismatch',
    )
    await container.setAccessPolicy()
    expect(await read(query)).toBe('AuthenticationFailed')
    expect(await outcome(container.setAccessPolicy('blob'))).toBe('UnsupportedHeader')
  })

  test('by a user delegation key, which only the owner gets', async () => {
    const token = { getToken: async () => ({ token: ownerToken, expiresOnTimestamp: now + 3_600_000 }) }
    expect(await outcome(service.getUserDelegationKey(later(0), later(3_600_000)))).toBe(
      'AuthorizationPermissionMismatch',
    )
    const answer = await fetch(`${server.url}/${account}/?restype=service&comp=userdelegationkey`, {
      method: 'POST',
      headers: { authorization: `Bearer ${(await token.getToken()).token}`, 'x-ms-version': '2021-12-02' },
      body: `<KeyInfo><Start>${later(-1000).toISOString()}</Start><Expiry>${later(3_600_000).toISOString()}</Expiry></KeyInfo>`,
    })
    const xml = await answer.text()
    const value = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1] ?? ''
    const key = {
      signedObjectId: value('SignedOid'),
      signedTenantId: value('SignedTid'),
      signedStartsOn: new Date(value('SignedStart')),
      signedExpiresOn: new Date(value('SignedExpiry')),
      signedService: value('SignedService'),
      signedVersion: value('SignedVersion'),
      value: value('Value'),
    }
    for (const version of ['2018-11-09', '2020-02-10', '2020-12-06', '2025-07-05', '2026-04-06']) {
      const query = generateBlobSASQueryParameters(
        {
          ...{ containerName: 'data', blobName: 'a', permissions: BlobSASPermissions.parse('r') },
          ...{ expiresOn: later(60_000), startsOn: later(-500), version, protocol: SASProtocol.HttpsAndHttp },
        },
        key,
        account,
      ).toString()
      expect([version, await read(query)]).toEqual([version, 'fine'])
      const other = query.replace(/ske=[^&]*/, `ske=${encodeURIComponent(later(9e8).toISOString())}`)
      expect(await read(other)).toBe('AuthenticationFailed')
    }
  })
})

test('signatures for the whole account open services, kinds and letters that they name', async () => {
  const sas = (permissions: string, types: string, services = 'b', o = {}) =>
    generateAccountSASQueryParameters(
      {
        permissions: AccountSASPermissions.parse(permissions),
        resourceTypes: AccountSASResourceTypes.parse(types).toString(),
        services: AccountSASServices.parse(services).toString(),
        expiresOn: later(60_000),
        protocol: SASProtocol.HttpsAndHttp,
        ...o,
      },
      credential,
    ).toString()
  const all = at(sas('rwdlc', 'sco'))
  expect(await outcome(all.listContainers().next())).toBe('fine')
  expect(await outcome(all.createContainer('by-account-sas'))).toBe('fine')
  expect(await outcome(all.deleteContainer('by-account-sas'))).toBe('fine')
  expect(await outcome(all.getContainerClient('data').getBlobClient('a').getProperties())).toBe('fine')
  const objects = at(sas('rl', 'o')).getContainerClient('data')
  expect(await outcome(objects.getBlobClient('a').download())).toBe('fine')
  expect(await outcome(objects.listBlobsFlat().next())).toBe('AuthorizationPermissionMismatch')
  expect(await outcome(at(sas('rl', 'sco')).createContainer('x-y-z'))).toBe('AuthorizationPermissionMismatch')
  expect(
    await outcome(
      at(sas('rl', 'sco', 'q'))
        .listContainers()
        .next(),
    ),
  ).toBe('AuthorizationPermissionMismatch')
  const old = at(sas('rl', 'sco', 'b', { version: '2019-12-12' }))
  expect(await outcome(old.listContainers().next())).toBe('fine')
  expect(
    await outcome(
      at(sas('rl', 'sco', 'b', { expiresOn: later(-1) }))
        .listContainers()
        .next(),
    ),
  ).toBe('AuthenticationFailed')
})

test('the short form of the shared key', async () => {
  const { createHmac } = await import('node:crypto')
  const date = new Date(now).toUTCString()
  const text = `GET\n\n\n\nx-ms-date:${date}\nx-ms-version:2021-12-02\n/${account}/${account}/data?comp=list`
  const signature = createHmac('sha256', Buffer.from(server.key, 'base64')).update(text).digest('base64')
  const headers = { 'x-ms-date': date, 'x-ms-version': '2021-12-02', authorization: '' }
  const ask = async (authorization: string) =>
    (
      await fetch(`${server.url}/${account}/data?restype=container&comp=list`, {
        headers: { ...headers, authorization },
      })
    ).status
  expect(await ask(`SharedKeyLite ${account}:${signature}`)).toBe(200)
  expect(await ask(`SharedKeyLite ${account}:${signature.slice(0, -4)}AAA=`)).toBe(403)
  now += 16 * 60_000
  expect(await ask(`SharedKeyLite ${account}:${signature}`)).toBe(403)
  now -= 16 * 60_000
})

test('containers keep metadata and answer conditions', async () => {
  const noted = service.getContainerClient('noted')
  await noted.create({ metadata: { Team: 'blue' } })
  const { etag = '', metadata } = await noted.getProperties()
  expect(metadata).toEqual({ team: 'blue' })
  await noted.setMetadata({ b: '2' })
  expect((await noted.getProperties()).metadata).toEqual({ b: '2' })
  expect(await outcome(noted.delete({ conditions: { ifModifiedSince: later(60_000) } }))).toBe('ConditionNotMet')
  expect((await noted.getProperties()).etag).not.toBe(etag)
  const listed = []
  for await (const item of service.listContainers({ includeMetadata: true, prefix: 'note' })) listed.push(item.metadata)
  expect(listed).toEqual([{ b: '2' }])
  await noted.delete()
})

test('a batch deletes what it may and says what it may not', async () => {
  const names = ['one', 'two words', 'drei-ü', 'vier']
  for (const name of names) await container.getBlockBlobClient(`batch/${name}`).upload(name, Buffer.byteLength(name))
  const urls = [...names, 'missing'].map((name) => container.getBlockBlobClient(`batch/${name}`).url)
  const batch = await container.getBlobBatchClient().deleteBlobs(urls, credential)
  expect([batch.subResponsesSucceededCount, batch.subResponsesFailedCount]).toEqual([4, 1])
  expect(batch.subResponses[4]).toMatchObject({ status: 404, errorCode: 'BlobNotFound' })
  await container.getBlockBlobClient('batch/again').upload('x', 1)
  const whole = await service
    .getBlobBatchClient()
    .deleteBlobs([container.getBlockBlobClient('batch/again').url], credential)
  expect(whole.subResponsesSucceededCount).toBe(1)
  await container.getBlockBlobClient('batch/kept').upload('x', 1)
  const wrong = new StorageSharedKeyCredential(account, Buffer.alloc(64).toString('base64'))
  const refused = await container
    .getBlobBatchClient()
    .deleteBlobs([container.getBlockBlobClient('batch/kept').url], wrong)
  expect(refused.subResponses[0]).toMatchObject({ status: 403 })
  expect(await container.getBlockBlobClient('batch/kept').exists()).toBe(true)
})

test('blobs to come are listed when asked for', async () => {
  const coming = container.getBlockBlobClient('coming/soon')
  await coming.stageBlock(Buffer.from('a').toString('base64'), 'xyz', 3)
  const names = async (includeUncommitedBlobs: boolean) => {
    const found = []
    for await (const item of container.listBlobsFlat({ includeUncommitedBlobs, prefix: 'coming' }))
      found.push(item.name)
    return found
  }
  expect([await names(false), await names(true)]).toEqual([[], ['coming/soon']])
})

test('a copy stays known as one, without the proof in its source', async () => {
  const target = container.getBlockBlobClient('copy/of-a')
  const poller = await target.beginCopyFromURL(`${container.url}/a?${server.sas('r', 'data', 'a')}`)
  await poller.pollUntilDone()
  const properties = await target.getProperties()
  expect(properties).toMatchObject({ copyStatus: 'success', copyProgress: '1/1', copySource: `${container.url}/a` })
  await target.setMetadata({ k: 'v' })
  expect((await target.getProperties()).copyId).toBe(properties.copyId)
})

test('a copy between accounts needs a proof of its own', async () => {
  const other = 'laz0000000000ff'
  await server.store.bytes.createContainer(other, 'data')
  const { Readable } = await import('node:stream')
  await server.store.bytes.write(other, 'data', 'theirs', Readable.from(['x']))
  const from = `${server.url}/${other}/data/theirs`
  const target = container.getBlockBlobClient('from-theirs')
  expect(await outcome(target.syncCopyFromURL(from))).toBe('AuthorizationPermissionMismatch')
  const sas = server.sign.sas({ account: other, container: 'data', permissions: 'r', expiresAt: now + 60_000 })
  expect(await outcome(target.syncCopyFromURL(`${from}?${sas}`))).toBe('fine')
})

test('the account says that there is nothing to switch on', async () => {
  expect(await service.getProperties()).toMatchObject({ deleteRetentionPolicy: { enabled: false } })
  expect((await service.getStatistics()).geoReplication?.status).toBe('unavailable')
})

describe('names', () => {
  const odd = [
    'Case',
    'case',
    'Ünï',
    'U\u0308ni\u0308',
    'a b',
    'a+b',
    '100%',
    '%41',
    'dot.',
    '.hidden',
    'tail ',
    'q\'"&<>',
  ]

  test('that differ in a byte are different blobs', async () => {
    const place = service.getContainerClient('names')
    await place.create()
    for (const name of odd) await place.getBlockBlobClient(name).upload(name, Buffer.byteLength(name))
    for (const name of odd) {
      expect((await place.getBlockBlobClient(name).downloadToBuffer()).toString()).toBe(name)
    }
    const listed = []
    for await (const item of place.listBlobsFlat()) listed.push(item.name)
    expect(listed.sort()).toEqual([...odd].sort())
  })

  test('that cannot be files have an answer that says so', async () => {
    const put = (name: string) => raw('PUT', `/${account}/data/${name}`, { 'x-ms-blob-type': 'BlockBlob' })
    expect(await put('a/below')).toEqual([409, 'ResourceAlreadyExists'])
    expect(await put('dir')).toEqual([409, 'ResourceAlreadyExists'])
    for (const name of ['x//y', 'x/', 'x/../y', './x', 'x%5Cy', 'x%00y', `${'n'.repeat(256)}`, 'x%252Fy']) {
      expect([name, await put(name)]).toEqual([name, [400, 'InvalidUri']])
    }
  })
})

/** Below the official client, which would tidy the path. */
function raw(method: string, path: string, headers: Record<string, string>): Promise<[number, string]> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const out = request({
      ...{ hostname, port, method, path },
      headers: { ...headers, authorization: `Bearer ${ownerToken}` },
    })
    out.on('error', reject)
    out.on('response', (answer) => {
      answer.resume()
      resolve([answer.statusCode ?? 0, String(answer.headers['x-ms-error-code'])])
    })
    out.end('x')
  })
}
