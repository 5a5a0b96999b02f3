import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from './migrations.ts'
import { dropDatabase, openTestSql, testAddress } from './scratch.ts'
import type { Sql } from './sql.ts'

let folder: string
let sql: Sql

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'laz-sql-'))
  sql = await openTestSql(join(folder, 'x.db'))
  await sql.run('CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT UNIQUE)')
})
afterEach(async () => {
  await sql.close()
  for (const name of ['x.db', 'y.db', 'z.db']) await dropDatabase(join(folder, name))
  rmSync(folder, { recursive: true })
})

const add = (text: string) => sql.transaction((tx) => tx.run('INSERT INTO t (text) VALUES (?)', [text]))
const all = async () => (await sql.all<{ text: string }>('SELECT text FROM t ORDER BY n')).map((row) => row.text)

describe('a transaction', () => {
  test('is all or nothing, and what follows goes on', async () => {
    const broken = sql.transaction(async (tx) => {
      await tx.run('INSERT INTO t (text) VALUES (?)', ['a'])
      throw new Error('half-way')
    })
    await expect(broken).rejects.toThrow('half-way')
    await add('b')
    expect(await all()).toEqual(['b'])
  })

  test('is not seen from outside before its commit', async () => {
    const seen: number[] = []
    const writing = sql.transaction(async (tx) => {
      await tx.run('INSERT INTO t (text) VALUES (?)', ['a'])
      for (let i = 0; i < 20; i++) await Promise.resolve()
      seen.push((await tx.all('SELECT * FROM t')).length)
      throw new Error('taken back')
    })
    const reading = sql.all('SELECT * FROM t').then((rows) => seen.push(rows.length))
    const building = sql.query.selectFrom('resources').selectAll().compile()
    expect(building.sql).toContain('"resources"')
    await Promise.allSettled([writing, reading])
    expect(seen).toEqual([1, 0])
  })

  test('that fails among others that share its commit fails alone', async () => {
    const results = await Promise.allSettled(['a', 'b', 'a', 'c', 'b', 'd'].map(add))
    expect(results.map((r) => r.status === 'fulfilled')).toEqual([true, true, false, true, false, true])
    expect(await all()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('tells its listeners after the commit, in order, and those of a failed one never', async () => {
    const told: string[] = []
    const write = (text: string, breaks = false) =>
      sql.transaction(async (tx) => {
        tx.afterCommit(() => told.push(text))
        await tx.run('INSERT INTO t (text) VALUES (?)', [text])
        if (breaks) throw new Error('no')
      })
    await Promise.allSettled([write('a'), write('b', true), write('c')])
    expect(told).toEqual(['a', 'c'])
  })

  test('keeps its place in the queue, reads and writes mixed', async () => {
    const order: string[] = []
    const step = (name: string) => () => order.push(name)
    await Promise.all([
      add('1').then(step('w1')),
      sql.get('SELECT 1').then(step('r1')),
      add('2').then(step('w2')),
      sql.run('INSERT INTO t (text) VALUES (?)', ['3']).then(step('w3')),
      sql.all('SELECT text FROM t').then((rows) => order.push(`r2 saw ${rows.length}`)),
    ])
    // a read may be answered later than writes that came after it: those share a commit with the ones before
    expect(order.filter((step) => step !== 'r1')).toEqual(['w1', 'w2', 'w3', 'r2 saw 3'])
    expect(order.indexOf('r1')).toBeGreaterThan(0)
  })

  test('of thousands at once lets the rest of the process breathe', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await Promise.all(Array.from({ length: 5000 }, (_, i) => add(`t${i}`)))
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(0)
    expect(await all()).toHaveLength(5000)

    let over = false
    setTimeout(() => {
      over = true
    }, 5)
    for (let i = 0; i < 100_000 && !over; i++) await add(`one after the other ${i}`)
    expect(over).toBe(true)
  })
})

describe('values', () => {
  test('come back as they went in', async () => {
    await sql.run('CREATE TABLE v (a INTEGER, b REAL, c TEXT, d BLOB)')
    const values = [2 ** 53 - 1, 0.1, 'ä\n😀', new Uint8Array([0, 255])] as const
    await sql.run('INSERT INTO v VALUES (?, ?, ?, ?)', values)
    const row = await sql.get<{ a: number; b: number; c: string; d: Uint8Array; e: null }>('SELECT *, NULL AS e FROM v')
    expect([row?.a, row?.b, row?.c, row?.e]).toEqual([values[0], values[1], values[2], null])
    expect(Buffer.from(row?.d ?? []).equals(Buffer.from([0, 255]))).toBe(true)
    expect(await sql.get('SELECT * FROM v WHERE a = ?', [1])).toBeUndefined()
  })

  test('text with NUL is refused rather than cut short', async () => {
    const refused = { code: 'BadArgument' }
    await expect(sql.run('INSERT INTO t (text) VALUES (?)', ['a\0b'])).rejects.toMatchObject(refused)
    await expect(add('a\0b')).rejects.toMatchObject(refused)
    await expect(sql.get('SELECT * FROM t WHERE text = ?', ['a\0'])).rejects.toMatchObject(refused)
    expect(await all()).toEqual([])
  })

  test('writes answer how many rows they touched', async () => {
    expect(await sql.runMany('INSERT INTO t (text) VALUES (?)', [['a'], ['b'], ['c']])).toBe(3)
    expect(await sql.run('DELETE FROM t WHERE text <> ?', ['a'])).toBe(2)
    await expect(sql.runMany('INSERT INTO t (text) VALUES (?)', [['z'], ['a']])).rejects.toThrow(/unique/i)
    expect(await all()).toEqual(['a'])
  })

  test('LIKE tells upper from lower case', async () => {
    await add('Abc')
    expect(await sql.get('SELECT * FROM t WHERE text LIKE ?', ['a%'])).toBeUndefined()
    expect(await sql.get('SELECT * FROM t WHERE text LIKE ?', ['A%'])).toBeDefined()
  })
})

describe('the query builder', () => {
  type Mine = { t: { n: number; text: string } }

  test('reads and writes, inside a transaction and outside', async () => {
    const mine = sql.query.withTables<Mine>()
    const written = await mine.insertInto('t').values({ n: 5, text: 'a' }).executeTakeFirst()
    expect(written.numInsertedOrUpdatedRows).toBe(1n)
    const broken = sql.transaction(async (tx) => {
      const inner = tx.query.withTables<Mine>()
      const made = await inner.insertInto('t').values({ n: 6, text: 'b' }).returning('n').executeTakeFirst()
      expect(made).toEqual({ n: 6 })
      expect(await inner.selectFrom('t').select('n').execute()).toHaveLength(2)
      throw new Error('back')
    })
    await expect(broken).rejects.toThrow('back')
    expect(await mine.selectFrom('t').selectAll().execute()).toEqual([{ n: 5, text: 'a' }])
  })

  test('has no transactions of its own', async () => {
    const own = sql.query.transaction().execute(async () => {})
    await expect(own).rejects.toMatchObject({ code: 'NotSupported' })
    await add('still works')
  })
})

test('a closed door refuses by name', async () => {
  const other = await openTestSql(join(folder, 'y.db'))
  await other.close()
  await expect(other.get('SELECT 1')).rejects.toMatchObject({ code: 'Stopping' })
  await expect(other.transaction(async () => {})).rejects.toMatchObject({ code: 'Stopping' })
})

test('migrations run once, each in one piece', async () => {
  const path = join(folder, 'z.db')
  const other = await openTestSql(path)
  await migrate(other, path, 5)
  const first = await other.all('SELECT * FROM migrations')
  await migrate(other, path, 6)
  expect(await other.all('SELECT * FROM migrations')).toEqual(first)
  expect(first[0]).toMatchObject({ step: 1, at: 5 })
  await other.close()
})

// settings of SQLite
if (testAddress === undefined)
  test('the settings of the database are the ones decided on', async () => {
    const value = async (name: string) => Object.values((await sql.get(`PRAGMA ${name}`)) ?? {})[0]
    expect(await value('journal_mode')).toBe('wal')
    expect(await value('synchronous')).toBe(1)
    expect(await value('foreign_keys')).toBe(1)
    expect(await value('temp_store')).toBe(2)
    expect(await value('wal_autocheckpoint')).toBe(4000)
  })
