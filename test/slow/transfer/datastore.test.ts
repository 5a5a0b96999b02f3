// One big file and many small ones through `laz datastore upload` and `download`: into the workspace's own storage, and
// through the server into Azurite, a real server of Azure's blobs. The command line, the server and the storage behind it
// go down in the middle; the same command goes on, nothing half-written is seen, checksums are equal and the server's
// memory is flat. LAZ_TEST_BIG_BYTES and LAZ_TEST_MANY_FILES set the sizes.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  azuriteAccount,
  azuriteKey,
  hasAzurite,
  needs,
  type StorageServer,
  startAzurite,
} from '../../clients/storage/servers.ts'
import { type Lazurite, root, startLazurite, workspace } from '../laz.ts'

const sizeBytes = Number(process.env.LAZ_TEST_BIG_BYTES ?? 1024 ** 3)
const count = Number(process.env.LAZ_TEST_MANY_FILES ?? 3000)
const limitMiB = 500
const minutes = 60_000

/** The parts of the other driver that say what is moved. It is plain JavaScript. */
interface Driver {
  bytesOf(sizeBytes: number): Iterable<Buffer>
  smallName(n: number): string
  smallBody(n: number): Buffer
}

interface Target {
  datastore: string
  /** The server behind the datastore, when it is not Lazurite itself. */
  behind?: StorageServer
}

const targets = [
  { name: 'the workspace’s own storage', start: async (): Promise<Target> => ({ datastore: 'workspaceblobstore' }) },
  { name: 'Azurite', start: startBehind },
].filter(({ name }) => name !== 'Azurite' || needs('Azurite', hasAzurite))

let lazurite: Lazurite
let work: string
let source: Driver
let peakMiB = 0

beforeAll(async () => {
  source = (await import(join(import.meta.dirname, 'client.mjs'))) as Driver
  work = mkdtempSync(join(tmpdir(), 'laz-datastore-'))
  lazurite = startLazurite()
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
}, minutes)

afterAll(() => {
  lazurite.stop()
  rmSync(work, { recursive: true, force: true, maxRetries: 20 })
})

async function startBehind(): Promise<Target> {
  const behind = await startAzurite()
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob')
  const key = new StorageSharedKeyCredential(azuriteAccount, azuriteKey)
  await new BlobServiceClient(`http://${behind.host}/${azuriteAccount}`, key).createContainer('data')
  await settle(behind)
  const properties = {
    datastoreType: 'AzureBlob',
    accountName: azuriteAccount,
    containerName: 'data',
    protocol: 'http',
    endpoint: behind.host,
    credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key: azuriteKey } },
  }
  const path = `${workspace}/datastores/elsewhere?api-version=2024-01-01`
  expect((await lazurite.http('PUT', path, { properties })).status).toBeLessThan(300)
  return { datastore: 'elsewhere', behind }
}

/** Before the server is killed, and at the end: the most it ever held. */
function noteMemory(): void {
  const status = readFileSync(`/proc/${lazurite.server().pid}/status`, 'utf8')
  peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
}

async function killServer(): Promise<void> {
  noteMemory()
  const { pid } = lazurite.server()
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false)
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
}

/** Azurite writes down what it knows every few seconds: ended in order, it knows all of it when it comes back. */
async function settle(behind: StorageServer | undefined): Promise<void> {
  await behind?.stop()
  await behind?.start()
}

interface Moving {
  child: ChildProcess
  ended: Promise<{ code: number | null; text: string }>
}

function start(args: string[]): Moving {
  const bin = join(root, 'packages/cli/bin/laz.cjs')
  const env = { ...process.env, LAZ_HOME: lazurite.home, NO_COLOR: '1' }
  const child = spawn(process.execPath, [bin, 'datastore', ...args, '-o', 'json'], { env })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  return { child, ended: new Promise((done) => child.on('close', (code) => done({ code, text }))) }
}

/** Looks again and again; raises what the command said when it ended before. */
async function reaches({ child, ended }: Moving, least: number, look: () => number | Promise<number>): Promise<void> {
  for (;;) {
    if ((await look()) >= least) return
    if (child.exitCode !== null) throw new Error(`it ended before it came so far:\n${(await ended).text}`)
    await new Promise((go) => setTimeout(go, 50))
  }
}

/** Runs the same command twice: the first is killed at a quarter, the second sees the server and the storage die. */
async function moveThroughDeaths(target: Target, args: string[], look: () => number | Promise<number>, whole: number) {
  const started = performance.now()
  const first = start(args)
  await reaches(first, whole / 4, look)
  first.child.kill('SIGKILL')
  await first.ended
  const between = await look()
  expect(between).toBeLessThan(whole)
  const second = start(args)
  await reaches(second, whole / 2, look)
  await killServer()
  // at once, as the other half does not take long; and in order: killed the hard way it forgets blobs whose upload it
  // acknowledged seconds before
  await settle(target.behind)
  const { code, text } = await second.ended
  expect(code, text.slice(-2000)).toBe(0)
  noteMemory()
  const seconds = (performance.now() - started) / 1000
  console.log(`${target.datastore}: laz ${args[0]} in ${seconds.toFixed(1)} s, client killed at ${between} of ${whole}`)
  return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) // the answer; notes may stand before it
}

/** What the journal of an upload says: files that were sent, and the upload in parts that was begun. */
async function journal(): Promise<[string, { upload: string; partBytes: number }?][]> {
  const folder = join(lazurite.home, 'transfers')
  const [name] = existsSync(folder) ? await readdir(folder) : []
  const text = name === undefined ? '' : await readFile(join(folder, name), 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)]
    } catch {
      return []
    }
  })
}

const content = (datastore: string, verb: string, path: string) =>
  `/lazurite/v1${workspace}/datastores/${datastore}/${verb}?path=${encodeURIComponent(path)}`

async function partsSent(datastore: string): Promise<number> {
  const begun = (await journal()).find(([, upload]) => upload !== undefined)?.[1]
  if (begun === undefined) return 0
  const { status, body } = await lazurite.http('GET', content(datastore, `uploads/${begun.upload}`, 'big/big.bin'))
  return status === 200 ? JSON.parse(body).have.length * begun.partBytes : 0
}

async function rangesFetched(folder: string): Promise<number> {
  const map = (existsSync(folder) ? await readdir(folder) : []).find((name) => name.endsWith('.part.map'))
  if (map === undefined) return 0
  const text = await readFile(join(folder, map), 'utf8').catch(() => '')
  return Math.max(0, text.split('\n').length - 1) * (8 << 20)
}

async function filesBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.laz-'))
    .map((entry) => join(entry.parentPath, entry.name))
}

async function digestOf(parts: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of parts) hash.update(part)
  return hash.digest('hex')
}

describe.each(targets)('$name', ({ start: begin }) => {
  let target: Target
  beforeAll(async () => {
    peakMiB = 0
    target = await begin()
  }, minutes)
  afterAll(async () => {
    console.log(`${target.datastore}: the server held at most ${peakMiB.toFixed(0)} MiB`)
    await target.behind?.close()
  })

  test(
    'one big file goes up and comes down although everything dies once',
    async () => {
      const { datastore } = target
      const file = join(work, 'big.bin')
      await pipeline(Readable.from(source.bytesOf(sizeBytes), { objectMode: false }), createWriteStream(file))
      const up = ['upload', '-n', datastore, '--path', file, '--target-path', 'big/big.bin']
      expect(await moveThroughDeaths(target, up, () => partsSent(datastore), sizeBytes)).toMatchObject({ files: 1 })
      rmSync(file)
      await settle(target.behind)
      const to = join(work, 'down')
      const down = ['download', '-n', datastore, '--path', 'big/big.bin', '--download-path', to]
      await moveThroughDeaths(target, down, () => rangesFetched(to), sizeBytes)
      const there = createReadStream(join(to, 'big.bin'), { highWaterMark: 1 << 20 })
      expect(await digestOf(there)).toBe(await digestOf(source.bytesOf(sizeBytes)))
      expect(await readdir(to)).toEqual(['big.bin'])
      rmSync(to, { recursive: true })
      const gone = await lazurite.http('DELETE', content(datastore, 'content', 'big/big.bin'))
      expect(gone.status).toBe(200)
      expect(peakMiB).toBeLessThan(limitMiB)
    },
    40 * minutes,
  )

  test(
    'many small files go up and come down although everything dies once',
    async () => {
      const { datastore } = target
      const folder = join(work, 'source')
      for (let n = 0; n < count; n++) {
        const file = join(folder, source.smallName(n))
        if (n < 100) mkdirSync(dirname(file), { recursive: true })
        await writeFile(file, source.smallBody(n))
      }
      const up = ['upload', '-n', datastore, '--path', folder, '--target-path', 'all']
      const sent = await moveThroughDeaths(target, up, async () => (await journal()).length, count)
      expect(sent).toMatchObject({ files: count })
      expect(sent.already_there).toBeGreaterThanOrEqual(count / 4 - 1)
      rmSync(folder, { recursive: true })
      await settle(target.behind)
      const to = join(work, 'back')
      const down = ['download', '-n', datastore, '--path', 'all', '--download-path', to]
      const got = await moveThroughDeaths(target, down, async () => (await filesBelow(to)).length, count)
      expect(got).toMatchObject({ files: count })
      const files = await filesBelow(to)
      expect(files).toHaveLength(count)
      for (const file of files) {
        const n = Number(/file (\d+)\.txt$/.exec(file)?.[1])
        expect(readFileSync(file).equals(source.smallBody(n)), file).toBe(true)
      }
      rmSync(to, { recursive: true })
      expect(peakMiB).toBeLessThan(limitMiB)
    },
    40 * minutes,
  )
})
