// The two servers side by side, each over a home of its own, and what their processes have used of the processors.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../../tools/setup.mjs'
import { treeOf } from '../endpoints/processes.mjs'
import { laz, peer } from '../tools.mjs'

const packages = ['mlflow==3.17.2', 'psycopg2-binary==2.9.13']
const ticksPerSecond = 100

/** Seconds of processor time of some processes, with those of their children that are over. */
export function cpuSeconds(pids) {
  let ticks = 0
  for (const pid of pids) {
    let text
    try {
      text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    } catch {
      continue // over since its parent was asked, and counted there
    }
    const fields = text.replace(/^.*\) /s, '').split(' ')
    for (const at of [11, 12, 13, 14]) ticks += Number(fields[at])
  }
  return ticks / ticksPerSecond
}

const agentOf = () => new Agent({ keepAlive: true, maxSockets: 64 })
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** A schema of its own for each home: a database knows the home it belongs to. */
function schemaOf(address, home) {
  const url = new URL(address)
  url.searchParams.set('schema', basename(home).toLowerCase().replace(/\W/g, '_'))
  return url.href
}

/** Ours: not running yet, so that its home can be filled through the store first. A home that is given stays. */
export function ours({ store: address, home: kept, database } = {}) {
  const home = kept ?? mkdtempSync(join(tmpdir(), 'laz-bench-tracking-'))
  const store = address && schemaOf(address, home)
  const env = { ...process.env, LAZ_HOME: home, ...(store ? { LAZ_STORE: store } : {}) }
  const run = (...args) => {
    const done = spawnSync(process.execPath, [laz, ...args], { env, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`laz ${args.join(' ')}:\n${done.stdout}${done.stderr}`)
  }
  const it = {
    name: 'lazurite',
    home,
    prefix: '',
    agent: agentOf(),
    headers: {},
    pids: () => [it.pid],
    database,
    files: () => sizeOf(join(home, 'laz.db')),
    async fill(write) {
      const { openStore } = await builtStore()
      const opened = await openStore({ home, ...(store ? { url: store } : {}) })
      try {
        await write(opened)
      } finally {
        await opened.close()
      }
    },
    async up() {
      run('up', '--port', '0')
      const { url, token, pid } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
      Object.assign(it, { url, pid, token, headers: { authorization: `Bearer ${token}` } })
      await quiet(it)
    },
    down: () => run('down'),
    end() {
      spawnSync(process.execPath, [laz, 'down'], { env })
      it.agent.destroy()
      if (!kept) rmSync(home, { recursive: true, force: true })
    },
  }
  return it
}

/** MLflow's own server with one worker; undefined when it cannot be had. */
export async function theirs({ store, database } = {}) {
  const bin = process.env.LAZ_BENCH_MLFLOW ?? peer('tracking', packages)
  if (!bin) return undefined
  const home = mkdtempSync(join(tmpdir(), 'laz-bench-mlflow-'))
  const port = await freePort()
  const file = join(home, 'mlflow.db')
  const it = {
    name: 'mlflow',
    home,
    bin,
    file,
    url: `http://127.0.0.1:${port}`,
    agent: agentOf(),
    headers: {},
    pids: () => treeOf(it.child.pid),
    database,
    /** Where its rows are, for a program of Python. */
    place: store?.replace('+psycopg2', '') ?? file,
    files: () => sizeOf(file),
    async up() {
      const uri = store ?? `sqlite:///${file}`
      const args = ['server', '--backend-store-uri', uri, '--artifacts-destination', join(home, 'artifacts')]
      it.child = spawn(join(bin, 'mlflow'), [...args, '--port', String(port), '--workers', '1'], {
        env: {
          ...process.env,
          MLFLOW_DISABLE_TELEMETRY: 'true',
          MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
          PATH: `${bin}:${process.env.PATH}`,
        },
        cwd: home,
        stdio: 'ignore',
        detached: true,
      })
      for (let tries = 0; tries < 600; tries++) {
        if ((await fetch(`${it.url}/health`).catch(() => undefined))?.ok) return quiet(it)
        await sleep(200)
      }
      throw new Error('MLflow did not start')
    },
    async down() {
      const over = new Promise((resolve) => it.child.once('exit', resolve))
      process.kill(-it.child.pid, 'SIGTERM')
      await over
    },
    /** Runs a program of Python beside it. */
    python(text, ...args) {
      const path = join(home, 'program.py')
      writeFileSync(path, text)
      const done = spawnSync(join(bin, 'python'), [path, ...args], { encoding: 'utf8' })
      if (done.status !== 0) throw new Error(done.stderr)
      return done.stdout
    },
    async end() {
      if (it.child && it.child.exitCode === null) await it.down()
      it.agent.destroy()
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  return it
}

/** The store, from its sources: it is filled without a server. */
async function builtStore() {
  const { build } = await import('esbuild')
  const outfile = join(root, '.tools', `store-${process.pid}.mjs`)
  const entry = join(root, 'packages/store/src/index.ts')
  try {
    await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', conditions: ['source'], packages: 'external', alias: { '@lazurite/spec': join(root, 'packages/spec/src/index.ts') } }) // biome-ignore format: one line
    return await import(pathToFileURL(outfile))
  } finally {
    rmSync(outfile, { force: true })
  }
}

/** Two databases of a PostgreSQL server, one for each of the two, and the way to remove them. */
export async function databases(address) {
  const { default: pg } = await import('pg')
  const ask = async (...texts) => {
    const client = new pg.Client(address)
    await client.connect()
    try {
      for (const text of texts) await client.query(text)
    } finally {
      await client.end()
    }
  }
  const names = [`bench_${process.pid}_laz`, `bench_${process.pid}_mlflow`]
  await ask(...names.map((name) => `CREATE DATABASE ${name}`))
  const [mine, other] = names.map((name) => Object.assign(new URL(address), { pathname: `/${name}` }).href)
  return {
    mine,
    other: other.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:'),
    database: await postmasterOf(address),
    drop: () => ask(...names.map((name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  }
}

/** The processes of a database on this machine; undefined when it is elsewhere. */
async function postmasterOf(address) {
  const { default: pg } = await import('pg')
  const client = new pg.Client(address)
  await client.connect()
  try {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    const root = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${rows[0].pid}/status`, 'utf8'))?.[1]
    return () => treeOf(root)
  } catch {
    return undefined
  } finally {
    await client.end()
  }
}

/** What a server does for itself after its start shall not count: until its processes have rested for two seconds. */
async function quiet(server) {
  for (let rested = 0, tries = 0; rested < 4 && tries < 120; tries++) {
    const before = cpuSeconds(server.pids())
    await sleep(500)
    rested = cpuSeconds(server.pids()) - before <= 0.02 ? rested + 1 : 0
  }
}

/** Bytes of a database with what stands beside it. */
function sizeOf(file) {
  const folder = join(file, '..')
  return readdirSync(folder)
    .filter((name) => join(folder, name).startsWith(file))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
