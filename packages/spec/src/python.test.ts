import { describe, expect, it } from 'vitest'
import { parsePythonJson } from './python.ts'

describe('JSON as Python prints it', () => {
  it.each([
    ['{"a": NaN, "b": [-Infinity, Infinity]}', { a: 'NaN', b: ['-Infinity', 'Infinity'] }],
    ['{"say \\"NaN\\"": "it is NaN", "x": NaN}', { 'say "NaN"': 'it is NaN', x: 'NaN' }],
    ['[1, "\\\\", NaN]', [1, '\\', 'NaN']],
    ['NaN', 'NaN'],
    ['[NaNs]', undefined],
    ['{"a": "NaN}', undefined],
    ['"', undefined],
    ['"\\', undefined],
  ])('reads %s', (text, value) => {
    expect(parsePythonJson(text)).toEqual(value)
  })

  it('takes no longer for a text that is never closed', () => {
    const from = process.cpuUsage().user
    expect(parsePythonJson(`"${'\\"'.repeat(2_000_000)}`)).toBeUndefined()
    expect(process.cpuUsage().user - from).toBeLessThan(2_000_000)
  })
})
