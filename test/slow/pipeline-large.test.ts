// A random graph of a thousand steps on four slots: every step runs once, after all it needs, never more than four at a
// time; and what the server itself spent on it is told.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJobStatus } from '@lazurite/engine'
import { openStore } from '@lazurite/store'
import { afterAll, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

const steps = 1000
const slots = 4
let lazurite: Lazurite | undefined
afterAll(() => lazurite?.stop())

/** Step → the steps it waits for: the same numbers in every run. */
function graph(): number[][] {
  let state = 42
  const roll = () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
  return Array.from({ length: steps }, (_, i) => {
    const after = ['a', 'b', 'c'].flatMap(() => (i > 0 && roll() < 0.6 ? [Math.floor(roll() * i)] : []))
    return [...new Set(after)]
  })
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

test(`${steps} steps on ${slots} slots`, { timeout: 900_000 }, async () => {
  const laz = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', LAZ_CORES: String(slots) } })
  lazurite = laz
  expect((await laz.laz(['up', '--port', '0'])).code).toBe(0)
  const put = async (path: string, properties: object) => {
    const { status, body } = await laz.http('PUT', `${workspace}${path}`, { properties })
    expect(status, body).toBeLessThan(300)
  }
  const ports = ['a', 'b', 'c']
  await put('/components/noop/versions/1', {
    componentSpec: {
      name: 'noop',
      version: '1',
      type: 'command',
      is_deterministic: false,
      command: 'true > ${{outputs.done}}/x',
      environment: 'azureml:host@latest',
      inputs: Object.fromEntries(ports.map((port) => [port, { type: 'uri_folder', optional: true }])),
      outputs: { done: { type: 'uri_folder' } },
    },
  })
  const needs = graph()
  const jobs = Object.fromEntries(
    needs.map((after, i) => {
      const bind = (other: number) => ({ job_input_type: 'literal', value: `\${{parent.jobs.s${other}.outputs.done}}` })
      const inputs = Object.fromEntries(after.map((other, at) => [ports[at], bind(other)]))
      return [`s${i}`, { type: 'command', componentId: 'azureml:noop:1', inputs }]
    }),
  )
  const { pid } = laz.server()
  const [before, start] = [cpuMs(pid), Date.now()]
  await put('/jobs/large', { jobType: 'Pipeline', settings: { default_compute: 'local', force_rerun: true }, jobs })
  const submitMs = Date.now() - start
  for (;;) {
    const { body } = await laz.http('GET', `${workspace}/jobs/large`)
    const { status } = (JSON.parse(body) as { properties: { status: string } }).properties
    if (['Completed', 'Failed', 'Canceled'].includes(status)) break
    await sleep(300)
  }
  const seconds = ((Date.now() - start) / 1000).toFixed(1)
  console.log(
    `${steps} steps in ${seconds} s, submitted in ${submitMs} ms; the server itself ${(cpuMs(pid) - before) / steps} ms a step`,
  )
  expect((await laz.laz(['down'])).code).toBe(0)

  const store = await openStore({ home: laz.home })
  try {
    const [whole] = (await store.resources.list({ kind: 'job', name: 'large' })).rows
    expect(whole?.state, JSON.stringify(whole?.status).slice(0, 500)).toBe('Completed')
    const { rows } = await store.resources.list({ scope: whole?.scope ?? '', kind: 'job', parent: 'large' })
    const times = new Map(
      rows.map((row) => {
        const { startedAt = 0, end, attempts = [] } = readJobStatus(row.status)
        expect([row.state, attempts.length]).toEqual(['Completed', 0])
        return [String(row.props.displayName), { from: startedAt, to: end?.at ?? 0 }]
      }),
    )
    expect(times.size).toBe(steps)
    for (const [i, after] of needs.entries()) {
      for (const other of after) {
        expect(times.get(`s${i}`)?.from, `s${i} after s${other}`).toBeGreaterThanOrEqual(
          times.get(`s${other}`)?.to ?? 0,
        )
      }
    }
    // ends come before starts of the same moment: the slot was free by then
    const moments = [...times.values()].flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    moments.sort((a, b) => a.at - b.at || a.by - b.by)
    let [now, most] = [0, 0]
    for (const { by } of moments) {
      now += by
      most = Math.max(most, now)
    }
    expect(most).toBeLessThanOrEqual(slots)
  } finally {
    await store.close()
  }
})
