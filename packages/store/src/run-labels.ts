/**
 * What a job and its run say alike. A run that no loop moves is a job whose name, description, tags and times lie with the
 * run alone: they are read from there, and what callers write of them is written there.
 */
import { asObject, asString, fail, type Json, type JsonObject, setKey } from '@lazurite/spec'
import type { ResourceRow } from './migrations.ts'
import { internName } from './name-kids.ts'
import { dropDoc } from './run-docs.ts'
import { runNameTag, writeTags } from './run-facts.ts'
import { holes, type Statements, type Tx } from './sql.ts'

/** Tags that MLflow's clients keep for themselves: people see the rest. */
const ofMlflow = /^mlflow\./
/** Properties that were given to a run before it was a job lie among its tags, with this in front. */
const propertyTag = 'lazurite.property.'
/** Of MLflow's own tags, those that say where a run comes from; shown as properties. */
const origin = /^mlflow\.(source\.|project\.|user$)/

/** What MLflow's clients and pages call the description. */
const noteTag = 'mlflow.note.content'

/** What the rows of such jobs hold themselves; the rest is the run's. */
export function ownProps(props: JsonObject): JsonObject {
  const kept = ['displayName', 'description', 'properties'].flatMap((name) => {
    const value = props[name]
    return value === undefined || value === null ? [] : [[name, value] as const]
  })
  return { jobType: 'Command', ...Object.fromEntries(kept) }
}

interface TwinRow {
  rid: number
  scope: string
  run_id: string
  name: string
  start_time: number
  end_time: number | null
  experiment_id: string
  experiment: string
}

/** What runs add to the halves of their jobs' rows. */
export interface Twin {
  props: JsonObject
  status: JsonObject
}

const batch = 256

/** What the runs of these rows say, by the ids of the rows; all of them rows that no loop moves. */
export async function twinsOf(s: Pick<Statements, 'all'>, rows: readonly ResourceRow[]): Promise<Map<number, Twin>> {
  const found = new Map<number, Twin>()
  for (let at = 0; at < rows.length; at += batch) {
    const some = rows.slice(at, at + batch)
    const byRun = new Map(some.map((row) => [`${row.scope}|${row.name}`, row]))
    const scopes = [...new Set(some.map(({ scope }) => scope))]
    const runs = await s.all<TwinRow>(
      `SELECT r.rid, r.scope, r.run_id, r.name, r.start_time, r.end_time, e.experiment_id, e.name AS experiment
       FROM runs r JOIN experiments e ON e.eid = r.eid
       WHERE r.scope IN (${holes(scopes.length)}) AND r.run_id IN (${holes(some.length)})`,
      [...scopes, ...some.map(({ name }) => name)],
    )
    const tags = await tagsOf(
      s,
      runs.map(({ rid }) => rid),
    )
    for (const run of runs) {
      const row = byRun.get(`${run.scope}|${run.run_id}`)
      if (row) found.set(row.id, twinOf(run, tags.get(run.rid) ?? [], row.state))
    }
  }
  return found
}

async function tagsOf(s: Pick<Statements, 'all'>, rids: readonly number[]): Promise<Map<number, [string, string][]>> {
  const found = new Map<number, [string, string][]>()
  if (rids.length === 0) return found
  const rows = await s.all<{ rid: number; name: string; value: string }>(
    `SELECT t.rid, n.name, t.value FROM run_tags t JOIN names n ON n.kid = t.kid
     WHERE t.rid IN (${holes(rids.length)}) AND n.name <> 'mlflow.log-model.history' ORDER BY n.name`,
    rids,
  )
  for (const { rid, name, value } of rows) {
    const known = found.get(rid) ?? []
    known.push([name, value])
    found.set(rid, known)
  }
  return found
}

function twinOf(run: TwinRow, all: readonly [string, string][], state: string): Twin {
  const [tags, properties]: [JsonObject, JsonObject] = [{}, {}]
  const note = all.find(([name]) => name === noteTag)?.[1]
  for (const [name, value] of all) {
    if (name.startsWith(propertyTag)) setKey(properties, name.slice(propertyTag.length), value)
    else if (origin.test(name)) setKey(properties, name, value)
    else if (!ofMlflow.test(name)) setKey(tags, name, value)
  }
  const [from, to] = [run.start_time, run.end_time]
  const began = from > 0 ? { startedAt: from } : {}
  const ended = to === null ? {} : { endedAt: to }
  const span = to === null ? {} : { to }
  const phases: Json = from > 0 && state !== 'Queued' ? [{ name: 'Running', from, ...span }] : []
  return {
    props: {
      displayName: run.name,
      experimentName: run.experiment,
      tags,
      ...(note ? { description: note } : {}),
    },
    status: {
      experimentId: run.experiment_id,
      experimentName: run.experiment,
      ...began,
      ...ended,
      phases,
      properties,
    },
  }
}

/**
 * Writes the name, the description and the tags of a caller's half to the run, and answers what stays with the row.
 * Raises RunDeleted when they would change.
 */
export async function takeLabels(tx: Tx, found: ResourceRow, props: JsonObject): Promise<JsonObject> {
  const run = await tx.get<{ rid: number; name: string; lifecycle: string }>(
    'SELECT rid, name, lifecycle FROM runs WHERE scope = ? AND run_id = ?',
    [found.scope, found.name],
  )
  if (!run) return ownProps(props)
  const was = new Map((await tagsOf(tx, [run.rid])).get(run.rid) ?? [])
  const wanted = new Map(Object.entries(asObject(props.tags)).map(([key, value]) => [key, textOf(value)]))
  const set = [...wanted].filter(([key, value]) => was.get(key) !== value && !ofMlflow.test(key))
  const gone = [...was.keys()].filter((key) => isLabel(key) && !wanted.has(key))
  const name = asString(props.displayName) ?? run.name
  if (name !== run.name) set.push([runNameTag, name])
  const note = asString(props.description) ?? ''
  if (note === '' && was.has(noteTag)) gone.push(noteTag)
  else if (note !== (was.get(noteTag) ?? '')) set.push([noteTag, note])
  if (set.length > 0 || gone.length > 0) {
    if (run.lifecycle !== 'active') fail('RunDeleted', { run: found.name })
    dropDoc(tx, run.rid)
    await writeTags(tx, run.rid, Object.fromEntries(set))
    for (const key of gone)
      await tx.run('DELETE FROM run_tags WHERE rid = ? AND kid = ?', [run.rid, await internName(tx, key)])
  }
  return ownProps({ ...props, displayName: name, description: null })
}

function isLabel(key: string): boolean {
  return !ofMlflow.test(key) && !key.startsWith(propertyTag)
}

function textOf(value: Json): string {
  return asString(value) ?? JSON.stringify(value)
}

/** The run of a job hears what the job is called now, and that it is taken out of the archive: it is no deleted run then. */
export async function tellRun(
  tx: Tx,
  found: ResourceRow,
  { back, props }: { back: boolean; props: JsonObject | undefined },
): Promise<void> {
  const name = props && asString(props.displayName)
  if (!back && name === undefined) return
  const run = await tx.get<{ rid: number; name: string; lifecycle: string }>(
    'SELECT rid, name, lifecycle FROM runs WHERE scope = ? AND run_id = ?',
    [found.scope, found.name],
  )
  if (!run) return
  const renamed = name !== undefined && name !== run.name && found.parent === ''
  const restored = back && run.lifecycle === 'deleted'
  if (renamed || restored) dropDoc(tx, run.rid)
  if (renamed) await writeTags(tx, run.rid, { [runNameTag]: name })
  if (restored) await tx.run(`UPDATE runs SET lifecycle = 'active', deleted_at = NULL WHERE rid = ?`, [run.rid])
}
