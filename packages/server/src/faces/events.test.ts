import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FaceDeps } from '../app.ts'
import { startTestServer, type TestServer } from '../fixture.ts'
import { openBench } from './bench.ts'
import { eventsFace } from './events.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
})
afterAll(() => s.end())

const open: ClientRequest[] = []
afterEach(() => {
  for (const request of open.splice(0)) request.destroy()
})

interface Event {
  id?: string
  event?: string
  data: { seq: number; kind: string; name: string; what: string; scope: string }
}

/** A listener over a real socket; `next` waits for the next event. */
async function listen(query = '', headers: Record<string, string> = {}) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = get(
      `${s.url}/lazurite/v1/events${query}`,
      { headers: { authorization: `Bearer ${s.token}`, ...headers } },
      resolve,
    )
    request.on('error', reject)
    open.push(request)
  })
  const events: Event[] = []
  let wake = () => {}
  let text = ''
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) {
      const fields = Object.fromEntries(
        part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      )
      if (fields.data) events.push({ ...fields, data: JSON.parse(fields.data) } as Event) // read as it was written
    }
    wake()
  })
  answer.on('error', () => {})
  return {
    answer,
    async next(): Promise<Event> {
      for (;;) {
        const event = events.shift()
        if (event) return event
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

let count = 0
const change = async () => {
  count += 1
  const name = `e${count}`
  await s.ask('PUT', `${s.ws}/environments/${name}/versions/1`, { properties: { image: 'x' } })
  return name
}

describe('events', () => {
  test('tell what changes from now on, with ids', async () => {
    const { next, answer } = await listen()
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/)
    const name = await change()
    const seen = [await next(), await next()]
    expect(seen.map((event) => [event.data.kind, event.data.name, event.data.what])).toContainEqual([
      'environment',
      name,
      'created',
    ])
    expect(seen[0]?.id).toBe(String(seen[0]?.data.seq))
    expect(seen[1]?.data.seq).toBeGreaterThan(seen[0]?.data.seq ?? 0)
  })

  test('are resumed where a client stopped, without a gap and without a repeat', async () => {
    const from = await s.store.changes.last()
    const first = await listen(`?since=${from}`)
    const names = [await change(), await change()]
    const before = [await first.next(), await first.next()]
    first.answer.destroy()
    names.push(await change())
    const second = await listen('', { 'last-event-id': String(before.at(-1)?.data.seq) })
    const after: Event[] = []
    const end = await s.store.changes.last()
    while ((after.at(-1)?.data.seq ?? 0) < end) after.push(await second.next())
    const seqs = [...before, ...after].map((event) => event.data.seq)
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
    expect(new Set(seqs).size).toBe(seqs.length)
    expect(seqs).toHaveLength(end - from)
    expect([...before, ...after].map((event) => event.data.name)).toEqual(expect.arrayContaining(names))
  })

  test('of one kind or one workspace are picked', async () => {
    const scope = '00000000-0000-0000-0000-000000000001/lazurite/main'
    const { next } = await listen(`?kind=datastore&scope=${scope}`)
    await change()
    await s.ask('PUT', `${s.ws}/datastores/picked`, {
      properties: {
        datastoreType: 'AzureBlob',
        accountName: 'a',
        containerName: 'c',
        credentials: { credentialsType: 'None' },
      },
    })
    expect((await next()).data).toMatchObject({ kind: 'datastore', name: 'picked', scope })
  })

  test('refuse a cursor that is none', async () => {
    expect((await s.ask('GET', '/lazurite/v1/events?since=x')).statusCode).toBe(400)
  })

  test('of one job are its own and of all below it, from the feed and live, and of nothing else', async () => {
    const scope = 'family/of/jobs'
    const put = (name: string, parent?: string) =>
      s.store.resources.put({
        key: { scope, kind: 'job', name },
        props: {},
        by: 'test',
        state: 'Completed',
        ...(parent === undefined ? {} : { parent }),
      })
    const from = await s.store.changes.last()
    await put('root')
    await put('child', 'root')
    await put('stranger')
    await put('grandchild', 'child')
    const { next, answer } = await listen(`?since=${from}&job=root&scope=${scope}`)
    const seen: string[] = []
    for (let i = 0; i < 3; i++) seen.push((await next()).data.name)
    await put('other', 'stranger')
    await put('late', 'grandchild')
    seen.push((await next()).data.name)
    await s.store.resources.delete({ scope, kind: 'job', name: 'late' })
    seen.push(`${(await next()).data.name} again`)
    answer.destroy()
    expect(seen).toEqual(['root', 'child', 'grandchild', 'late', 'late again'])
    expect((await s.ask('GET', '/lazurite/v1/events?job=root')).statusCode).toBe(400)
  })

  test('reach many idle listeners without holding memory for any', async () => {
    const listeners = await Promise.all(Array.from({ length: 200 }, () => listen()))
    const name = await change()
    const heard = await Promise.all(listeners.map(async ({ next }) => (await next()).data.name))
    expect(new Set(heard)).toEqual(new Set([name]))
  })

  test('that a slow client could not take are read from the feed when it can, none missing', async () => {
    const from = await s.store.changes.last()
    const { answer, next } = await listen(`?since=${from}`)
    answer.pause()
    const long = 'x'.repeat(200)
    const keys = Array.from({ length: 10_000 }, (_, i) => ({ scope: 'elsewhere', kind: 'note', name: `${long}${i}` }))
    await s.store.resources.putMany(keys.map((key) => ({ key, props: {}, by: 'test' })))
    await change()
    const end = await s.store.changes.last()
    answer.resume()
    let expected = from
    while (expected < end) {
      expected += 1
      expect((await next()).data.seq).toBe(expected)
    }
  })
})

test('end with the login that they were opened with', async () => {
  let ahead = 0
  const bench = await openBench(() => Date.now() + ahead)
  // the face reads no more of its dependencies
  const deps = { store: bench.store, closing: new AbortController().signal } as unknown as FaceDeps
  await bench.app.register(eventsFace(deps))
  const url = await bench.listen()
  const bearer = { owner: true } as const
  const token = bench.sign.token({ audience: 'lazurite', expiresAt: Date.now() + 60_000, bearer, name: 'owner' })
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}/lazurite/v1/events`, { headers: { authorization: `Bearer ${token}` } }, resolve).on('error', reject)
  })
  let text = ''
  answer.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const ended = new Promise((resolve) => answer.once('end', resolve))
  const put = (name: string) =>
    bench.store.resources.put({
      key: { scope: bench.workspace.scope, kind: 'data', name, version: '1' },
      props: {},
      by: 'owner',
    })
  const heard = new Promise((resolve) => answer.on('data', (part: string) => part.includes('early') && resolve(part)))
  await put('early')
  await heard
  ahead = 120_000
  await put('late')
  await ended
  expect(text).toContain('early')
  expect(text).not.toContain('late')
  await bench.close()
})
