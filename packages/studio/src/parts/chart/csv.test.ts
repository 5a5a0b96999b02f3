import { expect, test } from 'vitest'
import { csvCell, defused } from './csv.ts'

test.each(['=1+1', '+cmd', '-loss', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '  =1', '\ufeff=1', '\uff1d1', '-1+1', '+1|x'])(
  '%j is no formula any more',
  (text) => {
    expect(defused(text)).toBe(`'${text}`)
  },
)

test.each(['loss', '-1', '+1.5', '-.5e-3', '1=1', 'a@b', '', '<b>'])('%j stays', (text) => {
  expect(defused(text)).toBe(text)
})

test('quotes and ends of lines stay in their cell', () => {
  expect(csvCell('a"b\n=c,d')).toBe('"a""b\n=c,d"')
})
