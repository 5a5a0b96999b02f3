import { expect, test } from 'vitest'
import { foldAt, foldHead, foldsOf, unfolded } from './folds.ts'

const log = [
  'begin',
  `\x1b[31m${foldHead}\x1b[0m`,
  '  File "a.py", line 1, in <module>',
  '    f()',
  'ZeroDivisionError: division by zero',
  '',
  foldHead,
  '  File "a.py", line 2',
  '    g()',
  '',
  'ValueError: second',
  'it says Traceback (most recent call last): here',
  '  and no more',
  '  than that',
  'end',
  foldHead,
  '  File "b.py", line 1',
  '    not over yet',
]
const heads = [1, 6, 11, 15]
const folds = foldsOf(heads, (line) => log[line] ?? '', log.length)

test('tracebacks fold to what began and what was raised', () => {
  expect(folds).toEqual([
    { from: 1, to: 4 },
    { from: 6, to: 10 },
  ])
  expect([...(unfolded(log.length, folds, new Set()) ?? [])]).toEqual([0, 1, 4, 5, 6, 10, 11, 12, 13, 14, 15, 16, 17])
  expect([...(unfolded(log.length, folds, new Set([1])) ?? [])].slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5])
  expect(unfolded(log.length, folds, new Set([1, 6]))).toBeUndefined()
})

test('a hidden line tells its fold', () => {
  expect([0, 1, 3, 4, 8, 14].map((line) => foldAt(folds, line)?.from)).toEqual([
    undefined,
    1,
    1,
    undefined,
    6,
    undefined,
  ])
})
