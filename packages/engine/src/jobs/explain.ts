/** Why steps were run or not: read out of what was recorded when they started, with the files that were too many then. */
import { asString, isFinal, type JsonObject, own } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { whereIs } from './find-step.ts'
import { jobsOf } from './pipeline-spec.ts'
import { stepsOf } from './reuse.ts'
import { type Change, detail, sayChanges } from './reuse-why.ts'
import { type JobStatus, readJobStatus } from './status.ts'

/**
 * `reused`: its outputs are those of an earlier step. `ran`: its process was started. `skipped`: never started. `control`:
 * a condition or a loop, which runs nothing itself.
 */
export type Decision = 'reused' | 'ran' | 'waits' | 'skipped' | 'control' | 'pipeline' | 'job'

export interface Explained {
  /** Path of node keys in the outermost pipeline. */
  step: string
  /** Name of its job; absent when it never became one. */
  job?: string
  state: string
  decision: Decision
  why: string
  /** The step it has its outputs from. */
  of?: string
  /** The completed step it was held against. */
  since?: { job: string; createdAt?: string; pipeline?: string }
  changes?: Change[]
  /** Steps of the same pipeline that ran again and by that made this one run. */
  because?: { step: string; job: string; why: string }[]
}

/** One job, looked into. */
export async function explainJob(store: Store, row: Row): Promise<Explained> {
  const { path } = await whereIs(store, row)
  return explainStep(store, row, path.join('/'), true)
}

/** Every step of a pipeline, those of pipelines inside it too, in the order in which they are written. */
export async function explainSteps(store: Store, pipeline: Row): Promise<Explained[]> {
  const { path } = await whereIs(store, pipeline)
  return explainBelow(store, pipeline, path)
}

async function explainBelow(store: Store, pipeline: Row, path: string[]): Promise<Explained[]> {
  const status = readJobStatus(pipeline.status)
  const steps = await stepsOf(store, pipeline.scope, pipeline.name)
  const written = Object.keys(await jobsOf(store, pipeline.scope, pipeline.props, status.component).catch(() => ({})))
  const told: Explained[] = []
  for (const key of new Set([...written, ...steps.keys()])) {
    const here = [...path, key]
    const name = steps.get(key)
    const row = name === undefined ? undefined : await store.resources.get({ scope: pipeline.scope, kind: 'job', name })
    if (row) {
      told.push(await explainStep(store, row, here.join('/'), false))
      if (isPipeline(row)) told.push(...(await explainBelow(store, row, here)))
    } else if (![...steps.keys()].some((unit) => unit.startsWith(`${key}.`))) {
      told.push(notStarted(here.join('/'), key, status, isFinal(pipeline.state)))
    }
  }
  return told
}

/** A node without a job: one that decides about others, one that was left out, one whose turn has not come. */
function notStarted(step: string, key: string, status: Partial<JobStatus>, over: boolean): Explained {
  const { skipped = {}, finished = {}, decisions = {}, loops = {}, problems = {} } = status
  const state = own(finished, key) ?? ''
  const said = own(decisions, key)
  const rounds = own(loops, key)?.started.length
  if (said !== undefined) return { step, state, decision: 'control', why: `its condition was ${said}` }
  if (rounds !== undefined) return { step, state, decision: 'control', why: `it began ${rounds} rounds` }
  const why = own(skipped, key) ?? own(problems, key)
  if (why !== undefined) return { step, state, decision: 'skipped', why }
  if (over) return { step, state, decision: 'skipped', why: 'its pipeline ended before its turn' }
  return { step, state, decision: 'waits', why: 'the steps it needs are not complete' }
}

function isPipeline(row: Row): boolean {
  return asString(row.props.jobType)?.toLowerCase() === 'pipeline'
}

async function explainStep(store: Store, row: Row, step: string, whole: boolean): Promise<Explained> {
  const { reuse, made } = readJobStatus(row.status)
  const told = { step: step || row.name, job: row.name, state: row.state }
  if (isPipeline(row)) return { ...told, decision: 'pipeline', why: 'a pipeline is looked at step by step' }
  if (!row.parent) return { ...told, decision: 'job', why: 'it is no step of a pipeline: only steps are reused' }
  if (!reuse) return { ...told, decision: 'ran', why: 'steps of its type are always run' }
  if (reuse.reused) return { ...told, decision: 'reused', why: reuse.why, ...(reuse.of ? { of: reuse.of } : {}) }
  const since = reuse.since === undefined ? undefined : await seen(store, row.scope, reuse.since)
  const changes = reuse.changes
  if (whole && changes && since?.row && made) await lookInto(store, row, since.row, changes)
  const because = whole && changes ? await causes(store, row, changes) : []
  return {
    ...told,
    decision: 'ran',
    why: changes && changes.length > 0 ? sayChanges(changes) : reuse.why,
    ...(since ? { since: since.told } : {}),
    ...(changes && changes.length > 0 ? { changes } : {}),
    ...(because.length > 0 ? { because } : {}),
  }
}

async function seen(store: Store, scope: string, name: string) {
  const row = await store.resources.get({ scope, kind: 'job', name })
  const told = {
    job: name,
    ...(row ? { createdAt: row.createdAt } : {}),
    ...(row?.parent ? { pipeline: (await whereIs(store, row)).root.name } : {}),
  }
  return { row, told }
}

/** Codes that had too many files to be compared when the step started. */
async function lookInto(store: Store, row: Row, since: Row, changes: Change[]): Promise<void> {
  const now = readJobStatus(row.status).made
  const before = readJobStatus(since.status).made
  const open = changes.filter((change) => change.part.endsWith('code') && !change.files)
  if (now && before && open.length > 0) await detail(store, open, { before, now })
}

/** Follows inputs up to the steps where it began. */
async function causes(store: Store, row: Row, changes: readonly Change[]): Promise<NonNullable<Explained['because']>> {
  const steps = row.parent ? await stepsOf(store, row.scope, row.parent) : new Map<string, string>()
  const found = new Map<string, { step: string; job: string; why: string }>()
  const open = changes.flatMap(({ from = [] }) => from)
  for (let key = open.shift(); key !== undefined; key = open.shift()) {
    const name = steps.get(key)
    if (name === undefined || found.has(key)) continue
    const above = await store.resources.get({ scope: row.scope, kind: 'job', name })
    const reuse = above && readJobStatus(above.status).reuse
    if (!above || reuse?.reused) continue
    found.set(key, { step: key, job: name, why: reuse?.why ?? 'it is a pipeline with steps that ran again' })
    open.push(...(reuse?.changes ?? []).flatMap(({ from = [] }) => from))
  }
  return [...found.values()]
}

/** A pipeline or one of its steps as an answer. */
export async function explain(store: Store, row: Row): Promise<JsonObject> {
  const told = await explainJob(store, row)
  const steps = isPipeline(row) ? await explainSteps(store, row) : undefined
  return JSON.parse(JSON.stringify({ ...told, ...(steps ? { steps } : {}) })) as JsonObject // what went through JSON is JSON
}
