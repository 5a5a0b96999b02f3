import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '@lazurite/store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { quietLog } from '../context.ts'
import { scope as bedScope, commandJob, makeBed } from '../testing/bed.ts'
import { Intake } from './intake.ts'
import { linesOf, type Source, samplesOf } from './source.ts'

const scope = 's/g/w'
let home: string
let store: Store
let source: Source
let now = 1_000_000
const clock = { now: () => now }

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'laz-intake-'))
  store = await openStore({ home })
  const dir = join(home, 'runs', 'a', 'attempt-1')
  mkdirSync(join(dir, 'task'), { recursive: true })
  await store.runs.create(scope, { runId: 'a', experimentId: '0' })
  source = {
    key: { scope, kind: 'job', name: 'a' },
    by: 'me',
    dir,
    logFile: `${home}/storage/x/log.txt`,
    nodes: [{ name: '' }],
  }
})
afterEach(async () => {
  await store.close()
  rmSync(home, { recursive: true, force: true })
})

const fresh = () => new Intake({ store, clock, log: quietLog })
const append = (text: string) => appendFileSync(linesOf(source.dir), text)
const points = async (key: string) =>
  (await store.series.history(scope, 'a', key)).points.map(({ step, value, timestamp }) => [step, value, timestamp])
const log = async () => (await store.logs.read(source.logFile, { from: 0 })).bytes.toString()

describe('lines of LAZ_METRICS', () => {
  test('all ways to write one; what says no step is counted, what says no time gets that of the reading', async () => {
    append('{"step":3,"loss":0.5,"acc":NaN,"timestamp":7}\n{"metric":"loss","value":"-inf"}\n\n')
    append(
      '{"param":"lr","value":0.1}\n{"tag":"note","value":"x"}\n{"metric":"n","value":1}\n{"metric":"n","value":1}\n',
    )
    await fresh().drain(source)
    expect(await points('loss')).toEqual([
      [3, 0.5, 7],
      [4, Number.NEGATIVE_INFINITY, now],
    ])
    expect(await points('acc')).toEqual([[3, Number.NaN, 7]])
    expect(await points('n')).toEqual([
      [0, 1, now],
      [1, 1, now],
    ])
    expect(await store.runs.get(scope, 'a')).toMatchObject({ params: { lr: '0.1' }, tags: { note: 'x' } })
  })

  test.each([
    '[]',
    'null',
    '{"lines":7,"system":[]}',
    '{"lines":{"offset":-1,"steps":{"n":"x"},"count":{}}}',
    '{"lines":{"offset":1e9},"system":{"first":5,"before":{},"offset":"x"}}',
    '{"lines":{"pending":{"until":"x","at":[]}}}',
  ])('a book that the job wrote itself holds nothing up: %s', async (book) => {
    writeFileSync(join(source.dir, 'telemetry.json'), book)
    append('{"metric":"n","value":1}\n')
    writeFileSync(samplesOf(source.dir), '1700000000000 cpu 1 2\n1700000001000 cpu 2 4\n')
    await fresh().drain(source)
    expect(await points('n')).toEqual([[0, 1, now]])
  })

  test('a step that has no next one takes no other values along', async () => {
    append(
      `{"metric":"n","value":1,"step":${Number.MAX_SAFE_INTEGER}}\n{"metric":"n","value":2}\n{"metric":"m","value":3}\n`,
    )
    await fresh().drain(source)
    expect(await points('n')).toEqual([[Number.MAX_SAFE_INTEGER, 1, now]])
    expect(await points('m')).toEqual([[0, 3, now]])
    expect(await log()).toContain('no next step')
  })

  test('half a line waits for its end, and is a line when the process is over', async () => {
    append('{"a":1}\n{"a":')
    const first = fresh()
    first.follow(source)
    await first.drain({ ...source, dir: `${source.dir}-none` })
    await expect.poll(() => points('a'), { timeout: 5000 }).toHaveLength(1)
    append('2}\n{"a":3}')
    await first.drain(source)
    expect((await points('a')).map(([, value]) => value)).toEqual([1, 2, 3])
    await first.close()
  })

  test('what cannot be understood is told once, by its line, and the rest is kept', async () => {
    append(`{"a":1}\nloss=0.5\n{"a":"x"}\n{"../b":1}\n[1]\n{"a":2}\n${'x'.repeat(1_300_000)}\n{"a":3}\n`)
    await fresh().drain(source)
    append('also bad\n{"a":4}\n')
    await fresh().drain(source)
    expect((await points('a')).map(([, value]) => value)).toEqual([1, 2, 3, 4])
    expect(await log()).toMatch(/^LAZ_METRICS: line 2: it is no JSON.*left out\.\n$/)
  })

  test('a server that dies after writing to the store and before noting it doubles nothing', async () => {
    append('{"a":1}\n{"a":1}\n{"b":5}\n')
    let broken = true
    const dying: Store = {
      ...store,
      runs: store.runs,
      series: {
        ...store.series,
        append: async (...args) => {
          await store.series.append(...args)
          if (broken) throw new Error('gone')
        },
      },
    }
    const first = new Intake({ store: dying, clock, log: quietLog })
    await expect(first.drain(source)).rejects.toThrow('gone')
    broken = false
    now += 5000
    append('{"a":1}\n')
    await fresh().drain(source)
    now -= 5000
    expect(await points('a')).toEqual([
      [0, 1, now],
      [1, 1, now],
      [2, 1, now],
    ])
    expect(await points('b')).toEqual([[0, 5, now]])
  })

  test('a parameter that changes is refused by name; a file that is emptied begins anew; a link is not read', async () => {
    append('{"param":"p","value":"1"}\n{"param":"p","value":"2"}\n')
    const intake = fresh()
    await intake.drain(source)
    expect(await log()).toContain('The parameter p of run a is')
    truncateSync(linesOf(source.dir))
    append('{"c":1}\n')
    await intake.drain(source)
    expect(await points('c')).toHaveLength(1)
    rmSync(linesOf(source.dir))
    writeFileSync(join(home, 'elsewhere'), '{"secret":1}\n'.repeat(50))
    symlinkSync(join(home, 'elsewhere'), linesOf(source.dir))
    await intake.drain(source)
    expect(await store.series.keys(scope, 'a')).not.toContain('secret')
  })
})

test('looks at the machine become metrics under MLflow’s names, each once', async () => {
  const look = (at: number, busy: number, ticks: number) =>
    `${at} cpu ${busy} ${busy * 2} mem 1000000 250000 net ${at} 0 disk 4096 1000 500 250 proc p0 ${ticks} 256 gpu 1,50,1024,2048,100,[N/A]\n`
  appendFileSync(
    samplesOf(source.dir),
    `garbage\n${look(1_700_000_000_000, 100, 50)}${look(1_700_000_010_000, 300, 550)}`,
  )
  await fresh().drain(source)
  appendFileSync(samplesOf(source.dir), look(1_700_000_020_000, 400, 560))
  await fresh().drain(source)
  const last = Object.fromEntries((await store.series.latest(scope, 'a')).map((p) => [p.key, p]))
  expect(last['system/cpu_utilization_percentage']).toMatchObject({ value: 50, step: 1, count: 2 })
  expect(last['system/system_memory_usage_percentage']?.value).toBe(75)
  expect(last['system/network_receive_megabytes']?.value).toBe(0.02)
  expect(last['system/disk_usage_percentage']?.value).toBeCloseTo(66.667)
  expect(last['system/gpu_1_memory_usage_percentage']?.value).toBe(50)
  expect(last['system/gpu_1_power_usage_percentage']).toBeUndefined()
  expect(last['system/job_cpu_percentage']).toMatchObject({ value: 1, max: 50 })
  expect(last['system/job_memory_megabytes']?.value).toBeCloseTo(1.049)
})

describe('in a job', () => {
  test('laz log and the file come into its run before it is over; the machine was looked at', async () => {
    const bed = await makeBed()
    try {
      const command = [
        'laz log metric loss 0.25 --step 4',
        'laz log metric acc=0.5 f1=nan',
        `laz log param 'a "quoted" name' 1; laz log param lr=0.1 'opt=a\\b "c"'`,
        'laz log tag colour green',
        'echo hi > plot.txt; laz log artifact plot.txt --to plots/deep',
        'laz log artifact plot.txt --to ../up || echo refused',
        'laz log metric loss high || echo refused',
        `printf '{"shell": 1}\\n{"shell": 2}' >> "$LAZ_METRICS"`,
        'sleep 2.4',
      ].join('; ')
      await bed.submit('logs', commandJob(command, { environmentVariables: { LAZ_SYSTEM_METRICS: '1' } }))
      const job = await bed.until('logs')
      expect([job.state, await bed.artifact('logs', 'user_logs/std_log.txt')]).toEqual([
        'Completed',
        expect.stringMatching(
          /^laz log: .*\nrefused\nlaz log: 'high' is no number\nrefused\nLAZ_METRICS: line 4: "a \\"quoted\\" name" is no name.*\n$/,
        ),
      ])
      const run = await bed.store.runs.get(bedScope, 'logs')
      expect(run).toMatchObject({ params: { lr: '0.1', opt: 'a\\b "c"' }, tags: { colour: 'green' } })
      expect(job.props.tags).toMatchObject({ colour: 'green' })
      const last = Object.fromEntries((run?.metrics ?? []).map((p) => [p.key, p]))
      expect(last.loss).toMatchObject({ value: 0.25, step: 4 })
      expect(last.f1?.value).toBeNaN()
      expect(last.shell).toMatchObject({ value: 2, step: 1, count: 2 })
      expect(last['system/job_memory_megabytes']?.value).toBeGreaterThan(1)
      expect(last['system/cpu_utilization_percentage']?.value).toBeGreaterThanOrEqual(0)
      expect(await bed.artifact('logs', 'plots/deep/plot.txt')).toBe('hi\n')
    } finally {
      await bed.close()
    }
  })

  test('off is off', async () => {
    const bed = await makeBed()
    try {
      await bed.submit('off', commandJob('sleep 2.3', { environmentVariables: { LAZ_SYSTEM_METRICS: 'off' } }))
      await bed.until('off')
      expect(await bed.store.series.keys(bedScope, 'off')).toEqual([])
    } finally {
      await bed.close()
    }
  })
})
