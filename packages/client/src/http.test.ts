import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Ask, type Connection, request as send } from './http.ts'
import { sendByFetch } from './send-fetch.ts'
import { sendByNode } from './send-node.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  // a listening TCP server has an address with a port
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each([
  ['node:http', sendByNode],
  ['fetch', sendByFetch],
] as const)('requests by %s', (_, by) => {
  const request = (connection: Connection, ask: Ask) => send(by, connection, ask)

  test('carry the token and JSON, and read JSON back', async () => {
    const url = await serve((incoming, answer) => {
      let text = ''
      incoming.on('data', (part) => {
        text += part
      })
      incoming.on('end', () =>
        answer.end(
          JSON.stringify({ token: incoming.headers.authorization, sent: JSON.parse(text), method: incoming.method }),
        ),
      )
    })
    const answer = await request({ url, token: 't' }, { method: 'PUT', path: '/x', body: { a: 1 } })
    expect(await answer.json()).toEqual({ token: 'Bearer t', sent: { a: 1 }, method: 'PUT' })
  })

  test('a signed address goes without the token', async () => {
    const url = await serve((incoming, answer) => answer.end(JSON.stringify(incoming.headers.authorization ?? null)))
    expect(await (await request({ url, token: 't' }, { path: '/x?sig=1', signed: true })).json()).toBeNull()
  })

  test('an address of another host is asked of ours', async () => {
    const url = await serve((incoming, answer) => answer.end(JSON.stringify(incoming.url)))
    expect(await (await request({ url, token: 't' }, { path: 'http://evil.example/next?page=2' })).json()).toBe(
      '/next?page=2',
    )
  })

  test('a busy server is asked again, and its errors become ours', async () => {
    let asked = 0
    const url = await serve((_, answer) => {
      asked++
      answer.statusCode = asked < 3 ? 503 : 404
      answer.end('{"error":{"code":"ResourceNotFound","message":"gone"}}')
    })
    await expect(request({ url }, { path: '/x' })).rejects.toMatchObject({ code: 'ResourceNotFound', message: 'gone' })
    expect(asked).toBe(3)
    asked = 0
    await expect(request({ url }, { method: 'POST', path: '/x', body: {} })).rejects.toMatchObject({ http: 503 })
    expect(asked).toBe(1)
  })

  test('streams are sent part by part', async () => {
    const url = await serve((incoming, answer) => {
      let bytes = 0
      incoming.on('data', (part) => {
        bytes += part.length
      })
      incoming.on('end', () => answer.end(String(bytes)))
    })
    async function* parts() {
      for (let i = 0; i < 100; i++) yield Buffer.alloc(64 * 1024)
    }
    expect(await (await request({ url }, { method: 'PUT', path: '/x', body: parts() })).text()).toBe(
      String(100 * 64 * 1024),
    )
  })

  test('nobody there is ServerUnreachable with the way out', async () => {
    const url = await serve(() => undefined)
    await new Promise((done) => servers.pop()?.close(done))
    await expect(request({ url }, { path: '/x' })).rejects.toMatchObject({
      code: 'ServerUnreachable',
      hint: expect.stringContaining('laz up'),
    })
  })
})
