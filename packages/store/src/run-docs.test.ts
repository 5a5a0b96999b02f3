import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { migrate } from './migrations.ts'
import { docsOf } from './run-docs.ts'
import type { Run } from './runs.ts'
import { openSql } from './sql.ts'

test('a full disk keeps nobody from reading runs that were never printed before', async () => {
  const home = mkdtempSync(join(tmpdir(), 'laz-docs-'))
  const sql = await openSql(join(home, 'laz.db'))
  await migrate(sql, home, 0)
  const pages = (await sql.get<{ page_count: number }>('PRAGMA page_count'))?.page_count ?? 0
  const text = randomBytes(200_000).toString('base64')
  const run = { status: 'FINISHED', startTime: 1 } as Run // no more of it is looked at
  const ask = () =>
    docsOf(sql, [{ rid: 1, crc: null, size: null, body: null }], {
      form: { name: 'text', print: () => text },
      now: 10,
      load: async () => new Map([[1, run]]),
    })
  await sql.all(`PRAGMA max_page_count = ${pages + 4}`)
  expect(await ask()).toMatchObject([{ size: text.length }])
  expect(await sql.all('SELECT rid FROM run_docs')).toEqual([])
  await sql.all('PRAGMA max_page_count = 1000000')
  expect(await ask()).toMatchObject([{ size: text.length }])
  expect(await sql.all('SELECT rid FROM run_docs')).toEqual([{ rid: 1 }])
  await sql.close()
  rmSync(home, { recursive: true })
})
