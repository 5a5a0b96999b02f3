import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
  for (const version of ['1', '2'])
    await s.ask('PUT', `${s.ws}/environments/e/versions/${version}`, { properties: { image: `x:${version}` } })
})
afterAll(() => s.end())

interface Listed {
  value: { name: string; lazurite?: { latest?: { name: string; properties: { image: string } } } }[]
}
const list = async (query: string): Promise<Listed> =>
  JSON.parse((await s.ask('GET', `${s.ws}/environments${query}`)).body)

test('a list of names brings their newest versions along when it is asked to', async () => {
  expect((await list('')).value[0]?.lazurite).toBeUndefined()
  const [found] = (await list('?$expand=latest')).value
  expect(found?.name).toBe('e')
  expect(found?.lazurite?.latest).toMatchObject({ name: '2', properties: { image: 'x:2' } })
})
