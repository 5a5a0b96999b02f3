// Taking away for good what others may still name: who names it, what hangs on it, and all rows of it in one transaction.
import type { Feed } from './changes.ts'
import { eraseDatasets } from './evaluation-rows.ts'
import { defaultExperimentId } from './experiments.ts'
import type { ResourceRow, Words } from './migrations.ts'
import { removeRow } from './resources.ts'
import { type Key, type Row, rowOf } from './row.ts'
import { holes, type Sql, type SqlValue, type Tx } from './sql.ts'
import { drainTraces } from './trace-erase.ts'

/** What runs leave in the tables of tracking. */
export interface Tally {
  runs: number
  params: number
  tags: number
  metrics: number
  points: number
}

export interface Erasure {
  scope: string
  /** Rows of resources; a container takes its versions along. */
  rows: readonly Key[]
  /** With params, tags, metrics and logged models. */
  runs: readonly string[]
  /** Ids; their rows alone. The Default one stays. */
  experiments?: readonly string[]
  /** Names that nothing else may ever have. */
  retire?: readonly string[]
}

export interface Erasing {
  /** Rows of any scope whose halves hold one of these texts somewhere, in order of their making. */
  naming(texts: readonly string[]): Promise<Row[]>
  /** Runs that are no jobs and were made by one of these, or stand below one of them, however deep. */
  runsBelow(scope: string, runs: readonly string[]): Promise<string[]>
  /** Ids of the runs of an experiment, of jobs too. */
  runsOf(scope: string, experimentId: string): Promise<string[]>
  /** Folders of logged models that these runs made, inside the artifact container. */
  modelFolders(scope: string, runs: readonly string[]): Promise<string[]>
  tally(scope: string, runs: readonly string[]): Promise<Tally>
  /** One transaction; traces of experiments go before it, in many. What is not there is passed over. */
  erase(o: Erasure): Promise<void>
  /** All runs and experiments of a scope that is gone, and the names it used. */
  forget(scope: string): Promise<void>
  /** Whether something of this name was deleted for good. */
  isRetired(scope: string, name: string): Promise<boolean>
}

/** The step of the migrations that makes the table. */
export const erasedStep = {
  name: 'names of what was deleted',
  up: (w: Words): string[] => [
    `CREATE TABLE retired (scope TEXT NOT NULL, name TEXT NOT NULL, at ${w.integer} NOT NULL, PRIMARY KEY (scope, name))${w.clustered}`,
  ],
}

/** So many texts are looked for in one statement; more are looked for in this process, in one walk over the rows. */
const mostInSql = 6
const oneExperiment = 'SELECT eid FROM experiments WHERE scope = ? AND experiment_id = ?'
const pageRows = 2000
const batch = 400

/** Opens the drawer. */
export function openErasing(sql: Sql, feed: Feed, now: () => number): Erasing {
  return {
    naming: (texts) => (texts.length <= mostInSql ? namingInSql(sql, texts) : namingInWalk(sql, texts)),
    runsBelow: (scope, runs) => runsBelow(sql, scope, runs),
    async runsOf(scope, experimentId) {
      const text = `SELECT r.run_id FROM runs r JOIN experiments e ON e.eid = r.eid
        WHERE e.scope = ? AND e.experiment_id = ? ORDER BY r.rid`
      return (await sql.all<{ run_id: string }>(text, [scope, experimentId])).map(({ run_id }) => run_id)
    },
    async modelFolders(scope, runs) {
      const found = await inBatches(runs, (some) =>
        sql.all<{ folder: string }>(
          `SELECT folder FROM logged_models WHERE scope = ? AND source_run_id IN (${holes(some.length)})`,
          [scope, ...some],
        ),
      )
      return found.map(({ folder }) => folder)
    },
    tally: (scope, runs) => tally(sql, scope, runs),
    async erase(o) {
      for (const id of (o.experiments ?? []).filter((each) => each !== defaultExperimentId))
        await drainTraces(sql, { which: oneExperiment, values: [o.scope, id] })
      await sql.transaction((tx) => erase(tx, { feed, now: now() }, o))
    },
    forget: (scope) => forget(sql, feed, scope),
    isRetired: async (scope, name) =>
      (await sql.get('SELECT 1 AS found FROM retired WHERE scope = ? AND name = ?', [scope, name])) !== undefined,
  }
}

async function inBatches<T>(names: readonly string[], ask: (some: readonly string[]) => Promise<T[]>): Promise<T[]> {
  const found: T[] = []
  for (let at = 0; at < names.length; at += batch) found.push(...(await ask(names.slice(at, at + batch))))
  return found
}

async function namingInSql(sql: Sql, texts: readonly string[]): Promise<Row[]> {
  if (texts.length === 0) return []
  const any = texts.map(() => '(instr(props, ?) > 0 OR instr(status, ?) > 0)').join(' OR ')
  const values = texts.flatMap((text) => [spelt(text), spelt(text)])
  return (await sql.all<ResourceRow>(`SELECT * FROM resources WHERE outside = 0 AND (${any}) ORDER BY id`, values)).map(
    rowOf,
  )
}

/** As JSON spells it. */
function spelt(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Words of texts are compared, so that a thousand names cost what one does. */
async function namingInWalk(sql: Sql, texts: readonly string[]): Promise<Row[]> {
  const wanted = new Set(texts.map(spelt))
  const lengths = [...new Set([...wanted].map((text) => text.length))]
  const found: Row[] = []
  for (let after = 0; ; ) {
    const page = await sql.all<ResourceRow>(
      'SELECT * FROM resources WHERE id > ? AND outside = 0 ORDER BY id LIMIT ?',
      [after, pageRows],
    )
    for (const row of page)
      if (holds(row.props, wanted, lengths) || holds(row.status, wanted, lengths)) found.push(rowOf(row))
    const last = page.at(-1)
    if (last === undefined || page.length < pageRows) return found
    after = last.id
  }
}

/** Whether a text of the set begins where a word begins, as names do in addresses. */
function holds(json: string, wanted: ReadonlySet<string>, lengths: readonly number[]): boolean {
  for (const { index } of json.matchAll(/(?<![A-Za-z0-9])[A-Za-z0-9]/g))
    for (const length of lengths) if (wanted.has(json.slice(index, index + length))) return true
  return false
}

async function runsBelow(sql: Sql, scope: string, runs: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  for (let level = [...runs]; level.length > 0; ) {
    const next = await inBatches(level, (some) =>
      sql.all<{ run_id: string }>(
        `SELECT r.run_id FROM runs r WHERE r.scope = ? AND r.is_job = 0 AND (r.made_by IN (${holes(some.length)}) OR r.rid IN (
           SELECT t.rid FROM run_tags t WHERE t.kid = (SELECT kid FROM names WHERE name = 'mlflow.parentRunId')
             AND substr(t.value, 1, 200) IN (${holes(some.length)})))`,
        [scope, ...some, ...some],
      ),
    )
    level = [...new Set(next.map(({ run_id }) => run_id))].filter((id) => !found.has(id) && !runs.includes(id))
    for (const id of level) found.add(id)
  }
  return [...found]
}

async function tally(sql: Sql, scope: string, runs: readonly string[]): Promise<Tally> {
  const sum: Tally = { runs: 0, params: 0, tags: 0, metrics: 0, points: 0 }
  const rows = await inBatches(runs, (some) => {
    const these = `SELECT rid FROM runs WHERE scope = ? AND run_id IN (${holes(some.length)})`
    const values: SqlValue[] = [scope, ...some]
    return sql.all<{ runs: number; params: number; tags: number; metrics: number; points: number }>(
      `SELECT (SELECT count(*) FROM (${these}) found) AS runs,
        (SELECT count(*) FROM run_params WHERE rid IN (${these})) AS params,
        (SELECT count(*) FROM run_tags WHERE rid IN (${these})) AS tags,
        (SELECT count(*) FROM series WHERE rid IN (${these})) AS metrics,
        (SELECT coalesce(sum(n), 0) FROM series WHERE rid IN (${these})) AS points`,
      [...values, ...values, ...values, ...values, ...values],
    )
  })
  for (const row of rows) for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += row[key] // keys of sum itself
  return sum
}

async function erase(tx: Tx, book: { feed: Feed; now: number }, o: Erasure): Promise<void> {
  const { scope, rows, runs, experiments = [], retire = [] } = o
  for (const key of rows) {
    await removeRow(tx, book.feed, key)
    if (key.kind === 'job') {
      await tx.run(`DELETE FROM lineage WHERE job_scope = ? AND job = ? AND direction = 'read'`, [key.scope, key.name])
      await tx.run(
        `DELETE FROM lineage WHERE job_scope = ? AND job = ? AND NOT EXISTS (SELECT 1 FROM resources r
           WHERE r.scope = lineage.scope AND r.kind = lineage.kind AND r.name = lineage.name AND r.version = lineage.version)`,
        [key.scope, key.name],
      )
    }
  }
  for (let at = 0; at < runs.length; at += batch) await eraseRuns(tx, book.feed, scope, runs.slice(at, at + batch))
  for (const id of experiments.filter((each) => each !== defaultExperimentId)) {
    await eraseTracesOf(tx, oneExperiment, [scope, id])
    await tx.run(
      `DELETE FROM evaluation_experiments WHERE experiment_id = ?
         AND did IN (SELECT did FROM evaluation_datasets WHERE scope = ?)`,
      [id, scope],
    )
    for (const table of ['experiment_tags', 'datasets', 'experiments'])
      await tx.run(`DELETE FROM ${table} WHERE eid IN (${oneExperiment})`, [scope, id])
  }
  await tx.runMany(
    'INSERT INTO retired (scope, name, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    retire.map((name) => [scope, name, book.now]),
  )
}

async function forget(sql: Sql, feed: Feed, scope: string): Promise<void> {
  for (;;) {
    const text = 'SELECT run_id FROM runs WHERE scope = ? LIMIT ?'
    const runs = await sql.all<{ run_id: string }>(text, [scope, batch])
    if (runs.length === 0) break
    await sql.transaction((tx) =>
      eraseRuns(
        tx,
        feed,
        scope,
        runs.map(({ run_id }) => run_id),
      ),
    )
  }
  const these = 'SELECT eid FROM experiments WHERE scope = ?'
  await drainTraces(sql, { which: these, values: [scope] })
  await sql.transaction(async (tx) => {
    await tx.run('DELETE FROM logged_models WHERE scope = ?', [scope])
    await eraseTracesOf(tx, these, [scope])
    for (const table of ['experiment_tags', 'datasets', 'experiments'])
      await tx.run(`DELETE FROM ${table} WHERE eid IN (${these})`, [scope])
    await eraseDatasets(tx, 'scope = ?', [scope])
    const sealed = `${scope}|webhook|`
    await tx.run('DELETE FROM secrets WHERE substr(name, 1, ?) = ?', [sealed.length, sealed])
    for (const table of ['retired', 'views', 'webhooks', 'webhook_queue'])
      await tx.run(`DELETE FROM ${table} WHERE scope = ?`, [scope])
  })
}

/** With the rows of jobs that they are, where no loop moves those. */
async function eraseRuns(tx: Tx, feed: Feed, scope: string, ids: readonly string[]): Promise<void> {
  const values = [scope, ...ids]
  const jobs = await tx.all<{ kind: string; name: string }>(
    `DELETE FROM resources WHERE scope = ? AND kind = 'job' AND name IN (${holes(ids.length)}) AND outside = 1
     RETURNING kind, name`,
    values,
  )
  for (const { kind, name } of jobs) await feed.note(tx, { scope, kind, name, version: '', what: 'deleted' })
  const these = `SELECT rid FROM runs WHERE scope = ? AND run_id IN (${holes(ids.length)})`
  const models = `SELECT mid FROM logged_models WHERE scope = ? AND source_run_id IN (${holes(ids.length)})`
  await tx.run(`DELETE FROM model_metrics WHERE mid IN (${models})`, values)
  await tx.run(`DELETE FROM logged_models WHERE scope = ? AND source_run_id IN (${holes(ids.length)})`, values)
  await tx.run(`DELETE FROM model_metrics WHERE rid IN (${these})`, values)
  for (const table of ['tail', 'chunks', 'rollups'])
    await tx.run(`DELETE FROM ${table} WHERE sid IN (SELECT sid FROM series WHERE rid IN (${these}))`, values)
  for (const table of ['series', 'run_params', 'run_tags', 'run_models', 'run_docs'])
    await tx.run(`DELETE FROM ${table} WHERE rid IN (${these})`, values)
  const used = await tx.all<{ did: number }>(`SELECT DISTINCT did FROM run_datasets WHERE rid IN (${these})`, values)
  await tx.run(`DELETE FROM run_datasets WHERE rid IN (${these})`, values)
  await tx.runMany(
    'DELETE FROM datasets WHERE did = ? AND NOT EXISTS (SELECT 1 FROM run_datasets x WHERE x.did = datasets.did)',
    used.map(({ did }) => [did]),
  )
  await tx.run(
    `DELETE FROM trace_links WHERE kind = 'run' AND target IN (${holes(ids.length)})
       AND tid IN (SELECT tid FROM traces WHERE scope = ?)`,
    [...ids, scope],
  )
  await tx.run(`DELETE FROM runs WHERE scope = ? AND run_id IN (${holes(ids.length)})`, values)
}

/** All traces of some experiments, told by a statement that finds their numbers. */
async function eraseTracesOf(tx: Tx, experiments: string, values: readonly SqlValue[]): Promise<void> {
  const these = `SELECT tid FROM traces WHERE eid IN (${experiments})`
  for (const table of ['trace_words', 'trace_spans', 'assessments', 'trace_links', 'traces'])
    await tx.run(`DELETE FROM ${table} WHERE tid IN (${these})`, values)
}
