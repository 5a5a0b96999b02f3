import { expect, test } from 'vitest'
import { jsonTooDeep } from './json-depth.ts'

test('counts brackets that are open at once, not brackets', () => {
  expect(jsonTooDeep('[]'.repeat(1000), 5)).toBe(false)
  expect(jsonTooDeep('[{"a":[{}]}]', 4)).toBe(false)
  expect(jsonTooDeep('[{"a":[{"b":[]}]}]', 4)).toBe(true)
})

test('does not look into strings', () => {
  expect(jsonTooDeep('{"a":"[[[[[[[[["}', 3)).toBe(false)
  expect(jsonTooDeep('{"a":"\\"[[[[[["}', 3)).toBe(false)
  expect(jsonTooDeep('{"a":"\\\\","b":[[[]]]}', 3)).toBe(true)
  expect(jsonTooDeep('"[[[[', 3)).toBe(false)
})
