import { describe, expect, test } from 'vitest'
import { parseIgnore } from './ignore.ts'

const ignored = (text: string, paths: string) => paths.split(' ').filter(parseIgnore(text).ignores)

/** Expected answers are those of git itself for files (`git check-ignore`), but for the last describe. */
describe('patterns', () => {
  test.each([
    ['*.pyc', 'a.pyc b/c.pyc a.py', 'a.pyc b/c.pyc'],
    ['/a.txt', 'a.txt b/a.txt', 'a.txt'],
    ['data', 'data/x a/data/y data.txt', 'data/x a/data/y'],
    ['data/', 'data/x a/data/y data', 'data/x a/data/y'],
    ['a/b', 'a/b a/b/c x/a/b', 'a/b a/b/c'],
    ['**/logs', 'logs/a x/logs/b x/y/logs', 'logs/a x/logs/b x/y/logs'],
    ['a/**', 'a/b a/b/c a', 'a/b a/b/c'],
    ['a/**/z', 'a/z a/b/z a/b/c/z z', 'a/z a/b/z a/b/c/z'],
    ['*.[ch]', 'a.c a.h a.o', 'a.c a.h'],
    ['[!a]x', 'ax bx', 'bx'],
    ['f?o', 'foo fo f/o', 'foo'],
    ['doc/*.txt', 'doc/a.txt doc/b/a.txt', 'doc/a.txt'],
    ['a*c', 'abc ab/c', 'abc'],
    ['\\!keep', '!keep keep', '!keep'],
    ['\\#hash', '#hash hash', '#hash'],
    ['# comment', '# comment', ''],
    ['a.b', 'a.b aXb', 'a.b'],
  ])('%s', (pattern, paths, expected) => {
    expect(ignored(pattern, paths)).toEqual(expected.split(' ').filter(Boolean))
  })

  test('blanks at the end do not count unless escaped', () => {
    expect(ignored('a.txt   ', 'a.txt')).toEqual(['a.txt'])
    expect(parseIgnore('a\\ ').ignores('a ')).toBe(true)
  })

  test('the last pattern that matches decides', () => {
    expect(ignored('*.csv\n!keep.csv', 'a.csv keep.csv')).toEqual(['a.csv'])
    expect(ignored('!keep.csv\n*.csv', 'keep.csv')).toEqual(['keep.csv'])
  })
})

describe('where the official client differs from git', () => {
  test('a file may be taken back out of an ignored folder', () => {
    expect(ignored('data/\n!data/keep.csv', 'data/a.csv data/keep.csv')).toEqual(['data/a.csv'])
  })

  test('a bracket that never closes is a plain character', () => {
    expect(ignored('[x', '[x x')).toEqual(['[x'])
  })

  test('a folder is left unread only where nothing could be taken back', () => {
    expect(parseIgnore('node_modules').prunes('node_modules')).toBe(true)
    expect(parseIgnore('node_modules\n!x').prunes('node_modules')).toBe(false)
    expect(parseIgnore('*.pyc').prunes('src')).toBe(false)
  })

  test.each([
    ['!keep.me\nnode_modules/', 'node_modules a/node_modules a', 'node_modules a/node_modules'],
    ['node_modules/\n!/src/keep', 'node_modules src', 'node_modules'],
    ['*\n!/src/**', 'src src/a other', 'other'],
    ['data/*\n!data/keep', 'data data/keep data/other', 'data/other'],
    ['data/?', 'data data/x', 'data/x'],
    ['/[!a]*', 'a b', 'b'],
    ['.venv', '.venv a/.venv/lib .venv2', '.venv a/.venv/lib'],
    ['a/**/b/', 'a a/b a/x/b a/x', 'a/b a/x/b'],
  ])('of %j these folders are left unread', (text, folders, expected) => {
    const { prunes, ignores } = parseIgnore(text)
    expect(folders.split(' ').filter(prunes)).toEqual(expected.split(' '))
    // nothing that is wanted lies in what is not read
    for (const folder of folders.split(' ').filter(prunes)) {
      for (const inside of ['x', 'keep', 'long.name', 'x/y']) expect(ignores(`${folder}/${inside}`)).toBe(true)
    }
  })
})

test('a pattern of many stars takes no longer than it is long', () => {
  const startedAt = performance.now()
  expect(parseIgnore(`${'*a'.repeat(60)}b`).ignores('a'.repeat(240))).toBe(false)
  expect(parseIgnore(`${'*a'.repeat(60)}b`).ignores(`x${'ca'.repeat(80)}b`)).toBe(true)
  expect(parseIgnore('a*bc*bd*e').ignores('axbcbcybdbdzee')).toBe(true)
  expect(parseIgnore('a*bc*bd*e').ignores('axbdbce')).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(300)
})
