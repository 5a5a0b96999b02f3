import type { Json } from '@lazurite/spec'
import { describe, expect, test } from 'vitest'
import { checkQuery, type Format, render, type Shown } from './output.ts'

const screen = { colour: false, tty: false, width: 80 }
const print = (value: Json, format: Format, more: { query?: string; shown?: Shown[] } = {}) =>
  render(value, { format, screen, ...more })

const jobs = [
  { status: 'Running', name: 'b', id: '/x', type: 'command', tags: { k: 'v' }, archived: false, note: null },
  { status: 'Failed', name: 'a', id: '/y', type: 'command', tags: {}, archived: true, extra: 3 },
]

describe('json', () => {
  test('keys are sorted, two blanks deep', async () => {
    expect(await print({ b: 1, a: { d: true, c: null } }, 'json')).toBe(
      '{\n  "a": {\n    "c": null,\n    "d": true\n  },\n  "b": 1\n}\n',
    )
  })

  test('nothing is printed for null, also when a query finds nothing', async () => {
    expect(await print(null, 'json')).toBe('')
    expect(await print({ a: 1 }, 'tsv', { query: 'nope' })).toBe('')
    expect(await print([], 'json')).toBe('[]\n')
  })
})

describe('tsv', () => {
  test('a bare value is a line', async () => {
    expect(await print({ name: 'x' }, 'tsv', { query: 'name' })).toBe('x\n')
    expect(await print({ on: true }, 'tsv', { query: 'on' })).toBe('true\n')
    expect(await print({ n: 5 }, 'tsv', { query: 'n' })).toBe('5\n')
  })

  test('a list is a line each, a list inside is its length, a mapping inside is empty', async () => {
    expect(await print(jobs, 'tsv', { query: '[].name' })).toBe('b\na\n')
    expect(await print({ a: [1, 2], b: { c: 1 }, d: 'x' }, 'tsv')).toBe('2\t\tx\n')
  })

  test('in a row booleans and null are spelt as Python does', async () => {
    expect(await print(jobs, 'tsv', { query: '[].[name, archived, note]' })).toBe('b\tFalse\tNone\na\tTrue\tNone\n')
  })

  test('columns are sorted by key, but a hash of the query keeps its order', async () => {
    expect(await print({ z: 1, a: 2 }, 'tsv')).toBe('2\t1\n')
    expect(await print({ z: 1, a: 2 }, 'tsv', { query: '{Z:z,A:a}' })).toBe('1\t2\n')
    expect(await print({ o: { z: 1, a: 2 } }, 'tsv', { query: 'o' })).toBe('2\t1\n')
  })
})

describe('table', () => {
  test('what a name holds for a terminal is shown, not obeyed', async () => {
    const text = await print([{ name: 'a\u001b[31mb\u0007\nc' }], 'table')
    expect(text).toContain('a·[31mb· c')
    expect(text).not.toContain('\u001b')
  })

  test('scalars under capitalised keys; id, type, null and structures are left out', async () => {
    expect(await print(jobs, 'table')).toBe(
      [
        'Archived    Name    Status    Extra',
        '----------  ------  --------  -------',
        'False       b       Running',
        'True        a       Failed    3',
        '',
      ].join('\n'),
    )
  })

  test('a query decides the columns and their order', async () => {
    expect(await print(jobs, 'table', { query: '[].{Who:name,What:status}' })).toBe(
      ['Who    What', '-----  -------', 'b      Running', 'a      Failed', ''].join('\n'),
    )
    expect(await print(jobs, 'table', { query: '[].name' })).toBe('Result\n--------\nb\na\n')
    expect(await print(jobs, 'table', { query: '[].[name,status]' })).toBe(
      'Column1    Column2\n---------  ---------\nb          Running\na          Failed\n',
    )
  })

  test('a kind brings its own columns, which a query puts aside', async () => {
    const shown: Shown[] = [{ title: 'name', of: (row) => String(row.name).toUpperCase() }]
    expect(await print(jobs, 'table', { shown })).toBe('name\n------\nB\nA\n')
    expect(await print(jobs, 'table', { shown, query: '[0].name' })).toBe('Result\n--------\nb\n')
  })

  test('what has no scalars is refused with the way out', async () => {
    await expect(print([{ a: {} }], 'table')).rejects.toThrow('nothing that fits in a table')
  })
})

test('none prints nothing', async () => {
  expect(await print(jobs, 'none')).toBe('')
})

test('a wrong query is refused before anything is done', async () => {
  await expect(checkQuery('[].{')).rejects.toThrow('not valid JMESPath')
  await expect(checkQuery('[].name | [0]')).resolves.toBeUndefined()
})

test('jsonc colours keys, texts and numbers and leaves the rest as json has it', async () => {
  const plain = await print({ a: 'x: 1', n: [1.5, true] }, 'json')
  const coloured = await render({ a: 'x: 1', n: [1.5, true] }, { format: 'jsonc', screen: { ...screen, colour: true } })
  expect(coloured).not.toBe(plain)
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain)
})

test('yamlc colours keys and values and leaves the rest as yaml has it', async () => {
  const value = { a: 'x: 1', n: [1.5, true], text: 'one\ntwo: 2\n', empty: {}, deep: [{ k: 'v' }] }
  const plain = await print(value, 'yaml')
  const coloured = await render(value, { format: 'yamlc', screen: { ...screen, colour: true } })
  expect(coloured).not.toBe(plain)
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain)
  expect(coloured).toContain('\u001b[34mn\u001b[39m:')
  expect(await render(value, { format: 'yamlc', screen })).toBe(plain)
})
