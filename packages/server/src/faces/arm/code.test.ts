import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

interface Upload {
  blobUri: string
  sasUri: string
}

async function start(name: string): Promise<Upload> {
  const { body, statusCode } = await s.ask('POST', `${s.ws}/codes/${name}/versions/1/startPendingUpload`, {
    pendingUploadType: 'TemporaryBlobReference',
  })
  expect(statusCode, body).toBe(200)
  const { blobReferenceForConsumption } = JSON.parse(body)
  return { blobUri: blobReferenceForConsumption.blobUri, sasUri: blobReferenceForConsumption.credential.sasUri }
}

/** Uploads as the official client does: the signature is all the proof there is. */
async function send(upload: Upload, files: Record<string, string>, folder = 'src'): Promise<number[]> {
  const [base = '', sas = ''] = upload.sasUri.split('?')
  const codes: number[] = []
  for (const [path, text] of Object.entries(files)) {
    const url = `${new URL(base).pathname}/${folder}/${path}?${sas}`
    const { statusCode } = await s.knock(
      'PUT',
      url,
      { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/octet-stream' },
      text,
    )
    codes.push(statusCode)
  }
  return codes
}

/** The content hash as the official client takes it (version 202208). */
function hashOf(files: Record<string, string>): string {
  const names = Object.keys(files).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  const hash = createHash('sha256').update(String(names.length))
  for (const name of names) hash.update(`#${name}#${Buffer.byteLength(files[name] ?? '')}`)
  for (const name of names) hash.update(files[name] ?? '')
  return hash.digest('hex')
}

const put = async (name: string, properties: unknown) => {
  const { statusCode, body } = await s.ask('PUT', `${s.ws}/codes/${name}/versions/1`, { properties })
  return { status: statusCode, body: JSON.parse(body) }
}
const find = async (hash: string) =>
  JSON.parse(
    (await s.ask('GET', `${s.ws}/codes/06a610c1-b736-4f30-893a-9e4d302a3ac2/versions?hash=${hash}&hashVersion=202208`))
      .body,
  ).value

const files = { 'main.py': 'print(1)\n', 'lib/Util.py': 'x = 2\n', 'lib/ä.txt': 'ü' }

describe('code', () => {
  test('is uploaded with a signature, registered by its hash, and found by it under any name', async () => {
    const hash = hashOf(files)
    expect(await find(hash)).toEqual([])
    const upload = await start('c1')
    expect(await send(upload, files)).toEqual([201, 201, 201])
    const made = await put('c1', {
      codeUri: `${upload.blobUri}/src`,
      isAnonymous: true,
      properties: { hash_sha256: hash, hash_version: '202208' },
    })
    expect(made.status).toBe(201)
    expect(made.body.properties.properties).toEqual({ hash_sha256: hash, hash_version: '202208' })
    expect(made.body.lazurite).toMatchObject({ hash, files: 3 })
    const hits = await find(hash)
    expect(hits.map((hit: { id: string }) => hit.id)).toEqual([`${s.ws}/codes/c1/versions/1`])
  })

  test('can list its files', async () => {
    const { body } = await s.ask('GET', `/lazurite/v1${s.ws}/codes/c1/versions/1/files`)
    expect(JSON.parse(body).value).toEqual([
      { path: 'lib/Util.py', sizeBytes: 6 },
      { path: 'lib/ä.txt', sizeBytes: 2 },
      { path: 'main.py', sizeBytes: 9 },
    ])
    const told = await s.ask('GET', `/lazurite/v1${s.ws}/codes/c1/versions/1/files?digests=true`)
    const [first] = JSON.parse(told.body).value
    expect(first).toEqual({ path: 'lib/Util.py', sizeBytes: 6, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  test('sent a second time elsewhere with the same content is the same version; other content is a conflict', async () => {
    const hash = hashOf(files)
    const second = await start('c1')
    await send(second, files)
    const same = await put('c1', {
      codeUri: `${second.blobUri}/src`,
      properties: { hash_sha256: hash, hash_version: '202208' },
    })
    expect(same.status).toBe(200)
    const other = await start('c1')
    await send(other, { 'main.py': 'print(2)\n' })
    expect((await put('c1', { codeUri: `${other.blobUri}/src` })).status).toBe(409)
  })

  test('without a declared hash gets one', async () => {
    const upload = await start('c2')
    await send(upload, { 'a.sh': 'echo a' })
    const { body } = await put('c2', { codeUri: `${upload.blobUri}/src` })
    expect(body.properties.properties.hash_sha256).toBe(hashOf({ 'a.sh': 'echo a' }))
  })

  test('whose bytes are not those declared is refused', async () => {
    const upload = await start('c3')
    await send(upload, { 'a.sh': 'echo changed on the way' })
    const { status, body } = await put('c3', {
      codeUri: `${upload.blobUri}/src`,
      properties: { hash_sha256: hashOf({ 'a.sh': 'echo a' }), hash_version: '202208' },
    })
    expect(status).toBe(409)
    expect(body.error.additionalInfo).toContainEqual({ type: 'LazuriteCode', info: { value: 'SnapshotIntegrity' } })
  })

  test('that was deleted from storage is not offered again', async () => {
    const own = { 'gone.py': 'x' }
    const upload = await start('c4')
    await send(upload, own)
    await put('c4', { codeUri: `${upload.blobUri}/src` })
    expect(await find(hashOf(own))).toHaveLength(1)
    const { pathname } = new URL(upload.blobUri)
    expect((await s.ask('DELETE', `${pathname}?restype=container`)).statusCode).toBeLessThan(300)
    expect(await find(hashOf(own))).toEqual([])
  })

  test.each([
    'https://elsewhere.test/laz0123456789ab/c/src',
    'https://other.blob.core.windows.net/c/src',
    'file:///etc',
    '/etc/passwd',
    'azureml://datastores/nothere/paths/x',
    '',
  ])('outside the storage of the workspace is refused: %j', async (codeUri) => {
    const { status, body } = await put('c9', { codeUri })
    expect(status).toBe(400)
    expect(body.error.target).toBe('codeUri')
  })

  test('that climbs out of its container is refused', async () => {
    const upload = await start('c5')
    await send(upload, { 'a.sh': 'x' })
    for (const tail of [
      '/src/../../..',
      '/%2e%2e/%2e%2e/token',
      '/src/%2e%2e%2f%2e%2e%2f%2e%2e',
      '/src%00',
      '/..%5c..',
    ]) {
      const { status } = await put('c6', { codeUri: `${upload.blobUri}${tail}` })
      expect(status, tail).toBe(400)
    }
  })

  test('of nothing is refused', async () => {
    const upload = await start('c7')
    expect((await put('c7', { codeUri: `${upload.blobUri}/src` })).body.error.details[0].message).toMatch(
      /nothing was uploaded/,
    )
  })
})

describe('the signature of an upload', () => {
  test('opens its own container and nothing else', async () => {
    const [one, two] = [await start('u1'), await start('u2')]
    const stolen = { blobUri: two.blobUri, sasUri: `${two.blobUri}?${one.sasUri.split('?')[1]}` }
    expect(await send(stolen, { a: 'x' })).toEqual([403])
    expect(await send({ ...one, sasUri: one.sasUri.replace(/sig=.../, 'sig=AAA') }, { a: 'x' })).toEqual([403])
    expect((await s.knock('GET', s.ws, { authorization: `Bearer ${one.sasUri}` })).statusCode).toBe(401)
  })
})
