import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyTables } from './copy.ts'
import { moveStore, openStore, type Store } from './index.ts'
import { migrate } from './migrations.ts'
import { openPostgres } from './postgres.ts'
import { database, dropDatabase, testAddress } from './scratch.ts'
import { openSql } from './sql.ts'

const scope = 'sub/group/main'
const secret = 'sub/group/main|connection|c||credentials.key'

test('a home without rows, and one whose rows are there already, are told so', async () => {
  const home = mkdtempSync(join(tmpdir(), 'laz-move-'))
  const move = () => moveStore({ home, to: undefined, now: 0 })
  await expect(move()).rejects.toMatchObject({ code: 'BadArgument' })
  await (await openStore({ home })).close()
  await expect(move()).rejects.toMatchObject({ code: 'NotSupported', facts: { why: 'they are there' } })
  await expect(moveStore({ home, to: 'mysql://h/d', now: 0 })).rejects.toMatchObject({ code: 'NotSupported' })
  const open = await openStore({ home })
  await expect(move()).rejects.toMatchObject({ code: 'HomeInUse' })
  await open.close()
  rmSync(home, { recursive: true })
})

test('every row of every table is copied, and what is not the same is found', async () => {
  const home = mkdtempSync(join(tmpdir(), 'laz-move-'))
  await (await openStore({ home })).close()
  const target = async (name: string) => {
    const sql = await openSql(join(home, name))
    await migrate(sql, name, 0)
    return sql
  }
  const from = await openSql(join(home, 'laz.db'))
  const names = Array.from({ length: 5000 }, (_, i) => [`name ${i}`])
  await from.runMany('INSERT INTO names (name) VALUES (?)', names)
  await from.run('INSERT INTO secrets (name, sealed) VALUES (?, ?)', ['a', new Uint8Array([0, 255, 1])])
  const told: string[] = []
  const to = await target('copy.db')
  const copied = await copyTables(from, to, { path: 'copy', told: (one) => told.push(one.table) })
  expect(copied).toContainEqual({ table: 'names', rows: 5000 })
  expect(told).toContain('secrets')
  expect(await to.all('SELECT * FROM names')).toEqual(await from.all('SELECT * FROM names'))
  const changing = await target('changing.db')
  await changing.run(
    "CREATE TRIGGER odd AFTER INSERT ON names BEGIN UPDATE names SET name = 'x' || name WHERE kid = 7; END",
  )
  await expect(copyTables(from, changing, { path: 'copy', told() {} })).rejects.toMatchObject({
    code: 'DatabaseCorrupt',
  })
  for (const sql of [from, to, changing]) await sql.close()
  rmSync(home, { recursive: true })
})

// the other place must be one: LAZ_TEST_POSTGRES names it
if (testAddress !== undefined) {
  describe('rows that move', () => {
    let home: string
    const there = () => database(home).url ?? ''
    const move = (to: string | undefined) => moveStore({ home, to, now: 2 })

    async function fill(store: Store): Promise<void> {
      const { id = '' } = (await store.runs.experiment(scope, { name: 'birds', create: true })) ?? {}
      for (const runId of ['r1', 'r2'])
        await store.runs.create(scope, { runId, experimentId: id, tags: { 'é"': '\u{1f426}' }, params: { p: '' } })
      const points = Array.from({ length: 1500 }, (_, step) => ({
        key: 'loss',
        value: step / 7,
        step,
        timestamp: step,
      }))
      await store.series.append(scope, 'r1', points)
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, -0, 5e-324, -1.7976931348623157e308]
      await store.series.append(
        scope,
        'r2',
        odd.map((value, step) => ({ key: 'odd', value, step, timestamp: step })),
      )
      await store.runs.update(scope, 'r1', { status: 'FINISHED', endTime: 5 })
      await store.series.seal('r1')
      await store.secrets.seal(secret, 'S3CR3T')
    }

    async function look(store: Store): Promise<unknown> {
      const history = async (runId: string, key: string) =>
        (await store.series.history(scope, runId, key, { max: 2000 })).points.map((p) => [p.step, String(p.value)])
      return {
        runs: await store.runs.search(scope, {
          experimentIds: ['0', (await store.runs.experiment(scope, { name: 'birds' }))?.id ?? ''],
        }),
        loss: await history('r1', 'loss'),
        odd: await history('r2', 'odd'),
        secret: await store.secrets.open(secret),
      }
    }

    async function seen(): Promise<unknown> {
      const store = await openStore({ home })
      try {
        return await look(store)
      } finally {
        await store.close()
      }
    }

    beforeEach(async () => {
      home = mkdtempSync(join(tmpdir(), 'laz-move-'))
      const store = await openStore({ home })
      await fill(store)
      await store.close()
    })
    afterEach(async () => {
      await dropDatabase(home)
      rmSync(home, { recursive: true, force: true })
    })

    test('are all there, and back again, and what is numbered goes on', async () => {
      const before = await seen()
      const moved = await move(there())
      expect(moved).toMatchObject({ from: join(home, 'laz.db'), kept: join(home, 'laz.db.moved') })
      expect(moved.rows).toBeGreaterThan(10)
      expect(existsSync(join(home, 'laz.db'))).toBe(false)
      expect(statSync(join(home, 'database.json')).mode & 0o777).toBe(0o600)
      expect(existsSync(join(home, 'move.json'))).toBe(false)
      expect(await seen()).toEqual(before)
      const store = await openStore({ home })
      expect(store.database).toContain('postgres://')
      await store.runs.create(scope, { runId: 'r3', experimentId: '0' })
      const after = await look(store)
      await store.close()
      await expect(move(there())).rejects.toMatchObject({ facts: { why: 'they are there' } })
      await move(undefined)
      expect(existsSync(join(home, 'database.json'))).toBe(false)
      expect(await seen()).toEqual(after)
      // the old place has rows, and is neither taken again nor used by mistake
      await expect(move(there())).rejects.toMatchObject({ code: 'NotSupported' })
      await expect(openStore({ home, url: there() })).rejects.toMatchObject({ code: 'NotSupported' })
    })

    test('that were stopped half way are begun anew, and nobody else takes what lies there', async () => {
      const before = await seen()
      const id = 'the id of a try before'
      writeFileSync(join(home, 'move.json'), JSON.stringify({ id }))
      const half = await openPostgres(there())
      await half.run('CREATE TABLE home (id TEXT NOT NULL)')
      await half.run('INSERT INTO home (id) VALUES (?)', [id])
      await half.run('CREATE TABLE runs (rid INTEGER PRIMARY KEY)')
      await half.run('INSERT INTO runs (rid) VALUES (77)')
      await half.close()
      writeFileSync(join(home, 'laz.db.moving'), 'half of it')
      expect(await seen()).toEqual(before)
      const other = mkdtempSync(join(tmpdir(), 'laz-move-'))
      await expect(openStore({ home: other, url: there() })).rejects.toMatchObject({ code: 'DatabaseUnreachable' })
      rmSync(other, { recursive: true })
      await move(there())
      expect(await seen()).toEqual(before)
    })

    test('are found when the process died right after the moment it was done', async () => {
      const before = await seen()
      writeFileSync(join(home, 'copy'), readFileSync(join(home, 'laz.db')))
      await move(there())
      const note = JSON.parse(readFileSync(join(home, 'database.json'), 'utf8'))
      writeFileSync(join(home, 'laz.db'), readFileSync(join(home, 'copy')))
      writeFileSync(join(home, 'database.json'), JSON.stringify({ ...note, moved: 'away' }))
      expect(await seen()).toEqual(before)
      expect(existsSync(join(home, 'laz.db'))).toBe(false)
      writeFileSync(join(home, 'laz.db.moving'), readFileSync(join(home, 'copy')))
      writeFileSync(join(home, 'database.json'), JSON.stringify({ ...note, moved: 'here' }))
      expect(await seen()).toEqual(before)
      expect(existsSync(join(home, 'database.json'))).toBe(false)
    })

    test('do not go where something is', async () => {
      const taken = await openPostgres(there())
      await taken.run('CREATE TABLE theirs (a INTEGER)')
      await taken.close()
      await expect(move(there())).rejects.toMatchObject({ facts: { why: 'something is kept there already' } })
      const still = await openPostgres(there())
      expect(await still.all('SELECT * FROM theirs')).toEqual([])
      await still.close()
    })

    test('do not go at all when one of them cannot', async () => {
      const sql = await openSql(join(home, 'laz.db'))
      await sql.run('INSERT INTO names (name) VALUES (?)', [
        Array.from({ length: 9000 }, (_, i) => ((i * 7919) % 9973).toString(36)).join(''),
      ])
      await sql.close()
      const before = await seen()
      await expect(move(there())).rejects.toMatchObject({ code: 'BadArgument' })
      expect(await seen()).toEqual(before)
      expect(existsSync(join(home, 'database.json'))).toBe(false)
    })
  })
}
