/**
 * Logged models of MLflow 3: a model as training made it, before anybody registers it. Its files lie in a folder of the
 * workspace's artifact container; the first model of a run with some name gets the folder of that name inside the run's
 * own, so that whoever looks there for `model/` finds it as with MLflow 2.
 */
import { createHash } from 'node:crypto'
import { fail, setKey } from '@lazurite/spec'
import type { Clock } from './clock.ts'
import { activeExperiment, ensureDefault, findExperiment, type Lifecycle } from './experiments.ts'
import { compare, type Lookup, matches } from './match.ts'
import { internName } from './name-kids.ts'
import { loggedModelGrammar, parseFilter, type Sort } from './search.ts'
import { holes, type Sql, type SqlValue, type Statements, type Tx } from './sql.ts'

/** 0 unspecified, 1 pending, 2 ready, 3 upload failed: MLflow's numbers. */
export type LoggedModelStatus = 0 | 1 | 2 | 3

export interface ModelMetric {
  key: string
  value: number
  timestamp: number
  step: number
  runId: string
  datasetName?: string
  datasetDigest?: string
}

export interface LoggedModel {
  modelId: string
  experimentId: string
  name: string
  modelType: string
  sourceRunId?: string
  status: LoggedModelStatus
  user: string
  /** Epoch ms. */
  createdAt: number
  updatedAt: number
  lifecycle: Lifecycle
  /** Inside the artifact container, no slash at either end. */
  folder: string
  /** As `Experiment.location`. */
  location?: string
  tags: Record<string, string>
  params: Record<string, string>
  /** The latest of each key, run and dataset. */
  metrics: ModelMetric[]
}

export interface NewLoggedModel {
  modelId: string
  experimentId: string
  name: string
  modelType?: string
  sourceRunId?: string
  user?: string
  tags?: Record<string, string>
  params?: Record<string, string>
  /** Where its files may go, best first; the first that no other model has is taken. */
  folders: readonly string[]
}

export interface LoggedModelSearch {
  experimentIds: readonly string[]
  filter?: string
  order?: readonly (Sort & { datasetName?: string; datasetDigest?: string })[]
  /** Only metrics on these datasets count in the filter. */
  datasets?: readonly { name: string; digest?: string }[]
  max?: number
  token?: string
}

export interface LoggedModels {
  /** Raises ExperimentNotFound, ExperimentDeleted. */
  create(scope: string, model: NewLoggedModel): Promise<LoggedModel>
  /** Deleted ones are not there. */
  get(scope: string, modelId: string): Promise<LoggedModel | undefined>
  /** Raises LoggedModelNotFound, as do all that follow. */
  setStatus(scope: string, modelId: string, status: LoggedModelStatus): Promise<LoggedModel>
  setTags(scope: string, modelId: string, tags: Record<string, string>): Promise<LoggedModel>
  /** Raises ModelTagNotFound too. */
  deleteTag(scope: string, modelId: string, key: string): Promise<void>
  addParams(scope: string, modelId: string, params: Record<string, string>): Promise<void>
  /** Exact duplicates are ignored. */
  addMetrics(scope: string, modelId: string, metrics: readonly ModelMetric[]): Promise<void>
  delete(scope: string, modelId: string): Promise<void>
  /** Newest first unless `order` says otherwise. Raises BadArgument. */
  search(scope: string, o: LoggedModelSearch): Promise<{ models: LoggedModel[]; next?: string }>
}

interface ModelRow {
  mid: number
  model_id: string
  experiment_id: string
  location: string | null
  name: string
  model_type: string
  source_run_id: string
  status: LoggedModelStatus
  user_id: string
  created_at: number
  updated_at: number
  lifecycle: Lifecycle
  folder: string
  tags: string
  params: string
}

/** Opens this part of the drawer of runs. */
export function openLoggedModels(sql: Sql, clock: Clock): LoggedModels {
  const change = (scope: string, modelId: string, act: (tx: Tx, row: ModelRow) => Promise<void>) =>
    sql.transaction(async (tx) => {
      await act(tx, await mustFind(tx, scope, modelId))
      await tx.run('UPDATE logged_models SET updated_at = ? WHERE scope = ? AND model_id = ?', [
        clock.now(),
        scope,
        modelId,
      ])
      return one(tx, await mustFind(tx, scope, modelId))
    })
  return {
    async create(scope, model) {
      await ensureDefault(sql, clock, scope)
      return sql.transaction(async (tx) => {
        await insertModel(tx, { scope, model, now: clock.now() })
        return one(tx, await mustFind(tx, scope, model.modelId))
      })
    },
    async get(scope, modelId) {
      const row = await find(sql, scope, modelId)
      return row && one(sql, row)
    },
    setStatus: (scope, modelId, status) =>
      change(scope, modelId, async (tx, row) => {
        await tx.run('UPDATE logged_models SET status = ? WHERE mid = ?', [status, row.mid])
      }),
    setTags: (scope, modelId, tags) => change(scope, modelId, (tx, row) => writeWords(tx, row, { tags })),
    async deleteTag(scope, modelId, key) {
      await change(scope, modelId, async (tx, row) => {
        const tags = readWords(row.tags)
        if (!Object.hasOwn(tags, key)) fail('ModelTagNotFound', { key, model: modelId })
        delete tags[key]
        await tx.run('UPDATE logged_models SET tags = ? WHERE mid = ?', [JSON.stringify(tags), row.mid])
      })
    },
    async addParams(scope, modelId, params) {
      await change(scope, modelId, (tx, row) => writeWords(tx, row, { params }))
    },
    async addMetrics(scope, modelId, metrics) {
      await change(scope, modelId, (tx, row) => writeMetrics(tx, { scope, row, metrics }))
    },
    async delete(scope, modelId) {
      await sql.transaction(async (tx) => {
        const row = await mustFind(tx, scope, modelId)
        await tx.run("UPDATE logged_models SET lifecycle = 'deleted', updated_at = ? WHERE mid = ?", [
          clock.now(),
          row.mid,
        ])
      })
    },
    search: (scope, o) => searchModels(sql, scope, o),
  }
}

const selectText = 'SELECT m.*, e.experiment_id, e.location FROM logged_models m JOIN experiments e ON e.eid = m.eid'

function find(s: Statements, scope: string, modelId: string): Promise<ModelRow | undefined> {
  return s.get<ModelRow>(`${selectText} WHERE m.scope = ? AND m.model_id = ? AND m.lifecycle = 'active'`, [
    scope,
    modelId,
  ])
}

async function mustFind(s: Statements, scope: string, modelId: string): Promise<ModelRow> {
  return (await find(s, scope, modelId)) ?? fail('LoggedModelNotFound', { model: modelId })
}

async function one(s: Statements, row: ModelRow): Promise<LoggedModel> {
  return (await withMetrics(s, [row]))[0] ?? fail('LoggedModelNotFound', { model: row.model_id })
}

async function insertModel(tx: Tx, o: { scope: string; model: NewLoggedModel; now: number }): Promise<void> {
  const { scope, model, now } = o
  const { eid } = await activeExperiment(tx, scope, model.experimentId)
  for (const folder of model.folders) {
    const taken = await tx.get('SELECT mid FROM logged_models WHERE scope = ? AND folder = ?', [scope, folder])
    if (taken) continue
    await tx.run(
      `INSERT INTO logged_models (scope, model_id, eid, name, model_type, source_run_id, status, status_message, user_id,
        created_at, updated_at, lifecycle, folder, tags, params) VALUES (?, ?, ?, ?, ?, ?, 1, '', ?, ?, ?, 'active', ?, ?, ?)`,
      [
        scope,
        model.modelId,
        eid,
        model.name,
        model.modelType ?? '',
        model.sourceRunId ?? '',
        model.user ?? '',
        now,
        now,
        folder,
        JSON.stringify(model.tags ?? {}),
        JSON.stringify(model.params ?? {}),
      ],
    )
    return
  }
  fail('BadArgument', { what: `The files of logged model ${model.modelId} have no free place.` })
}

function readWords(text: string): Record<string, string> {
  return JSON.parse(text) as Record<string, string> // written here, from this shape
}

async function writeWords(
  tx: Tx,
  row: ModelRow,
  add: { tags?: Record<string, string>; params?: Record<string, string> },
): Promise<void> {
  for (const column of ['tags', 'params'] as const) {
    const more = add[column]
    if (!more) continue
    const words = readWords(row[column])
    for (const [key, value] of Object.entries(more)) setKey(words, key, value)
    await tx.run(`UPDATE logged_models SET ${column} = ? WHERE mid = ?`, [JSON.stringify(words), row.mid])
  }
}

async function writeMetrics(
  tx: Tx,
  o: { scope: string; row: ModelRow; metrics: readonly ModelMetric[] },
): Promise<void> {
  const rows: SqlValue[][] = []
  for (const m of o.metrics) {
    const run = await tx.get<{ rid: number }>('SELECT rid FROM runs WHERE scope = ? AND run_id = ?', [o.scope, m.runId])
    const nan = Number.isNaN(m.value)
    rows.push([
      o.row.mid,
      await internName(tx, m.key),
      run?.rid ?? fail('RunNotFound', { run: m.runId }),
      m.step,
      m.timestamp,
      nan ? 0 : m.value,
      nan ? 1 : 0,
      m.datasetName ?? '',
      m.datasetDigest ?? '',
    ])
  }
  await tx.runMany(
    `INSERT INTO model_metrics (mid, kid, rid, step, ts, value, nan, dataset_name, dataset_digest)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    rows,
  )
}

interface MetricRow {
  mid: number
  key: string
  run_id: string
  step: number
  ts: number
  value: number
  nan: number
  dataset_name: string
  dataset_digest: string
}

async function withMetrics(s: Statements, rows: readonly ModelRow[]): Promise<LoggedModel[]> {
  const made = new Map(rows.map((row) => [row.mid, modelOf(row)]))
  const mids = [...made.keys()]
  for (let at = 0; at < mids.length; at += 500) {
    const some = mids.slice(at, at + 500)
    const found = await s.all<MetricRow>(
      `SELECT * FROM (SELECT m.mid, n.name AS key, r.run_id, m.step, m.ts, m.value, m.nan, m.dataset_name, m.dataset_digest,
         row_number() OVER (PARTITION BY m.mid, m.kid, m.rid, m.dataset_name, m.dataset_digest
           ORDER BY m.step DESC, m.ts DESC, m.value DESC) AS place
         FROM model_metrics m JOIN names n ON n.kid = m.kid JOIN runs r ON r.rid = m.rid WHERE m.mid IN (${holes(some.length)})) latest
       WHERE place = 1 ORDER BY key, run_id, dataset_name`,
      some,
    )
    for (const row of found) made.get(row.mid)?.metrics.push(metricOf(row))
  }
  return [...made.values()]
}

function metricOf(row: MetricRow): ModelMetric {
  return {
    key: row.key,
    value: row.nan ? Number.NaN : row.value,
    timestamp: row.ts,
    step: row.step,
    runId: row.run_id,
    ...(row.dataset_name === '' ? {} : { datasetName: row.dataset_name }),
    ...(row.dataset_digest === '' ? {} : { datasetDigest: row.dataset_digest }),
  }
}

function modelOf(row: ModelRow): LoggedModel {
  return {
    modelId: row.model_id,
    experimentId: row.experiment_id,
    name: row.name,
    modelType: row.model_type,
    ...(row.source_run_id === '' ? {} : { sourceRunId: row.source_run_id }),
    status: row.status,
    user: row.user_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lifecycle: row.lifecycle,
    folder: row.folder,
    ...(row.location === null ? {} : { location: row.location }),
    tags: readWords(row.tags),
    params: readWords(row.params),
    metrics: [],
  }
}

async function searchModels(
  sql: Sql,
  scope: string,
  o: LoggedModelSearch,
): Promise<{ models: LoggedModel[]; next?: string }> {
  const clauses = parseFilter(o.filter, loggedModelGrammar)
  const rows: ModelRow[] = []
  for (const id of new Set(o.experimentIds)) {
    const experiment = await findExperiment(sql, scope, id)
    if (!experiment) continue
    const text = `${selectText} WHERE m.eid = ? AND m.lifecycle = 'active' ORDER BY m.created_at DESC, m.mid DESC`
    rows.push(...(await sql.all<ModelRow>(text, [experiment.eid])))
  }
  const order = o.order ?? []
  const found = (await withMetrics(sql, rows))
    .filter((model) => isOnDatasets(model, o.datasets) && matches(clauses, lookupOf(model, o.datasets)))
    .sort((a, b) => compareBy(order, a, b) || b.createdAt - a.createdAt)
  const mark = markOf(o)
  const after = o.token === undefined ? undefined : readToken(o.token, mark)
  const from = after === undefined ? 0 : found.findIndex((m) => m.modelId === after) + 1
  const models = found.slice(from, from + (o.max ?? 100))
  const last = models.at(-1)
  if (!last || from + models.length >= found.length) return { models }
  return { models, next: Buffer.from(`${mark}${last.modelId}`).toString('base64url') }
}

/** What a token must have been made with: it is good for one search only. */
function markOf({ experimentIds, filter, order, datasets }: LoggedModelSearch): string {
  const asked = JSON.stringify([[...experimentIds].sort(), filter ?? '', order ?? [], datasets ?? []])
  return createHash('sha256').update(asked).digest('hex').slice(0, 8)
}

function readToken(token: string, mark: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  return text.startsWith(mark) && /^m-[0-9a-f]{32}$/.test(text.slice(mark.length))
    ? text.slice(mark.length)
    : fail('BadArgument', { what: 'Invalid page token: it was not given out for this search.' })
}

function compareBy(order: NonNullable<LoggedModelSearch['order']>, a: LoggedModel, b: LoggedModel): number {
  for (const sort of order) {
    const datasets = sort.datasetName === undefined ? undefined : [datasetOf(sort.datasetName, sort.datasetDigest)]
    const found = compare([sort], lookupOf(a, datasets), lookupOf(b, datasets))
    if (found !== 0) return found
  }
  return 0
}

function datasetOf(name: string, digest: string | undefined): { name: string; digest?: string } {
  return digest === undefined ? { name } : { name, digest }
}

type Datasets = readonly { name: string; digest?: string }[]

function isOn(m: ModelMetric, datasets: Datasets): boolean {
  return datasets.some((d) => d.name === m.datasetName && (d.digest === undefined || d.digest === m.datasetDigest))
}

/** Whether it was measured on one of them, where any are asked for. */
function isOnDatasets(model: LoggedModel, datasets: Datasets | undefined): boolean {
  return !datasets?.length || model.metrics.some((m) => isOn(m, datasets))
}

function lookupOf(model: LoggedModel, datasets: Datasets | undefined): Lookup {
  const attributes = new Map<string, string | number | undefined>([
    ['name', model.name],
    ['model_id', model.modelId],
    ['model_type', model.modelType],
    ['source_run_id', model.sourceRunId],
    ['status', model.status],
    ['creation_timestamp', model.createdAt],
    ['last_updated_timestamp', model.updatedAt],
  ])
  const counts = (m: ModelMetric) => !datasets?.length || isOn(m, datasets)
  return (entity, key) => {
    if (entity === 'attribute') return attributes.get(key)
    if (entity === 'metric') return model.metrics.filter((m) => m.key === key && counts(m)).at(-1)?.value
    const words = entity === 'param' ? model.params : model.tags
    return Object.hasOwn(words, key) ? words[key] : undefined
  }
}
