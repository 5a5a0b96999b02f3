import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../fixture.ts'

let s: TestServer
beforeAll(async () => {
  s = await startTestServer()
  for (let i = 1; i <= 7; i += 1) {
    const tags = i % 2 === 0 ? { even: 'yes', n: String(i) } : { n: String(i) }
    await s.ask('PUT', `${s.ws}/environments/e/versions/${i}`, {
      properties: { image: `x:${i}`, tags, properties: { half: i < 4 ? 'a' : 'b' } },
    })
  }
  for (const name of ['alpha', 'beta', 'gamma'])
    await s.ask('PUT', `${s.ws}/models/${name}/versions/1`, {
      properties: { modelUri: 'azureml://datastores/workspaceblobstore/paths/m' },
    })
})
afterAll(() => s.end())

interface Page {
  value: { name: string }[]
  nextLink?: string
}
const page = async (url: string): Promise<Page> => JSON.parse((await s.ask('GET', url)).body)
const names = (found: Page) => found.value.map((row) => row.name)
const versions = '/environments/e/versions'

describe('a list', () => {
  test('comes in pages whose links are followed as they are', async () => {
    const seen: string[] = []
    let url: string | undefined = `${s.ws}${versions}?api-version=2023-04-01-preview&$top=3`
    let pages = 0
    while (url) {
      const found: Page = await page(url)
      seen.push(...names(found))
      url = found.nextLink
      pages += 1
      if (url) {
        expect(url).toMatch(new RegExp(`^http://127.0.0.1:${s.port}/subscriptions/`))
        expect(url).toContain('api-version=2023-04-01-preview')
      }
    }
    expect(pages).toBe(3)
    expect(seen).toEqual(['7', '6', '5', '4', '3', '2', '1'])
  })

  test('links by the host that was asked', async () => {
    const { body } = await s.ask('GET', `${s.ws}${versions}?$top=1`, undefined, { host: `localhost:${s.port}` })
    expect(JSON.parse(body).nextLink).toMatch(/^http:\/\/localhost:/)
  })

  test('has an order', async () => {
    expect(names(await page(`${s.ws}${versions}?$orderBy=createdtime%20asc&$top=2`))).toEqual(['1', '2'])
    expect(names(await page(`${s.ws}${versions}?$orderBy=createdtime desc&$top=1`))).toEqual(['7'])
    expect(names(await page(`${s.ws}/models?$orderBy=name desc`))).toEqual(['gamma', 'beta', 'alpha'])
  })

  test('is filtered by tags and properties, even when whole pages drop out', async () => {
    expect(names(await page(`${s.ws}${versions}?tags=even`))).toEqual(['6', '4', '2'])
    expect(names(await page(`${s.ws}${versions}?tags=even=yes,n=4`))).toEqual(['4'])
    expect(names(await page(`${s.ws}${versions}?properties=half=a`))).toEqual(['3', '2', '1'])
    expect(names(await page(`${s.ws}${versions}?tags=n=1&$top=1`))).toEqual(['1'])
    expect(names(await page(`${s.ws}${versions}?tags=toString`))).toEqual([])
  })

  test.each(['$top=0', '$top=x', '$orderBy=colour', 'listViewType=Some', '$skip=garbage', 'isDefault=perhaps'])(
    'refuses %s and names it',
    async (query) => {
      const { statusCode, body } = await s.ask(
        'GET',
        `${s.ws}${query.startsWith('isDefault') ? '/datastores' : versions}?${query}`,
      )
      expect(statusCode, body).toBe(400)
      expect(JSON.parse(body).error.code).toMatch(/BadArgument|UserError/)
    },
  )

  test('of workspaces is one of a group or of a subscription', async () => {
    const group = s.ws.slice(0, s.ws.lastIndexOf('/'))
    expect(names(await page(group))).toEqual(['main'])
    expect(
      names(await page(`/subscriptions/${s.ws.split('/')[2]}/providers/Microsoft.MachineLearningServices/workspaces`)),
    ).toEqual(['main'])
    expect(names(await page('/subscriptions/other/providers/Microsoft.MachineLearningServices/workspaces'))).toEqual([])
  })
})
