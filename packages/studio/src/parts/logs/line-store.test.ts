import { describe, expect, test } from 'vitest'
import { firstAbove, LineStore, withContext } from './line-store.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const storeOf = (...parts: string[]) => {
  const store = new LineStore(1)
  for (const part of parts) store.append(encode(part))
  return store
}

describe('lines', () => {
  test('are found however the bytes were cut', () => {
    const store = storeOf('a\nb', 'b\n', '\nlast')
    expect([store.lines, store.window(0, 10)]).toEqual([4, ['a', 'bb', '', 'last']])
    store.append(encode(' one\n'))
    expect([store.lines, store.line(3)]).toEqual([4, 'last one'])
  })
  test('of nothing are none', () => {
    expect([storeOf().lines, storeOf('').lines, storeOf('\n').lines, storeOf('\n').window(0, 5)]).toEqual([
      0,
      0,
      1,
      [''],
    ])
  })
  test('that are many are all there', () => {
    const store = new LineStore()
    for (let i = 0; i < 5000; i++) store.append(encode(`line ${i}\n`))
    expect([store.lines, store.line(4999)]).toEqual([5000, 'line 4999'])
  })
  test('of bytes that are no text are shown all the same', () => {
    const store = new LineStore()
    store.append(Uint8Array.of(255, 254, 10, 65))
    expect(store.window(0, 2)).toEqual(['\ufffd\ufffd', 'A'])
  })
})

describe('searching', () => {
  const store = storeOf('INFO one\nERROR two error\nünder error\nlast Error')
  const find = (text: string, o: { regex?: boolean; exact?: boolean } = {}, from = 0) => [
    ...store.search({ text, regex: false, exact: false, ...o }, from),
  ]
  test('texts in any case, or in theirs', () => {
    expect(find('error')).toEqual([1, 2, 3])
    expect(find('Error', { exact: true })).toEqual([3])
    expect(find('ÜNDER')).toEqual([2])
    expect([find('nothing'), find('')]).toEqual([[], []])
    expect(find('error', {}, 2)).toEqual([2, 3])
  })
  test('patterns, and what is none', () => {
    expect(find('^(info|last)', { regex: true })).toEqual([0, 3])
    expect(find('(', { regex: true })).toEqual([])
  })
})

test('context joins where it meets', () => {
  expect([...withContext(Uint32Array.of(1, 3, 9), 1, 10)]).toEqual([0, 1, 2, 3, 4, 8, 9])
  expect([firstAbove(Uint32Array.of(1, 3, 9), 3), firstAbove(Uint32Array.of(1, 3, 9), 9)]).toEqual([2, 3])
})
