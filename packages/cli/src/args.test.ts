import { describe, expect, test } from 'vitest'
import { isSet, listOf, type Option, pairsOf, parseArgs, textOf, wholeOf } from './args.ts'
import { UsageError } from './usage.ts'

const options: Option[] = [
  { name: 'name', short: 'n', takes: 'value', doc: '' },
  { name: 'endpoint-name', takes: 'value', doc: '' },
  { name: 'file', short: 'f', takes: 'value', doc: '' },
  { name: 'output', short: 'o', takes: 'value', doc: '', choices: ['json', 'tsv'] },
  { name: 'output-name', takes: 'value', doc: '' },
  { name: 'tags', takes: 'list', doc: '' },
  { name: 'yes', short: 'y', takes: 'flag', doc: '' },
  { name: 'public-ip', takes: 'switch', doc: '' },
  { name: 'max-results', short: 'r', takes: 'value', whole: true, doc: '' },
  { name: 'set', takes: 'edit', doc: '' },
  { name: 'add', takes: 'edit', doc: '' },
  { name: 'remove', takes: 'edit', doc: '' },
]
const parse = (line: string, positionals = [] as Parameters<typeof parseArgs>[2]) =>
  parseArgs(line === '' ? [] : line.split(' '), options, positionals)
const refusal = (line: string) => {
  try {
    parse(line)
  } catch (error) {
    if (error instanceof UsageError) return [error.message, error.hint].join(' ')
    throw error
  }
  return 'accepted'
}

describe('flags', () => {
  test.each(['--name x', '--name=x', '-n x', '-nx', '-n=x'])('%s', (line) => {
    expect(textOf(parse(line), 'name')).toBe('x')
  })

  test('a long flag may be cut short where it stays one of a kind', () => {
    expect(textOf(parse('--endpoint e'), 'endpoint-name')).toBe('e')
    expect(textOf(parse('--f a.yml'), 'file')).toBe('a.yml')
    expect(refusal('--o x')).toMatch(/could mean --output, --output-name/)
  })

  test('a whole name wins over longer ones that begin with it', () => {
    expect(textOf(parse('--output tsv'), 'output')).toBe('tsv')
  })

  test('lists take words up to the next flag and add up', () => {
    const args = parse('--tags a=b c=d=e -y --tags f=')
    expect(pairsOf(args, 'tags')).toEqual({ a: 'b', c: 'd=e', f: '' })
    expect(isSet(args, 'yes')).toBe(true)
  })

  test('edits keep the order they were typed in', () => {
    expect(parse('--set a=1 b=2 --remove c --set d=3').edits).toEqual([
      { how: 'set', words: ['a=1', 'b=2'] },
      { how: 'remove', words: ['c'] },
      { how: 'set', words: ['d=3'] },
    ])
  })

  test('a switch reads true and false, alone it means true', () => {
    expect(isSet(parse('--public-ip'), 'public-ip')).toBe(true)
    expect(parse('--public-ip false').values.get('public-ip')).toBe(false)
    expect(isSet(parse('--public-ip -y'), 'public-ip')).toBe(true)
  })

  test('a negative number is a value', () => {
    expect(textOf(parse('--name -5'), 'name')).toBe('-5')
  })

  test('whole numbers and choices are checked, choices in any case', () => {
    expect(wholeOf(parse('-r 12'), 'max-results')).toBe(12)
    expect(refusal('-r twelve')).toContain('whole number')
    expect(textOf(parse('-o TSV'), 'output')).toBe('tsv')
    expect(refusal('-o xml')).toContain('json, tsv')
  })

  test('an unknown flag names the nearest one', () => {
    expect(refusal('--naem x')).toContain('Did you mean --name?')
    expect(refusal('-q')).toContain('unrecognized flag -q')
  })

  test('a flag without its value is refused', () => {
    expect(refusal('--name')).toContain('needs a value')
    expect(refusal('--name --yes')).toContain('needs a value')
    expect(refusal('--tags')).toContain('at least one value')
    expect(refusal('--yes=1')).toContain('takes no value')
  })

  test('required flags are named together', () => {
    const wanted: Option[] = [
      { name: 'name', short: 'n', takes: 'value', required: true, doc: '' },
      { name: 'version', takes: 'value', required: true, doc: '' },
    ]
    expect(() => parseArgs([], wanted)).toThrow('--name/-n, --version')
  })
})

describe('words', () => {
  test('many words go to one positional, `--` ends the flags', () => {
    const args = parse('a.yml -y b.yml -- -c.yml', [{ name: 'file', many: true, doc: '' }])
    expect(listOf(args, 'file')).toEqual(['a.yml', 'b.yml', '-c.yml'])
  })

  test('a positional does not overwrite the flag of its name', () => {
    expect(() => parse('-n x y', [{ name: 'name', doc: '' }])).toThrow('unrecognized arguments: y')
    expect(textOf(parse('y', [{ name: 'name', doc: '' }]), 'name')).toBe('y')
  })
})
