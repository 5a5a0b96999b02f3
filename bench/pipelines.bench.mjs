// What a step of a pipeline costs beside doing nothing in it: a chain of 100, a fan and a random graph of 1,000, a second
// run that reuses every step, and how soon a subscriber hears of a change. Peers run the same graphs of `true`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { call, median, memoryMb, peer, say, startServer } from './tools.mjs'

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const host = 'azureml://registries/azureml/environments/host/labels/latest'

/** Milliseconds of processor time of a process, its ended children left out. */
function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Numbers that look random and are the same in every run. */
function dice(seed) {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
}

/** Step → the steps it waits for. */
const graphs = {
  chain: (n) => Array.from({ length: n }, (_, i) => (i === 0 ? [] : [i - 1])),
  fan: (n) => Array.from({ length: n }, () => []),
  random(n) {
    const roll = dice(42)
    return Array.from({ length: n }, (_, i) => {
      const after = ['a', 'b', 'c'].flatMap(() => (i > 0 && roll() < 0.6 ? [Math.floor(roll() * i)] : []))
      return [...new Set(after)]
    })
  },
}

const ports = ['a', 'b', 'c']

async function makeComponent(server, name, deterministic) {
  const id = `${server.workspace}/components/${name}/versions/1`
  await call(server, 'PUT', id, {
    properties: {
      componentSpec: {
        name,
        version: '1',
        type: 'command',
        is_deterministic: deterministic,
        command: 'true > ${{outputs.done}}/x',
        environment: host,
        inputs: Object.fromEntries(ports.map((port) => [port, { type: 'uri_folder', optional: true }])),
        outputs: { done: { type: 'uri_folder' } },
      },
    },
  })
  return id
}

/** Runs a graph and answers what it took. */
async function run(server, { name, graph, component, reuse = false }) {
  const jobs = Object.fromEntries(
    graph.map((after, i) => {
      const inputs = after.map((other, at) => [
        ports[at],
        { job_input_type: 'literal', value: `\${{parent.jobs.step_${other}.outputs.done}}` },
      ])
      const node = { type: 'command', componentId: component, inputs: Object.fromEntries(inputs), outputs: {} }
      return [`step_${i}`, { name: `step_${i}`, ...node }]
    }),
  )
  const before = cpuMs(server.pid)
  const start = performance.now()
  const settings = { default_compute: 'bench', force_rerun: !reuse }
  await call(server, 'PUT', `${server.workspace}/jobs/${name}`, {
    properties: { jobType: 'Pipeline', experimentName: 'bench', settings, inputs: {}, outputs: {}, jobs },
  })
  const submitMs = performance.now() - start
  for (;;) {
    const { properties, lazurite } = await call(server, 'GET', `${server.workspace}/jobs/${name}`)
    if (properties.status === 'Completed') {
      const done = Object.values(lazurite.finished ?? {}).filter((state) => state === 'Completed').length
      if (done !== graph.length) throw new Error(`${name}: ${done} of ${graph.length} steps completed`)
      break
    }
    if (['Failed', 'Canceled'].includes(properties.status)) throw new Error(`${name} is ${properties.status}`)
    await sleep(graph.length > 200 ? 100 : 10)
  }
  const allMs = performance.now() - start
  return { stepMs: allMs / graph.length, engineMs: (cpuMs(server.pid) - before) / graph.length, submitMs }
}

/** The same graph through make, two at a time; milliseconds a step. */
function make(folder, graph) {
  const rules = graph.map((after, i) => `s${i}: ${after.map((other) => `s${other}`).join(' ')}\n\t@true > s${i}\n`)
  const inside = mkdtempSync(join(folder, 'make-'))
  writeFileSync(join(inside, 'Makefile'), `all: ${graph.map((_, i) => `s${i}`).join(' ')}\n\n${rules.join('\n')}`)
  const start = performance.now()
  // a shell that make cannot do without, as a job has one
  const { status, stderr } = spawnSync('make', ['-j2', '-s', 'SHELL=/bin/bash'], { cwd: inside, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr ?? 'make did not run')
  return (performance.now() - start) / graph.length
}

function snakemake(folder, graph, bin) {
  const rules = graph.map(
    (after, i) =>
      `rule s${i}:\n    input: ${JSON.stringify(after.map((other) => `s${other}`))}\n    output: "s${i}"\n    shell: "true > {output}"\n`,
  )
  const inside = mkdtempSync(join(folder, 'snakemake-'))
  const all = `rule all:\n    input: ${JSON.stringify(graph.map((_, i) => `s${i}`))}\n`
  writeFileSync(join(inside, 'Snakefile'), [all, ...rules].join('\n'))
  const env = { ...process.env, HOME: inside, XDG_CACHE_HOME: inside }
  const start = performance.now()
  const { status, stderr } = spawnSync(join(bin, 'snakemake'), ['-j2', '-q', 'all'], {
    cwd: inside,
    encoding: 'utf8',
    env,
  })
  if (status !== 0) throw new Error(stderr)
  return (performance.now() - start) / graph.length
}

function luigi(folder, graph, bin) {
  const inside = mkdtempSync(join(folder, 'luigi-'))
  const text = `import json, subprocess, luigi

graph = json.load(open("graph.json"))


class Step(luigi.Task):
    n = luigi.IntParameter()

    def requires(self):
        return [Step(n=m) for m in graph[self.n]]

    def output(self):
        return luigi.LocalTarget(f"s{self.n}")

    def run(self):
        subprocess.check_call(["bash", "-c", f"true > s{self.n}"])


class All(luigi.WrapperTask):
    def requires(self):
        return [Step(n=n) for n in range(len(graph))]
`
  writeFileSync(join(inside, 'flow.py'), text)
  writeFileSync(join(inside, 'graph.json'), JSON.stringify(graph))
  const args = ['-m', 'luigi', '--module', 'flow', 'All', '--local-scheduler', '--workers', '2', '--log-level', 'ERROR']
  const env = { ...process.env, PYTHONPATH: inside, HOME: inside }
  const start = performance.now()
  const { status, stderr } = spawnSync(join(bin, 'python'), args, { cwd: inside, encoding: 'utf8', env })
  if (status !== 0) throw new Error(stderr)
  return (performance.now() - start) / graph.length
}

/** Programs that run such graphs and install here. */
function peersOf(folder) {
  const peers = [['make -j2', (graph) => make(folder, graph)]]
  const add = (name, packages, act, most) => {
    const bin = peer(name, packages)
    peers.push([name, bin && ((graph) => act(folder, graph, bin)), most])
  }
  add('luigi', ['luigi'], luigi)
  // about a second a step: a thousand of them would be a benchmark of patience
  add('snakemake', ['snakemake'], snakemake, 100)
  return peers
}

async function graphRows(server, folder, component, rounds) {
  const rows = []
  const peers = peersOf(folder)
  for (const [shape, n] of [
    ['chain', 100],
    ['fan', 1000],
    ['random', 1000],
  ]) {
    say(`${shape} of ${n} …`)
    const graph = graphs[shape](n)
    const took = []
    const theirs = new Map(peers.map(([name]) => [name, []]))
    for (
      let round = 0;
      round < (n > 200 ? Math.max(1, Math.round(rounds / 10)) : Math.max(3, Math.round(rounds / 4)));
      round++
    ) {
      // while a peer ran nobody kept the connections alive
      server.agent.destroy()
      server.agent = new Agent({ keepAlive: true, maxSockets: 16 })
      took.push(await run(server, { name: `${shape}-${round}`, graph, component }))
      for (const [name, act, most = Number.POSITIVE_INFINITY] of peers) {
        if (!act || graph.length > most) continue
        try {
          theirs.get(name).push(act(graph))
        } catch (error) {
          say(`${name} does not run a ${shape} of ${n}: ${String(error.message).trim().split('\n').at(-1)}`)
        }
      }
    }
    const lazurite = median(took.map(({ stepMs }) => stepMs))
    const base = { group: 'pipelines', unit: 'ms/step', lazurite }
    for (const [name, , most] of peers) {
      if (most !== undefined && n > most) continue
      const values = theirs.get(name)
      const row = { name: `${shape}-of-${n}`, ...base, peer_name: name }
      if (values.length === 0) rows.push({ ...row, missing: true })
      else rows.push({ ...row, peer: median(values), ratio: lazurite / median(values) })
    }
    const engineMs = median(took.map((one) => one.engineMs))
    Object.assign(
      rows.find((row) => row.name === `${shape}-of-${n}`),
      {
        server_cpu_ms_per_step: engineMs,
        submit_ms: median(took.map((one) => one.submitMs)),
        server_peak_mb: memoryMb(server.pid, 'VmHWM'),
      },
    )
  }
  return rows
}

/** The chain again: every step is found, none runs. */
async function reuseRow(server, component) {
  say('reuse …')
  server.agent.destroy()
  server.agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const graph = graphs.chain(100)
  const first = await run(server, { name: 'reuse-first', graph, component, reuse: true })
  const again = []
  for (let round = 0; round < 3; round++)
    again.push(await run(server, { name: `reuse-${round}`, graph, component, reuse: true }))
  const lazurite = median(again.map(({ stepMs }) => stepMs))
  return {
    name: 'chain-of-100-reused',
    group: 'pipelines',
    unit: 'ms/step',
    lazurite,
    peer: first.stepMs,
    peer_name: 'the same, run',
    ratio: lazurite / first.stepMs,
    server_cpu_ms_per_step: median(again.map((one) => one.engineMs)),
  }
}

/** From the answer to a change until a subscriber has it. */
async function eventsRow(server, rounds) {
  say('events …')
  const heard = new Map()
  const waiting = new Map()
  const stream = await new Promise((resolve, reject) => {
    const request = get(
      `${server.url}/lazurite/v1/events`,
      { headers: { authorization: `Bearer ${server.token}` } },
      resolve,
    )
    request.on('error', reject)
  })
  stream.setEncoding('utf8')
  let rest = ''
  stream.on('data', (chunk) => {
    const at = performance.now()
    rest += chunk
    const blocks = rest.split('\n\n')
    rest = blocks.pop()
    for (const [, name] of blocks.join('\n').matchAll(/"name":"(event-\d+)"/g)) {
      if (heard.has(name)) continue
      heard.set(name, at)
      waiting.get(name)?.()
    }
  })
  const values = []
  for (let n = 0; n < Math.max(50, rounds * 10); n++) {
    const name = `event-${n}`
    const known = new Promise((resolve) => waiting.set(name, resolve))
    const start = performance.now()
    await call(server, 'PUT', `${server.workspace}/environments/${name}/versions/1`, { properties: { image: 'x' } })
    const answered = performance.now()
    if (!heard.has(name)) await known
    values.push({
      after: Math.max(0, heard.get(name) - answered),
      whole: heard.get(name) - start,
      put: answered - start,
    })
  }
  stream.destroy()
  const lazurite = median(values.map(({ whole }) => whole))
  const put = median(values.map((one) => one.put))
  return {
    name: 'event-latency',
    group: 'pipelines',
    unit: 'ms',
    lazurite,
    peer: put,
    peer_name: 'the answer to the change itself',
    ratio: lazurite / put,
    after_the_answer_ms: median(values.map(({ after }) => after)),
  }
}

export async function measure({ rounds = 11 }) {
  const folder = mkdtempSync(join(tmpdir(), 'laz-bench-pipelines-'))
  mkdirSync(folder, { recursive: true })
  const server = startServer()
  server.agent = new Agent({ keepAlive: true, maxSockets: 16 })
  try {
    // four slots, whatever the machine has
    await call(server, 'PUT', `${server.workspace}/computes/bench`, {
      properties: {
        computeType: 'AmlCompute',
        properties: { vmSize: 'STANDARD_DS1_V2', scaleSettings: { minNodeCount: 0, maxNodeCount: 4 } },
      },
    })
    const component = await makeComponent(server, 'bench_noop', false)
    const same = await makeComponent(server, 'bench_same', true)
    return [
      ...(await graphRows(server, folder, component, rounds)),
      await reuseRow(server, same),
      await eventsRow(server, rounds),
    ]
  } finally {
    server.agent.destroy()
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
