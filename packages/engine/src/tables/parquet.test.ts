// Against files that pyarrow 26 wrote (testdata): every common column type with nulls, two groups of rows, snappy; and a
// small one with zstd.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { locatePlace } from '../datastores/resolve.ts'
import { openRoom, type Room } from '../testing/room.ts'
import { preview, profile } from './look.ts'

const sample = (name: string) => readFileSync(join(import.meta.dirname, 'testdata', name))

let room: Room
beforeAll(async () => {
  room = await openRoom()
  put('kinds.parquet', sample('kinds.parquet'))
})
afterAll(() => room.close())

function put(name: string, bytes: Uint8Array): void {
  room.upload('pq', {})
  room.upload('pq', { [name]: '' })
  writeFileSync(room.at(`pq/${name}`), bytes)
}
const place = (path: string) =>
  locatePlace(room.store, room.scope, `azureml://datastores/workspaceblobstore/paths/pq/${path}`)
const see = async (path: string, rows = 20) => preview(await place(path), room, { rows })
const tell = async (path: string) => profile(await place(path), room)

test('a preview has every type of column, and its nulls', async () => {
  const seen = await see('kinds.parquet')
  expect(seen).toMatchObject({ format: 'parquet', kind: 'table', more: false })
  expect(seen.columns).toEqual(['id', 'big', 'word', 'part', 'ok', 'at', 'day', 'money', 'tags', 'who', 'kind', 'raw'])
  const rows = seen.rows as Record<string, unknown>[]
  expect(rows[0]).toEqual({
    id: 1,
    big: '1152921504606846976',
    word: 'even',
    part: 0.5,
    ok: true,
    at: '2024-01-31T12:30:00.250Z',
    day: '2024-02-27T00:00:00.000Z',
    money: 12.34,
    tags: ['a', 'b'],
    who: { name: 'Ann', age: 31 },
    kind: 'x',
    raw: '00ff',
  })
  expect(rows[2]).toMatchObject({ word: null, ok: null, at: null, tags: null, who: null })
  expect(rows.map((row) => row.part)).toEqual([0.5, null, 1.5, null, 2.5, -3.25])
  expect(rows.map((row) => row.id)).toEqual([1, 2, 3, 4, 5, 6])
  expect(rows[1]).toMatchObject({ money: null, tags: [], who: { name: null, age: 2 }, raw: null })
  expect(rows[4]).toMatchObject({ tags: [null], day: '2024-03-02T00:00:00.000Z' })
  expect(rows[5]).toMatchObject({ word: 'ünï', kind: null })
  expect(await see('kinds.parquet', 5)).toMatchObject({ more: true, rows: { length: 5 } })
})

test('a profile counts, over both groups of rows', async () => {
  const told = await tell('kinds.parquet')
  expect(told).toMatchObject({ format: 'parquet', rows: 6, sampled: false })
  const columns = Object.fromEntries((told.columns as { name: string }[]).map((column) => [column.name, column]))
  expect(columns.id).toMatchObject({ type: 'int', missing: 0, min: 1, max: 6, mean: 3.5 })
  expect(columns.part).toMatchObject({ type: 'float', missing: 2, min: -3.25, max: 2.5 })
  expect(columns.word).toMatchObject({ type: 'string', missing: 1, distinct: 3 })
  expect(columns.at).toMatchObject({ type: 'datetime', missing: 1, min: '2024-01-31T12:30:00.250Z' })
  expect(columns.ok).toMatchObject({ type: 'boolean', missing: 1 })
})

test('zstd; a folder of files is one table; an MLTable reads it too', async () => {
  put('more/a.parquet', sample('zstd.parquet'))
  put('more/b.parquet', sample('zstd.parquet'))
  expect(await see('more/a.parquet')).toMatchObject({
    rows: [
      { id: 1, word: 'zstd' },
      { id: 2, word: null },
    ],
  })
  expect(await tell('more')).toMatchObject({ rows: 4 })
  room.upload('pq/more', {
    MLTable: 'paths: [{pattern: "*.parquet"}]\ntransformations: [read_parquet, {filter: "col(\'id\') > 1"}]\n',
  })
  expect(await see('more')).toMatchObject({ format: 'mltable (parquet)', rows: [{ id: 2 }, { id: 2 }] })
})

test('what is no Parquet, is cut off or is damaged is said by name', async () => {
  const good = sample('kinds.parquet')
  put('text.parquet', Buffer.from('a,b\n1,2\n'))
  expect(await see('text.parquet')).toMatchObject({ kind: 'text' })
  await expect(tell('text.parquet')).rejects.toMatchObject({ code: 'NotSupported' })
  put('cut.parquet', good.subarray(0, 500))
  await expect(see('cut.parquet')).rejects.toMatchObject({
    code: 'BadArgument',
    message: expect.stringContaining('cut.parquet is no Parquet file'),
  })
  const stranger = Buffer.from(good)
  stranger.write('pXrt', good.lastIndexOf('part'))
  put('stranger.parquet', stranger)
  await expect(see('stranger.parquet')).rejects.toMatchObject({
    message: expect.stringContaining('is a damaged Parquet'),
  })
  for (let at = 4; at < good.length; at += 29) {
    const bad = Buffer.from(good)
    bad.fill(0xff, at, at + 12)
    put('bad.parquet', bad)
    // some damage hits only values; no damage may be anything but an answer or a named error
    await see('bad.parquet').then(
      (seen) => expect(seen.format).toBe('parquet'),
      (e) => expect(e, String(e)).toMatchObject({ code: expect.stringMatching(/^(BadArgument|TooLarge)$/) }),
    )
  }
})
