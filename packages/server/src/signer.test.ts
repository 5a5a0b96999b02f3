import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { makeSigner, type Signer, sameText } from './signer.ts'

let now = 1_800_000_000_000
let signer: Signer
beforeEach(() => {
  now = 1_800_000_000_000
  signer = makeSigner(randomBytes(32), () => now)
})

describe('tokens', () => {
  const grant = () => ({
    audience: 'https://ml.azure.laz.test',
    expiresAt: now + 60_000,
    bearer: { owner: true } as const,
    name: 'me',
  })

  test('carry the claims that the official clients read', () => {
    const parts = signer.token(grant()).split('.')
    expect(parts).toHaveLength(3)
    const claims = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ aud: 'https://ml.azure.laz.test', exp: 1_800_000_060, oid: expect.any(String) })
    expect(claims.tid).toBe('00000000-0000-0000-0000-00000000000a')
  })

  test('open with the right key until they expire', () => {
    const token = signer.token(grant())
    expect(signer.openToken(token)).toMatchObject({ bearer: { owner: true }, name: 'me' })
    expect(makeSigner(randomBytes(32), () => now).openToken(token)).toBeUndefined()
    now += 60_000
    expect(signer.openToken(token)).toBeUndefined()
  })

  test('do not open when one byte changed, when unsigned, or when they are something else', () => {
    const token = signer.token(grant())
    for (let i = 0; i < token.length; i += 1) {
      const changed = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`
      // the last character of a base64url text may carry bits that do not count
      if (i < token.length - 1) expect(signer.openToken(changed), `byte ${i}`).toBeUndefined()
    }
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    expect(signer.openToken(`${none}.${token.split('.')[1]}.`)).toBeUndefined()
    for (const text of ['', 'a', 'a.b', 'a.b.c', `${token}.x`, 'x'.repeat(100_000)])
      expect(signer.openToken(text)).toBeUndefined()
  })

  test('of a run speak for that run alone', () => {
    const token = signer.token({ ...grant(), bearer: { run: 's/g/w|job1' }, name: 'job1' })
    expect(signer.openToken(token)).toMatchObject({ bearer: { run: 's/g/w|job1' }, name: 'job1' })
  })
})

describe('shared access signatures', () => {
  const place = { account: 'laz0123456789ab', container: 'c1' }
  const query = (text: string) => new URLSearchParams(text)
  const check = (text: string, want: { account: string; container: string; blob?: string; anyOf: string }) => () =>
    signer.checkSas(query(text), want)

  test('of a container open every blob in it, for the letters given', () => {
    const sas = signer.sas({ ...place, permissions: 'rl', expiresAt: now + 1000 })
    expect(check(sas, { ...place, blob: 'a/b.txt', anyOf: 'r' })).not.toThrow()
    expect(check(sas, { ...place, anyOf: 'l' })).not.toThrow()
    expect(check(sas, { ...place, blob: 'a', anyOf: 'wc' })).toThrow()
    expect(check(sas, { ...place, container: 'c2', blob: 'a', anyOf: 'r' })).toThrow()
    expect(check(sas, { account: 'laz000000000000', container: 'c1', blob: 'a', anyOf: 'r' })).toThrow()
  })

  test('of a blob open that blob alone', () => {
    const sas = signer.sas({ ...place, blob: 'a/b.txt', permissions: 'r', expiresAt: now + 1000 })
    expect(check(sas, { ...place, blob: 'a/b.txt', anyOf: 'r' })).not.toThrow()
    expect(check(sas, { ...place, blob: 'a/c.txt', anyOf: 'r' })).toThrow()
    expect(check(sas, { ...place, anyOf: 'r' })).toThrow()
    expect(check(sas.replace('sr=b', 'sr=c'), { ...place, blob: 'a/c.txt', anyOf: 'r' })).toThrow()
  })

  test('end, and cannot be stretched', () => {
    const sas = signer.sas({ ...place, permissions: 'r', expiresAt: now + 10_000 })
    const later = sas.replace(/se=[^&]+/, `se=${encodeURIComponent('2099-01-01T00:00:00Z')}`)
    expect(check(later, { ...place, anyOf: 'r' })).toThrow()
    expect(check(sas.replace('sp=r', 'sp=rw'), { ...place, anyOf: 'w' })).toThrow()
    now += 10_000
    expect(check(sas, { ...place, anyOf: 'r' })).toThrow()
    expect(check('', { ...place, anyOf: 'r' })).toThrow()
  })
})

test('texts are compared whole', () => {
  expect(sameText('abc', 'abc')).toBe(true)
  expect(sameText('abc', 'abd')).toBe(false)
  expect(sameText('abc', 'abcd')).toBe(false)
  expect(sameText('', '')).toBe(true)
})
