import { describe, expect, test } from 'vitest'
import { type Cron, parseCron } from './cron.ts'

const read = (text: string): Cron => {
  const cron = parseCron(text)
  if (typeof cron === 'string') throw new Error(cron)
  return cron
}
const list = (set: ReadonlySet<number>) => [...set].sort((a, b) => a - b)

describe('a cron expression', () => {
  test('has lists, ranges, steps and names', () => {
    const cron = read('1,5-9/2,*/30 */8 1-3 jan,DEC Mon-friday')
    expect(list(cron.minutes)).toEqual([0, 1, 5, 7, 9, 30])
    expect(list(cron.hours)).toEqual([0, 8, 16])
    expect(list(cron.days)).toEqual([1, 2, 3])
    expect(list(cron.months)).toEqual([1, 12])
    expect(list(cron.weekDays)).toEqual([1, 2, 3, 4, 5])
    expect(cron.eitherDay).toBe(true)
    expect(cron.wild).toBe(true)
  })

  test('counts Sunday as 0 and as 7, and a step from a number to the end', () => {
    expect(list(read('0 0 * * 7').weekDays)).toEqual([0])
    expect(list(read('0 0 * * 5-7').weekDays)).toEqual([0, 5, 6])
    expect(list(read('0 0 * * *').weekDays)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(list(read('10/20 0 * * *').minutes)).toEqual([10, 30, 50])
    expect(read('0 0 * * *').wild).toBe(false)
  })

  test.each([
    ['', 'five fields'],
    ['* * * *', 'has 4'],
    ['* * * * * *', 'has 6'],
    ['60 * * * *', '"60" for the minute: only 0 to 59'],
    ['* 24 * * *', 'hour'],
    ['* * 0 * *', 'day of the month'],
    ['* * * 13 *', 'month'],
    ['* * * foo *', '"foo" for the month'],
    ['* * * * 8', 'day of the week'],
    ['9-5 * * * *', 'from the smaller to the larger'],
    ['*/0 * * * *', 'a step is at least 1'],
    ['1,,2 * * * *', '""'],
    ['0 0 31 2,4 *', 'never come'],
    ['@daily', 'five fields'],
    ['x'.repeat(5000), 'five fields'],
  ])('%s is refused', (text, message) => {
    expect(parseCron(text)).toContain(message)
  })
})
