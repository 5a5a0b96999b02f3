/** The facts of a job's run beside its row: the experiment it is filed under, the run MLflow knows it by, its log. */
import { asObject, asString, isLazError, type JobState, type Json, mlflowStatus } from '@lazurite/spec'
import { placeOf } from './launch.ts'
import type { Work } from './type.ts'

/** Files the job under its experiment and opens its run. Repeating it changes nothing. */
export async function openRecord(work: Work): Promise<void> {
  const { row, status, props, key, ctx } = work
  const { runs } = ctx.store
  const experiment = await runs.experiment(key.scope, { name: status.experimentName, create: true })
  status.experimentId = experiment?.id ?? ''
  const tags = Object.fromEntries(Object.entries(asObject(props.tags)).map(([name, value]) => [name, textOf(value)]))
  await runs.create(key.scope, {
    runId: row.name,
    experimentId: status.experimentId,
    name: asString(props.displayName) || row.name,
    user: row.createdBy,
    status: 'SCHEDULED',
    startTime: work.now,
    tags: { ...tags, 'mlflow.rootRunId': status.rootRunId, 'mlflow.user': row.createdBy },
    ...(row.parent === undefined ? {} : { parentRunId: row.parent }),
    job: true,
  })
}

/** Tells the run what became of the job. */
export async function tellRun(work: Work, o: { state: JobState; startTime?: number; endTime?: number }): Promise<void> {
  const { state, ...times } = o
  const { runs } = work.ctx.store
  if (await runs.head(work.key.scope, work.row.name)) {
    await runs.update(work.key.scope, work.row.name, { status: mlflowStatus(state), ...times })
  }
}

/** Appends a line with the time to a log among the run's artifacts; not to what the command put in the log's place. */
export async function logLine(work: Work, path: string, line: string): Promise<void> {
  const { folder } = await placeOf(work)
  const at = new Date(work.ctx.clock.now()).toISOString()
  const { log, store } = work.ctx
  try {
    await store.logs.append(`${folder.artifacts}/${path}`, `${line.replace(/^/gm, `${at} `)}\n`)
  } catch (error) {
    if (!isLazError(error) || error.code !== 'PathNotAllowed') throw error
    log.warn({ err: error, name: work.row.name, path }, 'a log is no plain file any more')
  }
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
