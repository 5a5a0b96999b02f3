import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Bed, commandJob, makeBed, scope } from './testing/bed.ts'
import { type MemoryBackend, memoryBackend } from './testing/memory-backend.ts'

let bed: Bed | undefined
afterEach(async () => {
  await bed?.close()
  bed = undefined
})

const taskOf = async (name: string) => {
  const { facts } = await (bed as Bed).job(name) // set by every test
  return `${facts.runUuid}.${facts.attempt}`
}

async function inMemory(cores = 2): Promise<{ bed: Bed; backend: MemoryBackend }> {
  const backend = memoryBackend()
  const made = await makeBed({ settings: { cores }, backend: () => backend })
  bed = made
  return { bed: made, backend }
}

test('a process that ended while the server was away is taken home with its true exit code', async () => {
  bed = await makeBed()
  await bed.submit('away', commandJob('echo before; sleep 0.3; echo after; exit 7'))
  await bed.until('away', ['Running'])
  await bed.engine.stop()
  await new Promise((resolve) => setTimeout(resolve, 500))
  await bed.restart()
  const job = await bed.until('away')
  expect(job.state).toBe('Failed')
  expect(job.facts.exitCode).toBe(7)
  expect(await bed.artifact('away', 'user_logs/std_log.txt')).toBe('before\nafter\n')
})

test('what runs goes on running through a restart, and is started once', async () => {
  const { bed, backend } = await inMemory()
  await bed.submit('long', commandJob('x'))
  await bed.until('long', ['Running'])
  await bed.restart()
  await expect.poll(() => bed.engine.usage().cores).toBe(1)
  expect(backend.starts()).toBe(1)
  backend.end(await taskOf('long'))
  expect((await bed.until('long')).state).toBe('Completed')
})

test('nodes that are held stay held, and the queue keeps its order', async () => {
  const { bed, backend } = await inMemory(1)
  for (const name of ['a', 'b', 'c', 'd']) {
    await bed.submit(name, commandJob('x'))
    await bed.until(name, name === 'a' ? ['Running'] : ['Queued'])
  }
  expect((await bed.job('d')).facts.waiting).toMatch(/^Waits for .*; 2 jobs were in the queue of local before it\.$/)
  await bed.restart()
  const order: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) {
    await bed.until(name, ['Running'])
    const running = (await Promise.all(['a', 'b', 'c', 'd'].map((n) => bed.job(n)))).filter(
      (job) => job.state === 'Running',
    )
    order.push(running.map((job) => job.name).join())
    backend.end(await taskOf(name))
    await bed.until(name)
  }
  expect(order).toEqual(['a', 'b', 'c', 'd'])
})

test('a job cancelled before its start never starts', async () => {
  const { bed, backend } = await inMemory(1)
  await bed.submit('first', commandJob('x'))
  await bed.until('first', ['Running'])
  await bed.submit('second', commandJob('x'))
  await bed.until('second', ['Queued'])
  await bed.store.resources.ask({ scope, kind: 'job', name: 'second' }, { cancel: 1 })
  expect((await bed.until('second')).state).toBe('Canceled')
  expect(await bed.store.runs.head(scope, 'second')).toMatchObject({ status: 'KILLED', isJob: true })
  backend.end(await taskOf('first'))
  await bed.until('first')
  expect(backend.tasks.size).toBe(1)
})

test('a cancel request made while nobody was there is heard', async () => {
  const { bed, backend } = await inMemory()
  await bed.submit('job', commandJob('x'))
  await bed.until('job', ['Running'])
  await bed.engine.stop()
  await bed.store.resources.ask({ scope, kind: 'job', name: 'job' }, { cancel: 1 })
  await bed.restart()
  expect((await bed.until('job')).state).toBe('Canceled')
  expect(backend.starts()).toBe(1)
})

test('a start that was interrupted goes on from where it was, with one process', async () => {
  const { bed, backend } = await inMemory()
  await bed.submit('job', commandJob('x'))
  const { facts } = await bed.until('job', ['Running'])
  await bed.engine.stop()
  // the process exists, the record of it was lost: as if the server had died in between
  const claims = await bed.store.leases.claim({ owner: 'test', limit: 10, leaseMs: 1000 })
  expect(claims).toEqual([])
  await bed.store.leases.wake({ scope, kind: 'job', name: 'job' })
  const [claim] = await bed.store.leases.claim({ owner: 'test', limit: 1, leaseMs: 1000 })
  const status = { ...claim?.row.status }
  delete status.handle
  await bed.store.leases.apply(claim?.token ?? '', claim?.row.id ?? 0, { state: 'Starting', status })
  await bed.restart()
  await expect.poll(async () => (await bed.job('job')).state).toBe('Running')
  expect([...backend.tasks.keys()]).toEqual([`${facts.runUuid}.1`])
  backend.end(`${facts.runUuid}.1`)
  expect((await bed.until('job')).state).toBe('Completed')
})

test('folders of runs that are over are cleared away at the next start, those of others are not', async () => {
  const { bed } = await inMemory()
  await bed.submit('job', commandJob('x'))
  const { facts } = await bed.until('job', ['Running'])
  const runs = join(bed.home, 'runs')
  mkdirSync(join(runs, 'f'.repeat(32), 'exe'), { recursive: true })
  mkdirSync(join(runs, 'not-ours'))
  await bed.restart()
  await expect
    .poll(() =>
      readdirSync(runs)
        .filter((name) => name !== '.bin')
        .sort(),
    )
    .toEqual([facts.runUuid, 'not-ours'].sort())
  expect(existsSync(join(runs, facts.runUuid ?? ''))).toBe(true)
})

test('what a job wrote so far is shown while it runs', async () => {
  let skipMs = 0
  const backend = memoryBackend()
  const made = await makeBed({ backend: () => backend, clock: { now: () => Date.now() + skipMs } })
  bed = made
  await made.submit('job', commandJob('x'))
  const { facts } = await made.until('job', ['Running'])
  const wd = join(made.home, 'runs', facts.runUuid ?? '', 'wd')
  writeFileSync(join(wd, 'logs', 'progress.txt'), 'half\n')
  skipMs = 6_000
  await made.store.leases.wake({ scope, kind: 'job', name: 'job' })
  await expect.poll(() => made.artifact('job', 'logs/progress.txt').catch(() => '')).toBe('half\n')
  writeFileSync(join(wd, 'logs', 'progress.txt'), 'more\n', { flag: 'a' })
  expect(await made.artifact('job', 'logs/progress.txt')).toBe('half\nmore\n')
  expect((await made.job('job')).state).toBe('Running')
  backend.end(await taskOf('job'))
  await made.until('job')
})

test('a lost process is started again, which is noted; one that is lost again and again fails the job', async () => {
  const { bed, backend } = await inMemory()
  await bed.submit('job', commandJob('x'))
  for (const attempt of [1, 2, 3, 4]) {
    await expect.poll(async () => (await bed.job('job')).facts.attempt).toBe(attempt)
    await bed.until('job', ['Running'])
    await expect.poll(() => backend.tasks.size).toBeGreaterThan(0)
    backend.tasks.clear()
    await bed.store.leases.wake({ scope, kind: 'job', name: 'job' })
  }
  const job = await bed.until('job')
  expect(job.state).toBe('Failed')
  expect(job.facts.error?.code).toBe('Lost')
  expect(job.facts.attempts?.map(({ attempt, lost }) => [attempt, lost])).toEqual([
    [1, true],
    [2, true],
    [3, true],
  ])
})
