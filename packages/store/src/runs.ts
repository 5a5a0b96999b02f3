/**
 * Runs in the shape MLflow gives them. A job named J is run J; a run that a program somewhere else starts is a job that no
 * loop moves (`run-jobs.ts`). The status kept here is what was last said of the run; what becomes of a job that the loop
 * moves is decided by its own row.
 */
import { fail, setKey } from '@lazurite/spec'
import {
  activeExperiment,
  type ExperimentRow,
  type Experiments,
  ensureDefault,
  findExperiment,
  type Lifecycle,
  openExperiments,
  type View,
} from './experiments.ts'
import { type LoggedModels, openLoggedModels } from './logged-models.ts'
import { internName } from './name-kids.ts'
import type { Packed } from './packed.ts'
import type { Book } from './row.ts'
import { dropDoc, type RunForm } from './run-docs.ts'
import {
  type DatasetInput,
  loadFacts,
  noFacts,
  type RunFacts,
  runNameTag,
  writeDatasets,
  writeParams,
  writeTags,
} from './run-facts.ts'
import { followRun, insertRunJob, parentTag, type RunChange } from './run-jobs.ts'
import { headOf, type RunRow } from './run-row.ts'
import { getPrinted, searchPrinted, searchRuns } from './run-search.ts'
import { holes, type Sql, type Statements, type Tx } from './sql.ts'

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED'

/** A run without what hangs on it. */
export interface RunHead {
  runId: string
  experimentId: string
  name: string
  user: string
  status: RunStatus
  /** Where clients find and put its files. */
  artifactUri: string
  /** Epoch ms; 0 when nobody said. */
  startTime: number
  endTime?: number
  lifecycle: Lifecycle
  /** It is the run of a job. */
  isJob: boolean
  /** The job whose token made it; absent for jobs and for runs of the owner. */
  madeBy?: string
}

export interface Run extends RunHead, RunFacts {}

export interface NewRun {
  runId: string
  experimentId: string
  name?: string
  user?: string
  status?: RunStatus
  startTime?: number
  tags?: Record<string, string>
  params?: Record<string, string>
  /** Becomes the tag mlflow.parentRunId. */
  parentRunId?: string
  job?: boolean
  madeBy?: string
}

export interface RunSearch {
  experimentIds: readonly string[]
  filter?: string
  order?: readonly string[]
  max?: number
  token?: string
  view?: View
}

export interface Runs extends Experiments {
  /** Logged models of MLflow 3. */
  readonly models: LoggedModels
  /** Makes a run, or answers the one that has this id. Raises ExperimentNotFound, ExperimentDeleted. */
  create(scope: string, run: NewRun): Promise<Run>
  get(scope: string, runId: string): Promise<Run | undefined>
  /** Like `get`, without what hangs on it: one statement. */
  head(scope: string, runId: string): Promise<RunHead | undefined>
  /** Changes what is given; deleting and restoring are idempotent. Raises RunNotFound. */
  update(
    scope: string,
    runId: string,
    o: { status?: RunStatus; startTime?: number; endTime?: number; name?: string; lifecycle?: Lifecycle },
  ): Promise<RunHead>
  /** The tag mlflow.runName renames the run. Raises RunNotFound, RunDeleted. */
  setTags(scope: string, runId: string, tags: Record<string, string>): Promise<void>
  /** Raises RunNotFound, RunDeleted, TagNotFound. */
  deleteTag(scope: string, runId: string, key: string): Promise<void>
  /** The same value again is fine; another raises ParamChanged{key,run,old,new} and writes nothing. */
  logParams(scope: string, runId: string, params: Record<string, string>): Promise<void>
  setInputs(
    scope: string,
    runId: string,
    o: { datasets?: readonly DatasetInput[]; models?: readonly string[] },
  ): Promise<void>
  setOutputs(scope: string, runId: string, models: readonly { modelId: string; step: number }[]): Promise<void>
  /** One page; newest first unless `order` says otherwise. Raises BadArgument for filter, order or token. */
  search(scope: string, o: RunSearch): Promise<{ runs: Run[]; next?: string }>
  /** Like `get`, printed in a form and packed. */
  getPrinted(scope: string, runId: string, form: RunForm): Promise<Packed | undefined>
  /** The same page, each run printed in a form and packed: of runs that ended it lies ready. */
  searchPrinted(scope: string, o: RunSearch & { form: RunForm }): Promise<{ docs: Packed[]; next?: string }>
  /** Datasets used in experiments, at most 1000. */
  datasets(
    scope: string,
    experimentIds: readonly string[],
  ): Promise<{ experimentId: string; name: string; digest: string; context?: string }[]>
}

const ended = new Set<RunStatus>(['FINISHED', 'FAILED', 'KILLED'])

/** Opens the drawer. `onEnd` hears of every run that is said to have ended, after the commit. */
export function openRuns(sql: Sql, book: Book, onEnd: (runId: string, scope: string) => void = () => {}): Runs {
  const write = (scope: string, runId: string, act: (tx: Tx, row: RunRow) => Promise<void>) =>
    sql.transaction(async (tx) => {
      const row = await activeRun(tx, scope, runId)
      dropDoc(tx, row.rid)
      await act(tx, row)
    })
  const follow = (tx: Tx, row: RunRow, change: RunChange) => followRun(tx, book, jobOf(row), change)
  return {
    ...openExperiments(sql, book),
    models: openLoggedModels(sql, book),
    create: (scope, run) =>
      sql.transaction(async (tx) => {
        const [there, experiment] = await Promise.all([
          findRun(tx, scope, run.runId),
          findExperiment(tx, scope, run.experimentId),
        ])
        if (there) return full(tx, there)
        if (!experiment) await ensureDefault(tx, book, scope)
        const active = experiment?.lifecycle === 'active' ? experiment : undefined
        return insertRun(tx, book, {
          ...{ scope, run },
          experiment: active ?? (await activeExperiment(tx, scope, run.experimentId)),
        })
      }),
    async get(scope, runId) {
      const row = await findRun(sql, scope, runId)
      return row && full(sql, row)
    },
    async head(scope, runId) {
      const row = await findRun(sql, scope, runId)
      return row && headOf(row)
    },
    update: (scope, runId, o) =>
      sql.transaction((tx) => {
        if (o.status && ended.has(o.status)) tx.afterCommit(() => onEnd(runId, scope))
        return updateRun(tx, book, { scope, runId }, o)
      }),
    setTags: (scope, runId, tags) =>
      write(scope, runId, async (tx, row) => {
        await writeTags(tx, row.rid, tags)
        await follow(tx, row, changeOfTags(tags))
      }),
    deleteTag: (scope, runId, key) =>
      write(scope, runId, async (tx, row) => {
        const gone = await tx.run('DELETE FROM run_tags WHERE rid = ? AND kid = ?', [
          row.rid,
          await internName(tx, key),
        ])
        if (gone === 0) fail('TagNotFound', { key, of: 'run', id: runId })
        await follow(tx, row, key === parentTag ? { parent: '' } : {})
      }),
    logParams: (scope, runId, params) =>
      write(scope, runId, (tx, row) => writeParams(tx, { rid: row.rid, runId }, params)),
    setInputs: (scope, runId, { datasets = [], models = [] }) =>
      write(scope, runId, async (tx, row) => {
        await writeDatasets(tx, row, datasets)
        await tx.runMany(
          addModelText,
          models.map((id) => [row.rid, 'in', id, 0]),
        )
      }),
    setOutputs: (scope, runId, models) =>
      write(scope, runId, async (tx, row) => {
        await tx.runMany(
          addModelText,
          models.map((m) => [row.rid, 'out', m.modelId, m.step]),
        )
      }),
    search: (scope, o) => searchRuns(sql, scope, o),
    getPrinted: (scope, runId, form) => getPrinted(sql, { scope, runId, form, now: book.now() }),
    searchPrinted: (scope, o) => searchPrinted(sql, scope, { ...o, now: book.now() }),
    datasets: (scope, experimentIds) => listDatasets(sql, scope, experimentIds),
  }
}

const addModelText =
  'INSERT INTO run_models (rid, direction, model_id, step) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'

function findRun(s: Statements, scope: string, runId: string): Promise<RunRow | undefined> {
  return s.get<RunRow>(
    'SELECT r.*, e.experiment_id, e.location FROM runs r JOIN experiments e ON e.eid = r.eid WHERE r.scope = ? AND r.run_id = ?',
    [scope, runId],
  )
}

async function activeRun(s: Statements, scope: string, runId: string): Promise<RunRow> {
  const row = await findRun(s, scope, runId)
  if (!row) fail('RunNotFound', { run: runId })
  if (row.lifecycle !== 'active') fail('RunDeleted', { run: runId })
  return row
}

async function full(s: Statements, row: RunRow): Promise<Run> {
  const facts = (await loadFacts(s, [row.rid])).get(row.rid)
  return { ...headOf(row), ...(facts ?? fail('RunNotFound', { run: row.run_id })) }
}

function jobOf({ scope, run_id: runId, is_job, status: was }: RunRow) {
  return { scope, runId, isJob: is_job === 1, was }
}

/** Tags that say where a run is and what it is called. */
function changeOfTags(tags: Record<string, string>): RunChange {
  const of = (key: string) => (Object.hasOwn(tags, key) ? tags[key] : undefined)
  const [name, parent] = [of(runNameTag), of(parentTag)]
  return { ...(name === undefined ? {} : { name }), ...(parent === undefined ? {} : { parent }) }
}

async function insertRun(
  tx: Tx,
  book: Book,
  { scope, run, experiment }: { scope: string; run: NewRun; experiment: ExperimentRow },
): Promise<Run> {
  const { eid, experiment_id, location } = experiment
  const { runId, name = run.runId, user = '', status = 'RUNNING', startTime = 0 } = run
  const isJob = run.job ? 1 : 0
  const made = await tx.get<RunRow>(
    `INSERT INTO runs (scope, run_id, eid, name, user_id, status, start_time, lifecycle, is_job, made_by)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?, ?) RETURNING *`,
    [scope, runId, eid, name, user, status, startTime, isJob, run.madeBy ?? null],
  )
  const row = { ...(made ?? fail('RunNotFound', { run: runId })), experiment_id, location }
  const above = run.parentRunId === undefined ? {} : { [parentTag]: run.parentRunId }
  const tags: Record<string, string> = { ...run.tags, ...above, [runNameTag]: name }
  await writeTags(tx, row.rid, tags, name)
  if (run.params) await writeParams(tx, { rid: row.rid, runId }, run.params)
  const parent = changeOfTags(tags).parent ?? ''
  if (!run.job) await insertRunJob(tx, book, { scope, runId, name, user, status, startTime, parent })
  return { ...headOf(row), ...noFacts(), params: inOrder(run.params ?? {}), tags: inOrder(tags) }
}

/** As they are read. */
function inOrder(facts: Record<string, string>): Record<string, string> {
  const ordered: Record<string, string> = {}
  for (const key of Object.keys(facts).sort()) setKey(ordered, key, facts[key] ?? '')
  return ordered
}

async function updateRun(
  tx: Tx,
  book: Book,
  { scope, runId }: { scope: string; runId: string },
  o: { status?: RunStatus; startTime?: number; endTime?: number; name?: string; lifecycle?: Lifecycle },
): Promise<RunHead> {
  const row = (await findRun(tx, scope, runId)) ?? fail('RunNotFound', { run: runId })
  dropDoc(tx, row.rid)
  const next: RunRow = {
    ...row,
    status: o.status ?? row.status,
    start_time: o.startTime ?? row.start_time,
    end_time: o.endTime ?? row.end_time,
    lifecycle: o.lifecycle ?? row.lifecycle,
    name: o.name ?? row.name,
  }
  const gone = next.lifecycle === row.lifecycle ? row.deleted_at : next.lifecycle === 'deleted' ? book.now() : null
  await tx.run(
    'UPDATE runs SET status = ?, start_time = ?, end_time = ?, lifecycle = ?, deleted_at = ? WHERE rid = ?',
    [...[next.status, next.start_time, next.end_time, next.lifecycle, gone, row.rid]],
  )
  if (o.name !== undefined) await writeTags(tx, row.rid, { [runNameTag]: o.name })
  const { lifecycle, ...rest } = o
  // an archived job stays where it is when its run is said to be what it was
  await followRun(tx, book, jobOf(row), lifecycle === row.lifecycle ? rest : o)
  return headOf(next)
}

async function listDatasets(sql: Sql, scope: string, experimentIds: readonly string[]) {
  const rows = await sql.all<{ experiment_id: string; name: string; digest: string; context: string }>(
    `SELECT DISTINCT e.experiment_id, d.name, d.digest, x.context FROM experiments e JOIN datasets d ON d.eid = e.eid
     JOIN run_datasets x ON x.did = d.did
     WHERE e.scope = ? AND e.experiment_id IN (${holes(experimentIds.length)}) ORDER BY d.name, d.digest LIMIT 1000`,
    [scope, ...experimentIds],
  )
  return rows.map(({ experiment_id: experimentId, name, digest, context }) => ({
    experimentId,
    name,
    digest,
    ...(context === '' ? {} : { context }),
  }))
}
