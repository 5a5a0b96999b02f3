import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from './index.ts'
import { openSql } from './sql.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laz-home-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 20 }))

const refusal = async (path = home) => {
  try {
    const store = await openStore({ home: path })
    await store.close()
    return 'opened'
  } catch (error) {
    return error
  }
}

describe('one process a home', () => {
  test('a second store is refused at once, with the process that has it', async () => {
    const store = await openStore({ home })
    const started = performance.now()
    expect(await refusal()).toMatchObject({ code: 'HomeInUse', facts: { path: home, pid: process.pid } })
    expect(performance.now() - started).toBeLessThan(1000)
    await store.resources.put({ key: { scope: 's', kind: 'job', name: 'a' }, props: {}, by: 'ada' })
    await store.close()
    expect(await refusal()).toBe('opened')
  })

  test('the lock of a process that was killed is free', async () => {
    const index = pathToFileURL(fileURLToPath(new URL('./index.ts', import.meta.url))).href
    const script = `const { openStore } = await import(${JSON.stringify(index)})
      await openStore({ home: ${JSON.stringify(home)} })
      console.log('open')
      setInterval(() => {}, 1000)`
    const args = ['--conditions=source', '--import=tsx', '--input-type=module', '-e', script]
    const cwd = fileURLToPath(new URL('.', import.meta.url))
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    expect(await refusal()).toMatchObject({ code: 'HomeInUse', facts: { pid: child.pid } })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await refusal()).toBe('opened')
  })

  test('a refused start leaves the lock as it was', async () => {
    writeFileSync(join(home, 'laz.db'), 'x'.repeat(5000))
    expect(await refusal()).toMatchObject({ code: 'DatabaseCorrupt' })
    rmSync(join(home, 'laz.db'))
    expect(await refusal()).toBe('opened')
  })
})

describe('a database that cannot be trusted', () => {
  const path = () => join(home, 'laz.db')
  const filled = async () => {
    const store = await openStore({ home })
    const inputs = Array.from({ length: 200 }, (_, i) => ({
      key: { scope: 's', kind: 'job', name: `job-${i}` },
      props: { text: 'x'.repeat(500) },
      by: 'ada',
    }))
    await store.resources.putMany(inputs)
    await store.close()
    return readFileSync(path())
  }
  const expectRefused = async (before: Buffer) => {
    const error = await refusal()
    expect(error).toMatchObject({ code: 'DatabaseCorrupt', facts: { path: path() } })
    expect(error).toHaveProperty('hint', expect.stringContaining('backup'))
    expect(readFileSync(path()).equals(before)).toBe(true)
  }

  test.each([
    ['garbage', () => Buffer.from('not a database at all. '.repeat(400))],
    ['a few bytes', () => Buffer.from('hello')],
    ['half a header', (good: Buffer) => good.subarray(0, 50)],
    ['half a file', (good: Buffer) => good.subarray(0, Math.floor(good.length / 2))],
    ['a page of noise', (good: Buffer) => Buffer.from(good).fill(0xa5, 4096 * 3, 4096 * 5)],
    ['another first page', (good: Buffer) => Buffer.from(good).fill(0, 0, 4096)],
  ])('%s is refused and left as it is', async (_, damage) => {
    const damaged = Buffer.from(damage(await filled()))
    writeFileSync(path(), damaged)
    await expectRefused(damaged)
  })

  test('an emptied one is not begun anew', async () => {
    await filled()
    truncateSync(path(), 0)
    await expectRefused(Buffer.alloc(0))
  })

  test('the database of another program is refused', async () => {
    const sql = await openSql(path())
    await sql.run('CREATE TABLE photos (id INTEGER)')
    await sql.run('PRAGMA application_id = 77')
    await sql.close()
    await expectRefused(readFileSync(path()))
  })

  test('one of a newer version is refused by both numbers', async () => {
    await filled()
    const sql = await openSql(path())
    await sql.run(`INSERT INTO migrations (step, name, at) VALUES (999, 'from the future', 0)`)
    await sql.close()
    expect(await refusal()).toMatchObject({ code: 'DatabaseTooNew' })
  })
})

test('a home that cannot be a folder is refused by its name', async () => {
  const file = join(home, 'file')
  writeFileSync(file, '')
  expect(await refusal(file)).toMatchObject({ code: 'HomeUnusable', facts: { path: file } })
  expect(await refusal(join(file, 'below'))).toMatchObject({ code: 'HomeUnusable' })
})

test('a database that nothing speaks to is refused by name, and nothing is made', async () => {
  const target = join(home, 'new')
  const opened = openStore({ home: target, url: 'mysql://user:S3CR3T@db/laz' })
  await expect(opened).rejects.toMatchObject({ code: 'NotSupported', message: expect.stringContaining('mysql:') })
  await expect(opened).rejects.not.toThrow('S3CR3T')
  await expect(openStore({ home: target, url: 'postgres://user:S3CR3T@db' })).rejects.toMatchObject({
    code: 'BadArgument',
    message: expect.not.stringContaining('S3CR3T'),
  })
  expect(() => statSync(target)).toThrow()
})

test('a database that does not answer is refused by its address, without the password, and not noted', async () => {
  const url = 'postgres://user:S3CR3T@127.0.0.1:1/laz'
  const refused = await openStore({ home, url }).catch((error) => error)
  expect(refused).toMatchObject({ code: 'DatabaseUnreachable', facts: { path: 'postgres://127.0.0.1:1/laz' } })
  expect(String(refused.stack)).not.toContain('S3CR3T')
  expect(() => statSync(join(home, 'database.json'))).toThrow()
  expect(await refusal()).toBe('opened')
  await expect(openStore({ home, url })).rejects.toMatchObject({ code: 'NotSupported' })
})

test('a new home and its database are for the owner alone', async () => {
  chmodSync(home, 0o755)
  const target = join(home, 'deep', 'home')
  const store = await openStore({ home: target })
  expect(statSync(target).mode & 0o777).toBe(0o700)
  expect(statSync(join(target, 'laz.db')).mode & 0o777).toBe(0o600)
  await store.close()
})
