import { describe, expect, test } from 'vitest'
import { bytesText, drawTable, durationText, oneLine, screenOf, tint, widthOf } from './paint.ts'

const plain = { colour: false, tty: false, width: 80 }

describe('screens', () => {
  test('colour on a terminal only, never with NO_COLOR, always with FORCE_COLOR', () => {
    expect(screenOf({ isTTY: true }, {}).colour).toBe(true)
    expect(screenOf({}, {}).colour).toBe(false)
    expect(screenOf({ isTTY: true }, { NO_COLOR: '1' }).colour).toBe(false)
    expect(screenOf({ isTTY: true }, { TERM: 'dumb' }).colour).toBe(false)
    expect(screenOf({}, { FORCE_COLOR: '1' }).colour).toBe(true)
    expect(tint(plain, 'red', 'x')).toBe('x')
  })
})

describe('tables', () => {
  test('columns line up, wide characters too', () => {
    const columns = [
      { title: 'name', cells: ['a', '日本'] },
      { title: 'n', cells: ['1', '23'], right: true },
    ]
    expect(drawTable(columns, plain)).toBe('name   n\na      1\n日本  23\n')
  })

  test('on a narrow terminal the widest column gives way', () => {
    const columns = [
      { title: 'id', cells: ['x'] },
      { title: 'text', cells: ['abcdefghijklmnopqrstuvwxyz'] },
    ]
    const lines = drawTable(columns, { ...plain, tty: true, width: 20 })
      .trimEnd()
      .split('\n')
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(20)
    expect(lines[1]).toBe('x   abcdefghijklmno…')
  })

  test('control characters are shown, not obeyed', () => {
    expect(oneLine('a\u001b[2Jb\nc')).toBe('a·[2Jb c')
  })
})

test('sizes and times', () => {
  expect([bytesText(10), bytesText(1536), bytesText(3 * 2 ** 30)]).toEqual(['10 B', '1.5 KiB', '3.0 GiB'])
  expect([durationText(1.25), durationText(75), durationText(3700)]).toEqual(['1.3s', '1m 15s', '1h 1m'])
})

test('on a narrow terminal names stay whole and what has no room is left out', () => {
  const columns = [
    { title: 'name', cells: ['quiet_frog_sqw1qcf3lp'], keep: true },
    { title: 'description', cells: ['a rather long description of it'] },
    { title: 'status', cells: ['Completed'], keep: true },
    { title: 'experiment', cells: ['everything'] },
  ]
  const lines = (width: number) => drawTable(columns, { colour: false, tty: true, width }).split('\n')
  expect(lines(200)[1]).toBe('quiet_frog_sqw1qcf3lp  a rather long description of it  Completed  everything')
  expect(lines(56)[1]).toBe('quiet_frog_sqw1qcf3lp  a rather …  Completed  everything')
  expect(lines(50)[1]).toBe('quiet_frog_sqw1qcf3lp  a rather long d…  Completed')
  expect(lines(35)).toEqual(['name                   status', 'quiet_frog_sqw1qcf3lp  Completed', ''])
  expect(lines(24)[1]?.length).toBeLessThanOrEqual(24)
})
