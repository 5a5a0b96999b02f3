/**
 * From a granted node to a running process. Everything that takes time (snapshot, inputs, outputs) is staged first; a
 * marker on disk then says so, and from that moment on the process may exist. A start that was interrupted goes on from
 * the marker and asks the backend for the same attempt again, which starts it at most once.
 */
import { appendFileSync, mkdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asObject, asString, isoToSeconds, type JsonObject } from '@lazurite/spec'
import { type BoundOutput, bindInputs, bindOutputs, defaultDatastore, pythonText, render } from '../bind.ts'
import { freePorts, portsNeeded } from '../distribute.ts'
import { realise } from '../environments/index.ts'
import { type Workspace, workspaceOf } from '../reconcile/workspace.ts'
import { forgetComing, makeKeptFolders, makeRunFolder, nodeFolder, type RunFolder, runFolder } from '../run-folder.ts'
import { computeName } from '../slot.ts'
import { placeSnapshot } from '../snapshot.ts'
import { bringIn, openOut, type StageIn } from '../stage.ts'
import type { Task } from '../task.ts'
import { everySeconds } from '../telemetry/system.ts'
import { runVariables } from '../variables.ts'
import { crewOfJob, nodesOf, processesOf } from './crew.ts'
import type { Ways } from './process-kind.ts'
import type { Work } from './type.ts'
import { scratchOf } from './work.ts'

/** What staging found out; kept beside the run until it is over. */
export interface Staged {
  inputs: Record<string, string>
  outputs: Record<string, string>
  ports: number[]
}

export interface Place {
  workspace: Workspace
  folder: RunFolder
  /** The run the folder belongs to. */
  uuid: string
}

export async function placeOf(work: Work): Promise<Place> {
  const scratch = scratchOf(work)
  const { runUuid: uuid, attempt } = work.status
  if (scratch.place?.uuid === uuid) return scratch.place
  const workspace = await workspaceOf(work.ctx.store, work.key.scope)
  const folder = runFolder(work.ctx.store, workspace, { job: work.row.name, uuid, attempt })
  scratch.place = { workspace, folder, uuid }
  return scratch.place
}

/** The outputs the job declares, with a location each. */
export async function outputsOf(work: Work, { workspace }: Place): Promise<BoundOutput[]> {
  const outputs = asObject(work.props.outputs)
  if (Object.keys(outputs).length === 0) return []
  return bindOutputs(outputs, {
    workspace: workspace.id,
    job: work.row.name,
    defaultDatastore: await defaultDatastore(work.ctx.store, work.key.scope),
  })
}

/** Stages once; later calls read what the first one found out. */
export async function stage(
  work: Work,
  place: Place,
  { signal, inputs, ...ways }: { signal: AbortSignal; inputs?: StageIn[] } & Partial<Ways>,
): Promise<Staged> {
  const { bringIn: bring, openOut: open } = { bringIn, openOut, ...ways }
  const { folder } = place
  const known = await readStaged(folder)
  if (known) return known
  const ctx = { ...work.ctx, signal, tell: dataLog(folder) }
  const { scope } = work.key
  await makeRunFolder(folder)
  const codeId = asString(work.props.codeId)
  for (let node = 0; node < nodesOf(work); node++) {
    const own = nodeFolder(folder, node)
    if (node > 0) await mkdir(own.wd, { recursive: true })
    if (codeId) await placeSnapshot(codeId, scope, own.wd, ctx)
    await makeKeptFolders(own)
  }
  const staged: Staged = { inputs: {}, outputs: {}, ports: await freePorts(portsNeeded(crewOfJob(work))) }
  for (const input of inputs ?? bindInputs(asObject(work.props.inputs)).data) {
    signal.throwIfAborted()
    staged.inputs[input.name] = (await bring(input, `${folder.data}/INPUT_${input.name}`, scope, ctx)).path
  }
  for (const output of await outputsOf(work, place)) {
    signal.throwIfAborted()
    staged.outputs[output.name] = output.artifacts
      ? folder.artifacts
      : (await open(output, `${folder.data}/${output.name}`, scope, ctx)).path
  }
  await writeFile(folder.staged, JSON.stringify(staged))
  await forgetComing(folder)
  return staged
}

/** Where a job reads how its data came and went. */
export function dataLog(folder: RunFolder): (line: string) => void {
  const file = `${folder.artifacts}/system_logs/data_capability/data-capability.log`
  return (line) => {
    mkdirSync(dirname(file), { recursive: true })
    appendFileSync(file, `${new Date().toISOString()} ${line}\n`)
  }
}

/** Undefined as long as no process can have been asked for; a marker that was cut off half-way is none. */
export async function readStaged(folder: RunFolder): Promise<Staged | undefined> {
  const text = await readFile(folder.staged, 'utf8').catch(() => '')
  try {
    return JSON.parse(text) as Staged // written above and by nobody else
  } catch {
    return undefined
  }
}

/** The rendered command, as the process will see it. */
export function commandOf(work: Work, staged: Staged): string {
  const { literals } = bindInputs(asObject(work.props.inputs))
  const values = { inputs: { ...staged.inputs, ...literals }, outputs: staged.outputs }
  return render(asString(work.props.command) ?? '', values, 'The command')
}

export function timeoutOf(props: JsonObject): number | undefined {
  const text = asString(asObject(props.limits).timeout)
  const seconds = text === undefined ? undefined : isoToSeconds(text)
  return seconds !== undefined && seconds > 0 ? seconds : undefined
}

/** A job without a limit keeps its token for as long as Azure lets a run live, and a little more. */
const longestRunSeconds = 31 * 86_400
const tokenSlackSeconds = 86_400

/** The task of this attempt; `env` goes before all other environment variables. */
export async function taskOf(
  work: Work,
  place: Place,
  staged: Staged,
  { command, env }: { command: string; env: Record<string, string> },
): Promise<Task> {
  const { folder } = place
  const { status, props, ctx } = work
  const timeoutSeconds = timeoutOf(props)
  const logs = `${folder.artifacts}/user_logs`
  const shared = { ...(await environmentOf(work, place, staged)), ...env }
  const { processes, command: text } = processesOf(work, { folder, ports: staged.ports, command, env: shared })
  const seconds = everySeconds(props)
  const sized =
    asString(asObject(props.resources).instanceType) || !['local', 'serverless'].includes(status.node?.compute ?? '')
  return {
    id: `${status.runUuid}.${status.attempt}`,
    dir: folder.attempt,
    cwd: folder.wd,
    command: text,
    env: shared,
    logFile: processes[0]?.logFile ?? `${logs}/std_log.txt`,
    processes,
    graceMs: ctx.settings.graceMs,
    ...(seconds === undefined ? {} : { sample: { everySeconds: seconds, gpus: status.node?.gpus ?? [] } }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(sized && status.node ? { memoryMiB: status.node.memoryMiB * status.node.nodes.length } : {}),
  }
}

async function environmentOf(work: Work, place: Place, staged: Staged): Promise<Record<string, string>> {
  const { props, status, ctx, key, row } = work
  const { literals } = bindInputs(asObject(props.inputs))
  const limit = timeoutOf(props) ?? longestRunSeconds
  const tokenExpiry = Math.floor(work.now / 1000) + limit + tokenSlackSeconds
  const realised =
    scratchOf(work).environment ?? (await realise(asString(props.environmentId), key.scope, ctx, async () => {}))
  const variables = runVariables({
    workspace: place.workspace,
    base: ctx.urls.base(),
    job: row.name,
    rootRun: status.rootRunId,
    experiment: { id: status.experimentId, name: status.experimentName },
    uuid: status.runUuid,
    attempt: status.attempt,
    token: ctx.tokenFor(key.scope, row.name, tokenExpiry),
    tokenExpiry,
    compute: {
      name: computeName(props) ?? 'local',
      node: status.node?.name ?? 'local-0',
      nodes: status.node?.nodes.length ?? 1,
      gpus: status.node?.gpus ?? [],
      size: status.node?.size ?? '',
    },
    framework: crewOfJob(work).framework || 'Python',
    folder: place.folder,
    inputs: staged.inputs,
    literals,
    outputs: staged.outputs,
  })
  const values = { inputs: { ...staged.inputs, ...literals }, outputs: staged.outputs }
  const own = Object.entries(asObject(props.environmentVariables)).map(([name, value]) => [
    name,
    value === null ? '' : render(pythonText(value), values, `The environment variable ${name}`),
  ])
  return { ...variables, ...realised.env, ...Object.fromEntries(own) }
}
