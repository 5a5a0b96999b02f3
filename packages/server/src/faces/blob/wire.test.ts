// The small words of the wire, each by itself: ranges, checksums, block lists, names, conditions, signed headers.
import { describe, expect, test } from 'vitest'
import { parseAddress, splitTarget } from './address.ts'
import { checkWrite, notModified, parseConditions } from './conditions.ts'
import { Crc64 } from './crc64.ts'
import { parseRange } from './range.ts'
import { nameElement, parseBlockList, textElement } from './xml.ts'

const codeOf = (work: () => unknown): unknown => {
  try {
    work()
    return 'no error'
  } catch (error) {
    return (error as { code: unknown }).code // errors of the table carry one
  }
}

describe('ranges', () => {
  test.each([
    ['bytes=0-3', 10, { start: 0, end: 3 }],
    ['bytes=0-', 10, { start: 0, end: 9 }],
    ['bytes=8-100', 10, { start: 8, end: 9 }],
    ['bytes=9-9', 10, { start: 9, end: 9 }],
    ['bytes=-3', 10, { start: 7, end: 9 }],
    ['bytes=-30', 10, { start: 0, end: 9 }],
    [undefined, 10, undefined],
    ['', 10, undefined],
  ])('%s of %i bytes', (header, sizeBytes, range) => {
    expect(parseRange(header, sizeBytes)).toEqual(range)
  })

  test.each([
    ['bytes=10-', 10, 'InvalidRange'],
    ['bytes=0-5', 0, 'InvalidRange'],
    ['bytes=-0', 10, 'InvalidRange'],
    ['bytes=5-2', 10, 'InvalidHeaderValue'],
    ['bytes=0-1,4-5', 10, 'InvalidHeaderValue'],
    ['bytes=-', 10, 'InvalidHeaderValue'],
    ['lines=0-1', 10, 'InvalidHeaderValue'],
    [`bytes=0-${'9'.repeat(40)}`, 10, 'InvalidHeaderValue'],
  ])('%s of %i bytes is %s', (header, sizeBytes, code) => {
    expect(codeOf(() => parseRange(header, sizeBytes))).toBe(code)
  })
})

test('CRC-64 has its published check value, however the bytes are cut', () => {
  const whole = new Crc64().update(Buffer.from('123456789')).digest()
  expect(Buffer.from(whole).reverse().toString('hex')).toBe('ae8b14860a799888')
  const body = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7) % 251))
  const once = new Crc64().update(body).digest()
  for (const cut of [1, 7, 8, 9, 63, 500]) {
    const twice = new Crc64().update(body.subarray(0, cut)).update(body.subarray(cut)).digest()
    expect(twice).toEqual(once)
  }
})

test('block lists are read with or without a prologue', () => {
  const blocks = '<Latest>YQ==</Latest>\n <Uncommitted> Yg== </Uncommitted>'
  const wanted = [
    { source: 'Latest', id: 'YQ==' },
    { source: 'Uncommitted', id: 'Yg==' },
  ]
  expect(parseBlockList(`<?xml version="1.0" encoding="utf-8"?>\n<BlockList>${blocks}</BlockList>\n`)).toEqual(wanted)
  expect(parseBlockList(`\ufeff<BlockList xmlns="x">${blocks}</BlockList>`)).toEqual(wanted)
  expect(parseBlockList('<BlockList />')).toEqual([])
  expect(parseBlockList('<BlockList></BlockList>')).toEqual([])
})

test('a long hostile block list costs no more than its length', () => {
  const started = performance.now()
  expect(codeOf(() => parseBlockList(`<BlockList>${'<Latest>'.repeat(200_000)}`))).toBe('InvalidXmlDocument')
  expect(codeOf(() => parseBlockList(`${' '.repeat(1_000_000)}x`))).toBe('InvalidXmlDocument')
  expect(performance.now() - started).toBeLessThan(2000)
})

test('names that XML cannot hold are encoded and say so', () => {
  expect(nameElement('a<b>&"')).toBe('<Name>a&lt;b&gt;&amp;&quot;</Name>')
  expect(nameElement('a\u0001b')).toBe('<Name Encoded="true">a%01b</Name>')
  expect(textElement('Prefix', undefined)).toBe('')
  expect(textElement('NextMarker', '')).toBe('<NextMarker />')
})

test('addresses are decoded once', () => {
  const account = 'laz0123456789ab'
  expect(parseAddress(`/${account}/abc/a%20b/%2525`)).toEqual({ account, container: 'abc', blob: 'a b/%25' })
})

test('a parameter that comes twice is refused', () => {
  expect(codeOf(() => splitTarget('/x?comp=list&comp=block'))).toBe('InvalidQueryParameter')
  expect(splitTarget('/x?a=%2B+%20').query.get('a')).toBe('+  ')
})

describe('conditions', () => {
  const version = { etag: '0x1', modifiedAt: Date.parse('2024-01-01T00:00:00.900Z') }
  const at = (text: string) => ({ 'if-modified-since': new Date(text).toUTCString() })

  test('of reads', () => {
    expect(notModified(parseConditions({ 'if-none-match': '"0x1"' }), version)).toBe(true)
    expect(notModified(parseConditions({ 'if-none-match': '"0x2", W/"0x1"' }), version)).toBe(true)
    expect(notModified(parseConditions({ 'if-none-match': '"0x2"' }), version)).toBe(false)
    expect(notModified(parseConditions(at('2024-01-01T00:00:00Z')), version)).toBe(true)
    expect(notModified(parseConditions(at('2023-12-31T23:59:59Z')), version)).toBe(false)
    expect(codeOf(() => notModified(parseConditions({ 'if-match': '"0x2"' }), version))).toBe('PreconditionFailed')
    expect(codeOf(() => parseConditions({ 'if-modified-since': 'yesterday' }))).toBe('InvalidHeaderValue')
  })

  test('of writes', () => {
    const write = (headers: Record<string, string>, there = true) =>
      codeOf(() => checkWrite(parseConditions(headers), there ? version : undefined, 'b'))
    expect(write({ 'if-none-match': '*' })).toBe('BlobAlreadyExists')
    expect(write({ 'if-none-match': '*' }, false)).toBe('no error')
    expect(write({ 'if-match': '*' }, false)).toBe('PreconditionFailed')
    expect(write({ 'if-match': '0x1' })).toBe('no error')
  })
})
