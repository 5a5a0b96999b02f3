// A full disk: a clear refusal, nothing half-written, nothing acknowledged lost, and work goes on once there is space.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { openStore, type Store } from '@lazurite/store'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'

const account = 'laz0123456789ab'
const refused = { code: 'InsufficientStorage' }
const disk = mountSmallDisk()

/** A file system of 8 MiB, or why there is none. Mounting takes root. */
function mountSmallDisk(): { folder: string } | { why: string } {
  const folder = mkdtempSync(join(tmpdir(), 'laz-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'lazurite-test', folder], { stdio: 'pipe' })
    return { folder }
  } catch (error) {
    rmSync(folder, { recursive: true })
    return { why: `no small file system could be mounted (${String(error).split('\n').at(-1)})` }
  }
}

const small = 'folder' in disk ? disk.folder : ''
if ('why' in disk) console.log(`the tests of a full disk are skipped: ${disk.why}`)
const onSmallDisk = 'why' in disk && process.env.CI !== 'true' ? test.skip : test

let home: string
let store: Store

beforeEach(async () => {
  if ('why' in disk) throw new Error(disk.why)
  home = join(small, 'home')
  store = await openStore({ home })
  await store.bytes.createContainer(account, 'c')
})
afterEach(async () => {
  freeDisk()
  await store.close()
  for (const name of readdirSync(small)) rmSync(join(small, name), { recursive: true })
})

afterAll(() => {
  if (small === '') return
  execFileSync('umount', ['-l', small])
  rmSync(small, { recursive: true })
})

/** Takes all space but so many bytes. */
function fillDisk(butBytes = 0): void {
  const { bavail, bsize } = statfsSync(small)
  writeFileSync(join(small, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - butBytes)))
  try {
    for (let i = 0; butBytes === 0 && i < 64; i++) writeFileSync(join(small, `filler-${i}`), Buffer.alloc(4096))
  } catch {
    // full to the last page
  }
}

function freeDisk(): void {
  for (const name of readdirSync(small)) if (name.startsWith('filler')) rmSync(join(small, name))
}

const key = (i: number) => ({ scope: 's', kind: 'data', name: `row-${i}` })
const put = (i: number) => store.resources.put({ key: key(i), props: { text: 'x'.repeat(4000), i }, by: 'ada' })

onSmallDisk('rows', async () => {
  fillDisk(600_000)
  let last = -1
  const filling = (async () => {
    for (let i = 0; ; i++) {
      await put(i)
      last = i
    }
  })()
  await expect(filling).rejects.toMatchObject(refused)
  expect(last).toBeGreaterThan(10)
  await expect(Promise.all([put(9001), put(9002), put(9003)])).rejects.toMatchObject(refused)
  expect((await store.resources.get(key(last)))?.props.i).toBe(last)

  freeDisk()
  await put(9999)
  await store.close()
  store = await openStore({ home })
  const { rows } = await store.resources.list({ scope: 's', kind: 'data' })
  const numbers = rows.map((row) => Number(row.props.i))
  expect(numbers.filter((i) => i <= last)).toEqual(Array.from({ length: last + 1 }, (_, i) => i))
  expect(numbers).toContain(9999)
})

onSmallDisk('blobs and blocks', async () => {
  const { bytes } = store
  const write = (name: string, size: number) =>
    bytes.write(account, 'c', name, Readable.from([Buffer.alloc(size, 'x')]))
  await write('a', 10)
  fillDisk(1_000_000)
  const many = Readable.from(Array.from({ length: 200 }, () => Buffer.alloc(65536)))
  await expect(bytes.write(account, 'c', 'a', many)).rejects.toMatchObject(refused)
  await expect(write('b', 5_000_000)).rejects.toMatchObject(refused)
  const block = { id: 'AAAA', body: Readable.from([Buffer.alloc(5_000_000)]) }
  await expect(bytes.stageBlock(account, 'c', 'b', block)).rejects.toMatchObject(refused)
  expect(readdirSync(join(home, 'blocks', '.incoming'))).toEqual([])
  expect((await bytes.list(account, 'c')).blobs.map((b) => b.name)).toEqual(['a'])
  expect(await text((await bytes.read(account, 'c', 'a')).body)).toBe('xxxxxxxxxx')
  freeDisk()
  expect((await write('b', 1_000_000)).sizeBytes).toBe(1_000_000)
})

onSmallDisk('leases, secrets, logs and points', async () => {
  await store.resources.put({ key: key(1), props: {}, by: 'ada', state: 'NotStarted', wakeAt: 1 })
  await store.runs.create('s', { runId: 'r', experimentId: '0' })
  const [claim] = await store.leases.claim({ owner: 'me', limit: 1, leaseMs: 60_000 })
  const { token = '', row } = claim ?? {}
  const log = join(home, 'storage', 'log')
  fillDisk()
  const big = 'x'.repeat(3_000_000)
  const apply = () => store.leases.apply(token, row?.id ?? 0, { state: 'Running', status: { big } })
  await expect(apply()).rejects.toMatchObject(refused)
  await expect(store.secrets.seal('a', big)).rejects.toMatchObject(refused)
  await expect(store.logs.append(log, big)).rejects.toMatchObject(refused)
  const points = Array.from({ length: 60_000 }, (_, i) => ({
    key: `k${i % 7}`,
    value: Math.random(),
    timestamp: i,
    step: i,
  }))
  await expect(store.series.append('s', 'r', points)).rejects.toMatchObject(refused)
  freeDisk()
  expect(await apply()).toBe(true)
  await store.secrets.seal('a', 'small')
  expect(await store.secrets.open('a')).toBe('small')
  await store.series.append('s', 'r', points.slice(0, 10))
  expect(await store.series.latest('s', 'r')).toHaveLength(7)
})

onSmallDisk('a start', async () => {
  fillDisk()
  const fresh = join(small, 'fresh')
  await expect(openStore({ home: fresh })).rejects.toMatchObject(refused)
  freeDisk()
  rmSync(fresh, { recursive: true, force: true, maxRetries: 20 })
  mkdirSync(fresh)
  const opened = await openStore({ home: fresh })
  await opened.close()
})
