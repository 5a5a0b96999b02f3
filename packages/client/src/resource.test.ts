import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Lazurite } from './node.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

type Said = { status?: number; headers?: Record<string, string>; body?: unknown }

async function serve(
  answerOf: (ask: { method: string; path: string; query: URLSearchParams; body: unknown }) => Said,
): Promise<Lazurite> {
  const server = createServer((incoming, answer) => {
    let text = ''
    incoming.on('data', (part) => {
      text += part
    })
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '', 'http://x')
      const path = decodeURIComponent(url.pathname.replace(/.*Microsoft.MachineLearningServices/, ''))
      const said = answerOf({
        method: incoming.method ?? '',
        path,
        query: url.searchParams,
        body: text === '' ? undefined : JSON.parse(text),
      })
      answer.writeHead(said.status ?? 200, said.headers)
      answer.end(JSON.stringify(said.body ?? {}))
    })
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  // a listening TCP server has an address with a port
  return new Lazurite({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

const model = (name: string) => ({ id: `/x/${name}`, name, properties: { modelUri: 'u' } })

describe('any kind', () => {
  test('paths follow the shape and the scope of the kind', async () => {
    const laz = new Lazurite({ url: 'http://x/' })
    expect(laz.of('model').path({ name: 'a b', version: '1' })).toMatch(
      /\/workspaces\/main\/models\/a%20b\/versions\/1$/,
    )
    expect(laz.of('workspace').path({ name: 'w' })).toMatch(
      /\/resourceGroups\/lazurite\/providers\/Microsoft.MachineLearningServices\/workspaces\/w$/,
    )
    expect(() => laz.of('spaceship')).toThrow('no kind named spaceship')
  })

  test('a list reads page after page until enough was read', async () => {
    const pages: string[] = []
    const laz = await serve(({ query }) => {
      const skip = Number(query.get('$skip') ?? 0)
      pages.push(String(skip))
      return {
        body: {
          value: [model(`m${skip}`), model(`m${skip + 1}`)],
          nextLink: `http://elsewhere.example/x?$skip=${skip + 2}`,
        },
      }
    })
    const names: string[] = []
    for await (const found of laz.of('model').list({ max: 5 })) names.push(found.name)
    expect(names).toEqual(['m0', 'm1', 'm2', 'm3', 'm4'])
    expect(pages).toEqual(['0', '2', '4'])
  })

  test('without a version the newest one is shown', async () => {
    const laz = await serve(({ path, query }) =>
      path.endsWith('/models/m/versions') && query.get('$orderBy') === 'createdtime desc' && query.get('$top') === '1'
        ? { body: { value: [model('7')] } }
        : path.endsWith('/models/m/labels/prod')
          ? { body: model('4') }
          : { status: 404 },
    )
    expect((await laz.of('model').get({ name: 'm' })).name).toBe('7')
    expect((await laz.of('model').get({ name: 'm', label: 'prod' })).name).toBe('4')
  })

  test('the next version is 1 where there is none', async () => {
    const laz = await serve(({ path }) =>
      path.endsWith('/models/old')
        ? { body: { name: 'old', properties: { nextVersion: '12' } } }
        : { status: 404, body: {} },
    )
    expect([await laz.of('model').nextVersion('old'), await laz.of('model').nextVersion('new')]).toEqual(['12', '1'])
  })

  test('a long-running write is waited for and read again', async () => {
    let polls = 0
    const laz = await serve(({ method, path }) => {
      if (path.endsWith('/operations/1')) return { body: { status: ++polls < 3 ? 'InProgress' : 'Succeeded' } }
      if (method === 'PUT')
        return {
          status: 201,
          headers: { 'azure-asyncoperation': '/Microsoft.MachineLearningServices/operations/1' },
          body: { name: 'c', properties: { provisioningState: 'Creating' } },
        }
      return { body: { name: 'c', properties: { provisioningState: 'Succeeded' } } }
    })
    expect((await laz.of('compute').put({ name: 'c' }, {})).properties.provisioningState).toBe('Succeeded')
    expect(polls).toBe(3)
  })

  test('a long-running action that fails raises what it said', async () => {
    const laz = await serve(({ path }) =>
      path.endsWith('/operations/1')
        ? { body: { status: 'Failed', error: { message: 'no room' } } }
        : { status: 202, headers: { 'azure-asyncoperation': '/Microsoft.MachineLearningServices/operations/1' } },
    )
    await expect(laz.of('compute').act({ name: 'c' }, 'start')).rejects.toThrow('no room')
  })

  test('deleting what is not there is an error', async () => {
    const laz = await serve(() => ({ status: 204 }))
    await expect(laz.of('datastore').delete({ name: 'd' })).rejects.toMatchObject({ code: 'ResourceNotFound' })
  })

  test('archiving puts back what was read, with the flag', async () => {
    const bodies: unknown[] = []
    const laz = await serve(({ method, body }) => {
      if (method === 'PUT') bodies.push(body)
      return { body: { name: '1', properties: { modelUri: 'u', isArchived: false } } }
    })
    await laz.of('model').archive({ name: 'm', version: '1' }, true)
    expect(bodies).toEqual([{ properties: { modelUri: 'u', isArchived: true } }])
  })
})

test('a server that is gone is revived once and asked again', async () => {
  const alive = await serve(() => ({ body: { name: 'main', properties: {} } }))
  let revived = 0
  const laz = new Lazurite({
    url: 'http://127.0.0.1:1',
    revive: async () => {
      revived++
      return alive.connection
    },
  })
  expect((await laz.of('workspace').get({ name: 'main' })).name).toBe('main')
  await laz.of('workspace').get({ name: 'main' })
  expect(revived).toBe(1)
})
