import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dropDatabase, openScratch, openTestSql, type Scratch, testAddress } from './scratch.ts'
import { openSecrets } from './secrets.ts'

const value = 'S3CR3T-äöü-value'
let scratch: Scratch

beforeEach(async () => {
  scratch = await openScratch()
})
afterEach(() => scratch.remove())

test('what was sealed opens, also after a restart', async () => {
  const { secrets } = scratch.store
  await secrets.seal('datastore/a/key', 'first')
  await secrets.seal('datastore/a/key', value)
  await secrets.seal('empty', '')
  expect(await secrets.open('datastore/a/key')).toBe(value)
  const store = await scratch.reopen()
  expect(await store.secrets.open('datastore/a/key')).toBe(value)
  expect(await store.secrets.open('empty')).toBe('')
  await store.secrets.remove('empty')
  expect(await store.secrets.open('empty')).toBeUndefined()
})

test('no file of the home holds the value', async () => {
  await scratch.store.secrets.seal('a', value)
  await scratch.store.secrets.seal('b', value)
  const files = readdirSync(scratch.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(files.map((entry) => entry.name)).toContain(testAddress === undefined ? 'laz.db-wal' : 'database.json')
  // lock.db is left alone: opening it here would drop the lock
  for (const entry of files.filter(({ name }) => name !== 'lock.db' && name !== 'laz.db-shm' && name !== 'laz.db')) {
    expect(readFileSync(join(entry.parentPath, entry.name)).includes('S3CR3T'), entry.name).toBe(false)
  }
})

test('the key is 32 bytes that only the owner may read, made once', async () => {
  const path = join(scratch.home, 'key')
  const key = readFileSync(path)
  expect(key).toHaveLength(32)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  chmodSync(path, 0o644)
  const store = await scratch.reopen()
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(store.secrets.key().equals(key)).toBe(true)
})

test('a value moved under another name, changed, or met with another key does not open', async () => {
  await scratch.store.secrets.seal('a', value)
  await scratch.store.close()
  const sql = await openTestSql(join(scratch.home, 'laz.db'))
  await sql.run(`INSERT INTO secrets (name, sealed) SELECT 'moved', sealed FROM secrets`)
  await sql.run(
    `INSERT INTO secrets (name, sealed) SELECT 'short', substr(sealed, 1, 20) FROM secrets WHERE name = 'a'`,
  )
  await sql.close()
  const { secrets } = await scratch.reopen()
  await expect(secrets.open('moved')).rejects.toMatchObject({ code: 'SecretUnreadable' })
  await expect(secrets.open('short')).rejects.toMatchObject({ code: 'SecretUnreadable' })
  expect(await secrets.open('a')).toBe(value)
  writeFileSync(join(scratch.home, 'key'), Buffer.alloc(32, 7))
  const other = await scratch.reopen()
  const refused = other.secrets.open('a')
  await expect(refused).rejects.toMatchObject({ code: 'SecretUnreadable' })
  await expect(refused).rejects.not.toThrow('S3CR3T')
})

test('a key file of another length is refused', async () => {
  const folder = join(scratch.home, 'runs')
  writeFileSync(join(folder, 'key'), 'short')
  const sql = await openTestSql(join(folder, 'x.db'))
  expect(() => openSecrets(folder, sql)).toThrow(expect.objectContaining({ code: 'HomeUnusable' }))
  await sql.close()
  await dropDatabase(join(folder, 'x.db'))
})
