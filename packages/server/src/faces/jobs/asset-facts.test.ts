import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
let facts: string
const scope = '00000000-0000-0000-0000-000000000001/lazurite/main'
beforeAll(async () => {
  s = await startTestServer()
  facts = `/lazurite/v1${s.ws}/assets/facts`
  const put = (key: { kind: string; name: string; version?: string; parent?: string }, props: Record<string, string>) =>
    s.store.resources.put({ key: { scope, ...key }, props, by: 'ada' })
  const dataUri = 'azureml://datastores/workspaceblobstore/paths/rows'
  const folder = `/lazurite/v1${s.ws}/datastores/workspaceblobstore/content?path=rows`
  for (const [name, text] of [
    ['a.csv', 'x\n1\n'],
    ['b.csv', 'x\n22\n'],
  ]) {
    const url = `${folder}/${name}`
    const headers = { authorization: `Bearer ${s.token}` }
    const answer = await fetch(`http://127.0.0.1:${s.port}${url}`, { method: 'PUT', headers, body: text ?? '' })
    expect(answer.ok, await answer.text()).toBe(true)
  }
  await put({ kind: 'data', name: 'rows', version: '1' }, { dataUri, dataType: 'uri_folder' })
  await put({ kind: 'data', name: 'gone', version: '1' }, { dataUri: 'azureml://datastores/nowhere/paths/x' })
})
afterAll(() => s.end())

test('sizes of what is here, and nothing of what is not', async () => {
  const answer = await s.ask('POST', facts, { kind: 'data', names: ['rows', 'gone', 'nobody'] })
  expect(answer.statusCode, answer.body).toBe(200)
  expect(answer.json().value).toEqual([
    { name: 'rows', readBy: 0, writtenBy: 0, files: 2, sizeBytes: 9 },
    { name: 'gone', readBy: 0, writtenBy: 0 },
    { name: 'nobody', readBy: 0, writtenBy: 0 },
  ])
})

test.each([{ kind: 'compute', names: [] }, { kind: 'data', names: 'rows' }, { kind: 'data', names: [1] }, {}])(
  '%o is refused',
  async (body) => {
    expect((await s.ask('POST', facts, body)).statusCode).toBe(400)
  },
)
