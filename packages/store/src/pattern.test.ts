import { describe, expect, it } from 'vitest'
import { readPattern } from './pattern.ts'

describe('patterns', () => {
  it.each([
    'abc',
    '^abc$',
    'a.c',
    '^(foo|bar)+$',
    'x{2,3}y',
    '[a-c]+[^0-9]',
    '\\d{3}-\\d+',
    '\\bword\\b',
    'a*b?c+',
    '^$',
    '(a|b|)c',
    '(?:ab){2}',
    '[\\w.-]+@[\\w.]+',
    'a{2}',
    'a{,2}',
    '[]a]',
    'é+',
    '(?i)HeLLo [A-C]',
    'end$',
  ])('%s fits what the engine says it fits', (source) => {
    const texts = [
      'abc',
      'foobar',
      'xxy',
      'xxxxy',
      'b1',
      'bx',
      '123-4',
      'a word here',
      'sword',
      'c',
      '',
      'abab',
      'me@x.org',
    ]
    texts.push('aa', 'a{,2}', ']', 'ééé', 'hello b', 'HELLO c', 'end\n', 'the end')
    const folds = source.startsWith('(?i)')
    // what Python reads in another way than JavaScript is spelt for the latter
    const spelt = source
      .replace('(?i)', '')
      .replace('[]a]', '[\\]a]')
      .replace('a{,2}', 'a\\{,2\\}')
      .replace('end$', 'end\\n?$')
    const native = new RegExp(spelt, folds ? 'iu' : 'u')
    for (const text of texts) expect([text, readPattern(source).test(text)]).toEqual([text, native.test(text)])
  })

  it('takes no longer for patterns that make others try for ever', () => {
    const from = process.cpuUsage().user
    expect(readPattern('^(a+)+$').test(`${'a'.repeat(5000)}b`)).toBe(false)
    expect(readPattern('(x|xx|xxx)*y').test('x'.repeat(5000))).toBe(false)
    expect(process.cpuUsage().user - from).toBeLessThan(3_000_000)
  })

  it('keeps what it found out, and gives up what it cannot', () => {
    const from = process.cpuUsage().user
    expect(readPattern('((((){9999}){9999}){9999}){9999}b').test('ab')).toBe(true)
    const long = readPattern('(.?){300}y')
    for (let i = 0; i < 100; i += 1) expect(long.test('x'.repeat(8000))).toBe(false)
    // each place is unlike all before it
    const hard = readPattern(`(a|b)*a${'(a|b)'.repeat(60)}$`)
    let state = 1
    const noise = () => {
      state = (state * 48271) % 2147483647
      return 'ab'[state % 2]
    }
    const texts = Array.from({ length: 200 }, () => `${Array.from({ length: 8000 }, noise).join('')}!`)
    expect(() => texts.every((text) => !hard.test(text))).toThrow(/takes too long/)
    expect(process.cpuUsage().user - from).toBeLessThan(8_000_000)
  })

  it('is right again after it forgot', () => {
    const pattern = readPattern('^\\b(.a)+b$')
    for (let i = 0; i < 20_500; i += 1) expect(pattern.test(`${String.fromCodePoint(0x4e00 + i)}ab`)).toBe(true)
    expect(pattern.test('xxb')).toBe(false)
  })

  it.each([
    '(a',
    'a)',
    '*a',
    '[a',
    'a**',
    '\\1',
    '(?=a)',
    '(?P<n>a)',
    'x{3,2}',
    '(a{900}){900}',
    '\\q',
    'a\\',
    'y'.repeat(1001),
  ])('refuses %s by name', (source) => {
    expect(() => readPattern(source)).toThrow(/Invalid regular expression/)
  })
})
