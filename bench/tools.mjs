// What every benchmark needs: medians, spawned commands with the time of their first line, a warm server of its own.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { root } from '../tools/setup.mjs'

/** LAZ_BENCH_LAZ: another build of it. */
export const laz = process.env.LAZ_BENCH_LAZ ?? join(root, 'packages/cli/bin/laz.cjs')

export const say = (text) => process.env.LAZ_BENCH_QUIET || console.error(text)

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** Runs a command; resolves to { firstMs: until `marker` was on its output, allMs, code, output }. */
export function timed(command, args, { marker, env, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    let output = ''
    let firstMs
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const take = (chunk) => {
      output += chunk
      if (firstMs === undefined && (!marker || marker.test(output))) firstMs = performance.now() - start
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', reject)
    child.on('close', (code) => resolve({ firstMs, allMs: performance.now() - start, code, output }))
  })
}

/** Measures several commands in turn, round after round, so that a slow moment of the machine hits all of them. */
export async function sideBySide(subjects, rounds) {
  const times = Object.fromEntries(Object.keys(subjects).map((key) => [key, []]))
  for (let round = -1; round < rounds; round++) {
    for (const [key, subject] of Object.entries(subjects)) {
      const ms = await subject()
      if (round >= 0) times[key].push(ms)
    }
  }
  return Object.fromEntries(Object.entries(times).map(([key, values]) => [key, median(values)]))
}

/** A server with a temporary home; `stop()` ends it and removes the home. */
export function startServer() {
  const home = mkdtempSync(join(tmpdir(), 'laz-bench-'))
  const env = { LAZ_HOME: home }
  const up = spawnSync(process.execPath, [laz, 'up', '--port', '0'], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  if (up.status !== 0) throw new Error(`the server did not start:\n${up.stdout}${up.stderr}`)
  const { url, token, pid } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
  return {
    home,
    env,
    url,
    token,
    pid,
    workspace:
      '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/lazurite' +
      '/providers/Microsoft.MachineLearningServices/workspaces/main',
    stop() {
      spawnSync(process.execPath, [laz, 'down'], { env: { ...process.env, ...env } })
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** One JSON request on a kept-alive connection. */
export function call(server, method, path, body) {
  return new Promise((resolve, reject) => {
    const url = new URL(server.url + path)
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = { authorization: `Bearer ${server.token}` }
    if (text !== undefined)
      Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    const outgoing = request(url, { method, headers, agent: server.agent }, (incoming) => {
      const chunks = []
      incoming.on('data', (chunk) => chunks.push(chunk))
      incoming.on('end', () => {
        const answer = Buffer.concat(chunks).toString()
        if (incoming.statusCode >= 400)
          reject(new Error(`${method} ${path}: ${incoming.statusCode} ${answer.slice(0, 500)}`))
        else resolve(answer ? JSON.parse(answer) : undefined)
      })
    })
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}

/** Kibibytes from /proc/<pid>/status, e.g. VmRSS or VmHWM. */
export function memoryMb(pid, field = 'VmRSS') {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${field}:\\s+(\\d+) kB`))
  return line ? Number(line[1]) / 1024 : undefined
}

/** Installs PyPI packages into bench/.venv/<name>, once; the folder of its programs, or undefined when they cannot be had. */
export function peer(name, packages) {
  const folder = join(root, '.venv', `bench-${name}`)
  const ready = join(folder, '.ready')
  if (!existsSync(ready)) {
    say(`installing ${packages.join(' ')} …`)
    rmSync(folder, { recursive: true, force: true })
    const quiet = { stdio: 'ignore' }
    const made =
      spawnSync('python3', ['-m', 'venv', folder], quiet).status === 0 &&
      spawnSync(join(folder, 'bin/pip'), ['install', '-q', '--retries', '1', '--timeout', '10', ...packages], quiet)
        .status === 0 &&
      spawnSync('touch', [ready], quiet).status === 0
    if (!made) return undefined
  }
  return join(folder, 'bin')
}

/** Installs npm packages into .tools/bench-<name>, once; the folder of their programs, or undefined when they cannot be had. */
export function npmPeer(name, packages) {
  const folder = join(root, '.tools', `bench-${name}`)
  const ready = join(folder, '.ready')
  if (!existsSync(ready)) {
    say(`installing ${packages.join(' ')} …`)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"private":true}')
    const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...packages]
    if (spawnSync('npm', args, { cwd: folder, stdio: 'ignore' }).status !== 0) return undefined
    writeFileSync(ready, '')
  }
  return join(folder, 'node_modules/.bin')
}
