/**
 * Many processes that log ten points a second each, while the server is killed once: nothing is lost, nothing is
 * doubled, its memory stays. LAZ_LOAD_PROCESSES and LAZ_LOAD_SECONDS make it larger and longer; LAZ_STRICT=1 holds the
 * time of a call to its budget, which a busy machine cannot keep. With LAZ_TEST_MLFLOW3 some senders are real clients.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite, workspace } from './laz.ts'

const processes = Number(process.env.LAZ_LOAD_PROCESSES ?? 100)
const seconds = Number(process.env.LAZ_LOAD_SECONDS ?? 60)
const perSecond = 10
const points = seconds * perSecond
const clients = process.env.LAZ_TEST_MLFLOW3 ? Math.min(3, processes) : 0
const budgetMs = process.env.LAZ_STRICT === '1' ? 50 : 1000
const programs = join(root, 'test/slow/tracking-load')
const tracking = `/mlflow/v2.0${workspace}`

interface Told {
  took: number[]
  again: number
  late: number
}

let lazurite: Lazurite
let port: number
beforeAll(async () => {
  lazurite = startLazurite()
  port = await freePort()
  await up()
})
afterAll(() => lazurite?.stop())

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  return typeof address === 'object' && address ? address.port : 0
}

async function up(): Promise<void> {
  const { code, out, err } = await lazurite.laz(['up', '--port', String(port)])
  expect(code, `${out}\n${err}`).toBe(0)
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await lazurite.http(method, `${tracking}/api/2.0/mlflow/${path}`, body)
  expect(answer.status, answer.body).toBe(200)
  return JSON.parse(answer.body)
}

function send(which: 'rest' | 'mlflow', run: string, o: { start: number; phase: number }): Promise<Told> {
  const python = which === 'mlflow' ? (process.env.LAZ_TEST_MLFLOW3 ?? 'python3') : 'python3'
  const words = [which, run, points, perSecond, o.start, o.phase].map(String)
  const { url, token } = lazurite.server()
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: lazurite.home,
    MLFLOW_TRACKING_URI: `${url}${tracking}`,
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '1',
  }
  const flags = which === 'rest' ? ['-I', '-S'] : []
  const child = spawn(python, [...flags, join(programs, 'sender.py'), ...words], { env })
  let [out, err] = ['', '']
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    err += text
  })
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) =>
      code === 0 ? done(JSON.parse(out)) : fail(new Error(`a sender ended with ${code}: ${out}${err}`.slice(0, 2000))),
    )
  })
}

/** MiB of a process in memory, and the CPU seconds it has used. */
function weigh(pid: number): { mib: number; cpu: number } | undefined {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return { mib: Number(kib) / 1024, cpu: (Number(fields[11]) + Number(fields[12])) / 100 }
  } catch {
    return undefined // it was just killed
  }
}

interface Point {
  step: number
  value: number
  timestamp: number
}

/** One answer may hold as much as a page does, so that longer histories are asked for in pages. */
async function historyOf(run: string): Promise<Point[]> {
  const found: Point[] = []
  let token = ''
  do {
    const page: { metrics?: Point[]; next_page_token?: string } = await ask(
      'GET',
      `metrics/get-history?run_id=${run}&metric_key=loss&max_results=5000&page_token=${token}`,
    )
    found.push(...(page.metrics ?? []))
    token = encodeURIComponent(page.next_page_token ?? '')
  } while (token !== '')
  return found
}

const least = (numbers: number[]) => Math.min(...numbers)

test(`${processes} processes of ${perSecond} points a second for ${seconds} s, and kill -9 of the server`, async () => {
  const runs = await Promise.all(
    Array.from({ length: processes }, async (_, n) => {
      const { run } = await ask<{ run: { info: { run_id: string } } }>('POST', 'runs/create', {
        experiment_id: '0',
        run_name: `load ${n}`,
      })
      return run.info.run_id
    }),
  )
  const start = Date.now() / 1000 + 3 + processes / 20 + clients * 2
  const told = Promise.all(
    runs.map((run, n) => send(n < clients ? 'mlflow' : 'rest', run, { start, phase: n / processes / perSecond })),
  )
  told.catch(() => undefined) // it is awaited below

  const weights: { mib: number; cpu: number }[] = []
  const watch = async (until: number) => {
    while (Date.now() / 1000 < until) {
      const seen = weigh(lazurite.server().pid)
      if (seen) weights.push(seen)
      await sleep(500)
    }
  }
  await watch(start + seconds / 4)
  process.kill(lazurite.server().pid, 'SIGKILL')
  const killedAt = Date.now()
  await up()
  const awayMs = Date.now() - killedAt
  weights.length = 0
  await watch(start + seconds)
  const all = await told

  const lost: string[] = []
  let kept = 0
  for (const run of runs) {
    const history = await historyOf(run)
    kept += history.length
    const right = history.every((p, n) => p.step === n && p.value === n / 7 && p.timestamp === 1_700_000_000_000 + n)
    if (history.length !== points || !right) lost.push(`${run}: ${history.length} points`)
  }
  const took = all.flatMap((each) => each.took).sort((a, b) => a - b)
  const at = (part: number) => took[Math.floor((took.length - 1) * part)] ?? Number.NaN
  const third = Math.floor(weights.length / 3)
  const [early, end] = [weights.slice(0, third), weights.slice(-third)].map((part) => least(part.map((w) => w.mib)))
  const cpu = (weights.at(-1)?.cpu ?? 0) - (weights[0]?.cpu ?? 0)
  const again = all.reduce((sum, each) => sum + each.again, 0)
  console.log(
    [
      `${kept} points of ${processes} processes in ${seconds} s, ${clients} of them MLflow's client`,
      `a call: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms; ${again} sent again`,
      `away for ${awayMs} ms; memory ${early?.toFixed(0)} → ${end?.toFixed(0)} MiB`,
      `CPU of the server ${((cpu * 1000) / ((weights.length / 2) * processes * perSecond)).toFixed(2)} ms a point`,
    ].join('\n'),
  )
  expect(lost).toEqual([])
  expect(kept).toBe(processes * points)
  expect(again, 'nobody noticed that the server was away').toBeGreaterThan(0)
  expect(end).toBeLessThan((early ?? 0) * 1.25 + 24)
  expect(at(0.99)).toBeLessThan(budgetMs)
  const runsSeen = await ask<{ runs: { data: { metrics: { value: number; step: number }[] } }[] }>(
    'POST',
    'runs/search',
    {
      experiment_ids: ['0'],
      filter: `metrics.loss = ${(points - 1) / 7} AND attributes.run_name LIKE 'load %'`,
      max_results: processes + 1,
    },
  )
  expect(runsSeen.runs.map((run) => run.data.metrics[0]?.step)).toEqual(runs.map(() => points - 1))
})
