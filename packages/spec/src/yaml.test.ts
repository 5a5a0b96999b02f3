import { describe, expect, it } from 'vitest'
import { parseYaml } from './yaml.ts'

const read = (text: string) => parseYaml(text).value

describe('plain scalars mean what PyYAML makes of them', () => {
  const cases: [string, unknown][] = [
    ['1e-3', '1e-3'],
    ['2e5', '2e5'],
    ['1.0', 1],
    ['.5', 0.5],
    ['1.5e+3', 1500],
    ['1.5e3', '1.5e3'],
    ['.', '.'],
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['012', 10],
    ['08', '08'],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['1:30', 90],
    ['-1:30', -90],
    ['1:30.5', 90.5],
    ['~', null],
    ['Null', null],
    ['nULL', 'nULL'],
    ['2022-01-01', '2022-01-01'],
    ['"1"', '1'],
    ["'yes'", 'yes'],
    ['!!str 12', '12'],
    ['!!int "12"', 12],
    ['+12', 12],
    ['1.2.3', '1.2.3'],
  ]
  it.each(cases)('%s', (text, value) => {
    expect(read(`k: ${text}`)).toEqual({ k: value })
  })
})
