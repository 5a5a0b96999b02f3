// Ten thousand damaged requests: none brings the server down, none hangs, and one that is refused changes nothing. Then
// many writers at once: one wins, the others are told.
import { asObject, asString, kindByName, kinds } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeBefore, readCaptured, retarget } from '../requests/captured.ts'
import { makeRandom, mutateBody, mutatePath, mutateText, pick, type Random } from '../requests/mutate.ts'
import { type Own, ownRequests, place } from '../requests/own.ts'
import { type Answer, type Method, openWorld, type World } from '../requests/world.ts'

const seed = Number(process.env.LAZ_FUZZ_SEED ?? 20_260)
const rounds = Number(process.env.LAZ_FUZZ_ROUNDS ?? 10_000)
/** Kinds whose rows jobs make, whatever callers do at that moment. */
const writtenByJobs = new Set(['data', 'model'])
const patienceMs = 10_000

let w: World
let changes: { kind: string; name: string }[] = []

beforeAll(async () => {
  w = await openWorld()
  for (const request of ownRequests) {
    const { method, path, body } = place(request, w)
    await w.ask(method, path, body)
  }
  if (readCaptured()) await makeBefore(w)
  w.server.store.changes.subscribe(({ kind, name }) => changes.push({ kind, name }))
}, 120_000)
afterAll(() => w.end())

/** The requests that are damaged: ours, and the recorded ones where they are. */
function bases(): Own[] {
  const recorded = (readCaptured() ?? [])
    .filter((request) => JSON.stringify(request.body).length < 20_000)
    .map((request) => ({ method: request.method, ...retarget(request, w, new Map()) }))
  return [...ownRequests.map((request) => place(request, w)), ...recorded]
}

interface Damaged {
  method: Method
  path: string
  payload: string
}

function damage(random: Random, base: Own, round: number): Damaged {
  const { method, path, body } = base
  const how = random()
  // under a name of its own a request makes something, where under its old one it changes it; few jobs, since they run
  const fresh = random() < (path.includes('/jobs/') ? 0.1 : 0.5)
  const own = fresh ? path.replace(/([\w-]+)(\/versions\/[^/?]+)?(\?|$)/, `f${round}$2$3`) : path
  const where = how < 0.1 ? mutatePath(random, path) : method === 'PUT' ? own : path
  const damaged = how < 0.1 && random() < 0.5 ? body : mutateBody(random, body)
  const text = JSON.stringify(damaged)
  return {
    method: random() < 0.03 ? pick(random, ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const) : method,
    path: where,
    payload: how > 0.95 ? mutateText(random, text) : text,
  }
}

/** Sends it; what is wrong with what came of it. */
async function problemsOf({ method, path, payload }: Damaged): Promise<string[]> {
  const before = await tagOf(path)
  changes = []
  const answer = await within(w.ask(method, path, payload))
  if (answer === 'hangs') return ['hangs']
  const { status, text, body } = answer
  const problems: string[] = []
  if (status >= 500) problems.push(`${status} ${text}`)
  if (status >= 400) {
    if (/\bat .{0,200}\.[cm]?[jt]s:\d+/.test(text) || text.includes(w.home)) problems.push(`tells its insides: ${text}`)
    const error = asObject(body.error)
    if (asString(error.code) === undefined || !asString(error.message)) problems.push(`no error to read: ${text}`)
    const still = changes.filter(({ kind }) => !writtenByJobs.has(kind) && kindByName(kind)?.moves !== true)
    if (still.length > 0) problems.push(`refused with ${status}, and changed ${JSON.stringify(still)}`)
    if ((await tagOf(path)) !== before) problems.push(`refused with ${status}, and changed what was there`)
  } else if (method === 'PUT' && !path.includes('/tempdatarefs/')) {
    const read = await w.ask('GET', path)
    if (read.status !== 200) problems.push(`was taken with ${status}, and is read with ${read.status} ${read.text}`)
  }
  return problems
}

/** The ETag of what is at a path; it follows what callers wrote, and not what the loop does. */
async function tagOf(path: string): Promise<unknown> {
  return (await w.ask('GET', path)).headers.etag
}

async function within(work: Promise<Answer>): Promise<Answer | 'hangs'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'hangs'>((done) => {
    timer = setTimeout(() => done('hangs'), patienceMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

test(`${rounds} damaged requests`, async () => {
  const random = makeRandom(seed)
  const from = bases()
  const found: string[] = []
  for (let round = 0; round < rounds && found.length < 20; round += 1) {
    const request = damage(random, pick(random, from), round)
    for (const problem of await problemsOf(request))
      found.push(`${request.method} ${request.path.slice(0, 300)} ${request.payload.slice(0, 3000)}\n  → ${problem}`)
  }
  expect(found).toEqual([])
  expect(w.faults).toEqual([])
}, 300_000)

test('everything that was taken can still be listed', async () => {
  const wrong: string[] = []
  for (const { collection, scope, shape, document } of kinds) {
    if (scope !== 'workspace' || document !== undefined || typeof shape === 'object') continue
    let next: string | undefined = `${w.ws}/${collection}?$top=1000&listViewType=All`
    while (next !== undefined) {
      const { status, body, text }: Answer = await w.ask('GET', next)
      if (status !== 200) wrong.push(`${collection} ${status} ${text}`)
      next = asString(body.nextLink)?.replace(/^https?:\/\/[^/]+/, '')
    }
  }
  expect(wrong).toEqual([])
})

describe('twenty writers at once', () => {
  const many = Array.from({ length: 20 }, (_, index) => index)
  const all = async (send: (index: number) => Promise<Answer>) => {
    const answers = await Promise.all(many.map(send))
    const counts: Record<number, number> = {}
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
    return counts
  }
  const store = (index: number) => ({
    properties: {
      datastoreType: 'AzureBlob',
      accountName: `account${index}`,
      containerName: 'c',
      credentials: { credentialsType: 'None' },
    },
  })

  test('of something new that must not be there: one makes it', async () => {
    const send = (index: number) => w.ask('PUT', `${w.ws}/datastores/race_new`, store(index), { 'if-none-match': '*' })
    expect(await all(send)).toEqual({ 201: 1, 412: 19 })
  })

  test('of the same state of something: one changes it', async () => {
    const path = `${w.ws}/datastores/race_old`
    const etag = String((await w.ask('PUT', path, store(99))).headers.etag)
    expect(await all((index) => w.ask('PUT', path, store(index), { 'if-match': etag }))).toEqual({ 200: 1, 412: 19 })
  })

  test('of a version with other content each: one makes it', async () => {
    const send = (index: number) =>
      w.ask('PUT', `${w.ws}/environments/race/versions/1`, { properties: { image: `ubuntu:${index}` } })
    expect(await all(send)).toEqual({ 201: 1, 409: 19 })
  })

  test('of a version with the same content: all are content', async () => {
    const send = () => w.ask('PUT', `${w.ws}/environments/same/versions/1`, { properties: { image: 'ubuntu' } })
    expect(await all(send)).toEqual({ 200: 19, 201: 1 })
  })

  test('of a job with other commands each: one starts', async () => {
    const send = (index: number) =>
      w.ask('PUT', `${w.ws}/jobs/race`, {
        properties: {
          jobType: 'Command',
          command: `echo ${index}`,
          environmentId: 'azureml:AzureML-sklearn-1.5@latest',
        },
      })
    expect(await all(send)).toEqual({ 201: 1, 409: 19 })
  })

  test('of the keys of an endpoint: each changes its own, and the last one stays', async () => {
    const path = `${w.ws}/onlineEndpoints/race`
    await w.ask('PUT', path, { location: 'local', properties: { authMode: 'Key' } })
    const send = (index: number) => {
      const keyType = index % 2 === 0 ? 'Primary' : 'Secondary'
      return w.ask('POST', `${path}/regenerateKeys`, { keyType, keyValue: `${keyType}${index}` })
    }
    expect(await all(send)).toEqual({ 200: 20 })
    const { body } = await w.ask('POST', `${path}/listKeys`)
    expect(body).toEqual({
      primaryKey: expect.stringMatching(/^Primary\d+$/),
      secondaryKey: expect.stringMatching(/^Secondary\d+$/),
    })
  })
})
