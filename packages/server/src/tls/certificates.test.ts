import { X509Certificate } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Certificates, openCertificates } from './certificates.ts'
import { issueAuthority, issueLeaf } from './issue.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laz-tls-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 20 }))

const dayMs = 86_400_000
const start = Date.parse('2026-01-01T00:00:00Z')
const at = (name: string) => join(home, 'tls', name)
const text = (name: string) => readFileSync(at(name), 'utf8')
const open = (now = start, names: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Certificates> =>
  openCertificates({ home, names, now, env })
const refusal = (now?: number, names?: string[]) =>
  open(now, names).then(
    () => 'fine',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  )

describe('the certificates of a home', () => {
  test('are an authority and a leaf with the extensions that strict clients ask for', async () => {
    const { leaf, ca } = await open(start, ['box.example', '192.0.2.7'])
    const [parent, child] = [new X509Certificate(readFileSync(ca)), new X509Certificate(leaf.cert)]
    expect(parent.ca).toBe(true)
    expect(child.ca).toBe(false)
    expect(child.checkIssued(parent) && child.verify(parent.publicKey)).toBe(true)
    expect(child.subjectAltName?.split(', ')).toEqual([
      'DNS:localhost',
      'IP Address:127.0.0.1',
      'IP Address:0:0:0:0:0:0:0:1',
      'DNS:box.example',
      'IP Address:192.0.2.7',
    ])
    expect(child.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(BigInt(`0x${child.serialNumber}`) > 0n && child.serialNumber.length <= 40).toBe(true)
    expect((Date.parse(child.validTo) - start) / dayMs).toBe(365)
  })

  test('keep their keys to the owner, also when somebody opened them', async () => {
    await open()
    expect(readdirSync(home)).toEqual(['tls'])
    expect(readdirSync(join(home, 'tls')).sort()).toEqual([
      'bundle.pem',
      'ca.key',
      'ca.pem',
      'server.key',
      'server.pem',
    ])
    expect(statSync(join(home, 'tls')).mode & 0o777).toBe(0o700)
    for (const name of ['ca.key', 'server.key']) expect(statSync(at(name)).mode & 0o777, name).toBe(0o600)
    chmodSync(at('ca.key'), 0o644)
    await open()
    expect(statSync(at('ca.key')).mode & 0o777).toBe(0o600)
  })

  test('stay as they are from start to start', async () => {
    const first = await open()
    const second = await open(start + 10 * dayMs)
    expect([first.renewed, second.renewed]).toEqual([true, false])
    expect(second.leaf).toEqual(first.leaf)
  })
})

describe('the leaf', () => {
  test.each([
    ['close to its end', 340, [] as string[]],
    ['past its end', 1000, []],
    ['without a name that is wanted', 1, ['other.example']],
  ])('is renewed when it is %s, under the same authority', async (_, days, names) => {
    const first = await open()
    const authority = text('ca.pem')
    const second = await open(start + days * dayMs, names)
    expect(second.renewed).toBe(true)
    expect(second.leaf.cert).not.toBe(first.leaf.cert)
    expect(second.leafUntil).toBeGreaterThan(start + (days + 360) * dayMs)
    expect(text('ca.pem')).toBe(authority)
  })

  test('is renewed when its files are damaged, missing, of two makings or by another authority', async () => {
    const first = await open()
    const damage: (() => unknown)[] = [
      () => writeFileSync(at('server.pem'), 'rubbish'),
      () => rmSync(at('server.key')),
      () => writeFileSync(at('server.key'), text('ca.key')),
    ]
    for (const harm of damage) {
      harm()
      expect((await open()).renewed).toBe(true)
      expect((await open()).renewed).toBe(false)
    }
    const life = { from: start - dayMs, until: start + 300 * dayMs }
    const stranger = await issueLeaf(await issueAuthority(life), ['localhost', '127.0.0.1', '::1'], life)
    writeFileSync(at('server.pem'), stranger.cert)
    writeFileSync(at('server.key'), stranger.key)
    const last = await open()
    expect(last.renewed).toBe(true)
    expect(last.leaf.cert).not.toBe(first.leaf.cert)
  })

  test('never outlives its authority', async () => {
    await open()
    const { leaf } = await open(start + 3500 * dayMs)
    expect(new X509Certificate(leaf.cert).validTo).toBe(new X509Certificate(text('ca.pem')).validTo)
  })
})

describe('an authority', () => {
  test('that cannot be used is named and left as it is', async () => {
    await open()
    const [cert, key] = [text('ca.pem'), text('ca.key')]
    const restore = () => {
      writeFileSync(at('ca.pem'), cert)
      writeFileSync(at('ca.key'), key)
    }
    const cases: [() => unknown, RegExp][] = [
      [() => rmSync(at('ca.pem')), /ca\.pem cannot be used: it cannot be read \(ENOENT\)/],
      [() => rmSync(at('ca.key')), /ca\.key cannot be used: it cannot be read/],
      [() => writeFileSync(at('ca.pem'), 'rubbish'), /ca\.pem cannot be used: it is damaged/],
      [() => writeFileSync(at('ca.key'), ''), /ca\.key cannot be used: it is damaged/],
      [() => writeFileSync(at('ca.key'), text('server.key')), /ca\.key cannot be used: it does not belong/],
      [() => writeFileSync(at('ca.pem'), text('server.pem')), /ca\.pem cannot be used: it is no authority/],
    ]
    for (const [harm, said] of cases) {
      harm()
      const before = readdirSync(join(home, 'tls')).map((name) => [name, text(name)])
      expect(await refusal()).toMatch(/^CertificateUnusable/)
      expect(await refusal()).toMatch(said)
      expect(readdirSync(join(home, 'tls')).map((name) => [name, text(name)])).toEqual(before)
      restore()
    }
    expect(await refusal()).toBe('fine')
  })

  test('at its end, or from the future, is named', async () => {
    await open()
    expect(await refusal(start + 3640 * dayMs)).toMatch(/it ends on /)
    expect(await refusal(start - 10 * dayMs)).toMatch(/the clock is before that/)
  })
})

describe('names', () => {
  test('are checked before they are written into a certificate', async () => {
    for (const bad of ['a b', 'x,y', '../z', '*.example', '-a.example', '', `${'a'.repeat(64)}.example`])
      expect(await refusal(start, [bad]), bad).toMatch(/^BadArgument: server\.hosts: .*is no host name/)
    expect(await refusal(start, ['[2001:db8::1]', 'lazstore.blob.laz.test'])).toBe('fine')
  })
})

describe('the bundle', () => {
  test('holds our authority, and those that the environment names, once', async () => {
    const life = { from: start, until: start + dayMs }
    const company = await issueAuthority(life)
    const file = join(home, 'company.pem')
    writeFileSync(
      file,
      `# the company\n${company.cert}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    )
    const { bundle, ca } = await open(start, [], { REQUESTS_CA_BUNDLE: file, SSL_CERT_FILE: file })
    const found = readFileSync(bundle, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    const seen = found.map((each) => new X509Certificate(each).fingerprint256)
    expect(seen).toContain(new X509Certificate(readFileSync(ca)).fingerprint256)
    expect(seen.filter((each) => each === new X509Certificate(company.cert).fingerprint256)).toHaveLength(1)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeGreaterThan(50)
    // what a shell exports after `laz connect` must not grow the file
    await open(start, [], { REQUESTS_CA_BUNDLE: bundle })
    expect(readFileSync(bundle, 'utf8')).not.toContain('the company')
  })
})
