/**
 * Evaluation datasets: questions with what is expected of the answers, gathered for experiments. A dataset is told apart
 * by its id, its name need not be unique; its digest, schema and profile follow its records (`evaluation-records.ts`).
 */
import { randomUUID } from 'node:crypto'
import { fail, setKey } from '@lazurite/spec'
import type { Clock } from './clock.ts'
import { type BroughtDataset, type BroughtRecord, bringDataset, bringRecords } from './evaluation-import.ts'
import { type EvaluationRecords, openEvaluationRecords } from './evaluation-records.ts'
import { digestOf, type EvaluationDatasetRow, eraseDatasets, findDataset, mustFindDataset } from './evaluation-rows.ts'
import { compare, type Lookup, matches } from './match.ts'
import { evaluationDatasetGrammar, evaluationDatasetOrders, parseFilter, parseOrder } from './search.ts'
import { holes, type Sql, type SqlValue, type Statements, type Tx } from './sql.ts'

export interface EvaluationDataset {
  datasetId: string
  name: string
  /** Another one after every change of its records. */
  digest: string
  /** Epoch ms. */
  createdAt: number
  updatedAt: number
  createdBy?: string
  updatedBy?: string
  /** JSON: the fields of its records and their types; from the first record on. */
  schema?: string
  /** JSON: how many records it has. */
  profile?: string
  tags: Record<string, string>
  /** The job whose token made it. */
  madeBy?: string
}

export interface NewEvaluationDataset {
  name: string
  tags: Record<string, string>
  /** Taken as they are: they need not exist. */
  experimentIds: readonly string[]
  createdBy?: string
  madeBy?: string
}

export interface EvaluationSearch {
  filter?: string
  /** The newest first when left out. */
  order?: readonly string[]
  /** Those of one of these experiments. */
  experimentIds?: readonly string[]
  /** Those made by this job, too. */
  madeBy?: string
}

export interface EvaluationDatasets extends EvaluationRecords {
  create(scope: string, o: NewEvaluationDataset): Promise<EvaluationDataset>
  get(scope: string, datasetId: string): Promise<EvaluationDataset | undefined>
  /** With its records, tags and links. Fine when it is not there. */
  delete(scope: string, datasetId: string): Promise<void>
  /** All of them, in order. Raises BadArgument for a filter or order it cannot read. */
  search(scope: string, o: EvaluationSearch): Promise<EvaluationDataset[]>
  /** Adds to what is there. Raises EvaluationDatasetNotFound. */
  setTags(scope: string, datasetId: string, tags: Record<string, string>): Promise<void>
  /** Fine when there is no such tag. */
  deleteTag(scope: string, datasetId: string, key: string): Promise<void>
  /** In the order they were added; none for a dataset that is not there. */
  experimentIds(scope: string, datasetId: string): Promise<string[]>
  /** Raises EvaluationDatasetNotFound, ExperimentNotFound. */
  addExperiments(scope: string, datasetId: string, ids: readonly string[]): Promise<EvaluationDataset>
  /** Passes over those it is not in. Raises EvaluationDatasetNotFound. */
  removeExperiments(scope: string, datasetId: string, ids: readonly string[]): Promise<EvaluationDataset>
  /** A dataset as it was somewhere else, without its records. What was changed here since stays. */
  bring(scope: string, dataset: BroughtDataset): Promise<void>
  /** All or none. Raises EvaluationDatasetNotFound. */
  bringRecords(scope: string, datasetId: string, records: readonly BroughtRecord[]): Promise<void>
  /** 0 for a dataset that is not there. */
  countRecords(scope: string, datasetId: string): Promise<number>
}

/** Opens the drawer. */
export function openEvaluationDatasets(sql: Sql, clock: Clock): EvaluationDatasets {
  const change = (scope: string, datasetId: string, act: (tx: Tx, row: EvaluationDatasetRow) => Promise<void>) =>
    sql.transaction(async (tx) => {
      await act(tx, await mustFindDataset(tx, scope, datasetId))
      return one(tx, scope, datasetId)
    })
  return {
    ...openEvaluationRecords(sql, clock),
    create: (scope, o) => sql.transaction((tx) => create(tx, { scope, now: clock.now() }, o)),
    get: async (scope, datasetId) => (await findDataset(sql, scope, datasetId)) && one(sql, scope, datasetId),
    delete: (scope, datasetId) =>
      sql.transaction((tx) => eraseDatasets(tx, 'scope = ? AND dataset_id = ?', [scope, datasetId])),
    search: (scope, o) => search(sql, scope, o),
    async setTags(scope, datasetId, tags) {
      await change(scope, datasetId, (tx, { did }) => writeTags(tx, did, tags))
    },
    async deleteTag(scope, datasetId, key) {
      const these = 'SELECT did FROM evaluation_datasets WHERE scope = ? AND dataset_id = ?'
      await sql.run(`DELETE FROM evaluation_tags WHERE name = ? AND did IN (${these})`, [key, scope, datasetId])
    },
    async experimentIds(scope, datasetId) {
      const rows = await sql.all<{ experiment_id: string }>(
        `SELECT x.experiment_id FROM evaluation_experiments x JOIN evaluation_datasets d ON d.did = x.did
         WHERE d.scope = ? AND d.dataset_id = ? ORDER BY x.lid`,
        [scope, datasetId],
      )
      return rows.map((row) => row.experiment_id)
    },
    bring: (scope, dataset) => sql.transaction((tx) => bringDataset(tx, scope, dataset)),
    bringRecords: (scope, datasetId, records) =>
      sql.transaction((tx) => bringRecords(tx, { scope, datasetId }, records)),
    async countRecords(scope, datasetId) {
      const text = `SELECT count(*) AS n FROM evaluation_records
        WHERE did IN (SELECT did FROM evaluation_datasets WHERE scope = ? AND dataset_id = ?)`
      return (await sql.get<{ n: number }>(text, [scope, datasetId]))?.n ?? 0
    },
    addExperiments: (scope, datasetId, ids) =>
      change(scope, datasetId, async (tx, { did }) => {
        for (const id of new Set(ids)) {
          const found = await tx.get('SELECT eid FROM experiments WHERE scope = ? AND experiment_id = ?', [scope, id])
          if (!found) fail('ExperimentNotFound', { experiment: id })
        }
        await link(tx, did, ids)
        await tx.run('UPDATE evaluation_datasets SET updated_at = ? WHERE did = ?', [clock.now(), did])
      }),
    removeExperiments: (scope, datasetId, ids) =>
      change(scope, datasetId, async (tx, { did }) => {
        const gone = await tx.runMany(
          'DELETE FROM evaluation_experiments WHERE did = ? AND experiment_id = ?',
          ids.map((id) => [did, id]),
        )
        if (gone > 0) await tx.run('UPDATE evaluation_datasets SET updated_at = ? WHERE did = ?', [clock.now(), did])
      }),
  }
}

async function create(
  tx: Tx,
  { scope, now }: { scope: string; now: number },
  o: NewEvaluationDataset,
): Promise<EvaluationDataset> {
  const id = `d-${randomUUID().replaceAll('-', '')}`
  const by = o.createdBy ?? null
  await tx.run(
    `INSERT INTO evaluation_datasets (scope, dataset_id, name, digest, created_at, updated_at, created_by, updated_by,
       made_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [scope, id, o.name, digestOf(o.name, now), now, now, by, by, o.madeBy ?? null],
  )
  const { did } = await mustFindDataset(tx, scope, id)
  await writeTags(tx, did, o.tags)
  await link(tx, did, o.experimentIds)
  return one(tx, scope, id)
}

async function one(s: Statements, scope: string, datasetId: string): Promise<EvaluationDataset> {
  const [found] = await withTags(s, [await mustFindDataset(s, scope, datasetId)])
  return found ?? fail('EvaluationDatasetNotFound', { dataset: datasetId })
}

async function writeTags(tx: Tx, did: number, tags: Record<string, string>): Promise<void> {
  await tx.runMany(
    `INSERT INTO evaluation_tags (did, name, value) VALUES (?, ?, ?)
     ON CONFLICT (did, name) DO UPDATE SET value = excluded.value`,
    Object.entries(tags).map(([key, value]) => [did, key, value]),
  )
}

async function link(tx: Tx, did: number, ids: readonly string[]): Promise<void> {
  await tx.runMany(
    'INSERT INTO evaluation_experiments (did, experiment_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    ids.map((id) => [did, id]),
  )
}

async function search(sql: Sql, scope: string, o: EvaluationSearch): Promise<EvaluationDataset[]> {
  const clauses = parseFilter(o.filter, evaluationDatasetGrammar)
  const order = o.order?.length ? o.order : ['created_time DESC']
  const sorts = parseOrder(order, evaluationDatasetOrders)
  const tie = { entity: 'attribute', key: 'dataset_id', ascending: false } as const
  const rows = await seenRows(sql, scope, o)
  const kept = (await withTags(sql, rows))
    .map((dataset) => ({ dataset, look: lookupOf(dataset) }))
    .filter(({ look }) => matches(clauses, look))
  return kept.sort((a, b) => compare([...sorts, tie], a.look, b.look)).map(({ dataset }) => dataset)
}

/** Those of the experiments and of the job, in order of their making; all of them when neither is named. */
async function seenRows(sql: Sql, scope: string, o: EvaluationSearch): Promise<EvaluationDatasetRow[]> {
  const found = new Map<number, EvaluationDatasetRow>()
  const add = async (condition: string, values: readonly SqlValue[]) => {
    const text = `SELECT * FROM evaluation_datasets WHERE scope = ? AND ${condition}`
    for (const row of await sql.all<EvaluationDatasetRow>(text, [scope, ...values])) found.set(row.did, row)
  }
  const ids = [...new Set(o.experimentIds)]
  for (let at = 0; at < ids.length; at += 500) {
    const some = ids.slice(at, at + 500)
    await add(`did IN (SELECT did FROM evaluation_experiments WHERE experiment_id IN (${holes(some.length)}))`, some)
  }
  if (o.madeBy !== undefined) await add('made_by = ?', [o.madeBy])
  if (o.experimentIds === undefined && o.madeBy === undefined) await add('1 = 1', [])
  return [...found.values()].sort((a, b) => a.did - b.did)
}

function lookupOf(d: EvaluationDataset): Lookup {
  const attributes = new Map<string, string | number | undefined>([
    ['name', d.name],
    ['dataset_id', d.datasetId],
    ['created_time', d.createdAt],
    ['last_update_time', d.updatedAt],
    ['created_by', d.createdBy],
    ['last_updated_by', d.updatedBy],
  ])
  return (entity, key) => {
    if (entity === 'attribute') return attributes.get(key)
    return Object.hasOwn(d.tags, key) ? d.tags[key] : undefined
  }
}

async function withTags(s: Statements, rows: readonly EvaluationDatasetRow[]): Promise<EvaluationDataset[]> {
  const made = new Map(rows.map((row) => [row.did, datasetOf(row)]))
  const dids = [...made.keys()]
  for (let at = 0; at < dids.length; at += 500) {
    const some = dids.slice(at, at + 500)
    const text = `SELECT did, name, value FROM evaluation_tags WHERE did IN (${holes(some.length)}) ORDER BY name`
    for (const tag of await s.all<{ did: number; name: string; value: string }>(text, some)) {
      const owner = made.get(tag.did)
      if (owner) setKey(owner.tags, tag.name, tag.value)
    }
  }
  return [...made.values()]
}

function datasetOf(row: EvaluationDatasetRow): EvaluationDataset {
  return {
    datasetId: row.dataset_id,
    name: row.name,
    digest: row.digest,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.created_by === null ? {} : { createdBy: row.created_by }),
    ...(row.updated_by === null ? {} : { updatedBy: row.updated_by }),
    ...(row.fields === null ? {} : { schema: row.fields }),
    ...(row.profile === null ? {} : { profile: row.profile }),
    ...(row.made_by === null ? {} : { madeBy: row.made_by }),
    tags: {},
  }
}
