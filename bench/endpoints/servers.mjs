// The servers that are compared: an endpoint of ours, nginx in front of its replica, and the servers of others.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { call, laz, say } from '../tools.mjs'
import { answered } from './load.mjs'
import { held, replicaOf, treeOf } from './processes.mjs'
import { row } from './programs.mjs'

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** Runs `laz …`; its output. Throws when it fails. */
export function lazDo(server, ...args) {
  return execFileSync(process.execPath, [laz, ...args], {
    env: { ...process.env, ...server.env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Makes an endpoint with one deployment and waits for its first answer; the deployment's own milliseconds are told too. */
export async function deploy(server, folder, { name, yaml, env = {}, body }) {
  const write = (file, text) => writeFileSync(join(folder, file), text)
  write(`${name}.yml`, `name: ${name}\nauth_mode: key\ntraffic: {blue: 100}\n`)
  lazDo(server, 'online-endpoint', 'create', '-f', join(folder, `${name}.yml`))
  const variables = Object.entries({ BENCH_MARK: name, ...env }).map(([key, value]) => `  ${key}: "${value}"\n`)
  write(
    `${name}-blue.yml`,
    `name: blue\nendpoint_name: ${name}\n${yaml}environment: azureml:host@latest\ninstance_type: Standard_DS3_v2\n` +
      `instance_count: 1\nenvironment_variables:\n${variables.join('')}` +
      `request_settings:\n  max_concurrent_requests_per_instance: 100\n  request_timeout_ms: 60000\n`,
  )
  const path = `${server.workspace}/onlineEndpoints/${name}`
  const { properties } = await call(server, 'GET', `${path}?api-version=2024-04-01`)
  const { primaryKey } = await call(server, 'POST', `${path}/listKeys?api-version=2024-04-01`)
  const url = new URL(properties.scoringUri)
  const door = { port: url.port, path: url.pathname, body, headers: { authorization: `Bearer ${primaryKey}` } }
  const begun = performance.now()
  const made = spawn(process.execPath, [laz, 'online-deployment', 'create', '-f', join(folder, `${name}-blue.yml`), '--no-wait'], {
    env: { ...process.env, ...server.env },
    stdio: 'ignore',
  }) // biome-ignore format: one call
  const coldMs = await answered(door, begun)
  if (made.exitCode === null) await new Promise((done) => made.once('exit', done))
  const { port, pids } = replicaOf(server, name)
  return { door, alone: { port, path: '/score', body, headers: {} }, coldMs, mb: held(pids) }
}

/** nginx with kept connections in front of a port; undefined when it is not there. */
export async function nginx(folder, behind) {
  const port = await freePort()
  const dir = mkdtempSync(join(folder, 'nginx-'))
  writeFileSync(
    join(dir, 'nginx.conf'),
    `daemon off; pid ${dir}/pid; error_log stderr; worker_processes 1; events {}\n` +
      `http { access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f;\n` +
      `uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s; keepalive_requests 1000000;\n` +
      `upstream replica { server 127.0.0.1:${behind}; keepalive 16; }\n` +
      `server { listen 127.0.0.1:${port}; location / { proxy_pass http://replica; proxy_http_version 1.1; ` +
      `proxy_set_header Connection ""; } } }\n`,
  )
  const child = spawn('nginx', ['-c', join(dir, 'nginx.conf'), '-p', dir], { stdio: 'ignore' })
  child.on('error', () => {})
  await sleep(500)
  return child.pid === undefined || child.exitCode !== null ? undefined : { child, port }
}

/** Servers of others with the same model: how each is started, and how it is asked. */
export function others(folder, bins) {
  const inputs = JSON.stringify({ inputs: [row] })
  return {
    'mlflow models serve': {
      bin: bins.mlflow,
      cwd: folder,
      start: (port) => ['mlflow', ['models', 'serve', '-m', join(folder, 'mlflow'), '--env-manager', 'local', '-p', port, '-w', '1']],
      door: { path: '/invocations', body: inputs },
    },
    BentoML: {
      bin: bins.bento,
      cwd: join(folder, 'bento'),
      start: (port) => ['bentoml', ['serve', 'service:Rows', '--port', port, '--host', '127.0.0.1']],
      door: { path: '/predict', body: JSON.stringify({ rows: [row] }) },
    },
    MLServer: {
      bin: bins.mlserver,
      cwd: join(folder, 'mlserver'),
      start: (port, ports) => {
        const settings = { http_port: Number(port), grpc_port: ports[0], metrics_port: ports[1], host: '127.0.0.1', parallel_workers: 0 }
        writeFileSync(join(folder, 'mlserver', 'settings.json'), JSON.stringify(settings))
        return ['mlserver', ['start', '.']]
      },
      door: {
        path: '/v2/models/rows/infer',
        body: JSON.stringify({ inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP64', data: row }] }),
      },
    },
  } // biome-ignore format: a server a paragraph
}

/** Some servers put their workers into groups of their own. */
function endTree({ pid, exitCode }) {
  if (pid === undefined || exitCode !== null) return
  for (const one of treeOf(pid)) {
    try {
      process.kill(Number(one), 'SIGKILL')
    } catch {
      // over by now
    }
  }
}

export async function startOther({ bin, cwd, start, door }) {
  if (!bin) return undefined
  const port = await freePort()
  const [command, args] = start(String(port), [await freePort(), await freePort()])
  const begun = performance.now()
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    BENTOML_DO_NOT_TRACK: 'True',
    MLFLOW_DISABLE_TELEMETRY: 'true',
  }
  const child = spawn(join(bin, command), args, { cwd, env, stdio: 'ignore' })
  child.on('error', () => {})
  const whole = { ...door, port, headers: {} }
  try {
    const coldMs = await answered(whole, begun, child)
    const end = () => endTree(child)
    return { door: whole, coldMs, mb: held(treeOf(child.pid)), end }
  } catch (error) {
    say(error.message)
    endTree(child)
    return undefined
  }
}

/** Replicas outlive their server: they go with their endpoints. */
export function stop(server, ...names) {
  for (const name of names) {
    try {
      lazDo(server, 'online-endpoint', 'delete', '-n', name, '--yes')
    } catch {
      // it was not there
    }
  }
}
