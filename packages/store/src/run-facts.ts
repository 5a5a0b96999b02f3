/**
 * What hangs on runs: params, tags, latest metrics, datasets and models, loaded for many runs at once and written with
 * their rules (a param is written once, the tag mlflow.runName is the run's name).
 */
import { fail, setKey } from '@lazurite/spec'
import { internName } from './name-kids.ts'
import { type LatestPoint, type LatestRow, latestOf } from './series.ts'
import { holes, type SqlValue, type Statements, type Tx } from './sql.ts'

export interface DatasetInput {
  name: string
  digest: string
  sourceType: string
  source: string
  schema?: string
  profile?: string
  tags: Record<string, string>
}

export interface RunFacts {
  params: Record<string, string>
  tags: Record<string, string>
  metrics: LatestPoint[]
  datasets: DatasetInput[]
  modelInputs: string[]
  modelOutputs: { modelId: string; step: number }[]
}

export const runNameTag = 'mlflow.runName'
const contextTag = 'mlflow.data.context'

export function noFacts(): RunFacts {
  return { params: {}, tags: {}, metrics: [], datasets: [], modelInputs: [], modelOutputs: [] }
}

/** The facts of each run id given, in one statement a kind of fact. */
export async function loadFacts(s: Statements, rids: readonly number[]): Promise<Map<number, RunFacts>> {
  const facts = new Map<number, RunFacts>(rids.map((rid) => [rid, noFacts()]))
  for (let at = 0; at < rids.length; at += 512) await loadSome(s, padded(rids.slice(at, at + 512)), facts)
  return facts
}

/** Repeats the last id up to a power of two, so that few texts of statements are ever prepared. */
function padded(rids: readonly number[]): number[] {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, rids.length)))
  return [...rids, ...new Array<number>(size - rids.length).fill(rids.at(-1) ?? 0)]
}

async function loadSome(s: Statements, rids: readonly number[], facts: Map<number, RunFacts>): Promise<void> {
  const among = `IN (${holes(rids.length)})`
  const named = (table: string) =>
    `SELECT t.rid, n.name, t.value FROM ${table} t JOIN names n ON n.kid = t.kid WHERE t.rid ${among} ORDER BY n.name`
  for (const table of ['params', 'tags'] as const) {
    const rows = await s.all<{ rid: number; name: string; value: string }>(named(`run_${table}`), rids)
    for (const row of rows) setKey(facts.get(row.rid)?.[table] ?? {}, row.name, row.value)
  }
  const metrics = await s.all<LatestRow & { rid: number }>(
    `SELECT s.*, n.name AS key FROM series s JOIN names n ON n.kid = s.kid WHERE s.rid ${among} ORDER BY n.name`,
    rids,
  )
  for (const row of metrics) facts.get(row.rid)?.metrics.push(latestOf(row))
  const datasets = await s.all<DatasetRow>(
    `SELECT x.rid, x.tags, d.* FROM run_datasets x JOIN datasets d ON d.did = x.did WHERE x.rid ${among} ORDER BY d.did`,
    rids,
  )
  for (const row of datasets) facts.get(row.rid)?.datasets.push(datasetOf(row))
  const models = await s.all<{ rid: number; direction: string; model_id: string; step: number }>(
    `SELECT rid, direction, model_id, step FROM run_models WHERE rid ${among} ORDER BY direction, step, model_id`,
    rids,
  )
  for (const row of models) {
    if (row.direction === 'in') facts.get(row.rid)?.modelInputs.push(row.model_id)
    else facts.get(row.rid)?.modelOutputs.push({ modelId: row.model_id, step: row.step })
  }
}

interface DatasetRow {
  rid: number
  tags: string
  name: string
  digest: string
  source_type: string
  source: string
  fields: string | null
  profile: string | null
}

function datasetOf(row: DatasetRow): DatasetInput {
  return {
    name: row.name,
    digest: row.digest,
    sourceType: row.source_type,
    source: row.source,
    ...(row.fields === null ? {} : { schema: row.fields }),
    ...(row.profile === null ? {} : { profile: row.profile }),
    tags: JSON.parse(row.tags) as Record<string, string>, // written below from the same shape
  }
}

/** Sets tags; the run's name follows its tag. `called` is the name that it has, where that is known. */
export async function writeTags(tx: Tx, rid: number, tags: Record<string, string>, called?: string): Promise<void> {
  const kids = await Promise.all(Object.keys(tags).map((key) => internName(tx, key)))
  for (const [i, [key, value]] of Object.entries(tags).entries()) {
    tx.later(
      'INSERT INTO run_tags (rid, kid, value) VALUES (?, ?, ?) ON CONFLICT (rid, kid) DO UPDATE SET value = excluded.value',
      [rid, kids[i] ?? 0, value],
    )
    if (key === runNameTag && value !== called) tx.later('UPDATE runs SET name = ? WHERE rid = ?', [value, rid])
  }
}

/** Writes params, each once. Raises ParamChanged before anything is written when one has another value already. */
export async function writeParams(
  tx: Tx,
  run: { rid: number; runId: string },
  params: Record<string, string>,
): Promise<void> {
  const fresh: SqlValue[][] = []
  // asked together: an engine elsewhere answers them in one go
  const looked = Object.entries(params).map(async ([key, value]) => {
    const kid = await internName(tx, key)
    const text = 'SELECT value FROM run_params WHERE rid = ? AND kid = ?'
    return { key, value, kid, old: await tx.get<{ value: string }>(text, [run.rid, kid]) }
  })
  for (const { key, value, kid, old } of await Promise.all(looked)) {
    if (old && old.value !== value) fail('ParamChanged', { key, run: run.runId, old: old.value, new: value })
    if (!old) fresh.push([run.rid, kid, value])
  }
  for (const row of fresh) tx.later('INSERT INTO run_params (rid, kid, value) VALUES (?, ?, ?)', row)
}

/** Notes datasets as inputs; one known to the run already keeps its tags. */
export async function writeDatasets(
  tx: Tx,
  run: { rid: number; eid: number },
  datasets: readonly DatasetInput[],
): Promise<void> {
  for (const d of datasets) {
    await tx.run(
      `INSERT INTO datasets (eid, name, digest, source_type, source, fields, profile) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      [run.eid, d.name, d.digest, d.sourceType, d.source, d.schema ?? null, d.profile ?? null],
    )
    const found = await tx.get<{ did: number }>('SELECT did FROM datasets WHERE eid = ? AND name = ? AND digest = ?', [
      run.eid,
      d.name,
      d.digest,
    ])
    const context = Object.hasOwn(d.tags, contextTag) ? (d.tags[contextTag] ?? '') : ''
    await tx.run('INSERT INTO run_datasets (rid, did, tags, context) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING', [
      run.rid,
      found?.did ?? 0,
      JSON.stringify(d.tags),
      context,
    ])
  }
}
