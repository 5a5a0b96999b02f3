/** What a failed job tells beside its error: the last lines of its log and the likely cause, or the step that failed it. */
import { asString } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { workspaceOf } from '../reconcile/workspace.ts'
import { artifactsFolder } from '../run-folder.ts'
import { likelyCause } from './causes.ts'
import { type JobError, readJobStatus } from './status.ts'
import type { Work } from './type.ts'
import { readTail } from './verdict.ts'

/** More of a log than is quoted: what ended a process is often followed by pages of others that ended with it. */
const readBytes = 64 * 1024
const readLines = 2000
const buildLog = 'azureml-logs/20_image_build_log.txt'
const mostSteps = 1000

/** Completes the error of a job that is about to be final. May be repeated. */
export async function explainFailure(work: Work): Promise<void> {
  const { error } = work.status
  if (!error || work.state !== 'Failed' || error.cause || error.of) return
  const step = await firstFailure(work)
  if (step) return takeOver(error, step)
  const log = error.log ?? (error.code === 'EnvironmentFailed' ? buildLog : undefined)
  const text = log === undefined ? '' : await endOf(work, log)
  if (log !== undefined && text !== '') {
    error.log = log
    error.tail ??= text.split('\n').slice(-20).join('\n')
  }
  const cause = likelyCause(error, text)
  if (cause) error.cause = cause
}

async function endOf(work: Work, log: string): Promise<string> {
  const { store } = work.ctx
  const workspace = await workspaceOf(store, work.key.scope)
  const file = `${artifactsFolder(store, workspace, work.row.name)}/${log}`
  return readTail(store.logs, file, { bytes: readBytes, lines: readLines })
}

/** The step that failed first: what failed after it often failed because of it. */
async function firstFailure({ row, ctx }: Work): Promise<Row | undefined> {
  const { scope, kind, name } = row
  const failed = { scope, kind, parent: name, states: ['Failed'], outside: false as const }
  const { rows } = await ctx.store.resources.list({ ...failed, archived: 'all', top: mostSteps })
  const endOf = (step: Row) => readJobStatus(step.status).endedAt ?? Number.POSITIVE_INFINITY
  return rows.sort((a, b) => endOf(a) - endOf(b))[0]
}

function takeOver(error: JobError, step: Row): void {
  const { error: inner } = readJobStatus(step.status)
  error.of = inner?.of ?? { job: step.name, displayName: asString(step.props.displayName) ?? step.name }
  if (!inner) return
  for (const key of ['cause', 'tail', 'log'] as const) {
    const value = inner[key]
    if (value !== undefined) Object.assign(error, { [key]: value })
  }
}
