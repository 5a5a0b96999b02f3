/**
 * After the process: what it left in `outputs` and `logs` is kept, its declared outputs are taken to where they belong
 * and become assets, and the verdict is spoken. Assets are written in the transaction that makes the job final, so there
 * is exactly one of each, whenever the server dies.
 */
import { readdir, readFile } from 'node:fs/promises'
import { armId, fail, type JsonObject, own } from '@lazurite/spec'
import type { PutInput } from '@lazurite/store'
import type { BoundOutput } from '../bind.ts'
import { failedRankFile } from '../launchers/mpi.ts'
import type { Workspace } from '../reconcile/workspace.ts'
import { keepOutputsOf } from '../run-folder.ts'
import { takeOut } from '../stage.ts'
import { nodesOf } from './crew.ts'
import { dataLog, outputsOf, placeOf, readStaged, timeoutOf } from './launch.ts'
import type { ProcessKind } from './process-kind.ts'
import { reuseEntries } from './reuse.ts'
import type { JobStatus } from './status.ts'
import { sourceOf } from './telemetry.ts'
import type { Next, Work } from './type.ts'
import { noteWrite } from './uses.ts'
import { judge, readTail } from './verdict.ts'

const mostNotes = 20

type Output = NonNullable<JobStatus['outputs']>[string]

export async function finish(work: Work, kind: Pick<ProcessKind, 'command' | 'ways'>): Promise<Next> {
  const { row, key, tools, status } = work
  const { workspace } = await placeOf(work)
  const done = await tools.errands.run({ id: row.id, key }, 'finish', (signal) => takeHome(work, kind, signal))
  if (!done) return { wait: null }
  const { notes, taken, verdict } = done.value
  for (const text of notes.slice(0, mostNotes)) work.note(text)
  if (notes.length > mostNotes) work.note(`${notes.length - mostNotes} more files were not kept.`)
  if (verdict.error) status.error = verdict.error
  if (verdict.state === 'Completed') {
    status.outputs = {}
    work.put.push(...(await reuseEntries(work.ctx.store, row, status)))
    for (const output of taken) status.outputs[output.name] = await register(work, workspace, output)
  }
  return { to: verdict.state }
}

async function takeHome(work: Work, kind: Pick<ProcessKind, 'command' | 'ways'>, signal: AbortSignal) {
  const place = await placeOf(work)
  const { folder } = place
  await work.tools.intake.drain(await sourceOf(work))
  const notes = await keepOutputsOf(folder, nodesOf(work), signal)
  const staged = await readStaged(folder)
  const { exitCode, signal: endSignal, end, node } = work.status
  const rank = await readFile(`${folder.attempt}/${failedRankFile}`, 'utf8').catch(() => undefined)
  const failed = rank?.trim() ?? /^process p(\d+) failed first/.exec(end?.message ?? '')?.[1]
  const log = await logFile(folder.artifacts, failed)
  const timeoutSeconds = timeoutOf(work.props)
  const verdict = judge({
    ended: {
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(endSignal === undefined ? {} : { signal: endSignal }),
      ...end,
    },
    command: staged ? kind.command(work, staged) : '',
    log,
    tail: await readTail(work.ctx.store.logs, `${folder.artifacts}/${log}`),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(node ? { memoryMiB: node.memoryMiB * node.nodes.length } : {}),
  })
  const taken: BoundOutput[] = []
  if (verdict.state !== 'Completed') return { notes, taken, verdict }
  for (const output of await outputsOf(work, place)) {
    signal.throwIfAborted()
    const from = own(staged?.outputs ?? {}, output.name)
    if (output.artifacts || from === undefined) taken.push(output)
    else
      taken.push({
        ...output,
        uri: (
          await (kind.ways ?? { takeOut }).takeOut(output, from, work.key.scope, {
            ...work.ctx,
            signal,
            tell: dataLog(folder),
          })
        ).uri,
      })
  }
  return { notes, taken, verdict }
}

/** The log to quote: of the process that failed first, where there are several. */
async function logFile(artifacts: string, failed: string | undefined): Promise<string> {
  const names = (await readdir(`${artifacts}/user_logs`).catch(() => [])).filter((name) => name.startsWith('std_log'))
  const of = names.find((name) => failed !== undefined && new RegExp(`_process_0*${failed}\\.txt$`).test(name))
  return `user_logs/${of ?? names.sort()[0] ?? 'std_log.txt'}`
}

/** Writes the asset an output becomes along with the job's end. Raises VersionConflict for a version that is taken. */
export async function register(work: Work, workspace: Workspace, output: BoundOutput): Promise<Output> {
  const { row, key, ctx } = work
  const kind = output.type.endsWith('_model') ? 'model' : 'data'
  const name = output.assetName ?? `azureml_${row.name}_output_${output.name}`
  const anonymous = output.assetName === undefined
  const version = anonymous ? '1' : (output.assetVersion ?? (await nextVersion(work, kind, name)))
  const mark = { 'azureml.jobName': row.name, 'azureml.outputName': output.name }
  const known = await ctx.store.resources.get({ scope: key.scope, kind, name, version })
  if (known && !anonymous) fail('VersionConflict', { kind, name, version, difference: 'the job that made it' })
  const props: JsonObject = {
    ...(kind === 'model' ? modelProps(output, row.name) : { dataType: output.type, dataUri: output.uri }),
    ...(output.description ? { description: output.description } : {}),
    isAnonymous: anonymous,
    isArchived: false,
    properties: mark,
    tags: {},
  }
  noteWrite(work, { scope: key.scope, kind, name, version }, output.name)
  if (!known) {
    const put: PutInput = { key: { scope: key.scope, kind, name, version }, props, by: row.createdBy, ifNoneMatch: '*' }
    work.put.push(put)
  }
  return {
    uri: output.uri,
    type: output.type,
    assetId: armId(workspace.id, kind === 'model' ? 'models' : 'data', name, version),
    ...(anonymous ? {} : { assetName: name, assetVersion: version }),
  }
}

/** The next free version, counting those this very look is about to write. */
async function nextVersion(work: Work, kind: string, name: string): Promise<string> {
  const next = Number(await work.ctx.store.resources.nextVersion(work.key.scope, kind, name))
  const taken = work.put.filter(({ key }) => key.kind === kind && key.name === name).length
  return String(next + taken)
}

function modelProps({ type, uri }: BoundOutput, job: string): JsonObject {
  return { modelType: type, modelUri: uri, flavors: {}, jobName: job }
}
