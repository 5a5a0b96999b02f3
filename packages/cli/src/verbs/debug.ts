// A shell in a finished step: its folder, inputs, environment and command as they were. What was edited there can be run on
// from.
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Lazurite } from '@lazurite/client'
import { asArray, asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import { type Args, isSet } from '../args.ts'
import type { Run } from '../command.ts'
import { oneLine, tint } from '../paint.ts'
import type { Result, Session } from '../session.ts'
import { jobPath, stepNamed } from './explain.ts'
import { submitResume, uploadFolder } from './resume.ts'

interface Opened {
  job: string
  pipeline: string
  /** Path of keys; '' for a job that is no step. */
  step: string
  state: string
  folder: string
  cwd: string
  command: string
  env: Record<string, string>
  inputs: Record<string, string>
  outputs: Record<string, string>
  from: string
  code: string[]
  there: string[]
  notes: string[]
}

export const debug: Run = async (session, args) => {
  const client = await session.client()
  const { name, step } = stepNamed(args)
  const body: JsonObject = { ...(step === '' ? {} : { step }), ...(isSet(args, 'fresh') ? { fresh: true } : {}) }
  const told = asObject(await (await client.ask({ method: 'POST', path: jobPath(client, name, 'debug'), body })).json())
  const opened = readOpened(told)
  if (!existsSync(opened.cwd)) {
    fail('NotSupported', {
      what: `A shell in ${opened.cwd}`,
      why: 'the folder is on the machine of the server, and this is another one',
      instead: 'Run laz job debug there.',
    })
  }
  writeScripts(opened)
  const once = isSet(args, 'run')
  let code = 0
  // what was edited earlier is run on from without another shell
  if (once || !isSet(args, 'resume')) {
    sayWhere(session, opened)
    code = await runShell(opened, envOf(session, opened, client), once)
  }
  const changed = exportCode(opened)
  if (isSet(args, 'resume')) return runOn(session, args, { client, opened, changed })
  if (changed.length > 0) sayChanged(session, opened, changed)
  return { text: '', code }
}

function readOpened(told: JsonObject): Opened {
  const text = (key: string) => asString(told[key]) ?? ''
  const texts = (key: string) => asArray(told[key]).map(String)
  const map = (key: string) =>
    Object.fromEntries(Object.entries(asObject(told[key])).map(([name, value]) => [name, String(value)]))
  return {
    job: text('job'),
    pipeline: text('pipeline'),
    step: text('step'),
    state: text('state'),
    folder: text('folder'),
    cwd: text('cwd'),
    command: text('command'),
    env: map('env'),
    inputs: map('inputs'),
    outputs: map('outputs'),
    from: text('from'),
    code: texts('code'),
    there: texts('there'),
    notes: texts('notes'),
  }
}

/** The command as a script, and what makes the shell at home in the folder. Neither holds a secret. */
function writeScripts({ folder, command, step, job }: Opened): void {
  writeFileSync(join(folder, 'command.sh'), `${command}\n`, { mode: 0o700 })
  const prompt = (step || job).replace(/[^\w./-]/g, '_')
  const rc = [
    '[ ! -e ~/.bashrc ] || . ~/.bashrc',
    // the caller's own settings may have put other programs first
    'PATH="$LAZ_DEBUG_PATH"',
    `run() { bash "${folder.replace(/["$`\\]/g, '\\$&')}/command.sh"; }`,
    `PS1='(${prompt}) \\w\\$ '`,
  ]
  writeFileSync(join(folder, 'shell.rc'), `${rc.join('\n')}\n`, { mode: 0o600 })
}

/** What a job gets of the caller's own environment. */
const passed =
  /^(HOME|USER|LOGNAME|SHELL|TERM|COLORTERM|LANG|LC_\w+|TZ|DISPLAY|CUDA_\w+|SSL_CERT_\w+|REQUESTS_CA_BUNDLE)$/

function envOf(session: Session, { env }: Opened, client: Lazurite): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(session.env).filter(([name]) => passed.test(name)))
  const { token } = client.connection
  const path = env.PATH ?? session.env.PATH ?? ''
  const tokens = token ? { MLFLOW_TRACKING_TOKEN: token, AZUREML_RUN_TOKEN: token } : {}
  return { ...own, ...env, ...tokens, PATH: path, LAZ_DEBUG_PATH: path }
}

const origins: Record<string, string> = {
  failed: 'the folder as its command left it',
  code: 'its code as it was registered',
  open: 'the folder as you left it (--fresh begins anew)',
}

function sayWhere({ say, err }: Session, opened: Opened): void {
  const { step, job, state, cwd, command, inputs, outputs, from, notes } = opened
  say(`${tint(err, 'bold', step || job)} (${job}, ${state}): ${origins[from] ?? ''}`)
  say(`  folder   ${cwd}`)
  for (const [name, path] of Object.entries(inputs)) say(`  input    ${name}  ${oneLine(path)}`)
  for (const [name, path] of Object.entries(outputs)) say(`  output   ${name}  ${oneLine(path)}`)
  say(`  command  ${oneLine(command)}`)
  for (const note of notes) say(`  note     ${oneLine(note)}`)
  say('`run` runs the command, `exit` leaves. Inputs are the data itself: do not write into them.')
}

/** Interactive on a terminal; else the shell reads what it is given. With `once` it runs the command alone. */
function runShell({ folder, cwd }: Opened, env: NodeJS.ProcessEnv, once: boolean): Promise<number> {
  const rc = join(folder, 'shell.rc')
  const tty = process.stdin.isTTY === true
  const args = once
    ? [join(folder, 'command.sh')]
    : tty
      ? ['--rcfile', rc, '-i']
      : ['-c', `. "$1" > /dev/null 2>&1; eval "$(cat)"`, 'bash', rc]
  // Ctrl-C is for the program in the shell
  const ignore = () => {}
  process.on('SIGINT', ignore)
  return new Promise<number>((done, failed) => {
    const child = spawn('bash', args, { cwd, env, stdio: 'inherit' })
    child.on('error', failed)
    child.on('close', (code, signal) => done(code ?? (signal ? 1 : 0)))
  }).finally(() => process.off('SIGINT', ignore))
}

const generated = /(^|\/)(__pycache__|\.ipynb_checkpoints|\.mypy_cache|\.pytest_cache|mlruns)(\/|$)|^(outputs|logs)\//

const codeOf = ({ folder }: Opened) => join(folder, 'code')

/** Lays the code as it is now beside the folder: what was registered and what is new. Answers what is not as registered. */
function exportCode(opened: Opened): string[] {
  const { folder, cwd, code, there } = opened
  const to = codeOf(opened)
  rmSync(to, { recursive: true, force: true })
  const registered = new Set(code)
  const before = new Set(there)
  const now = filesBelow(cwd, '').filter((path) => registered.has(path) || !(before.has(path) || generated.test(path)))
  for (const path of now) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    copyFileSync(join(cwd, path), join(to, path))
  }
  const changed = now.filter(
    (path) => !registered.has(path) || !same(join(cwd, path), join(folder, 'as-registered', path)),
  )
  const left = new Set(now)
  return [...changed, ...code.filter((path) => !left.has(path))]
}

function same(a: string, b: string): boolean {
  return statSync(a).size === statSync(b).size && readFileSync(a).equals(readFileSync(b))
}

function filesBelow(root: string, below: string): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) return filesBelow(root, path)
    return entry.isFile() ? [path] : []
  })
}

const mostNamed = 5

function sayChanged({ say }: Session, opened: Opened, changed: string[]): void {
  const named = changed.slice(0, mostNamed).map(oneLine).join(', ')
  const more = changed.length - mostNamed
  const { pipeline, step, job } = opened
  say(`Not as registered: ${named}${more > 0 ? ` and ${more} more` : ''}.`)
  if (step === '') say(`The code of ${job} as it is now lies in ${codeOf(opened)}.`)
  else say(`Run the pipeline on from here with: laz job debug ${pipeline}/${step} --resume`)
}

interface Edited {
  client: Lazurite
  opened: Opened
  changed: string[]
}

/** `--resume`: the pipeline goes on with the code as it is in the folder now. */
async function runOn(session: Session, args: Args, { client, opened, changed }: Edited): Promise<Result> {
  const { pipeline, step, job } = opened
  if (step === '') fail('BadArgument', { what: `${job} is no step of a pipeline: there is nothing to go on with.` })
  const edits: JsonObject =
    changed.length === 0 ? {} : { steps: { [step]: { code: await uploadFolder(session, client, codeOf(opened)) } } }
  return submitResume(session, args, { client, name: pipeline, edits })
}
