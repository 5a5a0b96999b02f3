/**
 * A home's rows move to PostgreSQL and back: what the old place had the new one has, byte for byte, whenever the move was
 * killed. LAZ_TEST_DATABASE names a database; without one these are skipped, and fail in CI.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dropDatabase, type Lazurite, root, schemaIn, startLazurite, workspace } from './laz.ts'

const address = process.env.LAZ_TEST_POSTGRES || process.env.LAZ_TEST_DATABASE
const server = join(root, 'packages/cli/dist/server.mjs')

if (address) describe('rows that move', () => scenes(address))
else if (process.env.CI === 'true')
  it('rows that move', () => expect.fail('LAZ_TEST_DATABASE must name a database: postgres://user:password@host/name'))
else it.skip('rows that move (skipped: LAZ_TEST_DATABASE names no database)')

function scenes(database: string): void {
  let lazurite: Lazurite
  let there = ''
  const tracking = `/mlflow/v2.0${workspace}/api/2.0/mlflow`

  beforeAll(async () => {
    lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', LAZ_STORE: '' } })
    there = schemaIn(database, lazurite.home)
    await lazurite.laz(['up'])
    for (let i = 0; i < 40; i++) {
      const made = await lazurite.http('POST', `${tracking}/runs/create`, { experiment_id: '0', run_name: `run ${i}` })
      const run_id = JSON.parse(made.body).run.info.run_id
      const metrics = Array.from({ length: 900 }, (_, step) => ({
        key: `m${step % 20}`,
        value: step / 7,
        step,
        timestamp: step,
      }))
      const params = Array.from({ length: 50 }, (_, k) => ({ key: `p${k}`, value: `${i * k}` }))
      expect((await lazurite.http('POST', `${tracking}/runs/log-batch`, { run_id, metrics, params })).status).toBe(200)
    }
    const put = await lazurite.http('PUT', `${workspace}/connections/vault?api-version=2025-06-01`, {
      properties: {
        category: 'ApiKey',
        target: 'https://vault.example',
        authType: 'ApiKey',
        credentials: { key: 'S3CR3T' },
      },
    })
    expect(put.status).toBeLessThan(300)
  })
  afterAll(() => {
    lazurite?.stop()
    dropDatabase(there)
  })

  async function look(): Promise<unknown> {
    const ask = async (method: string, path: string, body?: unknown) =>
      JSON.parse((await lazurite.http(method, path, body)).body)
    const runs = await ask('POST', `${tracking}/runs/search`, { experiment_ids: ['0'], max_results: 100 })
    const { run_id } = runs.runs[7].info
    return {
      runs,
      history: await ask('GET', `${tracking}/metrics/get-history?run_id=${run_id}&metric_key=m3`),
      secret: await ask('POST', `${workspace}/connections/vault/listsecrets?api-version=2025-06-01`),
    }
  }

  /** Starts a move and kills it some time later; answers whether it had come to its end before. */
  function moveAndKill(to: string, afterMs: number): Promise<boolean> {
    const env = { ...process.env, LAZ_STORE: to }
    const child = spawn(process.execPath, [server, '--home', lazurite.home, '--move'], { env, stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
    return new Promise((done) =>
      child.on('exit', (code) => {
        clearTimeout(timer)
        done(code === 0)
      }),
    )
  }

  async function moveThroughKills(to: string): Promise<void> {
    const before = await look()
    await lazurite.laz(['down'])
    let over = false
    for (const afterMs of [150, 400, 700, 1100]) {
      over ||= await moveAndKill(to, afterMs)
      expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
      expect(await look()).toEqual(before)
      if (over) return
      await lazurite.laz(['down'])
    }
    const moved = await lazurite.json<{ rows: number }>(['store', 'move', '--to', to === '' ? 'home' : to])
    expect(moved.rows).toBeGreaterThan(40 * 50)
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
    expect(await look()).toEqual(before)
  }

  it('is refused while a server runs, and without a place', async () => {
    const busy = await lazurite.laz(['store', 'move', '--to', there])
    expect([busy.code === 0, busy.err]).toEqual([false, expect.stringContaining('laz down')])
    expect((await lazurite.laz(['store', 'move'])).err).toContain('--to')
  })

  it('goes to PostgreSQL, through kills, and the server starts there without being told', async () => {
    await moveThroughKills(there)
    expect(existsSync(join(lazurite.home, 'laz.db'))).toBe(false)
    expect((await lazurite.laz(['doctor'])).out).toContain('postgres://')
    const password = new URL(there).password
    if (password) expect(readFileSync(join(lazurite.home, 'server.log'), 'utf8')).not.toContain(password)
  })

  it('says what is wrong with a place, and nothing has moved', async () => {
    await lazurite.laz(['down'])
    const gone = new URL(there)
    gone.port = '1'
    const { code, err } = await lazurite.laz(['store', 'move', '--to', gone.href])
    expect([code === 0, err]).toEqual([false, expect.stringContaining('cannot be used')])
    expect((await lazurite.laz(['store', 'move', '--to', there])).err).toContain('they are there')
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  })

  it('comes back, through kills', async () => {
    await moveThroughKills('')
    expect(existsSync(join(lazurite.home, 'database.json'))).toBe(false)
    const state = await lazurite.http('POST', `${tracking}/runs/create`, { experiment_id: '0' })
    expect(state.status).toBe(200)
  })
}
