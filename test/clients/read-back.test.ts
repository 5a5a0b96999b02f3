// What requests as clients send them have made is read back by the real client, thing by thing and list by list, over
// https with nothing but environment variables. LAZ_TEST_PYTHON names a Python that has azure-ai-ml.
import { spawn } from 'node:child_process'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeBefore, readCaptured, retarget, type Uploads, upload } from '../requests/captured.ts'
import { ownRequests, place } from '../requests/own.ts'
import { makeComponents, makeReferred, openWorld, type World } from '../requests/world.ts'

const python = process.env.LAZ_TEST_PYTHON
if (!python && process.env.CI === 'true') throw new Error('LAZ_TEST_PYTHON must name a Python with azure-ai-ml')
if (!python) console.log('reading what requests made: skipped; LAZ_TEST_PYTHON names no Python with azure-ai-ml')

interface Thing extends JsonObject {
  path: string
  collection: string
  name: string
}

/** Collections that the client has no operation for. */
const unread = new Set(['privateEndpointConnections', 'tempdatarefs'])

/** What a path of the control plane names, as the client's operations are told. */
function thingOf(path: string, workspace: string): Thing | undefined {
  const bare = path.split('?')[0] ?? ''
  if (bare.startsWith('/mferp/') || bare.includes('/deployments/missing')) return undefined
  const inside = bare.split(`/workspaces/${workspace}/`)[1]
  if (inside === undefined) {
    const [collection = '', name = ''] = bare.split('/').slice(-2)
    return { path: bare, collection, name }
  }
  const [collection = '', name = '', word, value, ...more] = inside.split('/')
  if (more.length > 0 || unread.has(collection)) return undefined
  if (word === 'versions') return { path: inside, collection, name, version: value ?? '' }
  if (word !== undefined) return { path: inside, collection: `${collection}/${word}`, name: value ?? '', parent: name }
  return { path: inside, collection, name }
}

async function readAll(w: World, things: readonly Thing[]): Promise<string[]> {
  const tls = w.server.tls.place()
  if (!tls || !python) throw new Error('there is no https listener')
  const child = spawn(python, [`${import.meta.dirname}/read_back.py`], {
    env: {
      PATH: process.env.PATH,
      HOME: w.home,
      ARM_CLOUD_METADATA_URL: `${tls.url}/metadata/endpoints?api-version=2019-05-01`,
      REQUESTS_CA_BUNDLE: tls.ca,
      IDENTITY_ENDPOINT: `${w.server.url}/msi/token`,
      IDENTITY_HEADER: w.server.sign.identitySecret,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  const [, , subscription, , resource_group, , , , workspace] = w.ws.split('/')
  child.stdin.end(JSON.stringify({ subscription, resource_group, workspace, things }))
  const code = await new Promise((done) => child.on('close', done))
  if (code !== 0) throw new Error(`the client ended with ${code}\n${out}\n${err}`)
  return out.trim().split('\n')
}

describe.skipIf(!python)('azure-ai-ml reads', () => {
  let w: World
  const made: string[] = []
  beforeAll(async () => {
    w = await openWorld({ tls: true })
  })
  afterAll(() => w?.end())

  test('what our requests made, and the recorded ones where they are', async () => {
    for (const request of ownRequests) {
      const { method, path, body } = place(request, w)
      if ((await w.ask(method, path, body)).status < 300 && method === 'PUT') made.push(path)
    }
    const captured = readCaptured() ?? []
    if (captured.length > 0) await makeBefore(w)
    const uploads: Uploads = new Map()
    for (const request of captured) {
      const text = JSON.stringify(request)
      await makeReferred(w, request.method === 'PUT' ? text.replace(request.path, '') : text)
      const { path, body } = retarget(request, w, uploads)
      await makeComponents(w, body)
      const answer = await w.ask(request.method, path, body)
      await upload(request, answer.body, w, uploads)
      if (answer.status < 300 && request.method === 'PUT') made.push(path)
    }
    const workspace = w.ws.split('/').at(-1) ?? ''
    const found = [w.ws, ...new Set(made)].flatMap((path) => thingOf(path, workspace) ?? [])
    const things = found.filter(({ path, collection }) => !/^[^/]+\/[^/]+$/.test(path) || !versioned.has(collection))
    const lines = await readAll(w, things)
    expect(lines.filter((line) => !line.startsWith('read '))).toEqual([])
    expect(lines.length).toBeGreaterThanOrEqual(things.length + 20)
  }, 300_000)
})

/** Collections whose bare name is a container, which the client reads through its versions alone. */
const versioned = new Set(['codes', 'environments', 'data', 'models', 'components'])
