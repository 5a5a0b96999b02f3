// kill -9 of the server and of wrappers of jobs, at fifty random moments of a pipeline of sixty nodes with a sweep, loops
// and conditions in it: it ends as it does undisturbed, and nothing ran twice but what lost its wrapper.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type JobStatus, readJobStatus } from '@lazurite/engine'
import { openStore, type Row, type Store } from '@lazurite/store'
import { afterAll, expect, test } from 'vitest'
import { type Lazurite, root, startLazurite, workspace } from './laz.ts'

const kills = 50
const folder = mkdtempSync(join(tmpdir(), 'laz-pipe-crash-'))
const open: Lazurite[] = []
afterAll(() => {
  for (const lazurite of open) lazurite.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

/** Numbers that look random and are the same in every run. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
}

const bind = (text: string) => ({ job_input_type: 'literal', value: `\${{parent.jobs.${text}}}` })

/** Logs a metric, as often as it takes until there is a server again. */
const report = [
  'import json, os, sys, time, urllib.request',
  'body = {"run_id": os.environ["MLFLOW_RUN_ID"], "key": "score", "value": float(sys.argv[1]), "timestamp": 1, "step": 0}',
  'url = os.environ["MLFLOW_TRACKING_URI"].split("?")[0] + "/api/2.0/mlflow/runs/log-metric"',
  'head = {"authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"], "content-type": "application/json"}',
  'for _ in range(400):',
  '    try:',
  '        urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), head), timeout=10)',
  '        break',
  '    except Exception as e:',
  '        print("waiting for the server", e)',
  '        time.sleep(0.1)',
].join('\n')

function components(witness: string): Record<string, object> {
  const saw = `echo "$AZUREML_RUN_ID" >> ${witness}`
  const folders = Object.fromEntries(['a', 'b'].map((name) => [name, { type: 'uri_folder', optional: true }]))
  const command = (spec: object) => ({
    type: 'command',
    is_deterministic: false,
    environment: 'azureml:host@latest',
    ...spec,
  })
  return {
    work: command({
      command: `${saw}; sleep \${{inputs.seconds}}; $[[cat \${{inputs.a}}/x;]] $[[cat \${{inputs.b}}/x;]] echo made > \${{outputs.out}}/x; [ \${{inputs.code}} -eq 0 ]`,
      inputs: { ...folders, seconds: { type: 'number', default: '0.7' }, code: { type: 'integer', default: '0' } },
      outputs: { out: { type: 'uri_folder' } },
    }),
    // stays until the shooting is over
    hold: command({ command: `${saw}; until [ -e ${witness}.go ]; do sleep 0.1; done` }),
    count: command({
      command: `${saw}; sleep 0.3; n=$((\${{inputs.n}} + 1)); echo $n > \${{outputs.n}}; [ $n -lt 3 ] && echo True > \${{outputs.more}} || echo False > \${{outputs.more}}`,
      inputs: { n: { type: 'integer' } },
      outputs: { n: { type: 'integer' }, more: { type: 'boolean' } },
    }),
    trial: command({
      command: `${saw}; cat > report.py <<'END'\n${report}\nEND\npython3 report.py \${{inputs.x}}; echo \${{inputs.x}} > \${{outputs.out}}/x`,
      inputs: { x: { type: 'number' } },
      outputs: { out: { type: 'uri_folder' } },
    }),
    inner: {
      type: 'pipeline',
      inputs: { a: { type: 'uri_folder', optional: true } },
      outputs: { out: { type: 'uri_folder' } },
      jobs: {
        first: {
          type: 'command',
          componentId: 'azureml:work:1',
          inputs: { a: { job_input_type: 'literal', value: '${{parent.inputs.a}}' } },
        },
        second: {
          type: 'command',
          componentId: 'azureml:work:1',
          inputs: { a: bind('first.outputs.out') },
          outputs: { out: { job_output_type: 'literal', value: '${{parent.outputs.out}}' } },
        },
      },
    },
  }
}

/** Sixty nodes: a random graph of commands, two pipelines, a sweep, both loops, a condition, and a step that fails. */
function pipeline(): object {
  const roll = dice(7)
  const jobs: Record<string, object> = {}
  const work = 50
  for (let n = 0; n < work; n++) {
    const inputs: Record<string, unknown> = {}
    for (const port of ['a', 'b']) {
      if (n > 0 && roll() < 0.7) inputs[port] = bind(`n${Math.floor(roll() * n)}.outputs.out`)
    }
    jobs[`n${n}`] = { type: 'command', componentId: 'azureml:work:1', inputs }
  }
  const command = (component: string, inputs: object) => ({
    type: 'command',
    componentId: `azureml:${component}:1`,
    inputs,
  })
  const none = { job_input_type: 'literal', value: '0' }
  return {
    jobType: 'Pipeline',
    experimentName: 'crash',
    settings: { default_compute: 'local', continue_on_step_failure: true, force_rerun: true },
    jobs: {
      ...jobs,
      part: { type: 'pipeline', componentId: 'azureml:inner:1', inputs: { a: bind('n3.outputs.out') } },
      after_part: command('work', { a: bind('part.outputs.out') }),
      round: command('count', { n: none }),
      again: {
        type: 'do_while',
        body: '${{parent.jobs.round}}',
        condition: 'more',
        mapping: { n: ['n'] },
        limits: { max_iteration_count: 6 },
      },
      each: command('work', {}),
      all: {
        type: 'parallel_for',
        body: '${{parent.jobs.each}}',
        items: '[{"seconds": 0.1}, {"seconds": 0.3}, {"seconds": 0.5}]',
      },
      search: {
        type: 'sweep',
        trial: { componentId: 'azureml:trial:1' },
        componentId: 'azureml:trial:1',
        inputs: {},
        search_space: { x: ['uniform', [0, 1]] },
        sampling_algorithm: { type: 'random', seed: 3 },
        objective: { goal: 'maximize', primary_metric: 'score' },
        limits: { max_total_trials: 6, max_concurrent_trials: 2 },
      },
      hold: command('hold', {}),
      fails: command('work', { code: { job_input_type: 'literal', value: '1' } }),
      never: command('work', { a: bind('fails.outputs.out') }),
      choose: { type: 'if_else', condition: false, true_block: '${{parent.jobs.left_out}}' },
      left_out: command('work', {}),
    },
  }
}

async function submit(lazurite: Lazurite, witness: string): Promise<void> {
  for (const [name, spec] of Object.entries(components(witness))) {
    const put = await lazurite.http('PUT', `${workspace}/components/${name}/versions/1`, {
      properties: { componentSpec: { name, version: '1', ...spec } },
    })
    expect(put.status, put.body).toBeLessThan(300)
  }
  const put = await lazurite.http('PUT', `${workspace}/jobs/crash`, { properties: pipeline() })
  expect(put.status, put.body).toBeLessThan(300)
}

async function get<T>(lazurite: Lazurite, path: string): Promise<T> {
  const { status, body } = await lazurite.http('GET', `${workspace}${path}`)
  if (status !== 200) throw new Error(body)
  return JSON.parse(body) as T
}

const finals = ['Completed', 'Failed', 'Canceled']
async function isOver(lazurite: Lazurite): Promise<boolean> {
  const job = await get<{ properties: { status: string } }>(lazurite, '/jobs/crash')
  return finals.includes(job.properties.status)
}

interface Job {
  path: string
  row: Row
  facts: Partial<JobStatus>
}

/** Every job below one, by the path of its steps; the trials of a sweep by their number. */
async function below(store: Store, parent: Row, path = ''): Promise<Job[]> {
  const { scope, kind, name } = parent
  const { rows } = await store.resources.list({ scope, kind, parent: name, top: 200 })
  const found: Job[] = []
  for (const row of rows) {
    const facts = readJobStatus(row.status)
    const own = `${path}/${facts.trial ? `trial ${facts.trial.number}` : row.props.displayName}`
    found.push({ path: own, row, facts }, ...(await below(store, row, own)))
  }
  return found
}

/** What a server left in its home, read when it is gone. */
async function leftIn(home: string): Promise<{ whole: Row; jobs: Job[] }> {
  const store = await openStore({ home })
  try {
    const { rows } = await store.resources.list({ kind: 'job', name: 'crash' })
    const [whole] = rows
    if (!whole) throw new Error('the pipeline is gone')
    return { whole, jobs: await below(store, whole) }
  } finally {
    await store.close()
  }
}

function stopServer(home: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const { pid } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as { pid: number }
  process.kill(pid, signal)
  return new Promise((done) => {
    const look = setInterval(() => {
      if (existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return
      clearInterval(look)
      done()
    }, 10)
  })
}

/** Starts the server over what a killed one left, in the same home. */
function startServer(home: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'packages/cli/dist/server.mjs'), '--home', home, '--port', '0'], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, LAZ_ENVIRONMENT: 'host', LAZ_CORES: '4' },
  })
  child.unref()
  return new Promise((done, fail) => {
    child.on('exit', (code) => fail(new Error(`the server ended with ${code}`)))
    const look = setInterval(() => {
      const file = join(home, 'server.json')
      if (!existsSync(file)) return
      const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number }
      if (pid !== child.pid) return
      clearInterval(look)
      child.removeAllListeners('exit')
      done()
    }, 20)
  })
}

/** Wrappers that are alive: run folder and process id. */
function wrappers(home: string): { uuid: string; pid: number }[] {
  const runs = join(home, 'runs')
  const attempts = readdirSync(runs).flatMap((uuid) =>
    listed(join(runs, uuid)).flatMap((name) => (name.startsWith('attempt-') ? [{ uuid, name }] : [])),
  )
  return attempts.flatMap(({ uuid, name }) => {
    try {
      const task = join(runs, uuid, name, 'task')
      const [pid = '', startTime] = readFileSync(join(task, 'wrapper'), 'utf8').trim().split(/\s+/)
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return !existsSync(join(task, 'exit')) && fields[19] === startTime ? [{ uuid, pid: Number(pid) }] : []
    } catch {
      return []
    }
  })
}

/** One that is at work some moment from now, and was not killed too often. */
async function findWrapper(
  home: string,
  shot: Map<string, number>,
): Promise<{ uuid: string; pid: number } | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    const alive = wrappers(home).filter(({ uuid }) => (shot.get(uuid) ?? 0) < 3)
    const target = alive[Math.floor(Math.random() * alive.length)]
    await sleep(Math.random() * 200)
    if (target && wrappers(home).some(({ pid }) => pid === target.pid)) return target
  }
  return undefined
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** How a pipeline ended: state by the path of each step, and what was decided. */
function outcome({ whole, jobs }: { whole: Row; jobs: Job[] }) {
  const facts = readJobStatus(whole.status)
  return {
    state: whole.state,
    error: facts.error?.message,
    steps: Object.fromEntries(jobs.map(({ path, row }) => [path, row.state]).sort()),
    skipped: facts.skipped,
    decisions: facts.decisions,
  }
}

test(`${kills} times kill -9 during a pipeline of sixty nodes`, { timeout: 900_000 }, async () => {
  const calm = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', LAZ_CORES: '4' } })
  open.push(calm)
  expect((await calm.laz(['up', '--port', '0'])).code).toBe(0)
  writeFileSync(join(folder, 'calm.txt.go'), '')
  await submit(calm, join(folder, 'calm.txt'))
  while (!(await isOver(calm))) await sleep(200)
  await stopServer(calm.home, 'SIGTERM')
  const undisturbed = await leftIn(calm.home)

  const wild = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', LAZ_CORES: '4' } })
  open.push(wild)
  expect((await wild.laz(['up', '--port', '0'])).code).toBe(0)
  const witness = join(folder, 'wild.txt')
  await submit(wild, witness)
  const shot = new Map<string, number>()
  let servers = 0
  for (let n = 0; n < kills; n++) {
    const target = Math.random() < 0.45 ? await findWrapper(wild.home, shot) : undefined
    if (target) {
      process.kill(target.pid, 'SIGKILL')
      shot.set(target.uuid, (shot.get(target.uuid) ?? 0) + 1)
      continue
    }
    await sleep(Math.random() * 1000)
    await stopServer(wild.home, 'SIGKILL')
    servers++
    await startServer(wild.home)
  }
  writeFileSync(`${witness}.go`, '')
  while (!(await isOver(wild))) await sleep(200)
  await stopServer(wild.home, 'SIGTERM')
  const shots = [...shot.values()].reduce((sum, count) => sum + count, 0)
  console.log(`${servers} servers and ${shots} wrappers were killed`)

  const disturbed = await leftIn(wild.home)
  expect(outcome(disturbed)).toEqual(outcome(undisturbed))
  const runs = new Map<string, number>()
  for (const id of readFileSync(witness, 'utf8').trim().split('\n')) runs.set(id, (runs.get(id) ?? 0) + 1)
  let retries = 0
  for (const { path, row, facts } of disturbed.jobs) {
    const { attempts = [], runUuid = '' } = facts
    const isLeaf = row.props.jobType === 'Command'
    retries += attempts.length
    expect(attempts.length, `attempts of ${path}`).toBeLessThanOrEqual(shot.get(runUuid) ?? 0)
    expect(
      attempts.every(({ lost }) => lost === true),
      `attempts of ${path}`,
    ).toBe(true)
    const ran = runs.get(row.name) ?? 0
    expect(ran, `runs of ${path}`).toBeLessThanOrEqual(isLeaf ? 1 + attempts.length : 0)
    expect(ran, `runs of ${path}`).toBeGreaterThanOrEqual(isLeaf ? 1 : 0)
  }
  console.log(`${disturbed.jobs.length} jobs, ${retries} retries`)
  expect(shots).toBeGreaterThan(0)
  expect(servers + shots).toBe(kills)
})
