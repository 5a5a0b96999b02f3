import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeLog } from './log.ts'
import { type Server, type ServerOptions, startServer } from './server.ts'

let home: string
const running: Server[] = []
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laz-start-'))
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 20 })
})

const log = makeLog('silent', { write() {} })
async function start(options: Partial<ServerOptions> = {}): Promise<Server> {
  const server = await startServer({ home, log, env: {}, ...options })
  running.push(server)
  return server
}
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: { code?: string }) => error.code,
  )

describe('a start', () => {
  test('makes a home that its owner alone can look into', async () => {
    chmodSync(home, 0o755)
    const { token } = await start()
    expect(statSync(home).mode & 0o777).toBe(0o700)
    for (const file of ['token', 'key', 'port']) expect(statSync(join(home, file)).mode & 0o777, file).toBe(0o600)
    expect(readFileSync(join(home, 'token'), 'utf8').trim()).toBe(token)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  })

  test('keeps the token of the last time, closes it to others, and replaces one that is too short', async () => {
    const first = await start()
    await first.close()
    chmodSync(join(home, 'token'), 0o644)
    const second = await start()
    expect(second.token).toBe(first.token)
    expect(statSync(join(home, 'token')).mode & 0o777).toBe(0o600)
    await second.close()
    writeFileSync(join(home, 'token'), 'short\n')
    expect((await start()).token).not.toBe('short')
  })

  test('comes back on the port of the last time, unless it is told another or it is taken', async () => {
    const first = await start()
    await first.close()
    const second = await start()
    expect(second.port).toBe(first.port)
    await second.close()
    const blocker = await block(first.port)
    const third = await start()
    expect(third.port).not.toBe(first.port)
    blocker.close()
  })

  test('on a port that was asked for and is taken is refused, and nothing stays open', async () => {
    const blocker = await block(0)
    const { port } = blocker.address() as { port: number } // a TCP server that listens
    await expect(start({ port })).rejects.toMatchObject({
      code: 'PortInUse',
      message: expect.stringContaining(String(port)),
    })
    blocker.close()
    await start({ port })
  })

  test('on a home that another server has is refused and names it', async () => {
    await start()
    await expect(start()).rejects.toMatchObject({ code: 'HomeInUse', message: expect.stringContaining(home) })
  })

  test('on a damaged database is refused and says so', async () => {
    await (await start()).close()
    writeFileSync(join(home, 'laz.db'), Buffer.alloc(8192, 'garbage'))
    expect(await codeOf(start())).toBe('DatabaseCorrupt')
    rmSync(join(home, 'laz.db'))
    await start()
  })

  test.each(['0.0.0.0', '::', '192.168.1.1', 'example.test'])(
    'on %s is refused: only loopback is safe',
    async (host) => {
      await expect(start({ host })).rejects.toMatchObject({
        code: 'NotSupported',
        hint: expect.stringContaining('ssh'),
      })
      expect(existsSync(join(home, 'laz.db'))).toBe(false)
    },
  )

  test('with a wrong setting is refused before anything is opened', async () => {
    expect(await codeOf(start({ env: { LAZ_CORES: 'many' } }))).toBe('BadArgument')
    expect(await codeOf(start({ home: 'relative' }))).toBe('BadArgument')
    writeFileSync(join(home, 'file'), '')
    expect(await codeOf(start({ home: join(home, 'file') }))).toBe('HomeUnusable')
  })

  test.skipIf(process.platform !== 'linux')('listens on loopback alone', async () => {
    const { port } = await start()
    const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)
    const ours = lines
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, local = '', , state]) =>
          local.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`) && state === '0A',
      )
    expect(ours.map(([, local = '']) => local.split(':')[0])).toEqual(['0100007F'])
  })
})

describe('a stop', () => {
  test('ends streams and frees home and port; twice is once', async () => {
    const server = await start()
    const answer = await fetch(`${server.url}/lazurite/v1/events`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    const reading = answer.text()
    await Promise.all([server.close(), server.close()])
    expect(await reading).toContain('retry:')
    await expect(fetch(`${server.url}/health`)).rejects.toThrow()
    await start({ port: server.port })
  })

  test('answers what is under way', async () => {
    const server = await start()
    const asking = Promise.all(
      Array.from({ length: 20 }, () => fetch(`${server.url}/health`).then((answer) => answer.status)),
    )
    await new Promise((resolve) => setImmediate(resolve))
    const answers = await asking
    await server.close()
    expect(answers).toEqual(Array(20).fill(200))
  })
})

describe('the door', () => {
  const raw = (port: number, text: string) =>
    new Promise<string>((resolve) => {
      const socket: Socket = connect(port, '127.0.0.1', () => socket.write(text))
      let heard = ''
      socket.setEncoding('latin1').on('data', (part: string) => {
        heard += part
      })
      socket.on('error', () => resolve(heard))
      socket.on('close', () => resolve(heard))
    })

  test.each([
    ['nonsense', 'what\r\n\r\n'],
    ['no Host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two Hosts', 'GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\nConnection: close\r\n\r\n'],
    [
      'two lengths',
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab',
    ],
    [
      'length and chunks',
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
    ],
    ['headers without end', `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(64 * 1024)}\r\n\r\n`],
  ])('answers %s with a 4xx and goes on', async (_what, text) => {
    const server = await start()
    expect(await raw(server.port, text)).toMatch(/^HTTP\/1\.1 4\d\d/)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
  })
})

function block(port: number): Promise<NetServer> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server))
  })
}
