// Schedules as people meet them: a real server, the real clock, jobs that run. Then kill -9 again and again while moments
// come every few seconds: each starts its job once.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

let server: Lazurite
let folder: string

beforeAll(async () => {
  server = startLazurite()
  folder = mkdtempSync(join(tmpdir(), 'laz-schedules-'))
  writeFileSync(join(folder, 'job.yml'), job)
  await laz('job', 'list')
})
afterAll(() => {
  server?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

const job = `$schema: x/commandJob.schema.json
command: echo scheduled
environment: azureml:host@latest
compute: azureml:local
experiment_name: timed
`
const laz = (...words: string[]) => server.laz(words, { cwd: folder })
const json = <T = Record<string, unknown>>(...words: string[]) => server.json<T>(words, { cwd: folder })

interface Wire {
  name: string
  properties: { displayName: string; status: string; properties: Record<string, string> }
}

async function jobsOf(schedule: string): Promise<Wire[]> {
  const path = `${workspace}/jobs?api-version=2024-01-01-preview&scheduleId=${schedule}&$top=1000`
  const { status, body } = await server.http('GET', path)
  expect(status, body).toBe(200)
  return (JSON.parse(body) as { value: Wire[] }).value.reverse()
}

async function until<T>(look: () => Promise<T | undefined>, ms = 30_000): Promise<T> {
  for (const end = Date.now() + ms; ; await sleep(100)) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (Date.now() > end) throw new Error('it did not come')
  }
}

async function create(name: string, trigger: string): Promise<string> {
  writeFileSync(join(folder, `${name}.yml`), `name: ${name}\ntrigger: ${trigger}\ncreate_job: ./job.yml\n`)
  const { code, err } = await laz('schedule', 'create', '-f', `${name}.yml`)
  expect(code, err).toBe(0)
  return err
}

describe('a schedule', () => {
  test('starts its job at its first moment, and says when the next is', async () => {
    await create('hours', '{type: recurrence, frequency: hour, interval: 1}')
    const first = await until(async () => (await jobsOf('hours'))[0])
    expect(first.name).toMatch(/^hours-\d{8}T\d{6}Z$/)
    expect(first.properties.displayName).toBe(first.name)
    expect(first.properties.properties).toMatchObject({
      'azureml.scheduleName': 'hours',
      'lazurite.startedBy': 'clock',
    })
    const { code } = await laz('job', 'stream', '-n', first.name)
    expect(code).toBe(0)
    const shown = await json<{ lazurite: { next: string; last: { job: string; due: string } } }>(
      'schedule',
      'show',
      '-n',
      'hours',
    )
    expect(shown.lazurite.last.job).toBe(first.name)
    expect(Date.parse(shown.lazurite.next) - Date.parse(shown.lazurite.last.due)).toBe(3_600_000)
  })

  test('is started by hand', async () => {
    await create('yearly', '{type: cron, expression: "0 0 1 1 *", time_zone: W. Europe Standard Time}')
    const said = await json<Record<string, string>>('schedule', 'trigger', '-n', 'yearly')
    const [only, ...more] = await jobsOf('yearly')
    expect(more).toEqual([])
    expect(Object.values(said)).toContain(only?.name)
    expect(only?.properties.properties['lazurite.startedBy']).toBe('hand')
  })

  test('is counted anew after it was off', async () => {
    await create('paused', '{type: cron, expression: "* * * * *"}')
    expect((await laz('schedule', 'disable', '-n', 'paused')).code).toBe(0)
    await until(async () => {
      const shown = await json<{ lazurite?: { next?: string } }>('schedule', 'show', '-n', 'paused')
      return shown.lazurite?.next === undefined || undefined
    })
    expect((await laz('schedule', 'delete', '-n', 'paused')).code).toBe(0)
  })

  test.each([
    ['{type: cron, expression: "61 * * * *"}', /bad\.yml:2:\d+.*"61" for the minute/],
    ['{type: cron, expression: "0 0 31 2 *"}', /never come/],
    ['{type: cron, expression: "0 8 * * *", time_zone: Mars}', /no time zone "Mars"/],
    ['{type: recurrence, frequency: day, interval: 0}', /interval.*must be 1 to 1000/s],
    ['{type: recurrence, frequency: day, interval: 1, schedule: {hours: [24], minutes: [0]}}', /must be 0 to 23/],
    [
      '{type: cron, expression: "0 8 * * *", start_time: "2026-02-01T00:00:00", end_time: "2026-01-01T00:00:00"}',
      /end_time/,
    ],
  ])('with %s is refused at its place', async (trigger, message) => {
    writeFileSync(join(folder, 'bad.yml'), `name: bad\ntrigger: ${trigger}\ncreate_job: ./job.yml\n`)
    const { code, err } = await laz('schedule', 'create', '-f', 'bad.yml')
    expect(code).not.toBe(0)
    expect(err).toMatch(message)
  })
})

test('kill -9 while moments come: each starts one job', { timeout: 300_000 }, async () => {
  const names = Array.from({ length: 12 }, (_, i) => `tick${i}`)
  const begin = Math.ceil((Date.now() + 5000) / 60_000) * 60_000 - 60_000
  for (const [i, name] of names.entries()) {
    const start = new Date(begin + i * 5000).toISOString().slice(0, 19)
    await create(name, `{type: recurrence, frequency: minute, interval: 1, start_time: "${start}", time_zone: UTC}`)
  }
  const from = Date.now()
  let kills = 0
  // a minute has a moment of each
  for (; kills < 20 || Date.now() - from < 60_000; kills++) {
    await sleep(Math.random() * 4000)
    process.kill(server.server().pid, 'SIGKILL')
    await laz('job', 'list', '--max-results', '1')
  }
  const to = Date.now()
  let moments = 0
  for (const [i, name] of names.entries()) {
    const wanted: string[] = []
    for (let at = begin + i * 5000; at <= to; at += 60_000) if (at > from) wanted.push(new Date(at).toISOString())
    // a busy machine starts the last of them later
    await vi.waitFor(
      async () => {
        const times = (await jobsOf(name)).map((one) => one.properties.properties['lazurite.scheduledTime'] ?? '')
        expect(new Set(times).size, name).toBe(times.length)
        const inside = times.filter((time) => Date.parse(time) > from && Date.parse(time) <= to)
        expect(inside.sort(), name).toEqual(wanted)
      },
      { timeout: 60_000, interval: 500 },
    )
    moments += wanted.length
  }
  expect(moments).toBeGreaterThan(10)
  process.stdout.write(`${kills} kills, ${moments} moments, one job each\n`)
})
