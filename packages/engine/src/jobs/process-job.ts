/**
 * Jobs that run processes: one environment, one place, one process group (or several processes that know each other).
 * Command jobs are the plain case; every other type of job that runs something says only what is different about it.
 */
import { asObject, asString, fail } from '@lazurite/spec'
import { bindInputs } from '../bind.ts'
import type { Handle, Observation } from '../computes/backend.ts'
import { type Realised, realise } from '../environments/index.ts'
import type { Placed } from '../place.ts'
import { keepOutputsOf } from '../run-folder.ts'
import type { Slot } from '../slot.ts'
import { beginAgain, mayRetry } from './attempts.ts'
import { nodesOf } from './crew.ts'
import { finish } from './finish.ts'
import { keepFailed } from './kept-failed.ts'
import { placeOf, readStaged, stage, taskOf } from './launch.ts'
import { needOf } from './need.ts'
import type { ProcessKind } from './process-kind.ts'
import { logLine, openRecord, tellRun } from './record.ts'
import type { JobStatus } from './status.ts'
import { sourceOf } from './telemetry.ts'
import type { JobType, Next, Work } from './type.ts'
import { noteReads } from './uses.ts'
import { beginPhase, enter, enteredAt, scratchOf } from './work.ts'

/** Of jobs that got their node before it was written down where they run. */
const ownBackend = 'local'
/** How long until a running process is looked at without having been told about. */
const pollMs = 5_000
const mostKeepMs = 60_000
const cancelPollMs = 1_000
/** How long a process that was asked for may take to show itself. */
const stuckMs = 20_000

export function processJob(kind: ProcessKind): JobType {
  return {
    jobType: kind.jobType,
    admit: (draft) => kind.admit(draft),
    durable: new Set(['Starting', 'CancelRequested']),
    steps: {
      NotStarted: begin,
      Preparing: (work) => prepare(work, kind),
      Queued: queue,
      Provisioning: queue,
      Starting: (work) => start(work, kind),
      Running: (work) => watch(work, kind),
      NotResponding: (work) => watch(work, kind),
      Paused: async () => ({ to: 'Queued' }),
      CancelRequested: cancel,
      Finalizing: (work) => conclude(work, kind),
    },
    abandon,
    tidy,
  }
}

async function begin(work: Work): Promise<Next> {
  await openRecord(work)
  return { to: 'Preparing' }
}

async function prepare(work: Work, kind: ProcessKind): Promise<Next> {
  const { row, key, tools, status } = work
  const done = await tools.errands.run({ id: row.id, key }, 'environment', (signal) => realiseFor(work, kind, signal))
  if (!done) return { wait: null }
  const { how, hash, python, notes } = done.value
  scratchOf(work).environment = done.value
  status.environment = { how, hash, python, notes }
  return { to: 'Queued' }
}

function realiseFor(work: Work, kind: ProcessKind, signal: AbortSignal): Promise<Realised> {
  const { id, also } = kind.environment?.(work) ?? { id: asString(work.props.environmentId), also: [] }
  const say = (line: string) => logLine(work, 'azureml-logs/20_image_build_log.txt', line)
  return realise(id, work.key.scope, { ...work.ctx, signal, also }, say)
}

async function queue(work: Work): Promise<Next> {
  const { status, key, row, props, ctx, tools } = work
  const since = enteredAt(status, 'Queued') ?? work.now
  const asked = await needOf(ctx, { key, rowId: row.id, props, status, since })
  if ('issue' in asked) return fail('NoCapacity', { why: asked.issue.message })
  const { slot, need } = asked
  const placed = tools.placement.request(need)
  work.wake.push(...placed.woken)
  if (!('granted' in placed)) {
    status.waiting = waitingText(slot, placed)
    return { wait: null }
  }
  delete status.waiting
  for (const text of slot.notes) work.note(text)
  const { nodes, node } = placed.granted
  status.node = {
    name: `${slot.compute}-${nodes[0] ?? 0}`,
    compute: slot.compute,
    backend: slot.backend,
    size: slot.sizeName,
    cores: node.cores,
    memoryMiB: node.memoryMiB,
    gpuCount: node.gpus,
    gpus: placed.granted.gpus,
    nodes,
    pool: slot.pool,
  }
  return { to: 'Starting' }
}

function waitingText(
  { compute, node, nodes, poolNodes }: Slot,
  { lacks, ahead }: Extract<Placed, { ahead: number }>,
): string {
  const cores = Number((node.cores * nodes).toFixed(2))
  const whats = {
    node: `a free node of ${compute}, which has at most ${poolNodes}`,
    core: `${cores} cores and ${node.memoryMiB * nodes} MiB of this machine to be free`,
    turn: 'its turn',
  }
  return `Waits for ${whats[lacks]}; ${ahead} jobs were in the queue of ${compute} before it.`
}

async function start(work: Work, kind: ProcessKind): Promise<Next> {
  const { row, key, tools, status } = work
  const place = await placeOf(work)
  if (status.phases.at(-1)?.name !== 'Staging') beginPhase(work, 'Staging')
  const done = await tools.errands.run({ id: row.id, key }, 'stage', (signal) =>
    stage(work, place, { signal, ...kind.ways, ...(kind.inputs ? { inputs: kind.inputs(work) } : {}) }),
  )
  if (!done) return { wait: null }
  // after a restart it is there, and only has to be found again
  const scratch = scratchOf(work)
  scratch.environment ??= await realiseFor(work, kind, work.ctx.signal)
  const env = (await kind.dress?.(work, place, done.value)) ?? {}
  const task = await taskOf(work, place, done.value, { command: kind.command(work, done.value), env })
  const text = summary(work, task.command)
  work.after.push(() => logLine(work, 'system_logs/lifecycler/lifecycler.log', text))
  tools.running.set(task.id, key)
  status.handle = await (await work.ctx.backends.open(backendName(work))).start(task)
  status.startedAt = work.ctx.clock.now()
  tools.intake.follow(await sourceOf(work))
  status.inputs = inputsSeen(work, done.value.inputs)
  await noteReads(work)
  await tellRun(work, { state: 'Running', startTime: status.startedAt })
  return { to: 'Running' }
}

async function watch(work: Work, kind: ProcessKind): Promise<Next> {
  const { tools, row, now } = work
  const seen = await observe(work)
  if (seen?.phase === 'unreachable') return unreachable(work, seen)
  if (work.state === 'NotResponding' && seen) {
    delete work.status.waiting
    enter(work, 'Running')
  }
  if (seen && seen.phase !== 'done' && seen.phase !== 'lost') {
    tools.intake.follow(await sourceOf(work))
    await showSoFar(work)
    await kind.tick?.(work)
    return { wait: now + pollMs }
  }
  await tools.errands.drop(row.id)
  noteEnd(work, seen)
  return { to: 'Finalizing' }
}

/** Its place cannot be asked: the process is neither running nor ended as far as anybody knows. */
function unreachable(work: Work, { message }: Observation): Next {
  const why = message === undefined ? '' : `: ${message}`
  work.status.waiting = `Waits for the place where it runs to answer again${why}.`
  return work.state === 'NotResponding' ? { wait: work.now + pollMs } : { to: 'NotResponding' }
}

/** What the process wrote so far is shown while it runs, the more rarely the longer it takes. */
async function showSoFar(work: Work): Promise<void> {
  const { status, now, row, key, tools } = work
  const scratch = scratchOf(work)
  const ranMs = now - (status.startedAt ?? now)
  const everyMs = Math.min(Math.max(pollMs, ranMs / 10), mostKeepMs)
  if (now - (scratch.keptAt ?? status.startedAt ?? now) < everyMs) return
  const { folder } = await placeOf(work)
  // what goes wrong with it shows when the process is over
  const keep = (signal: AbortSignal) => keepOutputsOf(folder, nodesOf(work), signal).catch(() => [])
  if (await tools.errands.run({ id: row.id, key }, 'keep', keep)) scratch.keptAt = now
}

/** The end, or another attempt. */
async function conclude(work: Work, kind: ProcessKind): Promise<Next> {
  const next = await finish(work, kind)
  if (!('to' in next) || next.to !== 'Failed' || !mayRetry(work)) return next
  const { folder } = await placeOf(work)
  const { end } = work.status
  // what the command itself said comes before what became of its outputs
  if (end?.cause !== 'lost' && work.status.exitCode === 0) return next
  const handle = (await readStaged(folder)) && handleOf(work, folder.attempt)
  if (handle) work.after.push(() => backendOf(work).clean(handle))
  await beginAgain(work)
  return { to: 'Queued' }
}

async function cancel(work: Work): Promise<Next> {
  const { status, tools, now, ctx } = work
  const { folder } = await placeOf(work)
  // nothing staged: no process was ever asked for
  if (!(await readStaged(folder))) return { to: 'Canceled' }
  const seen = await observe(work)
  const patience = ctx.settings.graceMs + stuckMs
  const stuck = seen?.phase === 'starting' && now - (enteredAt(status, 'CancelRequested') ?? now) > patience
  if (seen && !stuck && seen.phase !== 'done' && seen.phase !== 'lost') {
    tools.running.set(taskId(work), work.key)
    await backendOf(work).stop(handleOf(work, folder.attempt), ctx.settings.graceMs)
    return { wait: now + cancelPollMs }
  }
  noteEnd(work, seen?.phase === 'done' ? seen : { phase: 'done', cause: 'cancelled' })
  return { to: 'Finalizing' }
}

/** Takes down how the process ended, and gives its place to the next. */
function noteEnd(work: Work, seen: Observation | undefined): void {
  const { status, tools, row } = work
  const { exitCode, signal, cause, message, endedAt } = seen ?? {
    cause: 'lost' as const,
    message: 'its backend forgot it',
  }
  if (exitCode !== undefined) status.exitCode = exitCode
  if (signal !== undefined) status.signal = signal
  if (seen?.startedAt !== undefined) status.startedAt = seen.startedAt
  status.end = {
    cause: cause ?? (seen?.phase === 'lost' ? 'lost' : 'user'),
    ...(message === undefined ? {} : { message }),
    ...(endedAt === undefined ? {} : { at: endedAt }),
  }
  tools.running.delete(taskId(work))
  work.wake.push(...tools.placement.release(row.id))
}

async function observe(work: Work): Promise<Observation | undefined> {
  const { folder } = await placeOf(work)
  const handle = handleOf(work, folder.attempt)
  return (await backendOf(work).observe([handle])).get(handle.taskId)
}

/** The handle as it was given, or what can be told of it when the server died before it was written down. */
function handleOf(work: Work, dir: string): Handle {
  return work.status.handle ?? { taskId: taskId(work), backend: backendName(work), dir }
}

function taskId({ status }: Work): string {
  return `${status.runUuid}.${status.attempt}`
}

function backendName({ status }: Work): string {
  return status.handle?.backend ?? status.node?.backend ?? ownBackend
}

function backendOf(work: Work) {
  return (
    work.ctx.backends.get(backendName(work)) ??
    fail('NotSupported', {
      what: 'Running jobs',
      why: `the backend ${backendName(work)} is not open`,
      instead: 'Restart the server.',
    })
  )
}

function inputsSeen(work: Work, paths: Record<string, string>): NonNullable<JobStatus['inputs']> {
  const { data, literals } = bindInputs(asObject(work.props.inputs))
  return Object.fromEntries([
    ...Object.entries(literals).map(([name, value]) => [name, { type: 'literal', value }]),
    ...data.map(({ name, type, uri }) => [name, { type, uri, ...(paths[name] ? { path: paths[name] } : {}) }]),
  ])
}

function summary({ status, row }: Work, rendered: string): string {
  const { environment, node } = status
  return [
    `job ${row.name}, attempt ${status.attempt}`,
    `environment: ${environment?.how ?? 'none'}, Python ${environment?.python ?? 'none'}, ${environment?.hash ?? ''}`,
    ...(environment?.notes ?? []).map((note) => `environment: ${note}`),
    `node ${node?.name}: ${node?.cores} cores, ${node?.memoryMiB} MiB${node?.size ? `, vm_size: Some("${node.size}")` : ''}`,
    `command: ${rendered}`,
  ].join('\n')
}

async function abandon(work: Work): Promise<void> {
  const { folder } = await placeOf(work)
  work.tools.running.delete(taskId(work))
  work.tools.intake.drop(folder.attempt)
  if (await readStaged(folder)) await backendOf(work).stop(handleOf(work, folder.attempt), 0)
}

async function tidy(work: Work): Promise<void> {
  const { folder } = await placeOf(work)
  if (await readStaged(folder)) await backendOf(work).clean(handleOf(work, folder.attempt))
  if (work.state === 'Failed') await keepFailed(work.ctx.home, work.row.name, folder.wd)
  await work.tools.bin.throwAway(folder.root)
}
