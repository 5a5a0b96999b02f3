import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { locatePlace, type Place } from '../datastores/resolve.ts'
import { openRoom, type Room } from '../testing/room.ts'
import { preview, profile } from './look.ts'

let room: Room
beforeAll(async () => {
  room = await openRoom()
})
afterAll(() => room.close())

const place = (path: string): Promise<Place> =>
  locatePlace(room.store, room.scope, `azureml://datastores/workspaceblobstore/paths/${path}`)
const put = (path: string, files: Record<string, string>) => room.upload(path, files)
const see = async (path: string, rows = 20) => preview(await place(path), room, { rows })
const tell = async (path: string, o = {}) => profile(await place(path), room, o)

describe('previews', () => {
  test('csv, its types found out; other delimiters by its first line', async () => {
    put('p', {
      'a.csv': 'id,name,score,ok,day\n1,Ann,1.5,true,2024-01-31\n2,"Bo, the 2nd",,false,2024-02-01\n007,x,2,true,\n',
    })
    expect(await see('p/a.csv')).toMatchObject({
      format: 'delimited',
      columns: ['id', 'name', 'score', 'ok', 'day'],
      rows: [
        { id: '1', name: 'Ann', score: 1.5, ok: true, day: '2024-01-31T00:00:00.000Z' },
        { id: '2', name: 'Bo, the 2nd', score: null, ok: false, day: '2024-02-01T00:00:00.000Z' },
        { id: '007', name: 'x', score: 2, ok: true, day: null },
      ],
      more: false,
    })
    put('p', { 'b.tsv': 'a;b\tc\n1;2\t3\n', 'c.csv': 'a;b\n1;2\n' })
    expect((await see('p/b.tsv')).rows).toEqual([{ 'a;b': '1;2', c: 3 }])
    expect((await see('p/c.csv')).rows).toEqual([{ a: 1, b: 2 }])
  })

  test('json lines, text, images, what is neither, folders', async () => {
    put('q', {
      'a.jsonl': '{"a":1,"b":[1,{"c":2}]}\n\n{"a":"x"}\n',
      't.log': 'one\ntwo\nthree\n',
      'bad.jsonl': '{"a":1}\nno\n',
    })
    expect(await see('q/a.jsonl')).toMatchObject({
      columns: ['a', 'b'],
      rows: [{ a: 1, b: [1, { c: 2 }] }, { a: 'x' }],
    })
    await expect(see('q/bad.jsonl')).rejects.toThrow('bad.jsonl:2 is not a JSON object')
    expect(await see('q/t.log', 2)).toMatchObject({ format: 'text', lines: ['one', 'two'], more: true })
    const png = Buffer.from('89504e470d0a1a0a0000000d494844520000028000000190080600000000000000', 'hex')
    writeFileSync(room.at('q/p.png'), png)
    expect(await see('q/p.png')).toMatchObject({ kind: 'image', type: 'png', width: 640, height: 400 })
    const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0001108012c019003012200021101031101', 'hex')
    writeFileSync(room.at('q/p.jpg'), jpeg)
    expect(await see('q/p.jpg')).toMatchObject({ type: 'jpeg', width: 400, height: 300 })
    writeFileSync(room.at('q/x.bin'), Buffer.from([1, 0, 2, 3]))
    expect(await see('q/x.bin')).toMatchObject({ kind: 'binary', head: '01000203' })
    expect(await see('q')).toMatchObject({ kind: 'folder', more: false })
    await expect(see('q/none')).rejects.toMatchObject({ code: 'FileNotFound' })
  })
})

describe('profiles', () => {
  test('types, missing, distinct, range, moments, quantiles and top values', async () => {
    const rows = Array.from(
      { length: 1001 },
      (_, i) => `${i},${i % 2 === 0 ? 'even' : 'odd'},${i % 10 === 0 ? '' : i / 4}`,
    )
    put('r', { 'a.csv': `n,word,part\n${rows.join('\n')}\n` })
    const told = await tell('r/a.csv')
    expect(told).toMatchObject({ format: 'delimited', rows: 1001, sampled: false })
    const [n, word, part] = told.columns as Record<string, unknown>[]
    expect(n).toMatchObject({ name: 'n', type: 'int', missing: 0, distinct: 1001, min: 0, max: 1000, mean: 500 })
    expect(n).toMatchObject({ quantiles: { '25%': 250, '50%': 500, '75%': 750 } })
    expect(Number(n?.std)).toBeCloseTo(289.1081, 3)
    expect(word).toMatchObject({ type: 'string', distinct: 2, min: 'even', max: 'odd', maxLength: 4 })
    expect(word?.top).toEqual([
      { value: 'even', count: 501 },
      { value: 'odd', count: 500 },
    ])
    expect(part).toMatchObject({ type: 'float', missing: 101 })
  })

  test('says when it read a part only', async () => {
    put('r', { 'big.csv': `n\n${Array.from({ length: 50_000 }, (_, i) => i).join('\n')}\n` })
    const told = await tell('r/big.csv', { maxBytes: 10_000 })
    expect(told).toMatchObject({ sampled: true, readBytes: 10_000 })
    expect(Number(told.rows)).toBeLessThan(3000)
    await expect(tell('q/t.log')).rejects.toMatchObject({ code: 'NotSupported' })
  })
})

const table = (text: string, files: Record<string, string>, folder: string) => put(folder, { ...files, MLTable: text })

describe('MLTables', () => {
  const csv = { 'a.csv': 'x,y\n1,a\n40,a\n50,b\n60,a\n', 'sub/b.csv': 'x,y\n70,a\n' }

  test('paths, a reader, and steps in their order', async () => {
    table(
      `type: mltable
paths:
  - file: ./a.csv
  - pattern: ./sub/*.csv
transformations:
  - read_delimited: {delimiter: ',', encoding: ascii, header: all_files_same_headers, include_path_column: true}
  - filter: 'col("x") > 32 and (col("y") == "a" or is_null(col("y")))'
  - skip: 1
  - convert_column_types: [{columns: x, column_type: string}, {columns: [y], column_type: {boolean: {true_values: [a], false_values: [b]}}}]
  - drop_columns: y2
  - take: 5
`,
      csv,
      't1',
    )
    expect(await see('t1')).toMatchObject({
      format: 'mltable (delimited)',
      rows: [
        { Path: 't1/a.csv', x: '60', y: true },
        { Path: 't1/sub/b.csv', x: '70', y: true },
      ],
    })
    expect(await tell('t1')).toMatchObject({ rows: 2 })
  })

  test('headers, dates, partitions, samples', async () => {
    table(
      'paths: [{file: a.csv}, {file: sub/b.csv}]\ntransformations: [read_delimited: {header: no_header}]',
      csv,
      't2',
    )
    expect((await see('t2')).rows).toHaveLength(7)
    table(
      'paths: [{file: a.csv}, {file: sub/b.csv}]\ntransformations: [read_delimited: {header: from_first_file}]',
      csv,
      't3',
    )
    expect((await see('t3')).rows).toHaveLength(6)
    table(
      `paths: [{pattern: '**/*.jsonl'}]
transformations:
  - read_json_lines: {invalid_lines: drop, include_path_column: true}
  - extract_columns_from_partition_format: {partition_format: '{shop}/{day:yyyy/MM/dd}/{name}.jsonl'}
  - convert_column_types: [{columns: at, column_type: {datetime: {formats: ['%d.%m.%Y %H:%M']}}}]
  - keep_columns: [shop, day, at]
`,
      { 'north/2024/03/31/x.jsonl': '{"at":"01.02.2024 13:45"}\nbroken\n' },
      't4',
    )
    expect((await see('t4')).rows).toEqual([
      { shop: 'north', day: '2024-03-31T00:00:00.000Z', at: '2024-02-01T13:45:00.000Z' },
    ])
    table(
      'paths: [{file: a.csv}]\ntransformations: [{read_delimited: {}}, {take_random_sample: {probability: 0.5, seed: 7}}]',
      csv,
      't5',
    )
    expect(await see('t5')).toEqual(await see('t5'))
    table('paths: [{folder: .}]', csv, 't6')
    expect((await see('t6')).rows).toContainEqual({ Path: 't6/sub/b.csv' })
  })

  test.each([
    ['read_delta_lake: {version_as_of: 1}', 'read_delta_lake'],
    ['read_delimited: {sep: ","}', 'option sep'],
    ['read_delimited: {encoding: utf32}', 'encoding utf32'],
    ['random_split: {percentage: 0.5}', 'random_split'],
    ['filter: "import os"', 'not understood near'],
    [`filter: '${'('.repeat(60)}col("x") > 1${')'.repeat(60)}'`, 'not understood'],
    ['convert_column_types: [{columns: x, column_type: {datetime: {formats: ["%Q"]}}}]', '%Q'],
    ['take: -1', 'whole number'],
  ])('what is not evaluated is refused by name: %s', async (step, words) => {
    table(`paths: [{file: a.csv}]\ntransformations: [{${step}}]`, csv, 't7')
    await expect(see('t7')).rejects.toThrow(words)
  })

  test('a table cannot lead out of its datastore', async () => {
    table('paths: [{file: ../../../../../../etc/passwd}]\ntransformations: [read_delimited: {}]', csv, 't8')
    await expect(see('t8')).rejects.toMatchObject({ code: 'PathNotAllowed' })
  })
})
