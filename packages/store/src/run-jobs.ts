/**
 * A run is a job, also when a program somewhere else made it: each has a row among the resources, written with the run in
 * one transaction. `outside` marks such a row: no loop ever moves it. Its state, its place below another and whether it is
 * archived follow the run; its name, tags, times and experiment are read from the run (`run-labels.ts`).
 */
import { asString, fail, isoNow, type JobState, type JsonObject } from '@lazurite/spec'
import type { ResourceRow, Words } from './migrations.ts'
import { type Book, findRow, stateOf, updateRow, whereOf } from './row.ts'
import { ownProps } from './run-labels.ts'
import type { RunStatus } from './runs.ts'
import type { SqlValue, Tx } from './sql.ts'

/** What a run of this status is as a job. */
const stateOfRun: Readonly<Record<RunStatus, JobState>> = {
  SCHEDULED: 'Queued',
  RUNNING: 'Running',
  FINISHED: 'Completed',
  FAILED: 'Failed',
  KILLED: 'Canceled',
}

export const parentTag = 'mlflow.parentRunId'
const kind = 'job'

export interface RunJob {
  scope: string
  runId: string
  name: string
  user: string
  status: RunStatus
  /** Epoch ms; 0 when nobody said. */
  startTime: number
  /** '' for none. */
  parent: string
}

/** The row of a new run. Raises ResourceExists for the name of a job. */
export async function insertRunJob(tx: Tx, book: Book, run: RunJob): Promise<void> {
  const key = { scope: run.scope, kind, name: run.runId }
  const state = stateOfRun[run.status]
  const seq = await book.feed.note(tx, { ...whereOf(key), what: 'created', state })
  const made = await tx.run(`${insertText} ON CONFLICT DO NOTHING`, valuesOf(run, { seq, now: book.now() }))
  if (made === 0) fail('ResourceExists', { kind, name: run.runId })
}

const insertText = `INSERT INTO resources (scope, kind, name, version, is_version, parent, props, status, asks, state,
  archived, etag, seq, created_at, created_by, modified_at, modified_by, outside)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

function valuesOf(run: RunJob, o: { seq: number; now: number; archived?: boolean }): SqlValue[] {
  const at = isoNow(isInstant(run.startTime) ? run.startTime : o.now)
  const props = JSON.stringify(ownProps({ displayName: run.name }))
  const where = [run.scope, kind, run.runId, '', 0, placeBelow(run.parent)]
  const state = stateOfRun[run.status]
  return [
    ...where,
    ...[props, '{}', '{}', state, o.archived ? 1 : 0],
    ...[o.seq.toString(16), o.seq, at, run.user, at, run.user, 1],
  ]
}

const longestName = 255

/** A tag may hold anything; what is longer than any name is nobody's, and no engine could look it up. */
function placeBelow(parent: string): string {
  return parent.length <= longestName ? parent : ''
}

/** Clients send any whole number: years past 9999 are no dates here. */
function isInstant(ms: number): boolean {
  return ms > 0 && ms < 253_402_300_800_000
}

export interface RunChange {
  status?: RunStatus
  lifecycle?: 'active' | 'deleted'
  name?: string
  /** '' for none. */
  parent?: string
}

/**
 * Brings the row of a run up to what became of the run; of a job that a loop moves only whether it is archived, and what
 * it is called, unless it is a step: its name there is its place.
 */
export async function followRun(
  tx: Tx,
  book: Book,
  { scope, runId, isJob, was }: { scope: string; runId: string; isJob: boolean; was: RunStatus },
  change: RunChange,
): Promise<void> {
  const { status, lifecycle, name, parent } = change
  if (lifecycle === undefined && name === undefined) {
    if (!isJob) await moveRow(tx, book, { scope, runId, was, status: status ?? was, parent })
    return
  }
  const found = await findRow(tx, { scope, kind, name: runId })
  if (!found) return
  const archived = lifecycle === undefined ? found.archived : Number(lifecycle === 'deleted')
  const renamed = name !== undefined && isJob && found.parent === '' && displayName(found) !== name
  if (archived !== found.archived || renamed) {
    const label = renamed ? { props: { ...JSON.parse(found.props), displayName: name } } : {}
    await updateRow(tx, book, { found, ...label, archived: archived === 1, by: found.modified_by })
    found.archived = archived
  }
  const only = status === undefined && name === undefined && parent === undefined && lifecycle !== undefined
  if (found.outside !== 1 || only) return
  await moveRow(tx, book, { scope, runId, was, status: status ?? was, parent })
  if (name !== undefined)
    tx.later('UPDATE resources SET props = ? WHERE id = ?', [withName(found.props, name), found.id])
}

function displayName({ props, name }: ResourceRow): string {
  return asString((JSON.parse(props) as JsonObject).displayName) ?? name // written by this package, an object
}

function withName(props: string, name: string): string {
  return JSON.stringify(ownProps({ ...JSON.parse(props), displayName: name }))
}

interface Move {
  scope: string
  runId: string
  was: RunStatus
  status: RunStatus
  /** As it was when left out. */
  parent: string | undefined
}

/** Without reading it first: training code does this all the time. */
async function moveRow(tx: Tx, book: Book, { scope, runId, was, status, parent }: Move): Promise<void> {
  const state = stateOfRun[status]
  const what = status === was ? 'updated' : 'state'
  const seq = await book.feed.note(tx, { ...whereOf({ scope, kind, name: runId }), what, state })
  const below = parent === undefined ? '' : ', parent = ?'
  tx.later(
    `UPDATE resources SET state = ?, seq = ?, etag = ?, modified_at = ?${below}
     WHERE scope = ? AND kind = '${kind}' AND name = ? AND version = '' AND outside = 1`,
    [
      state,
      seq,
      seq.toString(16),
      isoNow(book.now()),
      ...(parent === undefined ? [] : [placeBelow(parent)]),
      scope,
      runId,
    ],
  )
}

/** So many changes are told one by one when all jobs of an experiment are put away or brought back at once. */
const mostTold = 1000

/** Archives all jobs of an experiment, or takes them out again. */
export async function followExperiment(
  tx: Tx,
  book: Book,
  { scope, eid, archived }: { scope: string; eid: number; archived: boolean },
): Promise<void> {
  const these = `scope = ? AND kind = '${kind}' AND version = '' AND archived = ?
    AND name IN (SELECT run_id FROM runs WHERE eid = ?)`
  const values = [scope, Number(!archived), eid]
  const some = await tx.all<{ name: string; state: string }>(
    `SELECT name, state FROM resources WHERE ${these} ORDER BY id DESC LIMIT ?`,
    [...values, mostTold],
  )
  let seq = 0
  for (const { name, state } of some)
    seq = await book.feed.note(tx, { ...whereOf({ scope, kind, name }), what: 'archived', ...stateOf(state) })
  if (some.length > 0)
    await tx.run(`UPDATE resources SET archived = ?, seq = ?, etag = ?, modified_at = ? WHERE ${these}`, [
      ...[Number(archived), seq, seq.toString(16), isoNow(book.now())],
      ...values,
    ])
}

/** The step of the migrations: rows for the runs that are there. */
export const runJobsStep = {
  name: 'runs are jobs',
  up: (w: Words): string[] => [
    `ALTER TABLE resources ADD COLUMN outside ${w.integer} NOT NULL DEFAULT 0`,
    'CREATE INDEX resources_to_move ON resources (kind, state, scope) WHERE outside = 0',
  ],
  fill: fillRows,
}

const page = 1000

interface OldRun {
  rid: number
  scope: string
  run_id: string
  name: string
  user_id: string
  status: RunStatus
  start_time: number
  lifecycle: string
  parent: string | null
}

async function fillRows(tx: Tx, now: number): Promise<void> {
  const parents = `(SELECT t.value FROM run_tags t WHERE t.rid = r.rid
    AND t.kid = (SELECT kid FROM names WHERE name = '${parentTag}'))`
  for (let after = 0; ; ) {
    const some = await tx.all<OldRun>(
      `SELECT r.rid, r.scope, r.run_id, r.name, r.user_id, r.status, r.start_time, r.lifecycle, ${parents} AS parent
       FROM runs r WHERE r.rid > ? AND r.is_job = 0 ORDER BY r.rid LIMIT ?`,
      [after, page],
    )
    await tx.runMany(
      `${insertText} ON CONFLICT DO NOTHING`,
      some.map((run) => {
        const { scope, run_id: runId, name, user_id: user, status, start_time: startTime } = run
        const job = { scope, runId, name, user, status, startTime, parent: run.parent ?? '' }
        return valuesOf(job, { seq: 0, now, archived: run.lifecycle === 'deleted' })
      }),
    )
    const last = some.at(-1)
    if (!last || some.length < page) return
    after = last.rid
  }
}
