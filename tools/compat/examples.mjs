// Every YAML file of a checkout of the Azure ML examples, asked of the command line: does it validate, does it register,
// does it run. Nothing is judged by hand: exit codes, error codes and final states are all that counts.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { root } from '../setup.mjs'
import { reasonOf, verdictOf, verdictOfJob } from './verdicts.mjs'

const bin = join(root, 'packages/cli/bin/laz.cjs')
const graceMs = 1000
/** The packages of a deployment are installed in it. */
const deploymentMs = 400_000

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
  const input = judged
    .filter(({ kind }) => kind && kind !== 'yaml')
    .map(({ kind, path }) => `${kind} ${path}\n`)
    .join('')
  const script = join(root, 'test/clients/validate.py')
  const { out } = await ask(python, [script], { input, timeoutMs: 1_800_000, env: process.env })
  const lines = out.split('\n').filter((line) => line.startsWith('{'))
  return new Map(lines.map((line) => JSON.parse(line)).map((one) => [one.path, one.refused ? one.why : false]))
}

/** What scripts say beside a file: a name of its own for what other examples call alike; an endpoint for a deployment. */
function commandFor({ kind, path }, number) {
  const own = `example-${number}`
  if (kind === 'job') return { words: ['job', 'create', '-f', path, '-n', `example_${number}`, '--stream'], first: [] }
  if (kind === 'data-import') return { words: ['data', 'import', '-f', path], first: [] }
  if (kind === 'model-package') {
    // the scripts beside it register the folder of this name
    const model = join(dirname(path), 'model')
    const type = existsSync(join(model, 'MLmodel')) ? 'mlflow_model' : 'custom_model'
    const made = ['model', 'create', '-n', own, '-v', '1', '--path', model, '--type', type]
    return { words: ['model', 'package', '-f', path, '-n', own, '-v', '1'], first: [made] }
  }
  if (/-deployment$/.test(kind)) {
    const endpoint = kind.replace('-deployment', '-endpoint')
    const after = [[endpoint, 'delete', '-n', own, '--yes']]
    return { words: [kind, 'create', '-f', path, '-e', own], first: [[endpoint, 'create', '-n', own]], after }
  }
  if (/-endpoint$|^schedule$/.test(kind)) return { words: [kind, 'create', '-f', path, '-n', own], first: [] }
  return { words: [kind, 'create', '-f', path], first: [] }
}

const order = [
  'workspace',
  'registry',
  'connection',
  'compute',
  'datastore',
  'environment',
  'data',
  'model',
  'component',
]
const rank = ({ kind }) => (order.includes(kind) ? order.indexOf(kind) : /-endpoint$/.test(kind ?? '') ? 40 : 50)

async function eachOf(items, width, work) {
  const queue = [...items]
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

/** Runs a command; a cluster that it misses is made, as the scripts beside the examples do, and it is asked again. */
async function askWithComputes(laz, words, options) {
  const said = await laz(words, options)
  const missing = [...said.err.matchAll(/no compute named ([\w-]+)/g)].map(([, name]) => name)
  if (missing.length === 0) return said
  for (const name of new Set(missing))
    await laz(['compute', 'create', '-n', name, '--type', 'amlcompute', '--max-instances', '4'])
  return askWithComputes(laz, words, options)
}

const taken = /^ERROR: Version \S+ of the \S+ .* exists with other content/m

/** Asks; a version that another example has taken with other content is asked again as one of its own. */
async function askWithVersion(laz, words, options, number) {
  const said = await askWithComputes(laz, words, options)
  return taken.test(said.err) ? askWithComputes(laz, [...words, '-v', `example-${number}`], options) : said
}

/** Asks one file of its command. */
async function askFile(laz, one, { folder, jobSeconds, number }) {
  const { words, first, after = [] } = commandFor(one, number)
  for (const before of first) await laz(before)
  const isJob = one.kind === 'job'
  const cwd = dirname(one.path)
  const timeoutMs = isJob ? jobSeconds * 1000 : after.length > 0 ? deploymentMs : 120_000
  const said = await askWithVersion(laz, words, { cwd, timeoutMs }, number)
  // replicas outlive the server
  for (const last of after) await laz(last)
  const command = words.slice(0, 2).join(' ')
  if (!isJob) return { command, ...verdictOf(said, folder) }
  const name = `example_${number}`
  if (said.late) await laz(['job', 'cancel', '-n', name])
  const shown = await laz(['job', 'show', '-n', name, '-o', 'json'])
  // the log of a pipeline names the step that failed, the log of the step says why
  const step = [...said.out.matchAll(/: Failed \(([\w-]+)\)/g)].at(-1)?.[1]
  if (step) said.out = (await laz(['job', 'stream', '-n', step])).out
  return { command, ...verdictOfJob(said, shown.code === 0 ? JSON.parse(shown.out) : undefined, folder) }
}

/** What is known of a file before any command: our verdict and that of the official client. */
function rowOf(one, official, folder) {
  const bad = one.issues.filter((issue) => issue.severity !== 'warning')
  const theirs = official?.get(one.path)
  return {
    file: relative(folder, one.path),
    kind: one.kind ?? '',
    validate: bad.length === 0 ? 'valid' : 'invalid',
    official: theirs === undefined ? '' : theirs === false ? 'valid' : 'invalid',
    command: '',
    verdict: 'no command',
    why: bad.length > 0 ? reasonOf(`${bad[0].path === '*' ? '' : `${bad[0].path}: `}${bad[0].message}`, folder) : '',
  }
}

const needsMore = ({ path, message }) => path === 'endpoint_name' && message.startsWith('is required')

/** True when the file says all that its command needs, the flags that scripts give beside it counted in. */
const askable = (one) => one.issues.every((issue) => issue.severity === 'warning' || needsMore(issue))

async function askAll(laz, judged, { folder, jobSeconds, note, official, toJobs }) {
  const rows = new Map(judged.map((one) => [one, rowOf(one, official, folder)]))
  let number = 0
  const askOne = async (one) => {
    number += 1
    const row = rows.get(one)
    if (one.kind === null || one.kind === undefined) Object.assign(row, { verdict: 'no command' })
    else if (!askable(one)) Object.assign(row, { verdict: 'invalid' })
    else Object.assign(row, await askFile(laz, one, { folder, jobSeconds, number }))
    note(`${row.verdict.padEnd(16)} ${row.file} ${row.why}`)
  }
  const sorted = judged.filter(({ kind }) => kind !== 'job').sort((a, b) => rank(a) - rank(b))
  await eachOf(sorted, 2, askOne)
  // files name each other in any order: what failed may only have come too early
  await eachOf(
    sorted.filter((one) => /^(fails|lacks assets)$/.test(rows.get(one).verdict)),
    1,
    askOne,
  )
  await toJobs()
  const jobs = judged.filter(({ kind }) => kind === 'job')
  await eachOf(jobs, 2, askOne)
  return [...rows.values()]
}

/**
 * A row a file: `{ file, kind, validate, official, command, verdict, why }`, sorted by kind and file; none of the kinds
 * of `keep`, which are not asked. Deployments get the packages they name, jobs the Python of the machine.
 */
export async function askExamples(folder, { python, jobPython, jobSeconds, note, keep }) {
  const home = mkdtempSync(join(tmpdir(), 'laz-examples-'))
  const own = {
    LAZ_HOME: home,
    NO_COLOR: '1',
  }
  const laz = (args, o = {}) =>
    ask(process.execPath, [bin, ...args], { cwd: folder, env: { ...process.env, ...own }, ...o })
  const toJobs = async () => {
    await laz(['down'])
    Object.assign(own, { LAZ_ENVIRONMENT: 'host', ...(jobPython ? { LAZ_PYTHON: jobPython } : {}) })
  }
  try {
    const answer = await laz(['validate', join(folder, 'cli'), '-o', 'json'])
    const { files, errors } = JSON.parse(answer.out)
    const tree = execFileSync('git', ['-C', folder, 'ls-tree', '-r', '-z', '--name-only', 'HEAD'], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    const kept = new Set(tree.split('\0'))
    const judged = files
      .filter(({ file }) => kept.has(file))
      .map(({ file, kind }) => {
        const issues = errors.filter((issue) => issue.file === file)
        return { kind, path: resolve(folder, file), issues }
      })
      .filter(({ kind }) => !keep.includes(kind))
    note(`${judged.length} files`)
    const official = await oracle(python, judged)
    const rows = await askAll(laz, judged, { folder, jobSeconds, note, official, toJobs })
    return rows.sort((a, b) => a.kind.localeCompare(b.kind) || a.file.localeCompare(b.file))
  } finally {
    await laz(['down'])
    rmSync(home, { recursive: true, force: true })
  }
}
