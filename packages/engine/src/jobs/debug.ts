/**
 * A finished job laid out again, for somebody to look into: the working folder as its command left it when it failed, else
 * its code; inputs, environment and command as they were. Outputs go into folders of its own: what other steps read is not
 * written over. Nothing here runs anything.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asObject, asString, fail, isFinal, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { bindInputs, bindOutputs, defaultDatastore, pythonText, render } from '../bind.ts'
import type { EngineContext } from '../context.ts'
import { realise } from '../environments/index.ts'
import { makeOverlay, pythonVariable } from '../overlay.ts'
import { type Workspace, workspaceOf } from '../reconcile/workspace.ts'
import { type RunFolder, runFolder } from '../run-folder.ts'
import { computeName } from '../slot.ts'
import { placeSnapshot } from '../snapshot.ts'
import { bringIn } from '../stage.ts'
import { copyTree, listTree } from '../tree.ts'
import { runVariables } from '../variables.ts'
import { debugFolder, failedFolder, keepFailed } from './kept-failed.ts'
import { type JobStatus, readJobStatus } from './status.ts'

export interface Laid {
  /** Holds all that follows. */
  folder: string
  /** Where the command ran. */
  cwd: string
  command: string
  /** Without tokens: who opens it has one of their own. */
  env: Record<string, string>
  inputs: Record<string, string>
  outputs: Record<string, string>
  /** `failed`: files as the command left them; `code`: the code alone; `open`: as it was left the last time. */
  from: 'failed' | 'code' | 'open'
  /** Files of the code as it was registered; they lie in `as-registered` of the folder. */
  code: string[]
  /** Files that were in the working folder when it was laid out. */
  there: string[]
  notes: string[]
}

const record = 'laid.json'

/**
 * Raises JobNotFinal, NotSupported for a job without a command of its own, and what staging raises (InputMissing, …).
 * @param fresh lay it out anew, also when it was opened before
 */
export async function layOut(ctx: EngineContext, row: Row, fresh: boolean): Promise<Laid> {
  const { props } = row
  if (asString(props.jobType)?.toLowerCase() !== 'command') {
    return fail('NotSupported', {
      what: `Opening ${row.name}, a job of type ${asString(props.jobType)?.toLowerCase() ?? 'unknown'}`,
      why: 'it has no command of its own',
      instead: `Open one of the jobs it made: laz job debug PIPELINE/STEP, or one that this lists: laz job list -p ${row.name}`,
    })
  }
  if (!isFinal(row.state)) fail('JobNotFinal', { name: row.name, state: row.state })
  const folder = debugFolder(ctx.home, row.name)
  if (!fresh) {
    const known = await readFile(join(folder, record), 'utf8').catch(() => undefined)
    if (known !== undefined) return { ...(JSON.parse(known) as Laid), from: 'open' } // written below and by nobody else
  }
  const laid = await layOutAnew(ctx, row, folder)
  await writeFile(join(folder, record), JSON.stringify(laid), { mode: 0o600 })
  return laid
}

async function layOutAnew(ctx: EngineContext, row: Row, root: string): Promise<Laid> {
  const { props, scope } = row
  const workspace = await workspaceOf(ctx.store, scope)
  await rm(root, { recursive: true, force: true })
  const wd = join(root, 'wd')
  await mkdir(wd, { recursive: true, mode: 0o700 })
  const notes: string[] = []
  const codeId = asString(props.codeId)
  const codeFolder = join(root, 'as-registered')
  if (codeId) {
    await mkdir(codeFolder)
    await placeSnapshot(codeId, scope, codeFolder, ctx)
  }
  const code = codeId ? (await listTree(codeFolder)).map(({ path }) => path) : []
  const kept = failedFolder(ctx.home, row.name)
  // a job that ended a moment ago may not have been put away yet
  const { runUuid } = readJobStatus(row.status)
  if (row.state === 'Failed' && runUuid !== undefined) {
    await keepFailed(ctx.home, row.name, join(ctx.home, 'runs', runUuid, 'wd'))
  }
  const failed = existsSync(kept)
  if (failed) await copyTree(kept, wd, { signal: ctx.signal, boundary: ctx.home })
  else if (codeId) await copyTree(codeFolder, wd, { signal: ctx.signal })
  for (const name of ['outputs', 'logs']) await mkdir(join(wd, name), { recursive: true })
  const there = (await listTree(wd)).map(({ path }) => path)
  const folder = { ...runFolder(ctx.store, workspace, { job: row.name, uuid: '0', attempt: 1 }), root, wd }
  Object.assign(folder, { data: join(root, 'data'), attempt: root, artifacts: join(root, 'artifacts') })
  const inputs = await bringAll(ctx, row, folder.data)
  const outputs = await outputFolders(ctx, row, { workspace, root })
  const env = await variablesOf(ctx, row, { workspace, folder, inputs, outputs, notes })
  const { literals } = bindInputs(asObject(props.inputs))
  const values = { inputs: { ...inputs, ...literals }, outputs }
  const command = render(asString(props.command) ?? '', values, 'The command')
  return { folder: root, cwd: wd, command, env, inputs, outputs, from: failed ? 'failed' : 'code', code, there, notes }
}

async function bringAll(ctx: EngineContext, { props, scope }: Row, data: string): Promise<Record<string, string>> {
  const inputs: Record<string, string> = {}
  await mkdir(data, { recursive: true })
  for (const input of bindInputs(asObject(props.inputs)).data) {
    inputs[input.name] = (await bringIn(input, join(data, `INPUT_${input.name}`), scope, ctx)).path
  }
  return inputs
}

/** Places of its own for everything the command writes. */
async function outputFolders(
  { store }: EngineContext,
  { props, scope, name }: Row,
  { workspace, root }: { workspace: Workspace; root: string },
): Promise<Record<string, string>> {
  const facts = { workspace: workspace.id, job: name, defaultDatastore: await defaultDatastore(store, scope) }
  const outputs: Record<string, string> = {}
  for (const output of bindOutputs(asObject(props.outputs), facts)) {
    const path = output.artifacts ? join(root, 'artifacts') : join(root, 'written', output.name)
    await mkdir(output.type === 'uri_file' ? dirname(path) : path, { recursive: true })
    outputs[output.name] = path
  }
  return outputs
}

interface Around {
  workspace: Workspace
  folder: RunFolder
  inputs: Record<string, string>
  outputs: Record<string, string>
  notes: string[]
}

/** Tokens of a run end with it; and what is tried out is not logged into what is over. */
const withheld =
  /^(AZUREML_RUN_TOKEN.*|MLFLOW_TRACKING_TOKEN|MLFLOW_RUN_ID|AZUREML_CR_AZUREML_CONTEXT|LAZ_METRICS|LAZ_ARTIFACTS)$/

async function variablesOf(ctx: EngineContext, row: Row, around: Around): Promise<Record<string, string>> {
  const { workspace, folder, inputs, outputs, notes } = around
  const { props } = row
  const status = readJobStatus(row.status)
  const { literals } = bindInputs(asObject(props.inputs))
  const realised = await realise(asString(props.environmentId), row.scope, ctx, async () => {})
  notes.push(...realised.notes)
  const variables = runVariables({
    workspace,
    base: ctx.urls.base(),
    job: row.name,
    rootRun: status.rootRunId ?? row.name,
    experiment: { id: status.experimentId ?? '', name: status.experimentName ?? 'Default' },
    uuid: status.runUuid ?? '',
    attempt: status.attempt ?? 1,
    token: '',
    tokenExpiry: 0,
    compute: computeOf(props, status),
    framework: 'Python',
    folder,
    inputs,
    literals,
    outputs,
  })
  if (Object.keys(asObject(props.distribution)).length > 0) {
    notes.push('Here it is one process: variables that tell the processes of the job apart are not set.')
  }
  const values = { inputs: { ...inputs, ...literals }, outputs }
  const own = Object.entries(asObject(props.environmentVariables)).map(([name, value]) => [
    name,
    value === null ? '' : render(pythonText(value), values, `The environment variable ${name}`),
  ])
  const all: Record<string, string> = { ...variables, ...realised.env, ...Object.fromEntries(own) }
  const layered = all[pythonVariable]
  if (layered !== undefined) {
    delete all[pythonVariable]
    all.PATH = `${makeOverlay(join(folder.root, 'python'), layered)}:${all.PATH ?? ''}`
    all.VIRTUAL_ENV = join(folder.root, 'python')
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => !withheld.test(name)))
}

function computeOf(props: JsonObject, { node }: Partial<JobStatus>) {
  return {
    name: computeName(props) ?? 'local',
    node: node?.name ?? 'local-0',
    nodes: node?.nodes.length ?? 1,
    gpus: node?.gpus ?? [],
    size: node?.size ?? '',
  }
}
