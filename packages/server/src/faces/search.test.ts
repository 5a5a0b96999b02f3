import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
  const command = { jobType: 'Command', command: 'true', environmentId: 'x' }
  const scope = '00000000-0000-0000-0000-000000000001/lazurite/main'
  const put = (kind: string, name: string, props: Record<string, string>, version?: string) =>
    s.store.resources.put({
      key: { scope, kind, name, ...(version ? { version } : {}) },
      props,
      by: 'ada',
      state: 'Completed',
    })
  await put('job', 'brave_fig', { ...command, displayName: "Ada's taxi" })
  await put('job', 'taxi-2', command)
  await put('model', 'taxi', {}, '1')
})
afterAll(() => s.end())

const found = async (words: string) => {
  const answer = await s.ask('GET', `/lazurite/v1${s.ws}/search?${words}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json().value.map(({ kind, name }: { kind: string; name: string }) => `${kind}/${name}`)
}

test('finds by name and by display name, the best first', async () => {
  expect(await found('q=TAXI')).toEqual(['model/taxi', 'job/taxi-2', 'job/brave_fig'])
  expect(await found('q=taxi&top=1')).toEqual(['model/taxi'])
  expect(await found(`q=${encodeURIComponent("ada's")}`)).toEqual(['job/brave_fig'])
})

test('nothing is asked for, nothing is found', async () => {
  expect(await found('q=')).toEqual([])
  expect(await found('')).toEqual([])
  expect(await found(`q=${encodeURIComponent('"; DROP')}`)).toEqual([])
})

test.each(['q=a&top=0', 'q=a&top=x', `q=${'a'.repeat(300)}`])('%s is refused', async (words) => {
  expect((await s.ask('GET', `/lazurite/v1${s.ws}/search?${words}`)).statusCode).toBe(400)
})
