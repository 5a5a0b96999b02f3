// Every YAML file of a checkout of the Azure ML examples, asked of the command line: does it validate, does it register,
// does it run. Nothing is judged by hand: exit codes, error codes and final states are all that counts.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { root } from '../setup.mjs'

const bin = join(root, 'packages/cli/bin/laz.cjs')
const graceMs = 1000

/** Runs a command; its exit code and what it said. Killed when it takes longer than `timeoutMs`. */
function ask(command, args, { cwd, env, input, timeoutMs = 120_000 } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
    let [out, err, late] = ['', '', false]
    const clock = setTimeout(() => {
      late = true
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), graceMs).unref()
    }, timeoutMs)
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    child.on('close', (code) => {
      clearTimeout(clock)
      done({ code: code ?? -1, out, err, late })
    })
    child.stdin.end(input ?? '')
  })
}

/** What the official client says of the same files, by path: false when it takes them, else its reason. */
async function oracle(python, judged) {
  if (!python || !existsSync(python)) return undefined
  const input = judged.map(({ kind, path }) => `${kind} ${path}\n`).join('')
  const script = join(root, 'test/clients/validate.py')
  const { out } = await ask(python, [script], { input, timeoutMs: 1_800_000, env: process.env })
  const lines = out.split('\n').filter((line) => line.startsWith('{'))
  return new Map(lines.map((line) => JSON.parse(line)).map((one) => [one.path, one.refused ? one.why : false]))
}

/** The first line that says why, without the paths of this machine. */
function reason({ err, out }, folder) {
  const lines = `${err}\n${out}`.replaceAll(`${folder}/`, '').split('\n')
  const line = lines.map((one) => one.replace(/^(error|ERROR):?\s*/, '').trim()).find((one) => /[a-z]/i.test(one))
  return (line ?? 'no reason given').slice(0, 220)
}

const named = /NotSupported|is not supported|not served|not run here|refused/i

/** How an answer counts. */
function verdict(answer, folder) {
  if (answer.late) return { verdict: 'no end in time', why: '' }
  if (answer.code === 0) {
    const warning = answer.err.split('\n').find((line) => /^warning/i.test(line.trim()))
    return { verdict: warning ? 'stored' : 'works', why: warning?.trim().replace(/^warning:?\s*/i, '') ?? '' }
  }
  const why = reason(answer, folder)
  return { verdict: named.test(answer.err) ? 'refused by name' : 'fails', why }
}

/** The command that takes a file of a kind; jobs run to their end. */
function commandFor({ kind, path }) {
  if (kind === 'job') return ['job', 'create', '-f', path, '--stream']
  if (/-deployment$/.test(kind)) return [kind, 'create', '-f', path]
  return [kind, 'create', '-f', path]
}

const order = ['compute', 'datastore', 'environment', 'data', 'model', 'component']
const rank = (kind) => (order.includes(kind) ? order.indexOf(kind) : kind === 'job' ? 99 : 50)

async function eachOf(items, width, work) {
  const queue = [...items]
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

async function prepare(laz) {
  for (const name of ['cpu-cluster', 'gpu-cluster', 'batch-cluster', 'cluster-cpu']) {
    await laz(['compute', 'create', '-n', name, '--type', 'amlcompute', '--max-instances', '4'])
  }
}

/** A row a file: `{ file, kind, validate, official, command, verdict, why }`, sorted by kind and file. */
export async function askExamples(folder, { python, jobSeconds, note }) {
  const home = mkdtempSync(join(tmpdir(), 'laz-examples-'))
  const env = {
    ...process.env,
    LAZ_HOME: home,
    NO_COLOR: '1',
    ...(python ? { LAZ_PYTHON: process.env.LAZ_JOB_PYTHON } : {}),
  }
  const laz = (args, o = {}) => ask(process.execPath, [bin, ...args], { cwd: folder, env, ...o })
  try {
    const answer = await laz(['validate', join(folder, 'cli'), '-o', 'json'])
    const { files, errors } = JSON.parse(answer.out)
    const judged = files.map(({ file, kind }) => {
      const issues = errors.filter((issue) => issue.file === file)
      return { kind, path: resolve(folder, file), issues }
    })
    note(`${judged.length} files`)
    const official = await oracle(python, judged)
    await prepare(laz)
    const rows = []
    const sorted = [...judged].sort((a, b) => rank(a.kind) - rank(b.kind) || a.path.localeCompare(b.path))
    await eachOf(sorted, 2, async (one) => {
      const bad = one.issues.filter((issue) => issue.severity !== 'warning')
      const row = {
        file: relative(folder, one.path),
        kind: one.kind ?? '',
        validate: bad.length === 0 ? 'valid' : 'invalid',
      }
      row.official = official?.has(one.path) ? (official.get(one.path) === false ? 'valid' : 'invalid') : ''
      if (bad.length > 0) Object.assign(row, { verdict: 'invalid', why: bad[0].message.slice(0, 220) })
      else {
        const command = commandFor(one)
        const timeoutMs = one.kind === 'job' ? jobSeconds * 1000 : 120_000
        const said = await laz(command, { cwd: dirname(one.path), timeoutMs })
        Object.assign(row, verdict(said, folder), { command: command.slice(0, 2).join(' ') })
      }
      note(`${row.verdict.padEnd(16)} ${row.file} ${row.why}`)
      rows.push(row)
    })
    return rows.sort((a, b) => a.kind.localeCompare(b.kind) || a.file.localeCompare(b.file))
  } finally {
    await laz(['down'])
    rmSync(home, { recursive: true, force: true })
  }
}
