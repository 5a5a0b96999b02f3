// `--stream`: what az prints, as it happens. A job with steps shows its steps, as a table that redraws itself on a
// terminal and as one line a change anywhere else. Ctrl-C only stops watching.
import { followLog, isOver, type Lazurite, type Resource, readTail } from '@lazurite/client'
import { asObject, asString, isFinal, LazError } from '@lazurite/spec'
import { instantOf } from './describe.ts'
import { type Column, drawTable, durationText, oneLine, tint, tintOf } from './paint.ts'
import { type Session, untilInterrupted } from './session.ts'

export interface Ending {
  job: Resource
  code: number
}

const state = (job: Resource) => asString(job.properties.status) ?? ''
const facts = (job: Resource) => asObject(job.rest.lazurite)
const web = (job: Resource) => asString(asObject(asObject(job.properties.services).Studio).endpoint) ?? ''

/** Prints the job until it is final; the exit code is 0 when it completed, 1 when not, 130 when the caller left. */
export async function follow(session: Session, client: Lazurite, job: Resource): Promise<Ending> {
  await session.write(`RunId: ${job.name}\nWeb View: ${web(job)}\n`)
  return untilInterrupted(async (signal) => {
    const hasSteps =
      asString(job.properties.jobType)?.toLowerCase() === 'pipeline' ||
      Object.keys(asObject(job.properties.jobs)).length > 0
    if (hasSteps) await followSteps(session, client, { job, signal })
    else await followLines(session, client, { job, signal })
    if (signal.aborted) return detach(session, job)
    const end = await client.of('job').wait({ name: job.name }, isOver, signal)
    if (signal.aborted) return detach(session, job)
    await summarise(session, client, end)
    return { job: end, code: state(end) === 'Completed' ? 0 : 1 }
  })
}

function detach(session: Session, job: Resource): Ending {
  session.say(
    `\nStopped watching; ${job.name} goes on.\n  watch again: laz job stream -n ${job.name}\n  cancel it:   laz job cancel -n ${job.name}`,
  )
  return { job, code: 130 }
}

interface Following {
  job: Resource
  signal: AbortSignal
}

async function heading(session: Session, file: string): Promise<void> {
  const line = `Streaming ${file}`
  await session.write(`\n${line}\n${'='.repeat(line.length)}\n\n`)
}

async function followLines(session: Session, client: Lazurite, { job, signal }: Following): Promise<void> {
  let named = false
  let last = 10
  const options = {
    signal,
    reconnected: (attempt: number) => (attempt === 1 ? session.say('The server is gone; waiting for it …') : undefined),
  }
  for await (const part of followLog(client, job.name, options)) {
    if (!named) await heading(session, part.file)
    named = true
    await session.write(part.bytes)
    last = part.bytes.at(-1) ?? last
  }
  if (named && last !== 10) await session.write('\n')
}

interface Step {
  node: string
  name: string
  state: string
  why: string
  seconds: number | undefined
}

async function stepsOf(client: Lazurite, job: Resource, now: number): Promise<Step[]> {
  const steps: Step[] = []
  for await (const child of client.of('job').list({ filter: { parentJobName: job.name }, archived: 'all' })) {
    const known = facts(child)
    const from = instantOf(known.startedAt)
    const to = instantOf(known.endedAt) ?? now
    const error = asObject(known.error)
    const reuse = asObject(known.reuse)
    steps.push({
      node: asString(child.properties.displayName) ?? child.name,
      name: child.name,
      state: state(child),
      why:
        asString(error.message) ??
        (reuse.reused === true ? `reused ${asString(reuse.of) ?? ''}` : (asString(known.waiting) ?? '')),
      seconds: from === undefined ? undefined : (to - from) / 1000,
    })
  }
  const order = Object.keys(asObject(job.properties.jobs))
  return steps.sort((a, b) => order.indexOf(a.node) - order.indexOf(b.node))
}

async function followSteps(session: Session, client: Lazurite, { job, signal }: Following): Promise<void> {
  await heading(session, 'logs/azureml/executionlogs.txt')
  const shown = new Map<string, string>()
  let drawn = 0
  for (let everyMs = 40; !signal.aborted; everyMs = Math.min(500, everyMs * 1.25)) {
    const now = await client.of('job').get({ name: job.name })
    const steps = await stepsOf(client, job, session.now())
    const changed = steps.filter((step) => shown.get(step.name) !== step.state)
    if (changed.length > 0) everyMs = 40
    if (session.out.tty) drawn = await redraw(session, steps, drawn)
    else for (const step of changed) await session.write(stepLine(session, step))
    for (const step of steps) shown.set(step.name, step.state)
    if (isFinal(state(now))) return
    await new Promise((go) => setTimeout(go, everyMs))
  }
}

function stepLine(session: Session, step: Step): string {
  const at = `[${new Date(session.now()).toISOString().slice(0, 19).replace('T', ' ')}Z]`
  return `${at} ${step.node}: ${step.state} (${step.name})${step.why ? ` ${firstLine(step.why)}` : ''}\n`
}

function firstLine(text: string): string {
  return oneLine(text.split('\n')[0] ?? '')
}

async function redraw(session: Session, steps: readonly Step[], drawn: number): Promise<number> {
  if (steps.length === 0) return drawn
  const columns: Column[] = [
    { title: 'step', cells: steps.map((s) => s.node) },
    { title: 'status', cells: steps.map((s) => s.state), tints: steps.map((s) => tintOf(s.state)) },
    { title: 'time', cells: steps.map((s) => (s.seconds === undefined ? '' : durationText(s.seconds))), right: true },
    { title: '', cells: steps.map((s) => firstLine(s.why)), tints: steps.map(() => 'dim') },
  ]
  const table = drawTable(columns, session.out)
  await session.write(`${drawn > 0 ? `\u001b[${drawn}A\u001b[J` : ''}${table}`)
  return table.split('\n').length - 1
}

async function summarise(session: Session, client: Lazurite, job: Resource): Promise<void> {
  const line = 'Execution Summary'
  await session.write(`\n${line}\n${'='.repeat(line.length)}\nRunId: ${job.name}\nWeb View: ${web(job)}\n`)
  const status = state(job)
  if (status === 'Completed') return
  session.say(`\n${tint(session.err, tintOf(status), `${job.name} is ${status}.`)}`)
  await explain(session, client, job)
}

/** Why it failed: the error and its hint; for a pipeline, of each failed step with its last lines. */
async function explain(session: Session, client: Lazurite, job: Resource): Promise<void> {
  const error = asObject(facts(job).error)
  const message = asString(error.message)
  if (message) session.say(`${asString(error.code) ?? 'Error'}: ${message}`)
  const cause = asObject(error.cause)
  const where = asString(cause.where)
  if (asString(cause.what)) session.say(`Likely cause: ${asString(cause.what)}${where ? ` (${where})` : ''}`)
  const hint = asString(cause.hint) ?? asString(error.hint)
  if (hint) session.say(`${tint(session.err, 'cyan', 'Hint:')} ${hint}`)
  const failed = (await stepsOf(client, job, session.now())).filter((step) => step.state === 'Failed')
  for (const step of failed.slice(0, mostExplained)) {
    session.say(`\n${step.node} (${step.name}): ${firstLine(step.why) || 'Failed'}`)
    for (const text of await lastLines(client, step.name)) session.say(`  ${text}`)
  }
  const more = failed.length - mostExplained
  if (more > 0) session.say(`\n${more} more failed; list them with: laz job list -p ${job.name}`)
  const [first] = failed
  if (first) {
    session.say(`\nOpen it as it failed: laz job debug ${job.name}/${first.node}`)
    session.say(`Go on once mended:    laz job resume ${job.name}`)
  }
}

const mostExplained = 5
const tailBytes = 8192
const tailLines = 12

async function lastLines(client: Lazurite, job: string): Promise<string[]> {
  try {
    const log = `ExperimentRun/dcid.${job}/user_logs/std_log.txt`
    const text = await readTail(client, 'workspaceartifactstore', log, tailBytes)
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-tailLines)
      .map(oneLine)
  } catch (error) {
    if (error instanceof LazError) return []
    throw error
  }
}
