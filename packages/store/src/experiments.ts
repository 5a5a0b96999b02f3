/**
 * Experiments of a workspace. Id '0', named Default, exists from the first look on; every other id is a GUID. Deleting
 * marks the experiment and its runs; the name stays taken, as MLflow users expect.
 */
import { randomUUID } from 'node:crypto'
import { fail, setKey } from '@lazurite/spec'
import type { Clock } from './clock.ts'
import { type ExperimentFacts, factsOfExperiments } from './experiment-facts.ts'
import { compare, type Lookup, matches } from './match.ts'
import type { Book } from './row.ts'
import { followExperiment } from './run-jobs.ts'
import { experimentGrammar, parseFilter, parseOrder } from './search.ts'
import { holes, type Sql, type Statements } from './sql.ts'

export interface Experiment {
  id: string
  name: string
  lifecycle: Lifecycle
  /** Epoch ms. */
  createdAt: number
  updatedAt: number
  /** Where the files of its runs go, when that is a store of the clients' own; no slash at its end. */
  location?: string
  tags: Record<string, string>
}

export interface NewExperiment {
  name: string
  tags?: Record<string, string>
  /** As `Experiment.location`. */
  location?: string
  /** Its location is the folder with its id in here, when it has none of its own. */
  root?: string
}

export type Lifecycle = 'active' | 'deleted'
export type View = Lifecycle | 'all'

export interface Experiments {
  /**
   * One experiment by name or id, deleted ones too; with `create` the one of that name is made when missing.
   * Id '0' (Default) always exists.
   */
  experiment(scope: string, o: { name?: string; id?: string; create?: boolean }): Promise<Experiment | undefined>
  /** Raises ExperimentExists, also when the name belongs to a deleted one. */
  createExperiment(scope: string, o: NewExperiment): Promise<Experiment>
  /** Newest first unless `order` says otherwise. Raises BadArgument for a filter or order it cannot read. */
  listExperiments(scope: string, o?: { filter?: string; order?: readonly string[]; view?: View }): Promise<Experiment[]>
  /** In the order of the ids; what is not there is left out. */
  experimentFacts(scope: string, ids: readonly string[]): Promise<ExperimentFacts[]>
  /** Renames. Raises ExperimentNotFound, ExperimentDeleted, ExperimentExists. */
  renameExperiment(scope: string, id: string, name: string): Promise<void>
  /** Marks the experiment and all its runs. Raises ExperimentNotFound, also when it already is as asked. */
  setExperimentLifecycle(scope: string, id: string, lifecycle: Lifecycle): Promise<void>
  /** Raises ExperimentNotFound, ExperimentDeleted. */
  setExperimentTag(scope: string, id: string, tag: { key: string; value: string }): Promise<void>
  /** Raises ExperimentNotFound, ExperimentDeleted, TagNotFound. */
  deleteExperimentTag(scope: string, id: string, key: string): Promise<void>
}

export const defaultExperimentId = '0'

export interface ExperimentRow {
  eid: number
  scope: string
  experiment_id: string
  name: string
  lifecycle: Lifecycle
  created_at: number
  updated_at: number
  location: string | null
}

/** Opens this half of the drawer of runs. */
export function openExperiments(sql: Sql, book: Book): Experiments {
  const clock: Clock = book
  const one = async (row: ExperimentRow | undefined) => (row ? (await withTags(sql, [row]))[0] : undefined)
  return {
    async experiment(scope, { name, id, create }) {
      await ensureDefault(sql, clock, scope)
      if (id !== undefined) return one(await findExperiment(sql, scope, id))
      if (name === undefined) return undefined
      const found = await findByName(sql, scope, name)
      if (found || !create) return one(found)
      return sql.transaction(async (tx) => {
        const again = await findByName(tx, scope, name)
        const row = again ?? (await insertExperiment(tx, { scope, name, id: randomUUID(), now: clock.now() }))
        return (await withTags(tx, [row]))[0]
      })
    },
    async createExperiment(scope, { name, tags = {}, location, root }) {
      await ensureDefault(sql, clock, scope)
      return sql.transaction(async (tx) => {
        if (await findByName(tx, scope, name)) fail('ExperimentExists', { name })
        const id = randomUUID()
        const place = location ?? (root === undefined ? undefined : `${root}/${id}`)
        const row = await insertExperiment(tx, {
          ...{ scope, name, id, now: clock.now() },
          ...(place === undefined ? {} : { location: place }),
        })
        await tx.runMany(
          setTagText,
          Object.entries(tags).map(([key, value]) => [row.eid, key, value]),
        )
        return (await withTags(tx, [row]))[0] ?? fail('ExperimentNotFound', { experiment: row.experiment_id })
      })
    },
    async listExperiments(scope, o = {}) {
      const clauses = parseFilter(o.filter, experimentGrammar)
      const sorts = parseOrder(o.order ?? ['creation_time DESC', 'experiment_id ASC'], experimentGrammar)
      const tie = { entity: 'attribute', key: 'experiment_id', ascending: false } as const
      await ensureDefault(sql, clock, scope)
      const rows = await sql.all<ExperimentRow>('SELECT * FROM experiments WHERE scope = ?', [scope])
      const view = o.view ?? 'active'
      const seen = (await withTags(sql, rows)).filter((e) => view === 'all' || e.lifecycle === view)
      const kept = seen.map((e) => ({ e, look: lookupOf(e) })).filter(({ look }) => matches(clauses, look))
      return kept.sort((a, b) => compare([...sorts, tie], a.look, b.look)).map(({ e }) => e)
    },
    experimentFacts: (scope, ids) => factsOfExperiments(sql, scope, ids),
    renameExperiment: (scope, id, name) =>
      change(sql, { scope, id }, async (tx, row) => {
        const other = await findByName(tx, scope, name)
        if (other && other.eid !== row.eid) fail('ExperimentExists', { name })
        await tx.run('UPDATE experiments SET name = ?, updated_at = ? WHERE eid = ?', [name, clock.now(), row.eid])
      }),
    async setExperimentLifecycle(scope, id, lifecycle) {
      await ensureDefault(sql, clock, scope)
      await sql.transaction(async (tx) => {
        const row = await findExperiment(tx, scope, id)
        if (!row || row.lifecycle === lifecycle) fail('ExperimentNotFound', { experiment: id })
        await tx.run('UPDATE experiments SET lifecycle = ?, updated_at = ? WHERE eid = ?', [
          lifecycle,
          clock.now(),
          row.eid,
        ])
        const at = lifecycle === 'deleted' ? 'coalesce(deleted_at, ?)' : '?'
        await tx.run(`UPDATE runs SET lifecycle = ?, deleted_at = ${at} WHERE eid = ?`, [
          lifecycle,
          lifecycle === 'deleted' ? clock.now() : null,
          row.eid,
        ])
        await tx.run('DELETE FROM run_docs WHERE rid IN (SELECT rid FROM runs WHERE eid = ?)', [row.eid])
        await followExperiment(tx, book, { scope, eid: row.eid, archived: lifecycle === 'deleted' })
      })
    },
    setExperimentTag: (scope, id, { key, value }) =>
      change(sql, { scope, id }, async (tx, row) => {
        await tx.run(setTagText, [row.eid, key, value])
        await tx.run('UPDATE experiments SET updated_at = ? WHERE eid = ?', [clock.now(), row.eid])
      }),
    deleteExperimentTag: (scope, id, key) =>
      change(sql, { scope, id }, async (tx, row) => {
        const gone = await tx.run('DELETE FROM experiment_tags WHERE eid = ? AND name = ?', [row.eid, key])
        if (gone === 0) fail('TagNotFound', { key, of: 'experiment', id })
      }),
  }
}

const setTagText = `INSERT INTO experiment_tags (eid, name, value) VALUES (?, ?, ?)
  ON CONFLICT (eid, name) DO UPDATE SET value = excluded.value`

/** A change to an active experiment, in one transaction. */
function change(
  sql: Sql,
  o: { scope: string; id: string },
  act: (tx: Statements, row: ExperimentRow) => Promise<void>,
): Promise<void> {
  return sql.transaction(async (tx) => act(tx, await activeExperiment(tx, o.scope, o.id)))
}

/** The row of an active experiment. Raises ExperimentNotFound, ExperimentDeleted. */
export async function activeExperiment(s: Statements, scope: string, id: string): Promise<ExperimentRow> {
  const row = await findExperiment(s, scope, id)
  if (!row) fail('ExperimentNotFound', { experiment: id })
  if (row.lifecycle !== 'active') fail('ExperimentDeleted', { experiment: id })
  return row
}

export function findExperiment(s: Statements, scope: string, id: string): Promise<ExperimentRow | undefined> {
  return s.get<ExperimentRow>('SELECT * FROM experiments WHERE scope = ? AND experiment_id = ?', [scope, id])
}

function findByName(s: Statements, scope: string, name: string): Promise<ExperimentRow | undefined> {
  return s.get<ExperimentRow>('SELECT * FROM experiments WHERE scope = ? AND name = ?', [scope, name])
}

/** Makes experiment '0' of a workspace when it is not there. */
export async function ensureDefault(s: Statements, clock: Clock, scope: string): Promise<void> {
  if (await findExperiment(s, scope, defaultExperimentId)) return
  await s.run(
    `INSERT INTO experiments (scope, experiment_id, name, lifecycle, created_at, updated_at) VALUES (?, ?, ?, 'active', ?, ?)
     ON CONFLICT DO NOTHING`,
    [scope, defaultExperimentId, 'Default', clock.now(), clock.now()],
  )
}

async function insertExperiment(
  s: Statements,
  o: { scope: string; name: string; id: string; now: number; location?: string },
): Promise<ExperimentRow> {
  const row = await s.get<ExperimentRow>(
    `INSERT INTO experiments (scope, experiment_id, name, lifecycle, created_at, updated_at, location)
     VALUES (?, ?, ?, 'active', ?, ?, ?) RETURNING *`,
    [o.scope, o.id, o.name, o.now, o.now, o.location ?? null],
  )
  return row ?? fail('ExperimentNotFound', { experiment: o.id })
}

async function withTags(s: Statements, rows: readonly ExperimentRow[]): Promise<Experiment[]> {
  const made = new Map(rows.map((row) => [row.eid, experimentOf(row)]))
  const eids = [...made.keys()]
  for (let at = 0; at < eids.length; at += 500) {
    const some = eids.slice(at, at + 500)
    const text = `SELECT eid, name, value FROM experiment_tags WHERE eid IN (${holes(some.length)})`
    for (const tag of await s.all<{ eid: number; name: string; value: string }>(text, some)) {
      const owner = made.get(tag.eid)
      if (owner) setKey(owner.tags, tag.name, tag.value)
    }
  }
  return [...made.values()]
}

function experimentOf(row: ExperimentRow): Experiment {
  return {
    id: row.experiment_id,
    name: row.name,
    lifecycle: row.lifecycle,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.location === null ? {} : { location: row.location }),
    tags: {},
  }
}

function lookupOf(e: Experiment): Lookup {
  const attributes = new Map<string, string | number>([
    ['name', e.name],
    ['experiment_id', e.id],
    ['creation_time', e.createdAt],
    ['last_update_time', e.updatedAt],
  ])
  return (entity, key) => {
    if (entity === 'attribute') return attributes.get(key)
    return Object.hasOwn(e.tags, key) ? e.tags[key] : undefined
  }
}
