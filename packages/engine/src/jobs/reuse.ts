/**
 * A step whose component says it is deterministic is not run again when an earlier one had the same command, code,
 * environment, inputs and output settings. The key is a hash over exactly these; inputs count by where they are, not by
 * what is in them, as in Azure ML. Every step says whether it was reused, of what, and why or why not: one that runs again
 * is held against the completed step that was most like it.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { asArray, asObject, asString, type JsonObject, own } from '@lazurite/spec'
import type { Key, PutInput, Row, Store } from '@lazurite/store'
import { locate } from '../datastores/resolve.ts'
import type { Node } from './graph.ts'
import { settingOf } from './pipeline-settings.ts'
import { type Made, madeOf } from './reuse-parts.ts'
import { type Change, changesBetween, type Detailing, detail, sayChanges } from './reuse-why.ts'
import { type JobStatus, readJobStatus } from './status.ts'

const reuseKind = 'reuse'
/** The property of a pipeline's job that names the pipeline it goes on with. */
export const resumedFrom = 'lazurite.resumedfrom'
/** How many completed steps of one name are remembered, to be held against the next one. */
const mostKin = 4
/** More than this is looked up when somebody asks. */
const mostFilesAtBirth = 2000
const mostChanges = 20

export interface Reuse {
  reused: boolean
  /** The job it has its outputs from. */
  of?: string
  /** In words, without a full stop. */
  why: string
  key?: string
  /** The completed step it was held against, when it was not reused. */
  since?: string
  changes?: Change[]
}

export interface Asked {
  scope: string
  /** Wire properties of the step's job. */
  step: JsonObject
  deterministic: boolean
  /** Wire properties of the pipeline around it. */
  pipeline: JsonObject
  node?: Node
}

/** What a new step starts with: the outputs of an earlier one, or the reason why it has to run. */
export async function reuseFor(
  store: Store,
  asked: Asked,
  how: Detailing = {},
): Promise<Pick<JobStatus, 'reuse' | 'made' | 'outputs'>> {
  const { scope, step, deterministic, pipeline } = asked
  const made = await madeOf(store, scope, step)
  const before = await resumedStep(store, asked, made, how)
  if (before && 'taken' in before) return { ...before.taken, made: { ...made, own: true } }
  const runs = (why: string) => ({ reuse: { reused: false, why, ...before?.runs }, made: { ...made, own: true } })
  if (!deterministic) return runs('its component is not deterministic')
  if (settingOf(pipeline, 'force_rerun') === true) return runs('the pipeline was submitted with force_rerun')
  const { key } = made
  const entry = await store.resources.get({ scope, kind: reuseKind, name: key })
  const of = asString(entry?.props.job)
  if (of === undefined) {
    return { reuse: { reused: false, key, ...(before?.runs ?? (await compare(store, asked, made, how))) }, made }
  }
  const given = await takenFrom(store, scope, of)
  if ('gone' in given) return { reuse: { reused: false, key, why: given.gone }, made }
  const why = 'the same command, code, environment, inputs and output settings'
  return { reuse: { reused: true, of, key, why }, outputs: given.outputs, made }
}

/** The outputs of a completed step, or why they cannot be had. */
async function takenFrom(
  store: Store,
  scope: string,
  of: string,
): Promise<{ outputs: NonNullable<JobStatus['outputs']> } | { gone: string }> {
  const row = await store.resources.get({ scope, kind: 'job', name: of })
  const outputs = row && row.state === 'Completed' ? readJobStatus(row.status).outputs : undefined
  if (!outputs) return { gone: `the step ${of}, which was the same, is gone` }
  const gone = await firstGone(store, scope, outputs)
  return gone ? { gone: `the output ${gone} of the step ${of}, which was the same, is gone` } : { outputs }
}

/** The first output whose bytes are no longer where the step put them. */
async function firstGone(
  store: Store,
  scope: string,
  outputs: NonNullable<JobStatus['outputs']>,
): Promise<string | undefined> {
  for (const [name, { uri }] of Object.entries(outputs)) {
    const place = await locate(store, scope, uri).catch(() => undefined)
    if (!place) return name
    if ('localPath' in place && place.localPath && !existsSync(place.localPath)) return name
  }
  return undefined
}

/** What a resumed pipeline takes over: the same step of the pipeline it goes on with, whatever its component says. */
async function resumedStep(store: Store, asked: Asked, made: Made, how: Detailing): Promise<Resumed | undefined> {
  const { scope, step, pipeline, node } = asked
  const from = resumes(pipeline)
  if (from === undefined) return undefined
  const of = (await stepsOf(store, scope, from)).get(node?.key ?? asString(step.displayName) ?? '')
  const row = of === undefined ? undefined : await store.resources.get({ scope, kind: 'job', name: of })
  if (!row) return { runs: { why: `it was never started in ${from}` } }
  const before = readJobStatus(row.status).made
  if (!before) return undefined
  if (before.key !== made.key) return { runs: await differences(store, { row, before }, made, { node, ...how }) }
  if (row.state !== 'Completed')
    return { runs: { why: `it did not complete in ${from}: ${row.state}`, since: row.name } }
  const given = await takenFrom(store, scope, row.name)
  if ('gone' in given) return { runs: { why: given.gone } }
  const why = `it completed in ${from}, which this pipeline goes on with`
  return { taken: { reuse: { reused: true, of: row.name, key: made.key, why }, outputs: given.outputs } }
}

type Reasons = Pick<Reuse, 'why' | 'since' | 'changes'>

type Resumed = { taken: Pick<JobStatus, 'reuse' | 'outputs'> } | { runs: Reasons }

/** What is not as it was in an earlier step. */
async function differences(
  store: Store,
  { row, before }: { row: Row; before: Made },
  made: Made,
  how: Detailing,
): Promise<Reasons> {
  const changes = changesBetween(before, made)
  const listed = changes.slice(0, mostChanges)
  await detail(store, listed, { before, now: made }, { mostFiles: mostFilesAtBirth, ...how })
  const why = sayChanges(changes) || 'its definition is another'
  return { why, since: row.name, changes: listed }
}

function resumes(pipeline: JsonObject): string | undefined {
  return asString(own(asObject(pipeline.properties), resumedFrom))
}

/** For a step that is a pipeline itself: it goes on with the same step of the pipeline that its own goes on with. */
export async function resumeProperties(
  store: Store,
  scope: string,
  pipeline: JsonObject,
  node: string,
): Promise<JsonObject> {
  const from = resumes(pipeline)
  const of = from === undefined ? undefined : (await stepsOf(store, scope, from)).get(node)
  return of === undefined ? {} : { [resumedFrom]: of }
}

const mostRemembered = 8
/** Steps of pipelines that are over never change. */
const remembered = new WeakMap<Store['bytes'], Map<string, Map<string, string>>>()

/** The steps of a job that has some: node key → job. */
export async function stepsOf(store: Store, scope: string, name: string): Promise<Map<string, string>> {
  const all = remembered.get(store.bytes) ?? new Map<string, Map<string, string>>()
  remembered.set(store.bytes, all)
  const known = all.get(`${scope}/${name}`)
  if (known) return known
  const row = await store.resources.get({ scope, kind: 'job', name })
  const steps = new Map(Object.entries((row && readJobStatus(row.status).children) ?? {}))
  if (row && ['Completed', 'Failed', 'Canceled'].includes(row.state)) {
    if (all.size >= mostRemembered) all.delete(all.keys().next().value ?? '')
    all.set(`${scope}/${name}`, steps)
  }
  return steps
}

/** The key of the node a step was made of. */
export function nodeOf(row: Row): string {
  return asString(row.props.displayName) ?? row.name
}

/** Rows by which later steps find this one: those that are the same, and those that are held against it. */
export async function reuseEntries(store: Store, row: Row, status: JobStatus): Promise<PutInput[]> {
  const { reuse, made } = status
  if (!made || !reuse || reuse.reused) return []
  const by = row.createdBy
  const kin = kinKey(row.scope, row.props)
  const earlier = asArray((await store.resources.get(kin))?.props.jobs).filter((name) => name !== row.name)
  const entries: PutInput[] = [{ key: kin, props: { jobs: [row.name, ...earlier].slice(0, mostKin) }, by }]
  if (!made.own)
    entries.push({ key: { scope: row.scope, kind: reuseKind, name: made.key }, props: { job: row.name }, by })
  return entries
}

/** Steps of the same name and component in the same experiment. */
function kinKey(scope: string, step: JsonObject): Key {
  const { displayName, experimentName, properties } = step
  const words = [experimentName, displayName, asObject(properties)['azureml.moduleName']].map((word) => word ?? '')
  const hash = createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 32)
  return { scope, kind: reuseKind, name: `kin-${hash}` }
}

/** The completed step of that name that differs least, the newest of equals. */
export async function nearest(
  store: Store,
  scope: string,
  step: JsonObject,
  made: Made,
): Promise<{ row: Row; made: Made; changes: Change[] } | undefined> {
  const entry = await store.resources.get(kinKey(scope, step))
  let best: { row: Row; made: Made; changes: Change[] } | undefined
  for (const name of asArray(entry?.props.jobs)) {
    const row = await store.resources.get({ scope, kind: 'job', name: String(name) })
    const before = row && readJobStatus(row.status).made
    if (!row || !before) continue
    const changes = changesBetween(before, made)
    if (!best || changes.length < best.changes.length) best = { row, made: before, changes }
  }
  return best
}

/** Why nothing could be reused: what is not as it was. */
async function compare(store: Store, { scope, step, node }: Asked, made: Made, how: Detailing): Promise<Reasons> {
  const found = await nearest(store, scope, step, made)
  if (!found) return { why: `no completed step ${asString(step.displayName) ?? ''} was there before in its experiment` }
  const { row, changes } = found
  if (changes.length === 0)
    return { why: `the step ${row.name}, which was the same, was run so that nobody may reuse it`, since: row.name }
  return differences(store, { row, before: found.made }, made, { node, ...how })
}

/** Properties that the official client follows to the outputs and logs of the original. */
export function reuseProperties(status: Pick<JobStatus, 'reuse'>): JsonObject {
  const { reuse } = status
  return reuse?.reused && reuse.of ? { 'azureml.isreused': 'true', 'azureml.reusedrunid': reuse.of } : {}
}
