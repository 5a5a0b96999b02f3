// Everything an attacker may put into an address, a header or a body of the storage dialect: refused, and the file
// outside the container is neither read nor written nor deleted.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownerToken } from '../bench.ts'
import { account, type FaceServer, startFaces } from '../face-server.ts'
import { blobFace } from './routes.ts'

let server: FaceServer
let canary: string
let folder: string
const secret = 'the canary sings'

beforeAll(async () => {
  server = await startFaces([blobFace])
  await server.store.bytes.createContainer(account, 'data')
  folder = server.store.bytes.folder(account, 'data')
  canary = join(dirname(folder), 'canary.txt')
  writeFileSync(canary, secret)
  writeFileSync(join(dirname(dirname(folder)), 'canary.txt'), secret)
  symlinkSync(dirname(folder), join(folder, 'way-out'))
  symlinkSync(canary, join(folder, 'link.txt'))
  mkdirSync(join(folder, 'sub'))
})

afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})

/** Sends the target as it stands: clients tidy up addresses, attackers do not. */
function send(method: string, target: string, headers: Record<string, string> = {}, body = ''): Promise<string> {
  const { hostname, port, host } = new URL(server.url)
  const lines = { host, connection: 'close', authorization: `Bearer ${ownerToken}`, ...headers }
  const head = Object.entries({ ...lines, 'content-length': String(Buffer.byteLength(body)) })
  const text = [`${method} ${target} HTTP/1.1`, ...head.map(([name, value]) => `${name}: ${value}`), '', body].join(
    '\r\n',
  )
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'))
    const parts: Buffer[] = []
    socket.on('data', (part: Buffer) => parts.push(part))
    socket.on('end', () => resolve(Buffer.concat(parts).toString('latin1')))
    socket.on('error', reject)
  })
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

const climbs = [
  '../canary.txt',
  '../../canary.txt',
  'sub/../../canary.txt',
  './../canary.txt',
  '..%2fcanary.txt',
  '..%2Fcanary.txt',
  '%2e%2e/canary.txt',
  '%2e%2e%2fcanary.txt',
  '.%2e/canary.txt',
  '%2E./canary.txt',
  '%252e%252e/canary.txt',
  '%252e%252e%252fcanary.txt',
  '%25252e%25252e%25252fcanary.txt',
  '..%252fcanary.txt',
  '..\\canary.txt',
  '..%5ccanary.txt',
  '..%5Ccanary.txt',
  '%2e%2e%5ccanary.txt',
  '\\..\\canary.txt',
  '..%255ccanary.txt',
  '..%c0%afcanary.txt',
  '%c0%ae%c0%ae/canary.txt',
  '..%u2215canary.txt',
  '..%ef%bc%8fcanary.txt%00',
  '/etc/passwd',
  '//etc/passwd',
  '%2fetc%2fpasswd',
  '%2Fetc/passwd',
  'sub//../../canary.txt',
  'sub/%2e%2e/%2e%2e/canary.txt',
  'C:/windows/win.ini',
  'c:%5cwindows%5cwin.ini',
  '..;/canary.txt',
  '..%3b/canary.txt',
  '..%00/canary.txt',
  'canary.txt%00.png',
  '%00',
  'a%00b',
  'a%0ab',
  'a%0d%0aX-Evil:1',
  'a%1bb',
  'a%7fb',
  '.',
  '..',
  '%2e',
  '%2e%2e',
  'sub/.',
  'sub/..',
  'a/./b',
  'a//b',
  'way-out/canary.txt',
  'way-out/data/link.txt',
  'way-out/new.txt',
  'link.txt',
  'link.txt/..',
  '..#/canary.txt',
  '..%23/canary.txt',
  '~/canary.txt/../../canary.txt',
  '%',
  '%zz',
  '%e0%a4%a',
  'x'.repeat(300),
  `${'d/'.repeat(2100)}x`,
]

test.each(climbs)('no way out through %s', async (path) => {
  const target = `/${account}/data/${path}`
  const write = { 'x-ms-blob-type': 'BlockBlob' }
  const answers = [
    await send('GET', target),
    await send('HEAD', target),
    await send('PUT', target, write, 'overwritten'),
    await send('PUT', `${target}?comp=block&blockid=YQ==`, {}, 'overwritten'),
    await send('PUT', `${target}?comp=metadata`, { 'x-ms-meta-a': 'b' }),
    await send('GET', `${target}?comp=archive`),
    await send('DELETE', target),
  ]
  for (const answer of answers) {
    expect(answer).not.toContain(secret)
    expect(answer).not.toContain('root:')
    expect(statusOf(answer)).toBeLessThan(500)
  }
  expect(readFileSync(canary, 'utf8')).toBe(secret)
  expect(readFileSync(join(dirname(dirname(folder)), 'canary.txt'), 'utf8')).toBe(secret)
  expect(existsSync(join(dirname(folder), 'new.txt'))).toBe(false)
  expect(readdirSync(dirname(folder)).sort()).toEqual(['canary.txt', 'data'])
})

test.each(climbs)('no copy from %s', async (path) => {
  const headers = { 'x-ms-copy-source': `${server.url}/${account}/data/${path}` }
  const answer = await send('PUT', `/${account}/data/copied`, headers)
  expect(statusOf(answer)).toBeGreaterThanOrEqual(400)
  expect(statusOf(answer)).toBeLessThan(500)
  expect(existsSync(join(folder, 'copied'))).toBe(false)
})

test.each([
  ['container climbs', `/${account}/..`, 400],
  ['container climbs encoded', `/${account}/%2e%2e/x`, 400],
  ['container with a slash inside', `/${account}/a%2fb/x`, 400],
  ['container in capitals', `/${account}/Data/x`, 400],
  ['container too short', `/${account}/ab/x`, 400],
  ['account of another shape', '/lazXYZ/data/x', 404],
  ['account climbs', '/lazabcdef01234%35/data/canary.txt', 404],
  ['parameter twice', `/${account}/data/x?comp=metadata&comp=block`, 400],
  ['parameter nobody reads', `/${account}/data/x?surprise=1`, 400],
  ['list with an odd page size', `/${account}/data?restype=container&comp=list&maxresults=-1`, 400],
  ['list with a foreign marker', `/${account}/data?restype=container&comp=list&marker=..%2f..`, 400],
  ['list including what is not here', `/${account}/data?restype=container&comp=list&include=everything`, 400],
])('%s', async (_what, target, status) => {
  expect(statusOf(await send('GET', target))).toBe(status)
})

test('a list never leaves its container, whatever its prefix', async () => {
  for (const prefix of ['../', '../canary', 'way-out/', '/etc/', '..%2f', '%00', '\\..\\', 'sub/../../']) {
    const answer = await send(
      'GET',
      `/${account}/data?restype=container&comp=list&prefix=${encodeURIComponent(prefix)}`,
    )
    expect(statusOf(answer)).toBeLessThan(500)
    expect(answer).not.toContain('<Name>../')
    expect(answer).not.toContain('canary.txt</Name>')
  }
})

test('names are data in the XML of a list', async () => {
  await send('PUT', `/${account}/data/${encodeURIComponent('<!--&"]]>.txt')}`, { 'x-ms-blob-type': 'BlockBlob' }, 'x')
  const answer = await send('GET', `/${account}/data?restype=container&comp=list`)
  expect(answer).toContain('<Name>&lt;!--&amp;&quot;]]&gt;.txt</Name>')
})

test('who has no proof, a wrong one or an old one gets nothing', async () => {
  const target = `/${account}/data/x`
  await send('PUT', target, { 'x-ms-blob-type': 'BlockBlob' }, 'x')
  const sas = server.sas('r', 'data', 'x')
  const old = server.sign.sas({ account, container: 'data', permissions: 'r', expiresAt: Date.now() - 1000 })
  const get = async (query: string, authorization = '') =>
    statusOf(await send('GET', `${target}${query}`, { authorization }))
  expect(await get('')).toBe(401)
  expect(await get('', 'Bearer wrong')).toBe(403)
  expect(await get('', `SharedKey ${account}:AAAA`)).toBe(403)
  expect(await get(`?${sas}`)).toBe(200)
  expect(await get(`?${old}`)).toBe(403)
  for (const name of ['sv', 'sr', 'sp', 'se', 'sig']) {
    const changed = new URLSearchParams(sas)
    const value = changed.get(name) ?? ''
    changed.set(
      name,
      value.startsWith('2') ? value.replace('2', '3') : `${value[0] === 'r' ? 'w' : 'r'}${value.slice(1)}`,
    )
    expect(await get(`?${changed}`)).toBe(403)
    changed.delete(name)
    expect(await get(`?${changed}`)).toBeGreaterThanOrEqual(401)
  }
  const other = statusOf(await send('GET', `/${account}/data/y?${sas}`, { authorization: '' }))
  expect(other).toBe(403)
  const listing = await send('GET', `/${account}/data?restype=container&comp=list&${sas}`, { authorization: '' })
  expect(statusOf(listing)).toBe(403)
})

test('a token of a run opens no storage', async () => {
  const token = server.sign.token({
    audience: 'lazurite',
    expiresAt: Date.now() + 60_000,
    bearer: { run: 'a/b/c|job' },
    name: 'job',
  })
  const answer = await send('GET', `/${account}/data/x`, { authorization: `Bearer ${token}` })
  expect(statusOf(answer)).toBe(403)
})

test('a signature is revoked with the key it was made with', async () => {
  const other = await startFaces([blobFace])
  try {
    await other.store.bytes.createContainer(account, 'data')
    const answer = await fetch(`${other.url}/${account}/data?restype=container&comp=list&${server.sas('rl', 'data')}`)
    expect(answer.status).toBe(403)
  } finally {
    await other.close()
  }
})

test('headers that nothing honours are named', async () => {
  for (const header of ['x-ms-lease-id', 'x-ms-encryption-key', 'x-ms-tags', 'x-ms-if-tags', 'x-ms-structured-body']) {
    const answer = await send('PUT', `/${account}/data/x`, { 'x-ms-blob-type': 'BlockBlob', [header]: 'x' }, 'x')
    expect(statusOf(answer)).toBe(400)
    expect(answer).toContain(header)
  }
})

test('a block list that is no block list is refused', async () => {
  const bodies = [
    '',
    '<BlockList>',
    '<BlockList><Latest>YQ==</Latest>',
    '<BlockList><Latest>YQ==</Committed></BlockList>',
    '<!DOCTYPE x [<!ENTITY e "e">]><BlockList><Latest>&e;</Latest></BlockList>',
    '<BlockList><Evil>YQ==</Evil></BlockList>',
    'PK\u0003\u0004',
  ]
  for (const body of bodies) {
    const answer = await send('PUT', `/${account}/data/x?comp=blocklist`, {}, body)
    expect([statusOf(answer), /x-ms-error-code: (\S+)/i.exec(answer)?.[1]]).toEqual([400, 'InvalidXmlDocument'])
  }
})

test('what a browser opens cannot act', async () => {
  const page = '<script>alert(1)</script>'
  await send('PUT', `/${account}/data/page.html`, { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'text/html' }, page)
  const answer = await send('GET', `/${account}/data/page.html`)
  expect(answer).toMatch(/content-security-policy: default-src 'none'; sandbox/i)
})

test('an upload that breaks off leaves nothing behind', async () => {
  const { hostname, port, host } = new URL(server.url)
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `PUT /${account}/data/cut HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${ownerToken}\r\n` +
          `x-ms-blob-type: BlockBlob\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(500_000)}`,
        () => setTimeout(() => socket.destroy(), 50),
      )
    })
    socket.on('close', () => resolve())
  })
  await expect.poll(() => readdirSync(join(server.home, 'blocks', '.incoming'))).toEqual([])
  expect(existsSync(join(folder, 'cut'))).toBe(false)
})
