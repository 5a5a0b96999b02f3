import { describe, expect, test } from 'vitest'
import { lastState, levelOf, plainText, spansOf, statesOf } from './ansi.ts'

const esc = '\x1b'

describe('codes of terminals', () => {
  test('become looks', () => {
    expect(spansOf(`${esc}[32mINFO${esc}[0m  ${esc}[1;4mbold${esc}[22m under`)).toEqual([
      { text: 'INFO', look: 'fore-green' },
      { text: '  ', look: '' },
      { text: 'bold', look: 'ansi-bold ansi-under' },
      { text: ' under', look: 'ansi-under' },
    ])
  })
  test('of 256 and of all colours', () => {
    expect(spansOf(`${esc}[38;5;196mred${esc}[48;2;1;2;3mground${esc}[m`)).toEqual([
      { text: 'red', look: '', colour: '#ff0000' },
      { text: 'ground', look: '', colour: '#ff0000', ground: '#010203' },
    ])
    expect(spansOf(`${esc}[7;31mx`)).toEqual([{ text: 'x', look: 'fore-inverse back-red' }])
  })
  test('that move, clear, name or ring are gone', () => {
    expect(plainText(`${esc}[2K${esc}[1Ga${esc}]0;title\x07b\x07c${esc}(B`)).toBe('abc')
    expect(spansOf(`${esc}[2Ja`)).toEqual([{ text: 'a', look: '' }])
  })
  test('link to pages alone', () => {
    const link = (to: string) => spansOf(`${esc}]8;;${to}${esc}\\here${esc}]8;;${esc}\\ there`)
    expect(link('https://a.example/x')[0]).toEqual({ text: 'here', look: '', href: 'https://a.example/x' })
    expect(link('javascript:alert(1)')[0]).toEqual({ text: 'here', look: '' })
    expect(link('https://a.example')[1]).toEqual({ text: ' there', look: '' })
  })
  test('markup stays text', () => {
    expect(spansOf('<img src=x onerror=alert(1)>')).toEqual([{ text: '<img src=x onerror=alert(1)>', look: '' }])
  })
})

test('a line that overwrote itself shows its last state', () => {
  expect(lastState('\r  0%\r 50%\r100%')).toBe('100%')
  expect(lastState('windows\r')).toBe('windows')
  expect(statesOf('\r  0%\r 50%\r100%\r')).toHaveLength(3)
})

test('levels are read from the head of a line', () => {
  expect(
    ['ERROR x', 'a WARNING', 'INFO error', 'plain', 'Traceback (most recent call last):', 'ZeroDivisionError: x'].map(
      levelOf,
    ),
  ).toEqual(['error', 'warn', 'error', '', 'error', 'error'])
})
