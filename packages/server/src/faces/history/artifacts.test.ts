import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blobFace } from '../blob/routes.ts'
import { type FaceServer, startFaces } from '../face-server.ts'
import { historyFace } from './routes.ts'

let server: FaceServer
let facade: string
let service: string
let folder: string

beforeAll(async () => {
  server = await startFaces([historyFace, blobFace])
  const { armId, scope, storage } = server.workspace
  facade = `/history/v1.0${armId}/experimentids/0/runs/r1/artifacts`
  service = `/artifact/v2.0${armId}/artifacts`
  folder = server.store.bytes.folder(storage.account, storage.artifacts)
  for (const runId of ['r1', 'r2']) await server.store.runs.create(scope, { runId, experimentId: '0' })
  writeFileSync(join(dirname(folder), 'canary.txt'), 'the canary sings')
})

afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})

const asRun = (run: string) => ({ authorization: `Bearer ${server.tokenOf(run)}` })
const raw = { 'content-type': 'application/octet-stream' }

test('files are announced, uploaded by link, listed, and read by link', async () => {
  const token = asRun('r1')
  const paths = { paths: [{ path: 'model/weights.bin' }, { path: 'model/MLmodel' }, { path: 'plot.html' }] }
  const { body } = await server.ask('POST', `${facade}/batch/metadata`, paths, token)
  const infos = body.artifactContentInformation as Record<string, { contentUri: string }>
  expect(Object.keys(infos)).toEqual(['model/weights.bin', 'model/MLmodel', 'plot.html'])
  expect(readdirSync(folder)).toEqual([])
  for (const [path, info] of Object.entries(infos)) {
    const put = await fetch(info.contentUri, {
      method: 'PUT',
      body: `content of ${path}`,
      headers: { 'x-ms-blob-type': 'BlockBlob', 'if-none-match': '*' },
    })
    expect(put.status).toBe(201)
  }
  const again = await server.ask(
    'POST',
    `${facade}/batch/metadata`,
    { paths: [{ path: 'plot.html' }, { path: '../x' }] },
    token,
  )
  expect(Object.keys(again.body.errors as JsonObject)).toEqual(['plot.html', '../x'])
  const all = await server.ask('GET', facade, undefined, token)
  expect((all.body.value as JsonObject[]).map((one) => one.path)).toEqual([
    'model/MLmodel',
    'model/weights.bin',
    'plot.html',
  ])
  expect((all.body.value as JsonObject[])[0]).toMatchObject({
    artifactId: 'ExperimentRun/dcid.r1/model/MLmodel',
    origin: 'ExperimentRun',
    container: 'dcid.r1',
    dataPath: { dataStoreName: 'workspaceartifactstore' },
  })
  const under = await server.ask('GET', `${facade}/path?path=model`, undefined, token)
  expect((under.body.value as JsonObject[]).map((one) => one.path)).toEqual(['model/MLmodel', 'model/weights.bin'])
  const partial = await server.ask('GET', `${facade}/path?path=mod`, undefined, token)
  expect(partial.body.value).toEqual([])
  const info = await server.ask('GET', `${facade}/contentinfo?path=plot.html`, undefined, token)
  const page = await fetch(String(info.body.contentUri))
  expect([await page.text(), page.headers.get('content-security-policy')]).toEqual([
    'content of plot.html',
    "default-src 'none'; sandbox",
  ])
  const infosUnder = await server.ask('GET', `${facade}/prefix/contentinfo?path=model`, undefined, token)
  expect(infosUnder.body.value).toHaveLength(2)
  expect((await server.ask('GET', `${facade}/contentinfo?path=absent`, undefined, token)).status).toBe(404)
  expect((await server.ask('GET', `${facade}/metadata`, undefined, token)).status).toBe(400)
})

test('the artifact service takes and gives bytes', async () => {
  const place = `${service}/ExperimentRun/dcid.r1`
  const put = await server.ask('POST', `${place}/content?path=deep/file.txt`, 'bytes', raw)
  expect([put.status, put.body.artifactId]).toEqual([200, 'ExperimentRun/dcid.r1/deep/file.txt'])
  const twice = await server.ask('POST', `${place}/content?path=deep/file.txt&allowOverwrite=false`, 'other', raw)
  expect(twice.status).toBe(409)
  expect((await server.ask('POST', `${place}/content?path=x&append=true&index=1`, 'x', raw)).status).toBe(400)
  const got = await server.ask('GET', `${place}/content?path=deep/file.txt`)
  expect([got.text, got.headers.get('content-disposition')]).toEqual(['bytes', "attachment; filename*=UTF-8''file.txt"])
  expect((await server.ask('DELETE', `${place}/metadata?path=deep/file.txt`)).status).toBe(200)
  expect((await server.ask('GET', `${place}/content?path=deep/file.txt`)).status).toBe(404)
  const upload = `${service}/LocalUpload/231114T101010-abcdef01`
  await server.ask('POST', `${upload}/content?path=model/MLmodel`, 'x', raw)
  expect((await server.ask('GET', upload)).body.value).toHaveLength(1)
})

test('a token of a run sees no artifacts but its own', async () => {
  await server.ask('POST', `${service}/ExperimentRun/dcid.r2/content?path=secret`, 'secret', raw)
  const token = { ...asRun('r1'), ...raw }
  for (const place of ['ExperimentRun/dcid.r2', 'ExperimentRun/dcid.', 'ExperimentRun/r1', 'LocalUpload/dcid.r1']) {
    for (const path of [
      '',
      '/content?path=secret',
      '/contentinfo?path=secret',
      '/write?path=secret',
      '/prefix/contentinfo',
    ]) {
      const answer = await server.ask('GET', `${service}/${place}${path}`, undefined, token)
      expect([place, path, answer.status]).toEqual([place, path, 403])
    }
    expect((await server.ask('POST', `${service}/${place}/content?path=secret`, 'x', token)).status).toBe(403)
    expect(
      (await server.ask('DELETE', `${service}/${place}/metadata?path=secret`, undefined, asRun('r1'))).status,
    ).toBe(403)
  }
  expect((await server.ask('GET', `${service}/ExperimentRun/dcid.r1`, undefined, token)).status).toBe(200)
})

const climbs = [
  '../canary.txt',
  '../../../canary.txt',
  '..%2F..%2F..%2Fcanary.txt',
  '%252e%252e%252fcanary.txt',
  '..\\..\\..\\canary.txt',
  '..%5C..%5Ccanary.txt',
  '/etc/passwd',
  '//etc/passwd',
  'a/../../../../canary.txt',
  'a%00b',
  'a%0Ab',
  './x',
  'a//b',
  'C:/x',
  '.',
  '..',
]

test.each(climbs)('no way out through the path %s', async (path) => {
  const place = `${service}/ExperimentRun/dcid.r1`
  const requests: [string, string, string?][] = [
    ['GET', `${place}/content?path=${path}`],
    ['GET', `${place}/contentinfo?path=${path}`],
    ['GET', `${place}/write?path=${path}`],
    ['GET', `${place}/prefix/contentinfo?path=${path}`],
    ['GET', `${place}?path=${path}`],
    ['DELETE', `${place}/metadata?path=${path}`],
    ['GET', `${facade}/metadata?path=${path}`],
    ['GET', `${facade}/path?path=${path}`],
    ['POST', `${place}/content?path=${path}`, 'overwritten'],
  ]
  for (const [method, url, body] of requests) {
    const answer = await server.ask(method, url, body, raw)
    expect(answer.status).toBeLessThan(500)
    expect(answer.text).not.toContain('canary sings')
    expect(answer.text).not.toContain('root:')
  }
  const inside = readdirSync(dirname(folder))
  expect(inside.filter((name) => !name.startsWith('azureml') && !name.startsWith('code-'))).toEqual(['canary.txt'])
})

test('a place that is none is refused', async () => {
  for (const place of [
    'Evil/dcid.r1',
    'ExperimentRun/..',
    'ExperimentRun/%2e%2e',
    'ExperimentRun/a%2fb',
    'ExperimentRun/.x',
  ]) {
    const answer = await server.ask('GET', `${service}/${place}/content?path=x`)
    expect([place, [400, 404].includes(answer.status)]).toEqual([place, true])
  }
})
