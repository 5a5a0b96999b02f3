// Requests as the official clients send them: our own of every kind, and those that were recorded, where they are. Each
// is accepted with a status that the clients expect, or refused by name.
import { asArray, asObject, type JsonObject, kinds } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Captured,
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
  [/^POST /, [200]],
  [/^PUT /, [200, 201]],
]

function fits(request: string, status: number): boolean {
  return expected.find(([pattern]) => pattern.test(request.split('?')[0] ?? ''))?.[1].includes(status) ?? false
}

/** Whether an answer says what is not done here and what to do instead. */
function refusesByName({ status, body }: Answer): boolean {
  const error = asObject(body.error)
  const said = [error.message, ...asArray(error.details).map((detail) => asObject(detail).message)].join(' ')
  return status === 400 && /is not supported/.test(said)
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
  /** What this version does not do: calls of endpoints. */
  const refused = ['POST {WS}/onlineEndpoints/ep1/deployments/blue/getLogs', 'POST /score/ep1', 'POST /score/be1/jobs']
  let w: World
  beforeAll(async () => {
    w = await openWorld()
    await makeBefore(w)
  })
  afterAll(() => w.end())

  test('are all accepted, or refused by name', async () => {
    const uploads: Uploads = new Map()
    const byName: string[] = []
    const wrong: string[] = []
    for (const request of captured ?? []) {
      const answer = await replay(request, uploads)
      const name = `${request.method} ${request.path}`
      if (fits(name, answer.status)) continue
      if (refusesByName(answer)) byName.push(name)
      else wrong.push(`${name} ${answer.status} ${answer.text}`)
    }
    expect(wrong).toEqual([])
    expect(byName).toEqual(refused)
    expect(w.faults).toEqual([])
  }, 120_000)

  async function replay(request: Captured, uploads: Uploads): Promise<Answer> {
    const text = JSON.stringify(request)
    await makeReferred(w, request.method === 'PUT' ? text.replace(request.path, '') : text)
    const { path, body } = retarget(request, w, uploads)
    await makeComponents(w, body)
    const answer = await w.ask(request.method, path, body)
    await upload(request, answer.body, w, uploads)
    return answer
  }
})
