import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Logs, openLogs } from './logs.ts'

let logs: Logs
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laz-logs-'))
  logs = openLogs(folder)
  path = join(folder, 'user_logs', 'std_log.txt')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Follows until the text is there, then stops; answers text and offsets. */
async function followUntil(wanted: string, o: { from?: number; during?: () => void } = {}) {
  const stop = new AbortController()
  const offsets: number[] = []
  let seen = ''
  const timer = o.during === undefined ? undefined : setTimeout(o.during, 20)
  for await (const { offset, bytes } of logs.follow(path, { from: o.from ?? 0, signal: stop.signal })) {
    offsets.push(offset)
    seen += bytes.toString()
    if (seen.endsWith(wanted)) stop.abort()
  }
  clearTimeout(timer)
  return { seen, offsets }
}

test('appends in the order of the calls and makes the folders', async () => {
  await Promise.all(Array.from({ length: 200 }, (_, i) => logs.append(path, `line ${i}\n`)))
  const lines = readFileSync(path, 'utf8').split('\n')
  expect(lines.slice(0, 200)).toEqual(Array.from({ length: 200 }, (_, i) => `line ${i}`))
})

test('an append that fails does not stop the next', async () => {
  mkdirSync(path, { recursive: true })
  const first = logs.append(path, 'x')
  await expect(first).rejects.toThrow('EISDIR')
  rmSync(path, { recursive: true })
  await logs.append(path, 'y')
  expect(readFileSync(path, 'utf8')).toBe('y')
})

test('reads by offset', async () => {
  expect(await logs.read(path, { from: 0 })).toEqual({ bytes: Buffer.alloc(0), size: 0 })
  await logs.append(path, 'héllo')
  expect((await logs.read(path, { from: 0 })).bytes.toString()).toBe('héllo')
  expect((await logs.read(path, { from: 3, max: 2 })).bytes.toString()).toBe('ll')
  expect(await logs.read(path, { from: 99 })).toEqual({ bytes: Buffer.alloc(0), size: 6 })
  expect(await logs.read(folder, { from: 0 })).toEqual({ bytes: Buffer.alloc(0), size: 0 })
})

test('follows a file that another process writes, from any offset', async () => {
  mkdirSync(join(folder, 'user_logs'))
  writeFileSync(path, 'before ')
  const { seen, offsets } = await followUntil('end', {
    from: 3,
    during: () => {
      appendFileSync(path, 'more ')
      setTimeout(() => appendFileSync(path, 'end'), 20)
    },
  })
  expect(seen).toBe('ore more end')
  expect(offsets[0]).toBe(3)
})

test('follows a file that is not there yet', async () => {
  const { seen } = await followUntil('late', {
    during: () => {
      mkdirSync(join(folder, 'user_logs'))
      writeFileSync(path, 'late')
    },
  })
  expect(seen).toBe('late')
})

test('follows long files whole', async () => {
  const text = 'x'.repeat(2_500_000)
  await logs.append(path, `${text}.`)
  const { seen, offsets } = await followUntil('.')
  expect(seen.length).toBe(text.length + 1)
  expect(offsets).toEqual([0, 1 << 20, 2 << 20])
})

test('ends at once when told to', async () => {
  const stop = new AbortController()
  const ended = (async () => {
    for await (const chunk of logs.follow(path, { from: 0, signal: stop.signal })) return chunk
    return 'ended'
  })()
  setTimeout(() => stop.abort(), 10)
  const started = performance.now()
  expect(await ended).toBe('ended')
  expect(performance.now() - started).toBeLessThan(200)
})

test('a link out of the root is neither read, nor followed, nor written through', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'laz-outside-'))
  const secret = join(outside, 'secret.txt')
  writeFileSync(secret, 'the canary sings')
  mkdirSync(dirname(path))
  symlinkSync(secret, path)
  await expect(logs.read(path, { from: 0 })).rejects.toMatchObject({ code: 'PathNotAllowed' })
  await expect(followUntil('sings')).rejects.toMatchObject({ code: 'PathNotAllowed' })
  await expect(logs.append(path, 'x')).rejects.toMatchObject({ code: 'PathNotAllowed' })
  symlinkSync(outside, join(folder, 'away'))
  await expect(logs.read(join(folder, 'away/secret.txt'), { from: 0 })).rejects.toMatchObject({
    code: 'PathNotAllowed',
  })
  await expect(logs.append(join(folder, 'away/secret.txt'), 'x')).rejects.toMatchObject({ code: 'PathNotAllowed' })
  expect(readFileSync(secret, 'utf8')).toBe('the canary sings')
  rmSync(outside, { recursive: true })
})

test('a link put in place of a log that is being followed ends that', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'laz-outside-'))
  writeFileSync(join(outside, 'secret.txt'), 'the canary sings, and longer than the log was')
  await logs.append(path, 'start\n')
  const swap = () => {
    rmSync(path)
    symlinkSync(join(outside, 'secret.txt'), path)
  }
  await expect(followUntil('was', { during: swap })).rejects.toMatchObject({ code: 'PathNotAllowed' })
  rmSync(outside, { recursive: true })
})

test.skipIf(process.platform === 'win32')('nobody waits for a pipe, and a folder is no log', async () => {
  mkdirSync(dirname(path))
  execFileSync('mkfifo', [path])
  expect(await logs.read(path, { from: 0 })).toMatchObject({ size: 0 })
  await expect(logs.append(path, 'x')).rejects.toMatchObject({ code: 'PathNotAllowed' })
  rmSync(path)
  mkdirSync(path)
  expect(await logs.read(path, { from: 0 })).toMatchObject({ size: 0 })
})
