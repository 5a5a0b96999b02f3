// One big file and many small ones, up and down through the official client and through `laz`, while the client and the
// server are killed in the middle: nothing half-written is seen, both go on or begin again, checksums are equal, and the
// server's memory is flat. LAZ_TEST_BIG_BYTES and LAZ_TEST_MANY_FILES set the sizes.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

const sizeBytes = Number(process.env.LAZ_TEST_BIG_BYTES ?? 1024 ** 3)
const count = Number(process.env.LAZ_TEST_MANY_FILES ?? 3000)
const limitMiB = 400
const minutes = 60_000
const driver = join(import.meta.dirname, 'transfer/client.mjs')

/** The parts of the driver that say what is moved. It is plain JavaScript. */
interface Driver {
  bytesOf(sizeBytes: number): Iterable<Buffer>
  smallName(n: number): string
  smallBody(n: number): Buffer
}

let lazurite: Lazurite
let work: string
let source: Driver
let sas: string
let container: { url: string; folder: string }
let peakMiB = 0

beforeAll(async () => {
  source = (await import(driver)) as Driver
  work = mkdtempSync(join(tmpdir(), 'laz-transfer-'))
  lazurite = startLazurite()
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  const { body } = await lazurite.http('GET', `${workspace}/datastores/workspaceblobstore?api-version=2024-01-01`)
  const { accountName, containerName } = JSON.parse(body).properties
  const path = `${workspace}/datastores/workspaceblobstore/listSecrets?api-version=2024-01-01`
  sas = JSON.parse((await lazurite.http('POST', path, { expirableSecret: true, expireAfterHours: 24 })).body).sasToken
  container = {
    url: `${lazurite.server().url}/${accountName}/${containerName}`,
    folder: join(lazurite.home, 'storage', accountName, containerName),
  }
}, minutes)

afterAll(() => {
  noteMemory()
  console.log(`the server held at most ${peakMiB.toFixed(0)} MiB`)
  lazurite.stop()
  rmSync(work, { recursive: true, force: true, maxRetries: 20 })
}, 10 * minutes)

/** Before the server is killed, and at the end: the most it ever held. */
function noteMemory(): void {
  const status = readFileSync(`/proc/${lazurite.server().pid}/status`, 'utf8')
  peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
}

interface Moving {
  child: ChildProcess
  /** Resolves when the client says it has come so far. */
  reaches(least: number): Promise<void>
  ended: Promise<{ code: number | null; text: string }>
}

function move(what: string, facts: Record<string, unknown>): Moving {
  const child = spawn(process.execPath, [driver, what, JSON.stringify(facts)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
      for (const look of waiting) look()
    })
  }
  const ended = new Promise<{ code: number | null; text: string }>((resolve) => {
    child.on('close', (code) => {
      for (const look of waiting) look()
      resolve({ code, text })
    })
  })
  const reaches = (least: number) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        const at = Math.max(...[...text.slice(-4096).matchAll(/at (\d+)\n/g)].map((found) => Number(found[1])))
        if (at >= least) resolve()
        else if (child.exitCode !== null) reject(new Error(`it ended before it came so far:\n${text}`))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  return { child, reaches, ended }
}

/** Ends the server as a power switch would, and starts it again at the same address. */
async function killServer(): Promise<void> {
  noteMemory()
  const { pid } = lazurite.server()
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false)
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  expect(container.url.startsWith(lazurite.server().url)).toBe(true)
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const at = (name: string) => `${container.url}/${name}?${sas}`
const digestLine = (text: string) => /sha256 (.*)/.exec(text)?.[1]

describe('one big file', () => {
  let right: string

  beforeAll(() => {
    const hash = createHash('sha256')
    for (const part of source.bytesOf(sizeBytes)) hash.update(part)
    right = hash.digest('hex')
  }, 10 * minutes)

  test(
    'of which a killed client sent half is not there, in no form',
    async () => {
      const half = move('up-big', { url: at('big.bin'), sizeBytes })
      await half.reaches(sizeBytes / 4)
      half.child.kill('SIGKILL')
      await half.ended
      expect((await fetch(at('big.bin'), { method: 'HEAD' })).status).toBe(404)
      expect(existsSync(join(container.folder, 'big.bin'))).toBe(false)
    },
    10 * minutes,
  )

  test(
    'goes up although the server is killed on the way',
    async () => {
      const whole = move('up-big', { url: at('big.bin'), sizeBytes })
      await whole.reaches(sizeBytes / 2)
      await killServer()
      expect(existsSync(join(container.folder, 'big.bin'))).toBe(false)
      const { code, text } = await whole.ended
      expect(code, text.slice(-2000)).toBe(0)
      expect((await stat(join(container.folder, 'big.bin'))).size).toBe(sizeBytes)
      expect(await digestOf(join(container.folder, 'big.bin'))).toBe(right)
      console.log(`up: ${text.match(/done.*/)?.[0]}`)
    },
    30 * minutes,
  )

  test(
    'comes down although the server is killed on the way',
    async () => {
      const whole = move('down-big', { url: at('big.bin') })
      await whole.reaches(sizeBytes / 3)
      await killServer()
      const { code, text } = await whole.ended
      expect([code, digestLine(text)], text.slice(-2000)).toEqual([0, right])
      console.log(`down: ${text.match(/done.*/)?.[0]}`)
      noteMemory()
      expect(peakMiB).toBeLessThan(limitMiB)
      expect((await fetch(at('big.bin'), { method: 'DELETE' })).status).toBe(202)
    },
    30 * minutes,
  )

  test(
    'goes through laz both ways',
    async () => {
      const file = join(work, 'big.bin')
      await pipeline(Readable.from(source.bytesOf(sizeBytes), { objectMode: false }), createWriteStream(file))
      const name = ['--name', 'big', '--version', '1']
      const up = await lazurite.laz(['model', 'create', ...name, '--type', 'custom_model', '--path', file])
      expect(up, up.err).toMatchObject({ code: 0 })
      rmSync(file)
      const to = join(work, 'down')
      const down = await lazurite.laz(['model', 'download', ...name, '--download-path', to])
      expect(down, down.err).toMatchObject({ code: 0 })
      const [found = ''] = await filesBelow(to)
      expect(await digestOf(found)).toBe(right)
      rmSync(to, { recursive: true })
      noteMemory()
      expect(peakMiB).toBeLessThan(limitMiB)
    },
    30 * minutes,
  )
})

describe('many small files', () => {
  const byUtf8 = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

  function rightDigest(): string {
    const bodies = new Map(Array.from({ length: count }, (_, n) => [source.smallName(n), n]))
    const sums = [...bodies.keys()].sort(byUtf8).map((name) =>
      createHash('sha256')
        .update(name)
        .update(source.smallBody(bodies.get(name) ?? 0))
        .digest('hex'),
    )
    return `${createHash('sha256').update(sums.join('')).digest('hex')} of ${count}`
  }

  test(
    'go up although client and server are killed on the way',
    async () => {
      const first = move('up-many', { url: `${container.url}?${sas}`, count })
      await first.reaches(count / 4)
      first.child.kill('SIGKILL')
      await first.ended
      const second = move('up-many', { url: `${container.url}?${sas}`, count })
      await second.reaches(count / 2)
      await killServer()
      for (const file of await filesBelow(join(container.folder, 'many'))) {
        const n = Number(/file (\d+)\.txt$/.exec(file)?.[1])
        expect((await stat(file)).size).toBe(source.smallBody(n).length)
      }
      const { code, text } = await second.ended
      expect(code, text.slice(-2000)).toBe(0)
      console.log(`up: ${text.match(/done.*/)?.[0]}`)
    },
    30 * minutes,
  )

  test(
    'come down although the server is killed on the way',
    async () => {
      const all = move('down-many', { url: `${container.url}?${sas}` })
      await all.reaches(count / 2)
      await killServer()
      const { code, text } = await all.ended
      expect([code, digestLine(text)], text.slice(-2000)).toEqual([0, rightDigest()])
      console.log(`down: ${text.match(/done.*/)?.[0]}`)
    },
    30 * minutes,
  )

  test(
    'go through laz both ways',
    async () => {
      const folder = join(work, 'src')
      for (let n = 0; n < count; n++) {
        const file = join(folder, source.smallName(n))
        if (n < 100) mkdirSync(dirname(file), { recursive: true })
        await writeFile(file, source.smallBody(n))
      }
      const name = ['--name', 'many', '--version', '1']
      const up = await lazurite.laz(['model', 'create', ...name, '--type', 'custom_model', '--path', folder])
      expect(up, up.err).toMatchObject({ code: 0 })
      const to = join(work, 'back')
      const down = await lazurite.laz(['model', 'download', ...name, '--download-path', to])
      expect(down, down.err).toMatchObject({ code: 0 })
      const files = await filesBelow(to)
      expect(files).toHaveLength(count)
      for (const file of files) {
        const n = Number(/file (\d+)\.txt$/.exec(file)?.[1])
        expect(readFileSync(file).equals(source.smallBody(n))).toBe(true)
      }
      noteMemory()
      expect(peakMiB).toBeLessThan(limitMiB)
    },
    30 * minutes,
  )
})

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(part as Buffer) // a byte stream
  return hash.digest('hex')
}
