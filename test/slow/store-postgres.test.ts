/**
 * A server whose rows are in PostgreSQL: what it acknowledged is there after it was killed, it finds its database again
 * after that one cut it off, and the password of the address is nowhere but in the home, for the owner alone.
 * LAZ_TEST_DATABASE names one for these tests alone, LAZ_TEST_POSTGRES one for all; without either they are skipped, and
 * fail in CI.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseOf, type Lazurite, startLazurite, workspace } from './laz.ts'

const address = process.env.LAZ_TEST_POSTGRES || process.env.LAZ_TEST_DATABASE
// every server that is started here has its rows there
if (address) process.env.LAZ_TEST_POSTGRES = address

if (address) describe('rows in PostgreSQL', () => scenes(address))
else if (process.env.CI === 'true')
  it('rows in PostgreSQL', () =>
    expect.fail('LAZ_TEST_DATABASE must name a database: postgres://user:password@host/name'))
else it.skip('rows in PostgreSQL (skipped: LAZ_TEST_DATABASE names no database)')

interface Logged {
  acknowledged: number[]
  refused: Set<number>
}

function scenes(databaseUrl: string): void {
  let lazurite: Lazurite
  let runId = ''
  let step = 0
  const logged: Logged = { acknowledged: [], refused: new Set() }
  const tracking = `/mlflow/v2.0${workspace}/api/2.0/mlflow`

  beforeAll(async () => {
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    const answer = await lazurite.http('POST', `${tracking}/runs/create`, {
      experiment_id: '0',
      start_time: Date.now(),
    })
    runId = JSON.parse(answer.body).run.info.run_id
  })
  afterAll(() => lazurite?.stop())

  /** Logs points one after the other until told to stop; a server that is away is no point. */
  async function log(until: () => boolean): Promise<void> {
    while (!until()) {
      step += 1
      const mine = step
      const body = { run_id: runId, key: 'loss', value: mine / 7, timestamp: 1_700_000_000_000 + mine, step: mine }
      const answer = await lazurite.http('POST', `${tracking}/runs/log-metric`, body).catch(() => undefined)
      if (answer?.status === 200) logged.acknowledged.push(mine)
      else if (answer) logged.refused.add(answer.status)
      else await new Promise((go) => setTimeout(go, 20))
    }
  }

  /** While several log, something happens; then they go on for a while. */
  async function during(act: () => Promise<unknown>): Promise<void> {
    let over = false
    const loggers = Array.from({ length: 8 }, () => log(() => over))
    await new Promise((go) => setTimeout(go, 700))
    await act()
    const before = logged.acknowledged.length
    await expect.poll(() => logged.acknowledged.length - before, { timeout: 30_000 }).toBeGreaterThan(100)
    over = true
    await Promise.all(loggers)
  }

  async function history(): Promise<number[]> {
    const path = `${tracking}/metrics/get-history?run_id=${runId}&metric_key=loss&max_results=25000`
    const { metrics } = JSON.parse((await lazurite.http('GET', path)).body) as { metrics: { step: number }[] }
    return metrics.map((point) => point.step)
  }

  async function expectAllThere(): Promise<void> {
    const steps = await history()
    expect(new Set(steps).size).toBe(steps.length)
    expect(logged.acknowledged.filter((one) => !steps.includes(one))).toEqual([])
  }

  it('has what it acknowledged after a kill in the middle, and starts again without being told where', async () => {
    await during(async () => {
      process.kill(lazurite.server().pid, 'SIGKILL')
      expect(await lazurite.laz(['up'], { env: { LAZ_STORE: '' } })).toMatchObject({ code: 0 })
    })
    await expectAllThere()
  })

  it('finds its database again when that one cuts it off, and only says that it is busy', async () => {
    logged.refused.clear()
    await during(async () => {
      const { Client } = (await import('pg')).default
      const client = new Client({ connectionString: databaseUrl })
      await client.connect()
      for (let times = 0; times < 3; times += 1) {
        await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()`,
          [` ${lazurite.server().pid} `],
        )
        await new Promise((go) => setTimeout(go, 400))
      }
      await client.end()
    })
    expect([...logged.refused].filter((status) => status !== 503)).toEqual([])
    await expectAllThere()
  })

  it('runs a job as any other server does', async () => {
    const props = { jobType: 'Command', command: 'echo from the job', experimentName: 'pg' }
    const path = `${workspace}/jobs/on_postgres?api-version=2025-06-01`
    const put = await lazurite.http('PUT', path, { properties: { ...props, environmentId: 'azureml:host@latest' } })
    if (put.status >= 300) throw new Error(put.body)
    const state = async () => JSON.parse((await lazurite.http('GET', path)).body).properties.status
    await expect.poll(state, { timeout: 60_000, interval: 200 }).toBe('Completed')
  })

  it('tells the password to nobody', async () => {
    const secret = new URL(databaseUrl).password
    if (secret === '') return
    const url = databaseOf(lazurite.home).LAZ_STORE ?? ''
    const said = [
      JSON.stringify(await lazurite.laz(['doctor'])),
      JSON.stringify(await lazurite.laz(['up'])),
      JSON.stringify(await lazurite.laz(['up', '--store', url])),
      readFileSync(`/proc/${lazurite.server().pid}/cmdline`, 'utf8'),
      ...readdirSync(lazurite.home, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && entry.name !== 'database.json')
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')),
    ]
    expect(said.filter((text) => text.includes(secret))).toEqual([])
    expect(statSync(join(lazurite.home, 'database.json')).mode & 0o777).toBe(0o600)
    const doctor = said[0] ?? ''
    expect(doctor).toContain('postgres://')
  })
}
