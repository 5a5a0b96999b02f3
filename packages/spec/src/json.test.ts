import { expect, test } from 'vitest'
import { asArray, asNumber, asObject, asString, at, isObject, own, sameJson, setKey, stableStringify } from './json.ts'

test('narrowing answers something harmless for everything else', () => {
  expect([asObject(null), asObject([1]), asObject('x')]).toEqual([{}, {}, {}])
  expect([asString(1), asNumber('1'), asArray({})]).toEqual([undefined, undefined, []])
  expect([isObject(null), isObject([]), isObject({})]).toEqual([false, false, true])
})

test('own never answers with what objects inherit', () => {
  expect([own({}, 'constructor'), own({}, '__proto__'), own({ a: 1 }, 'a')]).toEqual([undefined, undefined, 1])
})

test('setKey sets __proto__ as a plain key', () => {
  const o: Record<string, unknown> = {}
  setKey(o, '__proto__', { polluted: true })
  expect(Object.keys(o)).toEqual(['__proto__'])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('at walks keys and indices', () => {
  const v = { a: [{ b: 1 }] }
  expect([at(v, ['a', 0, 'b']), at(v, ['a', 1]), at(v, ['a', 'x']), at(v, [])]).toEqual([1, undefined, undefined, v])
})

test('equal values print equal, whatever the order of keys', () => {
  expect(stableStringify({ b: [1, { d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[1,{"c":2,"d":1}]}')
  expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true)
  expect([sameJson({ a: 1 }, { a: 2 }), sameJson(undefined, null), sameJson([1], [1])]).toEqual([false, false, true])
})
