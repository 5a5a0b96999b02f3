// kill -9 of the server at random moments of a pipeline: every job ends as it would have, none runs twice, nothing
// acknowledged is missing.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite } from './laz.ts'

const folder = mkdtempSync(join(tmpdir(), 'laz-crash-'))
let lazurite: Lazurite | undefined

afterAll(() => {
  lazurite?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

const steps = 10
const lines = 60
const kills = 20

/** Ten steps: two chains that meet, one step that fails on its own, so that every ending is seen. */
function pipeline(witness: string): string {
  const job = (name: string, after: string[], tail = '') =>
    [
      `  ${name}:`,
      '    type: command',
      '    code: src',
      '    environment: azureml:host@latest',
      `    command: python step.py ${name} ${witness} ${lines} \${{outputs.out}}${tail}`,
      ...(after.length > 0
        ? ['    inputs:', ...after.map((before) => `      after_${before}: \${{parent.jobs.${before}.outputs.out}}`)]
        : []),
      '    outputs:',
      '      out:',
    ].join('\n')
  return [
    'type: pipeline',
    'settings:',
    '  default_compute: azureml:local',
    '  continue_on_step_failure: true',
    'jobs:',
    job('s0', []),
    job('s1', ['s0']),
    job('s2', ['s1']),
    job('s3', ['s0']),
    job('s4', ['s3']),
    job('s5', ['s2', 's4']),
    job('s6', []),
    job('s7', ['s6'], '; exit 3'),
    job('s8', ['s5']),
    job('s9', ['s8', 's6']),
    '',
  ].join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  return typeof address === 'object' && address ? address.port : 0
}

test(`${kills} times kill -9 of the server during a pipeline of ${steps} jobs`, async () => {
  lazurite = startLazurite()
  const port = await freePort()
  const witness = join(folder, 'witness.txt')
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'src/step.py'), readFileSync(join(root, 'test/slow/crash/src/step.py')))
  writeFileSync(join(folder, 'pipeline.yml'), pipeline(witness))

  const up = async () => {
    const { code, out, err } = await lazurite!.laz(['up', '--port', String(port)])
    expect(code, `${out}\n${err}`).toBe(0)
  }
  await up()
  const created = await lazurite.laz(['job', 'create', '-f', join(folder, 'pipeline.yml'), '-n', 'crash'])
  expect(created.code, created.err).toBe(0)

  let killed = 0
  const final = new Set(['Completed', 'Failed', 'Canceled'])
  const statusOf = async () => (await lazurite!.json<{ status: string }>(['job', 'show', '-n', 'crash'])).status
  while (killed < kills) {
    await sleep(Math.random() * 700)
    process.kill(lazurite.server().pid, 'SIGKILL')
    killed++
    await sleep(Math.random() * 200)
    await up()
  }
  const deadline = Date.now() + 180_000
  let status = await statusOf()
  while (!final.has(status) && Date.now() < deadline) {
    await sleep(200)
    status = await statusOf()
  }
  expect(status).toBe('Failed')

  const children = await lazurite.json<{ name: string; display_name: string; status: string }[]>([
    'job',
    'list',
    '--parent-job-name',
    'crash',
  ])
  const ended = Object.fromEntries(children.map((child) => [child.display_name, child.status]))
  expect(ended).toEqual(
    Object.fromEntries(Array.from({ length: steps }, (_, n) => [`s${n}`, n === 7 ? 'Failed' : 'Completed'])),
  )

  const ran = readFileSync(witness, 'utf8').trim().split('\n')
  expect(ran.map((line) => line.split(' ')[0]).sort()).toEqual(Array.from({ length: steps }, (_, n) => `s${n}`))

  for (const child of children) {
    const streamed = await lazurite.laz(['job', 'stream', '-n', child.name])
    const printed = streamed.out.split('\n').filter((line) => / line \d+$/.test(line))
    expect(printed).toEqual(Array.from({ length: lines }, (_, n) => `${child.display_name} line ${n}`))
    const { body } = await lazurite.http(
      'GET',
      `/api/2.0/mlflow/metrics/get-history?run_id=${child.name}&metric_key=count&max_results=1000`,
    )
    const points: { step: number; value: number }[] = JSON.parse(body).metrics
    expect(points.map((point) => point.value)).toEqual(Array.from({ length: lines }, (_, n) => n))
  }
})

test('a job whose process is killed is Failed and names the signal; a cancelled one leaves no process behind', async () => {
  const own = lazurite ?? startLazurite()
  lazurite = own
  const pids = join(folder, 'pids.txt')
  writeFileSync(
    join(folder, 'sleepy.yml'),
    [
      `command: "echo $$ >> ${pids}; setsid bash -c 'echo $$ >> ${pids}; sleep 1000' & bash -c 'echo $$ >> ${pids}; sleep 1000' & echo ready; sleep 1000"`,
      'environment: azureml:host@latest',
      'compute: azureml:local',
      '',
    ].join('\n'),
  )
  const start = async (name: string) => {
    rmSync(pids, { force: true })
    await own.json(['job', 'create', '-f', join(folder, 'sleepy.yml'), '-n', name])
    const deadline = Date.now() + 30_000
    const seen = () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [])
    while (seen().length < 3 && Date.now() < deadline) await sleep(50)
    return seen()
  }
  const until = async (name: string) => {
    const deadline = Date.now() + 60_000
    for (;;) {
      const job = await own.json<{ status: string; error?: { message: string } }>(['job', 'show', '-n', name])
      if (['Completed', 'Failed', 'Canceled'].includes(job.status) || Date.now() > deadline) return job
      await sleep(100)
    }
  }
  const alive = (pid: number) =>
    existsSync(`/proc/${pid}`) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

  const shot = await start('shot')
  expect(shot).toHaveLength(3)
  process.kill(shot[0] ?? 0, 'SIGKILL')
  const failed = await until('shot')
  expect(failed.status).toBe('Failed')
  expect(JSON.stringify(failed)).toContain('SIGKILL')
  expect(shot.filter(alive)).toEqual([])

  const cancelled = await start('cancelled')
  expect(cancelled).toHaveLength(3)
  await own.laz(['job', 'cancel', '-n', 'cancelled'])
  expect((await until('cancelled')).status).toBe('Canceled')
  expect(cancelled.filter(alive)).toEqual([])
})

test('a million lines are kept, streamed, and cost the server no memory', async () => {
  const own = lazurite ?? startLazurite()
  lazurite = own
  writeFileSync(
    join(folder, 'flood.yml'),
    'command: seq -f "line %.0f of the flood" 1 1000000\nenvironment: azureml:host@latest\ncompute: azureml:local\n',
  )
  await own.json(['job', 'list'])
  const { pid } = own.server()
  let peak = 0
  const watch = setInterval(() => {
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    peak = Math.max(peak, Number(rss?.[1] ?? 0) / 1024)
  }, 50)
  try {
    const child = spawn(
      process.execPath,
      [
        join(root, 'packages/cli/bin/laz.cjs'),
        'job',
        'create',
        '-f',
        join(folder, 'flood.yml'),
        '-n',
        'flood',
        '--stream',
      ],
      { env: { ...process.env, LAZ_HOME: own.home, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let [count, first, last, rest] = [0, '', '', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const all = (rest + text).split('\n')
      rest = all.pop() ?? ''
      for (const line of all) {
        if (!line.endsWith('of the flood')) continue
        first ||= line
        last = line
        count++
      }
    })
    const code = await new Promise((done) => child.on('close', done))
    expect({ code, count, first, last }).toEqual({
      code: 0,
      count: 1_000_000,
      first: 'line 1 of the flood',
      last: 'line 1000000 of the flood',
    })
    expect(peak).toBeLessThan(300)
  } finally {
    clearInterval(watch)
  }
})
