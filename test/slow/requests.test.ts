// Requests as the official clients send them: our own of every kind, and those that were recorded, where they are. Each
// is accepted with a status that the clients expect.
import { type JsonObject, kinds } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Captured,
  callHeaders,
  capturedFile,
  makeBefore,
  readCaptured,
  retarget,
  type Uploads,
  upload,
} from '../requests/captured.ts'
import { ownRequests, place } from '../requests/own.ts'
import { type Answer, makeComponents, makeReferred, openWorld, type World } from '../requests/world.ts'

const captured = readCaptured()
if (!captured) console.log(`the recorded requests are not replayed: there is no ${capturedFile}`)

/** What the generated clients take of each call; anything else they raise as an error. */
const expected: [RegExp, readonly number[]][] = [
  [/^PUT .*\/registries\/[^/]+\/tempdatarefs\//, [200]],
  [/^PUT \/mferp\/.*\/versions\//, [202]],
  [/^POST .*\/import$/, [200, 202]],
  [/^PUT .*\/(?:connections|privateEndpointConnections)\//, [200]],
  [/^PUT .*\/outboundRules\//, [200, 202]],
  [/^PUT .*\/workspaces\/[^/]+$/, [200, 202]],
  [/^PATCH /, [200, 202]],
  [/^POST .*\/(?:start|stop|restart|resize)$/, [202]],
  [/^POST \/score\/\w+\/jobs$/, [201]],
  [/^POST /, [200]],
  [/^PUT /, [200, 201]],
]

function fits(request: string, status: number): boolean {
  return expected.find(([pattern]) => pattern.test(request.split('?')[0] ?? ''))?.[1].includes(status) ?? false
}

describe('our own requests', () => {
  let w: World
  beforeAll(async () => {
    w = await openWorld()
  })
  afterAll(() => w.end())

  test('are of every kind that has an address', () => {
    const text = ownRequests.map((request) => request.path).join('\n')
    const missing = kinds.filter(({ document, scope, collection }) => {
      return document === undefined && scope === 'workspace' && !text.includes(`/${collection}/`)
    })
    expect(missing.map((kind) => kind.name)).toEqual([])
  })

  test('are all accepted, say the same when they are read, and the same again when they are sent again', async () => {
    const wrong: string[] = []
    for (const request of ownRequests) {
      const { method, path, body } = place(request, w)
      const answer = await w.ask(method, path, body)
      if (!fits(`${method} ${request.path}`, answer.status))
        wrong.push(`${request.path} ${answer.status} ${answer.text}`)
      if (method !== 'PUT' || answer.status >= 300) continue
      const read = await w.ask('GET', path)
      const moving = /\/(?:jobs|computes|tempdatarefs)\//.test(path)
      if (!moving && !sameBut(read.body, answer.body)) wrong.push(`${request.path} is read as ${read.text}`)
      const again = await w.ask('PUT', path, body)
      const plane = path.startsWith('/mferp/')
      if (again.status !== (plane ? answer.status : 200))
        wrong.push(`${request.path} again: ${again.status} ${again.text}`)
    }
    expect(wrong).toEqual([])
    expect(w.faults).toEqual([])
  }, 120_000)

  function sameBut(read: JsonObject, put: JsonObject): boolean {
    const bare = ({ lazurite: _, ...rest }: JsonObject) => JSON.stringify(rest)
    return bare(read) === bare(put)
  }
})

describe.skipIf(captured === undefined)('the recorded requests', () => {
  let w: World
  beforeAll(async () => {
    w = await openWorld()
    await makeBefore(w)
  })
  afterAll(() => w.end())

  test('are all accepted', async () => {
    const uploads: Uploads = new Map()
    const wrong: string[] = []
    for (const request of captured ?? []) {
      const answer = await replay(request, uploads)
      const name = `${request.method} ${request.path}`
      if (!fits(name, answer.status)) wrong.push(`${name} ${answer.status} ${answer.text}`)
    }
    expect(wrong).toEqual([])
    expect(w.faults).toEqual([])
  }, 120_000)

  async function replay(request: Captured, uploads: Uploads): Promise<Answer> {
    const text = JSON.stringify(request)
    await makeReferred(w, request.method === 'PUT' ? text.replace(request.path, '') : text)
    const { path, body } = retarget(request, w, uploads)
    await makeComponents(w, body)
    const headers = request.path.startsWith('/score/') ? await callHeaders(request, w) : {}
    const answer = await w.ask(request.method, path, body, headers)
    await upload(request, answer.body, w, uploads)
    return answer
  }
})
