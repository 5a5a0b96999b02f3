import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDoor } from '../door.ts'
import { makeLog } from '../log.ts'
import { type Server, type ServerOptions, startServer } from '../server.ts'
import { openCertificates } from './certificates.ts'

let home: string
let said = ''
const running: Server[] = []
beforeEach(() => {
  said = ''
  home = mkdtempSync(join(tmpdir(), 'laz-https-'))
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 20 })
})

const sink = {
  write(text: string) {
    said += text
  },
}
async function start(options: Partial<ServerOptions> = {}): Promise<Server> {
  const server = await startServer({ home, log: makeLog('info', sink), env: { LAZ_ENVIRONMENT: 'host' }, ...options })
  running.push(server)
  return server
}
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: { code?: string }) => error.code,
  )

function get(port: number, path: string, more: RequestOptions = {}): Promise<{ status: number; body: string }> {
  return new Promise((done, fail) => {
    const ca = readFileSync(join(home, 'tls/ca.pem'))
    const call = request(
      { host: '127.0.0.1', servername: 'localhost', port, path, ca, agent: false, ...more },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (text) => {
          body += text
        })
        answer.on('end', () => done({ status: answer.statusCode ?? 0, body }))
      },
    )
    call.on('error', fail).end()
  })
}

describe('the https listener', () => {
  test('is the same application, whose links follow the way a request came', async () => {
    const server = await start({ tls: true })
    const { port, url } = server.tls.place() ?? { port: 0, url: '' }
    const headers = { authorization: `Bearer ${server.token}`, host: `localhost:${port}` }
    const secure = await get(port, '/discovery', { headers })
    expect(JSON.parse(secure.body).api).toBe(url)
    const plain = await fetch(`${server.url}/discovery`).then((answer) => answer.json() as Promise<{ api: string }>)
    expect(plain.api).toBe(server.url)
    const [cloud] = JSON.parse((await get(port, '/metadata/endpoints', { headers })).body)
    expect([cloud.resourceManager, cloud.suffixes.storage]).toEqual([`${url}/`, `localhost:${port}`])
    expect((await get(port, '/subscriptions', { headers: { host: `localhost:${port}` } })).status).toBe(401)
    expect((await get(port, '/subscriptions', { headers })).status).toBe(200)
  })

  test('answers to its own names alone', async () => {
    const server = await start({ tls: true, env: { LAZ_ENVIRONMENT: 'host', LAZ_HOSTS: 'box.example' } })
    const { port = 0 } = server.tls.place() ?? {}
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example'])
      expect((await get(port, '/health', { headers: { host } })).status, host).toBe(421)
    expect((await get(port, '/health', { headers: { host: 'box.example' } })).status).toBe(200)
    expect((await get(port, '/health', { servername: 'box.example' })).status).toBe(200)
    expect(await codeOf(get(port, '/health', { servername: 'evil.example' }))).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(await codeOf(get(port, '/health', { ca: [] }))).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })

  test('speaks TLS 1.2 and 1.3, nothing older, and nothing in clear', async () => {
    const server = await start({ tls: true })
    const { port = 0, ca = '' } = server.tls.place() ?? {}
    const speak = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
      new Promise<string>((done, fail) => {
        const more = { minVersion: 'TLSv1' as const, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
        const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: readFileSync(ca), ...more })
        socket.on('secureConnect', () => done(socket.getProtocol() ?? ''))
        socket.on('secureConnect', () => socket.destroy())
        socket.on('error', fail)
      })
    expect([await speak('TLSv1.2'), await speak('TLSv1.3')]).toEqual(['TLSv1.2', 'TLSv1.3'])
    await expect(speak('TLSv1.1')).rejects.toThrow(/version/)
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow()
    expect((await get(port, '/health')).status).toBe(200)
  })

  test('opens while the server runs, says so, and comes back at every start on its port', async () => {
    let told = 0
    const changed = () => void told++
    const first = await start({ changed })
    expect(first.tls.place()).toBeUndefined()
    const post = () =>
      first.app.inject({
        method: 'POST',
        url: '/lazurite/v1/tls',
        headers: { host: 'localhost', authorization: `Bearer ${first.token}` },
      })
    const [one, two] = await Promise.all([post(), post()])
    const { tls, identitySecret } = JSON.parse(one.body)
    expect(JSON.parse(two.body).tls).toEqual(tls)
    expect([told, tls, identitySecret]).toEqual([1, first.tls.place(), first.sign.identitySecret])
    await first.close()
    const authority = readFileSync(tls.ca, 'utf8')
    const second = await start()
    expect(second.tls.place()).toEqual(tls)
    expect(readFileSync(tls.ca, 'utf8')).toBe(authority)
    await second.close()
    expect((await start({ tls: false })).tls.place()).toBeUndefined()
    await running.at(-1)?.close()
    expect((await start()).tls.place(), 'forgotten').toBeUndefined()
  })

  test('on a port that is taken: refused when it was asked for, moved when it was only remembered', async () => {
    const blocker = createServer()
    await new Promise<void>((done) => blocker.listen(0, '127.0.0.1', done))
    const address = blocker.address()
    const port = typeof address === 'object' && address ? address.port : 0
    try {
      expect(await codeOf(start({ tls: true, tlsPort: port }))).toBe('PortInUse')
      writeFileSync(join(home, 'tls-port'), `${port}\n`)
      const server = await start()
      expect(server.tls.place()?.port).not.toBe(port)
      expect(said).toContain('the https port of the last time is taken')
      expect(await codeOf(server.tls.open(port))).toBe('NotSupported')
    } finally {
      blocker.close()
    }
  })

  test('with a damaged authority: stops a start that asked for it, and leaves one that did not without https', async () => {
    const first = await start({ tls: true })
    await first.close()
    writeFileSync(join(home, 'tls/ca.pem'), 'rubbish')
    expect(await codeOf(start({ tls: true }))).toBe('CertificateUnusable')
    const second = await start()
    expect(second.tls.place()).toBeUndefined()
    expect(said).toMatch(/https is off/)
    expect(await codeOf(second.tls.open())).toBe('CertificateUnusable')
    expect((await fetch(`${second.url}/health`)).status).toBe(200)
  })

  test('proves itself with a renewed certificate from the next connection on, without a restart', async () => {
    const options = { home, names: [], now: Date.now(), env: {} }
    const first = await openCertificates(options)
    const door = await openDoor({ host: '127.0.0.1', port: 0, proof: first.leaf })
    door.serve((_, response) => response.end('here'))
    const shown = () =>
      new Promise<string>((done, fail) => {
        const more = { host: '127.0.0.1', port: door.port, servername: 'localhost', ca: readFileSync(first.ca) }
        const socket = connect(more, () => {
          done(socket.getPeerCertificate().fingerprint256)
          socket.destroy()
        })
        socket.on('error', fail)
      })
    try {
      expect(await shown()).toBe(new X509Certificate(first.leaf.cert).fingerprint256)
      const second = await openCertificates({ ...options, now: options.now + 350 * 86_400_000 })
      expect(second.renewed).toBe(true)
      door.renew({ ...second.leaf })
      expect(await shown().catch((error: { code: string }) => error.code)).toBe('CERT_NOT_YET_VALID')
      const third = await openCertificates({ ...options, names: ['box.example'] })
      door.renew(third.leaf)
      expect(await shown()).toBe(new X509Certificate(third.leaf.cert).fingerprint256)
      expect((await get(door.port, '/')).body).toBe('here')
    } finally {
      await door.close(100)
    }
  })

  test('with a leaf that ran out comes up with another under the same authority', async () => {
    const years = Date.now() - 2 * 365 * 86_400_000
    const old = await openCertificates({ home, names: [], now: years, env: {} })
    const server = await start({ tls: true })
    const { port = 0 } = server.tls.place() ?? {}
    expect((await get(port, '/health')).status).toBe(200)
    expect(readFileSync(join(home, 'tls/server.pem'), 'utf8')).not.toBe(old.leaf.cert)
    expect(new X509Certificate(old.leaf.cert).issuer).toBe(new X509Certificate(readFileSync(old.ca)).subject)
  })
})
