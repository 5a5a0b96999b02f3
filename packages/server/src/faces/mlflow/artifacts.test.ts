import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { asArray, asObject } from '@lazurite/spec'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts'

let s: MlflowServer
let n = 0
let runId: string
let base: string
beforeAll(async () => {
  s = await startMlflowServer()
})
beforeEach(async () => {
  n += 1
  runId = `job_${n}`
  await s.store.runs.create(s.workspace.scope, { runId, experimentId: '0', job: true })
  base = `0/${runId}/artifacts`
})
afterAll(async () => {
  expect(s.faults).toEqual([])
  await s.close()
})

const { stringify } = JSON
const fileOf = (path: string) =>
  s.store.bytes.path(s.workspace.storage.account, s.workspace.storage.artifacts, `ExperimentRun/dcid.${runId}/${path}`)
const folderOf = () => dirname(fileOf('x'))
const put = (path: string, body: string) => s.files('PUT', `artifacts/${base}/${path}`, body)
const names = async (path: string) => {
  const { body } = await s.files('GET', `artifacts?path=${encodeURIComponent(path)}`)
  return asArray(body.files).map(
    (file) => `${asObject(file).path}${asObject(file).is_dir ? '/' : ` ${asObject(file).file_size}`}`,
  )
}

describe('files of a run', () => {
  it('are those of its folder, for MLflow and for everybody else', async () => {
    expect(await put('a/b%20c.txt', 'hello')).toMatchObject({ status: 200, body: {} })
    expect(readFileSync(fileOf('a/b c.txt'), 'utf8')).toBe('hello')
    mkdirSync(join(folderOf(), 'outputs'), { recursive: true })
    writeFileSync(join(folderOf(), 'outputs', 'model.bin'), 'by the job')
    expect((await s.files('GET', `artifacts/${base}/outputs/model.bin`)).text).toBe('by the job')
    expect(await names(base)).toEqual(['a/', 'outputs/'])
    expect(await names(`${base}/a`)).toEqual(['b c.txt 5'])
    expect(await names(`${base}/a/b c.txt`)).toEqual([])
    expect(await names(`${base}/nothing`)).toEqual([])
    expect(await names('')).toEqual([])
    const { body } = await s.ask('GET', `artifacts/list?run_id=${runId}&path=a`)
    expect(body).toEqual({
      root_uri: `mlflow-artifacts:/${base}`,
      files: [{ path: 'a/b c.txt', is_dir: false, file_size: 5 }],
    })
  })

  it('are replaced by a second upload, and empty ones are files too', async () => {
    await put('x', 'one')
    await put('x', '')
    expect((await s.files('GET', `artifacts/${base}/x`)).text).toBe('')
    expect(await names(base)).toEqual(['x 0'])
  })

  it('are handed out so that no browser runs them', async () => {
    await put('page.html', '<script>alert(1)</script>')
    await put('picture.png', 'x')
    const page = await s.files('GET', `artifacts/${base}/page.html`)
    expect(page.headers).toMatchObject({
      'content-type': 'text/plain',
      'x-content-type-options': 'nosniff',
      'content-disposition': expect.stringMatching(/^attachment; filename=page.html$/),
      'content-security-policy': expect.stringContaining('sandbox'),
    })
    expect((await s.files('GET', `artifacts/${base}/picture.png`)).headers['content-type']).toBe('image/png')
  })

  it('come in parts and not again when unchanged', async () => {
    await put('r', '0123456789')
    const get = (headers: Record<string, string>) => s.files('GET', `artifacts/${base}/r`, undefined, { headers })
    expect(await get({ range: 'bytes=2-4' })).toMatchObject({
      status: 206,
      text: '234',
      headers: { 'content-range': 'bytes 2-4/10' },
    })
    expect((await get({ range: 'bytes=-3' })).text).toBe('789')
    expect((await get({ range: 'bytes=8-' })).text).toBe('89')
    expect((await get({ range: 'bytes=20-' })).status).toBe(416)
    const { etag } = (await get({})).headers
    expect((await get({ 'if-none-match': String(etag) })).status).toBe(304)
  })

  it('are deleted one by one and by folder, but never with the logs of the job', async () => {
    for (const path of ['d/1', 'd/e/2', 'f']) await put(path, 'x')
    expect((await s.files('DELETE', `artifacts/${base}/d`)).status).toBe(200)
    expect((await s.files('DELETE', `artifacts/${base}/d`)).status).toBe(200)
    expect(await names(base)).toEqual(['f 1'])
    expect((await s.files('DELETE', `artifacts/${base}`)).status).toBe(400)
    for (const path of ['user_logs/std_log.txt', 'system_logs/x/y.log']) {
      expect((await put(path, 'x')).status).toBe(400)
      expect((await s.files('DELETE', `artifacts/${base}/${path}`)).status).toBe(400)
    }
  })

  it('are there or not in MLflow words', async () => {
    expect(await s.files('GET', `artifacts/${base}/none`)).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    })
    expect((await s.files('GET', 'artifacts/0/nobody/artifacts/x')).status).toBe(404)
    expect((await s.files('GET', `artifacts/other/${runId}/artifacts/x`)).status).toBe(404)
    expect((await s.files('PUT', `artifacts/${base}`, 'x')).status).toBe(400)
    expect((await s.files('PUT', 'artifacts/somewhere/else', 'x')).status).toBe(200)
    expect((await s.files('GET', 'artifacts/somewhere/else')).text).toBe('x')
    for (const root of ['artifacts', 'artifacts/']) expect((await s.files('DELETE', root)).status).toBe(400)
    expect((await s.files('GET', 'artifacts?path=')).body).toEqual({ files: [{ path: 'somewhere', is_dir: true }] })
    const token = s.tokenOf('trainer')
    expect((await s.files('GET', 'artifacts/somewhere/else', undefined, { token })).status).toBe(404)
    expect((await s.files('PUT', 'artifacts/somewhere/else', 'y', { token })).status).toBe(404)
    expect((await put('a/b', 'x')).status).toBe(200)
    expect((await put('a', 'x')).status).toBe(400)
  })
})

describe('hostile paths', () => {
  const dot = ['..', '%2e%2e', '%2E%2E', '%252e%252e', '%25252e%25252e', '.%2e', '%c0%ae%c0%ae']
  const slash = ['/', '%2f', '%252f', '%5c', '\\', '%255c']
  const climbs = dot.flatMap((d) => slash.map((sl) => `${d}${sl}${d}${sl}${d}${sl}canary`))
  const odd = [
    'a%00b',
    'a%0ab',
    'a%3bb',
    'a%23b',
    'a%253bb',
    '%5c..%5ccanary',
    '/etc/passwd',
    '//etc/passwd',
    '%2fetc%2fpasswd',
    './x',
    'a/./b',
    'a/../../canary',
    'C:%5cx',
    '..',
    '%2e%2e',
    'a;/../b',
    'file:%2f%2f%2fetc%2fpasswd/..',
    `${'x'.repeat(300)}`,
    'a%ff%feb',
    '%',
  ]
  const payloads = [...climbs, ...odd]

  it.each(payloads)('%s reaches nothing outside', async (payload) => {
    const canary = join(folderOf(), '..', 'canary')
    mkdirSync(folderOf(), { recursive: true })
    writeFileSync(canary, 'secret')
    const answers = [
      await s.files('GET', `artifacts/${base}/${payload}`),
      await s.files('PUT', `artifacts/${base}/${payload}`, 'overwritten'),
      await s.files('DELETE', `artifacts/${base}/${payload}`),
      await s.files('GET', `presigned/${base}/${payload}`),
      await s.files('GET', `artifacts?path=${base}/${payload}`),
      await s.files('GET', `artifacts?path=${encodeURIComponent(`${base}/${payload}`)}`),
      await s.ask('GET', `artifacts/list?run_id=${runId}&path=${payload}`),
      await s.files('POST', `mpu/create/${base}/${payload}`, '{"path":"x","num_parts":1}', {
        headers: { 'content-type': 'application/json' },
      }),
    ]
    for (const answer of answers) {
      expect(answer.status).toBeLessThan(500)
      expect(answer.text).not.toContain('secret')
      expect(answer.text).not.toContain('root:')
    }
    expect(readFileSync(canary, 'utf8')).toBe('secret')
    expect(existsSync(join(folderOf(), '..', 'overwritten'))).toBe(false)
  })

  it('a link out of the folder is not followed', async () => {
    mkdirSync(folderOf(), { recursive: true })
    symlinkSync('/etc', join(folderOf(), 'out'))
    expect((await s.files('GET', `artifacts/${base}/out/passwd`)).status).toBe(400)
    expect((await s.files('PUT', `artifacts/${base}/out/new`, 'x')).status).toBe(400)
    expect(await names(`${base}/out`)).toEqual([])
  })
})

describe('uploads in parts', () => {
  const json = { headers: { 'content-type': 'application/json' } }

  it('go to signed addresses and become one file', async () => {
    const create = await s.files(
      'POST',
      `mpu/create/${base}/big`,
      stringify({ path: '/home/me/data.bin', num_parts: 3 }),
      json,
    )
    const { upload_id, credentials } = create.body
    expect(asArray(credentials)).toHaveLength(3)
    for (const [i, credential] of asArray(credentials).entries()) {
      const url = new URL(String(asObject(credential).url))
      const answer = await s.raw({
        method: 'PUT',
        url: `${url.pathname}${url.search}`,
        payload: `part${i} `,
        headers: { authorization: '' },
      })
      expect(answer.statusCode).toBe(201)
    }
    const parts = [3, 1, 2].map((part_number) => ({ part_number, etag: '' }))
    expect(
      await s.files(
        'POST',
        `mpu/complete/${base}/big`,
        stringify({ path: '/home/me/data.bin', upload_id, parts }),
        json,
      ),
    ).toMatchObject({ status: 200, body: {} })
    expect((await s.files('GET', `artifacts/${base}/big/data.bin`)).text).toBe('part0 part1 part2 ')
    const { body } = await s.files('GET', `presigned/${base}/big/data.bin`)
    expect(body).toMatchObject({ headers: {}, file_size: 18 })
    const url = new URL(String(body.url))
    const part = await s.raw({
      method: 'GET',
      url: `${url.pathname}${url.search}`,
      headers: { authorization: '', range: 'bytes=6-10' },
    })
    expect(part.payload).toBe('part1')
    const other = await s.raw({
      method: 'PUT',
      url: `${url.pathname}${url.search}`,
      payload: 'x',
      headers: { authorization: '', 'x-ms-blob-type': 'BlockBlob' },
    })
    expect(other.statusCode).toBe(403)
  })

  it('are aborted, and refuse what is none', async () => {
    expect((await s.files('POST', `mpu/abort/${base}`, stringify({ path: 'x', upload_id: 'y' }), json)).status).toBe(
      200,
    )
    expect((await s.files('POST', `mpu/create/${base}`, stringify({ path: 'x', num_parts: 1e6 }), json)).status).toBe(
      400,
    )
    expect(
      (await s.files('POST', `mpu/complete/${base}`, stringify({ path: 'x', upload_id: '../..', parts: [] }), json))
        .status,
    ).toBe(400)
    const missing = stringify({ path: 'x', upload_id: 'a'.repeat(32), parts: [{ part_number: 1 }] })
    expect((await s.files('POST', `mpu/complete/${base}`, missing, json)).status).toBe(400)
  })
})
