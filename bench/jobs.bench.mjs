// From asking to running: submission, throughput, chains, logs and snapshots, each beside the bare machine or a peer.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { call, laz, median, memoryMb, peer, say, sideBySide, startServer, timed } from './tools.mjs'

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const host = 'azureml://registries/azureml/environments/host/labels/latest'

const commandJob = (command) => ({
  properties: {
    jobType: 'Command',
    experimentName: 'bench',
    command,
    environmentId: host,
    resources: { instanceCount: 1, properties: { IsLocal: { IsLocal: true } } },
    inputs: {},
    outputs: {},
  },
})

async function untilFinal(server, name) {
  for (;;) {
    const job = await call(server, 'GET', `${server.workspace}/jobs/${name}`)
    if (['Completed', 'Failed', 'Canceled'].includes(job.properties.status)) return job
    await sleep(5)
  }
}

/** `laz job create --stream` until the user's first line is on the terminal, beside what cannot be saved. */
async function submit(server, folder, rounds) {
  say('submit to first line …')
  const file = join(folder, 'hello.yml')
  writeFileSync(
    file,
    `command: echo "first line $((40 + 2))"\nenvironment: azureml:host@latest\ncompute: azureml:local\n`,
  )
  const first = (command, args, options) => async () => {
    const { firstMs, code, output } = await timed(command, args, { marker: /first line 42/, ...options })
    if (code !== 0 || firstMs === undefined) throw new Error(`${command} ${args.join(' ')}:\n${output}`)
    return firstMs
  }
  const subjects = {
    laz: first(process.execPath, [laz, 'job', 'create', '-f', file, '--stream'], { env: server.env, cwd: folder }),
    bash: first('bash', ['-c', 'echo "first line $((40 + 2))"']),
    start: async () => (await timed(process.execPath, [laz, '--version'], { env: server.env })).allMs,
  }
  const peers = await peerSubjects(folder, first)
  Object.assign(subjects, peers.ready)
  const ms = await sideBySide(subjects, rounds)
  const base = { group: 'jobs', unit: 'ms', lazurite: ms.laz }
  return [
    {
      name: 'submit-to-first-line',
      ...base,
      peer: ms.bash + ms.start,
      peer_name: 'bash -c + laz --version',
      ratio: ms.laz / (ms.bash + ms.start),
      overhead_ms: ms.laz - ms.bash - ms.start,
      goal: 'overhead_ms ≤ 150',
    },
    ...Object.keys(peers.ready).map((key) => ({
      name: `submit-to-first-line/${key}`,
      ...base,
      peer: ms[key],
      peer_name: key,
      ratio: ms.laz / ms[key],
    })),
    ...peers.missing.map((key) => ({ name: `submit-to-first-line/${key}`, ...base, peer_name: key, missing: true })),
  ]
}

/** The same one-line job through the peers that install here. */
async function peerSubjects(folder, first) {
  const ready = {}
  const missing = []
  const add = async (name, packages, prepare) => {
    const bin = peer(name, packages)
    if (!bin) return missing.push(name)
    const subject = prepare(bin)
    try {
      await subject()
      ready[name] = subject
    } catch (error) {
      say(`${name} installs but does not run: ${error.message.trim().split('\n').at(-1)}`)
      missing.push(name)
    }
  }
  const home = (name) => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  await add('mlflow run', ['mlflow'], (bin) => {
    const project = home('mlflow')
    writeFileSync(
      join(project, 'MLproject'),
      'name: hello\nentry_points:\n  main:\n    command: "echo first line $((40 + 2))"\n',
    )
    return first(join(bin, 'mlflow'), ['run', '--env-manager', 'local', project], {
      cwd: project,
      env: {
        MLFLOW_TRACKING_URI: `sqlite:///${project}/mlflow.db`,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        PATH: `${bin}:${process.env.PATH}`,
      },
    })
  })
  await add('metaflow', ['metaflow'], (bin) => {
    const flow = join(home('metaflow'), 'hello.py')
    writeFileSync(
      flow,
      'from metaflow import FlowSpec, step\n\n\nclass Hello(FlowSpec):\n    @step\n    def start(self):\n        print("first line", 40 + 2, flush=True)\n        self.next(self.end)\n\n    @step\n    def end(self):\n        pass\n\n\nif __name__ == "__main__":\n    Hello()\n',
    )
    return first(join(bin, 'python'), [flow, 'run'], {
      cwd: home('metaflow'),
      env: { USERNAME: 'bench', METAFLOW_HOME: home('metaflow') },
    })
  })
  await add('prefect', ['prefect', 'fastapi<0.116'], (bin) => {
    const flow = join(home('prefect'), 'hello.py')
    writeFileSync(
      flow,
      'from prefect import flow\n\n\n@flow\ndef hello():\n    print("first line", 40 + 2, flush=True)\n\n\nhello()\n',
    )
    return first(join(bin, 'python'), [flow], {
      cwd: home('prefect'),
      env: { PREFECT_HOME: home('prefect'), DO_NOT_TRACK: '1', PREFECT_SERVER_ANALYTICS_ENABLED: 'false' },
    })
  })
  await add('dagster', ['dagster'], (bin) => {
    const file = join(home('dagster'), 'hello.py')
    writeFileSync(
      file,
      'from dagster import job, op\n\n\n@op\ndef say():\n    print("first line", 40 + 2, flush=True)\n\n\n@job\ndef hello():\n    say()\n',
    )
    return first(join(bin, 'dagster'), ['job', 'execute', '-f', file, '-j', 'hello'], {
      cwd: home('dagster'),
      env: { DAGSTER_HOME: home('dagster') },
    })
  })
  return { ready, missing }
}

/** 200 jobs that do nothing, submitted at once, beside the same 200 processes under xargs. */
async function throughput(server, rounds) {
  say('200 jobs at once …')
  const jobs = []
  const bare = []
  for (let round = 0; round < Math.max(3, Math.round(rounds / 4)); round++) {
    let start = performance.now()
    const names = Array.from({ length: 200 }, (_, n) => `noop-${round}-${n}`)
    await Promise.all(names.map((name) => call(server, 'PUT', `${server.workspace}/jobs/${name}`, commandJob('true'))))
    for (const name of names) {
      const job = await untilFinal(server, name)
      if (job.properties.status !== 'Completed') throw new Error(`${name} is ${job.properties.status}`)
    }
    jobs.push(200 / ((performance.now() - start) / 1000))
    start = performance.now()
    spawnSync('bash', ['-c', 'seq 200 | xargs -P2 -I{} bash -c true'])
    bare.push(200 / ((performance.now() - start) / 1000))
  }
  const [lazurite, xargs] = [median(jobs), median(bare)]
  return {
    name: '200-no-op-jobs',
    group: 'jobs',
    unit: 'jobs/s',
    lazurite,
    peer: xargs,
    peer_name: 'xargs -P2 bash -c',
    ratio: lazurite / xargs,
    server_mb: memoryMb(server.pid),
    server_peak_mb: memoryMb(server.pid, 'VmHWM'),
  }
}

/** 100 steps, each waiting for the one before. */
async function chain(server, rounds) {
  say('a chain of 100 steps …')
  const component = `${server.workspace}/components/bench_noop/versions/1`
  await call(server, 'PUT', component, {
    properties: {
      componentSpec: {
        name: 'bench_noop',
        version: '1',
        type: 'command',
        is_deterministic: false,
        command: 'true > ${{outputs.done}}/x',
        environment: host,
        inputs: { before: { type: 'uri_folder', optional: true } },
        outputs: { done: { type: 'uri_folder' } },
      },
    },
  })
  const nodes = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [
      `step_${n}`,
      {
        name: `step_${n}`,
        type: 'command',
        componentId: component,
        inputs:
          n === 0
            ? {}
            : { before: { job_input_type: 'literal', value: `\${{parent.jobs.step_${n - 1}.outputs.done}}` } },
        outputs: {},
      },
    ]),
  )
  const took = []
  for (let round = 0; round < Math.max(3, Math.round(rounds / 4)); round++) {
    const start = performance.now()
    const name = `chain-${round}`
    await call(server, 'PUT', `${server.workspace}/jobs/${name}`, {
      properties: {
        jobType: 'Pipeline',
        experimentName: 'bench',
        settings: { default_compute: 'local', force_rerun: true },
        inputs: {},
        outputs: {},
        jobs: nodes,
      },
    })
    const job = await untilFinal(server, name)
    if (job.properties.status !== 'Completed')
      throw new Error(`${name} is ${job.properties.status}: ${JSON.stringify(job.properties.error ?? job)}`)
    took.push((performance.now() - start) / 100)
  }
  const start = performance.now()
  for (let n = 0; n < 100; n++) spawnSync('bash', ['-c', 'true'])
  const bare = (performance.now() - start) / 100
  const lazurite = median(took)
  return {
    name: 'chain-of-100',
    group: 'jobs',
    unit: 'ms/step',
    lazurite,
    peer: bare,
    peer_name: 'bash -c',
    ratio: lazurite / bare,
    overhead_ms: lazurite - bare,
  }
}

/** A job that writes 256 MiB of lines, from its first second of running to its last, beside cat into a file. */
async function logs(server, folder, rounds) {
  say('log throughput …')
  const file = join(folder, 'lines.txt')
  const line = `${'a line of a log that is as long as lines of logs usually are '.repeat(2).slice(0, 99)}\n`
  writeFileSync(file, line.repeat((256 * 2 ** 20) / 100))
  const [ours, bare, streamed] = [[], [], []]
  const megabytes = (256 * 2 ** 20) / 1e6
  for (let round = 0; round < Math.max(3, Math.round(rounds / 4)); round++) {
    const name = `log-${round}`
    let start = performance.now()
    await call(server, 'PUT', `${server.workspace}/jobs/${name}`, commandJob(`cat ${file}`))
    const job = await untilFinal(server, name)
    if (job.properties.status !== 'Completed') throw new Error(`${name} is ${job.properties.status}`)
    ours.push(megabytes / ((performance.now() - start) / 1000))
    start = performance.now()
    execFileSync('bash', ['-c', `cat ${file} > ${join(folder, 'copy.txt')}`])
    bare.push(megabytes / ((performance.now() - start) / 1000))
    start = performance.now()
    const out = openSync(join(folder, 'streamed.txt'), 'w')
    spawnSync(process.execPath, [laz, 'job', 'stream', '-n', name], {
      env: { ...process.env, ...server.env },
      stdio: ['ignore', out, 'ignore'],
    })
    streamed.push(megabytes / ((performance.now() - start) / 1000))
  }
  const row = (name, values) => ({
    name,
    group: 'jobs',
    unit: 'MB/s',
    lazurite: median(values),
    peer: median(bare),
    peer_name: 'cat > file',
    ratio: median(values) / median(bare),
  })
  return [row('log-throughput', ours), row('log-streaming', streamed)]
}

/** 10,000 files of 200 bytes, uploaded as one code snapshot, beside cp -r. */
async function snapshot(server, folder, rounds) {
  say('a snapshot of 10,000 files …')
  const [ours, bare] = [[], []]
  for (let round = 0; round < Math.max(3, Math.round(rounds / 4)); round++) {
    const code = join(folder, `code-${round}`)
    for (let dir = 0; dir < 100; dir++) {
      mkdirSync(join(code, `d${dir}`), { recursive: true })
      for (let n = 0; n < 100; n++)
        writeFileSync(join(code, `d${dir}`, `f${n}.txt`), `${round} ${dir} ${n} `.padEnd(200, 'x'))
    }
    const {
      allMs,
      code: exit,
      output,
    } = await timed(process.execPath, [laz, 'code', 'create', '--path', code], { env: server.env })
    if (exit !== 0) throw new Error(`laz code create:\n${output}`)
    ours.push(allMs)
    const start = performance.now()
    execFileSync('cp', ['-r', code, `${code}-copy`])
    bare.push(performance.now() - start)
    rmSync(code, { recursive: true })
    rmSync(`${code}-copy`, { recursive: true })
  }
  return {
    name: 'snapshot-10000-files',
    group: 'jobs',
    unit: 'ms',
    lazurite: median(ours),
    peer: median(bare),
    peer_name: 'cp -r',
    ratio: median(ours) / median(bare),
  }
}

export async function measure({ rounds = 11 }) {
  const folder = mkdtempSync(join(tmpdir(), 'laz-bench-jobs-'))
  const server = startServer()
  server.agent = new Agent({ keepAlive: true, maxSockets: 16 })
  try {
    return [
      ...(await submit(server, folder, rounds)),
      await throughput(server, rounds),
      await chain(server, rounds),
      ...(await logs(server, folder, rounds)),
      await snapshot(server, folder, rounds),
    ]
  } finally {
    server.agent.destroy()
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
