import { pythonFloat } from '@lazurite/spec'
import { expect, test } from 'vitest'
import { exactType, Numeral, parseExact, printExact } from './exact-json.ts'

test('numbers stay as they were written', () => {
  const text =
    '{"a": 1.0, "b": [12345678901234567890, -0, NaN, -Infinity, 1e-7], "c": {"__proto__": null, "d": "\\u00e9\\n"}}'
  const value = parseExact(text) ?? null
  expect(printExact(value)).toBe(text.replace('\\u00e9', 'é'))
  expect(value instanceof Map && [...value.values()].map(exactType)).toEqual(['float', 'array', 'object'])
})

test('what is the same has one text, and an int is no float', () => {
  const sorted = (text: string) => printExact(parseExact(text) ?? null, { sorted: true })
  expect(sorted('{"b":1.50,"a":-0}')).toBe(sorted(' {"a" : 0, "b" : 15e-1} '))
  expect(sorted('1')).not.toBe(sorted('1.0'))
  expect(sorted('true')).not.toBe(sorted('"true"'))
})

test.each([
  '',
  '{',
  '[1,]',
  '{"a":}',
  '{a: 1}',
  '01',
  '1.',
  '+1',
  'nan',
  '"a',
  '"\n"',
  '[1] 2',
  `${'['.repeat(102)}${']'.repeat(102)}`,
])('no JSON: %j', (text) => expect(parseExact(text)).toBeUndefined())

test.each([
  [9, '9.0'],
  [-0, '-0.0'],
  [0.1, '0.1'],
  [1e16, '1e+16'],
  [1.5e300, '1.5e+300'],
  [1e15, '1000000000000000.0'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [Number.NaN, 'nan'],
  [-Infinity, '-inf'],
])('%d is %s in Python', (value, shown) => {
  expect(pythonFloat(value)).toBe(shown)
  expect(new Numeral('9').shown).toBe('9')
})
