import { expect, test } from 'vitest'
import { findBytes } from './find-bytes.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function placesOf(text: string, needle: string, { from = 0, exact = false } = {}): number[] {
  const places: number[] = []
  const cases = [exact ? needle : needle.toLowerCase(), exact ? needle : needle.toUpperCase()].map(bytesOf)
  findBytes(bytesOf(text), [cases[0] ?? bytesOf(''), cases[1] ?? bytesOf('')], from, (at) => {
    places.push(at)
    return at + 1
  })
  return places
}

test('every place is found, in any case or in one', () => {
  expect(placesOf('Loss loss LOSS glossy', 'loss')).toEqual([0, 5, 10, 16])
  expect(placesOf('Loss loss LOSS glossy', 'loss', { exact: true })).toEqual([5, 16])
})

test('places that overlap, at the ends, from a place on', () => {
  expect(placesOf('aaaa', 'aa')).toEqual([0, 1, 2])
  expect(placesOf('abcab', 'ab', { from: 1 })).toEqual([3])
  expect(placesOf('ab', 'abc')).toEqual([])
  expect(placesOf('', 'a')).toEqual([])
  expect(placesOf('abc', '')).toEqual([])
})

test('is what looking at every place finds', () => {
  let state = 3
  const roll = (below: number) => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return Math.floor((state / 4294967296) * below)
  }
  for (let round = 0; round < 200; round++) {
    const text = Array.from({ length: 60 }, () => 'abAB'[roll(4)]).join('')
    const needle = Array.from({ length: 1 + roll(4) }, () => 'ab'[roll(2)]).join('')
    const plain = [...text].flatMap((_, at) => (text.slice(at).toLowerCase().startsWith(needle) ? [at] : []))
    expect(placesOf(text, needle)).toEqual(plain)
  }
})
