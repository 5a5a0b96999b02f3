import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { isPublicAddress, type Resolve } from './address.ts'
import { openUrl, shown, type WebOptions } from './web.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(handler: RequestListener): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.url ?? '')
    handler(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // listening on a port: the address is an object
  return { port: (server.address() as AddressInfo).port, seen }
}

const fetchText = async (url: string, o: WebOptions = {}) => text(await openUrl(url, o))
const always =
  (...addresses: string[]): Resolve =>
  (_, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

describe('addresses', () => {
  test.each([
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.1.1',
      '127.0.0.1',
      '127.255.255.254',
      '169.254.169.254',
      '172.31.0.1',
      '192.168.1.1',
    ],
    ...[
      '224.0.0.1',
      '255.255.255.255',
      '168.63.129.16',
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::127.0.0.1',
      '::7f00:1',
    ],
    ...['fe80::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::', 'not an address'],
  ])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false))

  test.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) =>
    expect(isPublicAddress(address)).toBe(true),
  )
})

describe('openUrl', () => {
  test('never opens a socket to an inner address, however it is written', async () => {
    const { port, seen } = await serve((_, response) => response.end('secret'))
    for (const host of [
      '127.0.0.1',
      'localhost',
      'x.localhost',
      '2130706433',
      '0x7f000001',
      '017700000001',
      '127.1',
      '0',
    ]) {
      await expect(openUrl(`http://${host}:${port}/`), host).rejects.toMatchObject({ code: 'NotSupported' })
    }
    for (const host of ['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:1]', '[::]']) {
      await expect(openUrl(`http://${host}:${port}/`), host).rejects.toMatchObject({ code: 'NotSupported' })
    }
    expect(seen).toEqual([])
  })

  test('nor to a name that leads to one, or to both', async () => {
    const { port, seen } = await serve((_, response) => response.end('secret'))
    for (const resolve of [
      always('127.0.0.1'),
      always('8.8.8.8', '127.0.0.1'),
      always('::1'),
      always('169.254.169.254'),
    ]) {
      await expect(openUrl(`http://evil.test:${port}/`, { resolve })).rejects.toMatchObject({ code: 'NotSupported' })
    }
    expect(seen).toEqual([])
  })

  test('a name that changes its mind after the check gains nothing: what was checked is what is called', async () => {
    const { port, seen } = await serve((_, response) => response.end('secret'))
    let asked = 0
    const flips: Resolve = (host, done) => {
      asked += 1
      always(asked === 1 ? '192.0.2.1' : '127.0.0.1')(host, done)
    }
    await expect(openUrl(`http://evil.test:${port}/`, { resolve: flips, idleMs: 300 })).rejects.toThrow()
    expect(asked).toBe(1)
    expect(seen).toEqual([])
  })

  test('follows redirects, and checks again after each', async () => {
    const { port, seen } = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end()
      else if (request.url === '/to-file') response.writeHead(302, { location: 'file:///etc/passwd' }).end()
      else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end()
      else response.end('there')
    })
    const o = { privateHosts: true }
    expect(await fetchText(`http://127.0.0.1:${port}/a`, o)).toBe('there')
    await expect(openUrl(`http://127.0.0.1:${port}/to-file`, o)).rejects.toMatchObject({ code: 'NotSupported' })
    await expect(openUrl(`http://127.0.0.1:${port}/loop`, o)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(seen.filter((url) => url === '/loop').length).toBe(6)
  })

  test('bounded in size, whether told or not', async () => {
    const { port } = await serve((request, response) => {
      if (request.url === '/told') response.setHeader('content-length', '1000000')
      response.end('x'.repeat(1_000_000))
    })
    const o = { privateHosts: true, maxBytes: 1000 }
    await expect(openUrl(`http://127.0.0.1:${port}/told`, o)).rejects.toMatchObject({ code: 'TooLarge' })
    await expect(fetchText(`http://127.0.0.1:${port}/untold`, o)).rejects.toMatchObject({ code: 'TooLarge' })
  })

  test('bounded in silence', async () => {
    const { port } = await serve(() => {})
    await expect(openUrl(`http://127.0.0.1:${port}/`, { privateHosts: true, idleMs: 100 })).rejects.toMatchObject({
      code: 'Unreachable',
    })
  })

  test('says what went wrong', async () => {
    const { port } = await serve((request, response) => {
      response.statusCode = Number(request.url?.slice(1, 4))
      response.end()
    })
    const o = { privateHosts: true }
    await expect(openUrl(`http://127.0.0.1:${port}/404`, o)).rejects.toMatchObject({ code: 'FileNotFound' })
    await expect(openUrl(`http://127.0.0.1:${port}/403?sig=secret`, o)).rejects.toThrow(/403/)
    const offline: Resolve = (_, done) => done(Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }), [])
    await expect(openUrl('https://example.test/a?sig=secret', { resolve: offline })).rejects.toThrow(/offline/)
    await expect(openUrl('ftp://example.test/a')).rejects.toMatchObject({ code: 'NotSupported' })
    expect(shown('https://user:pass@example.test/a?sig=secret#x')).toBe('https://example.test/a')
  })
})
