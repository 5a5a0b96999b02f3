// `laz data upload` that was ended with SIGKILL: the same command goes on where it was, with one large file and with many
// small ones, and what arrives is whole.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from './laz.ts'

let server: Lazurite
let folder: string
let container: string
beforeAll(async () => {
  server = startLazurite()
  folder = mkdtempSync(join(tmpdir(), 'laz-upload-'))
  writeFileSync(join(folder, 'seed.txt'), 'seed')
  const seeded = await server.laz(['data', 'upload', '--path', 'seed.txt', '--target-path', 'seed.txt'], {
    cwd: folder,
  })
  expect(seeded.code, seeded.err).toBe(0)
  const [found] = below(server.home).filter((path) => path.endsWith('/seed.txt'))
  container = join(found ?? '', '..')
})
afterAll(() => {
  server?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

const below = (top: string): string[] =>
  readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
const uploadOf = (name: string) => ['data', 'upload', '--path', name, '--target-path', `up/${name}`]
const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

/** Starts the command and ends it the hard way as soon as it has got so far. */
async function killWhen(words: string[], reached: () => boolean): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [join(root, 'packages/cli/bin/laz.cjs'), ...words], {
    cwd: folder,
    env: { ...process.env, LAZ_HOME: server.home, NO_COLOR: '1' },
    stdio: 'ignore',
  })
  const ended = new Promise<string>((done) => child.once('exit', (_, signal) => done(String(signal))))
  await expect.poll(() => reached() || child.exitCode !== null, { timeout: 60_000, interval: 2 }).toBe(true)
  child.kill('SIGKILL')
  expect(await ended, 'it was over before it could be killed').toBe('SIGKILL')
}

test('one large file: the parts that arrived are not sent again', async () => {
  const file = join(folder, 'big.bin')
  const block = randomBytes(1 << 20)
  writeFileSync(
    file,
    Buffer.concat(Array.from({ length: 200 }, (_, i) => Buffer.concat([block.subarray(0, -1), Buffer.of(i)]))),
  )
  const halves = () => {
    try {
      return readdirSync(join(container, 'up')).filter((name) => name.startsWith('.laz-part-'))
    } catch {
      return []
    }
  }
  const partsThere = () => {
    const [map] = halves().filter((name) => name.endsWith('.map'))
    return map === undefined ? 0 : readFileSync(join(container, 'up', map)).filter((byte) => byte === 1).length
  }
  await killWhen(uploadOf('big.bin'), () => partsThere() >= 2)
  expect(readdirSync(join(container, 'up'))).not.toContain('big.bin')
  const [half = ''] = halves().filter((name) => !name.endsWith('.map'))
  const { ino } = statSync(join(container, 'up', half))
  const again = await server.laz(uploadOf('big.bin'), { cwd: folder })
  expect(again.code, again.err).toBe(0)
  const arrived = join(container, 'up/big.bin')
  // the very file that the killed command had begun
  expect(statSync(arrived).ino).toBe(ino)
  expect(digest(arrived)).toBe(digest(file))
  expect(halves()).toEqual([])
}, 120_000)

test('many small files: those that arrived count as there', async () => {
  mkdirSync(join(folder, 'many'))
  for (let i = 0; i < 1500; i++) writeFileSync(join(folder, 'many', `${i}.txt`), `file ${i} ${'x'.repeat(i)}`)
  const there = () => {
    try {
      return readdirSync(join(container, 'up/many')).filter((name) => name.endsWith('.txt')).length
    } catch {
      return 0
    }
  }
  await killWhen(uploadOf('many'), () => there() >= 200)
  expect(there()).toBeLessThan(1500)
  const again = await server.json<{ files: number; already_there: number }>([...uploadOf('many'), '--name', 'many'], {
    cwd: folder,
  })
  expect(again.files).toBe(1500)
  expect(again.already_there).toBeGreaterThan(100)
  const arrived = below(join(container, 'up/many'))
  expect(arrived).toHaveLength(1500)
  for (const path of arrived) expect(digest(path)).toBe(digest(path.replace(join(container, 'up'), folder)))
}, 120_000)
