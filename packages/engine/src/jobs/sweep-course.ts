/**
 * What is known of the trials of a sweep: the values each was given, and what it logged of the primary metric. All of it
 * can be read again from the rows and the series; it is kept in memory so that a look reads only what is new.
 */
import type { Store } from '@lazurite/store'
import type { Course } from '../sweep/policy.ts'
import type { Values } from '../sweep/space.ts'
import type { SweepSpec } from '../sweep/spec.ts'
import type { Known } from '../sweep/tpe.ts'
import { readJobStatus } from './status.ts'
import type { Work } from './type.ts'
import { type Scratch, scratchOf } from './work.ts'

interface Memory {
  values: Map<number, Values>
  scores: Map<number, number | undefined>
  courses: Map<number, { values: readonly number[]; ended: boolean }>
}

const memories = new WeakMap<Scratch, Memory>()

function memoryOf(work: Work): Memory {
  const scratch = scratchOf(work)
  const known = memories.get(scratch)
  if (known) return known
  const fresh: Memory = { values: new Map(), scores: new Map(), courses: new Map() }
  memories.set(scratch, fresh)
  return fresh
}

export function trialName(sweep: string, trial: number): string {
  return `${sweep}_${trial}`
}

/** The best finite value a trial logged of the primary metric; undefined when there is none. */
export async function scoreOf(store: Store, scope: string, run: string, spec: SweepSpec): Promise<number | undefined> {
  const latest = (await store.series.latest(scope, run)).find((point) => point.key === spec.metric)
  const best = spec.goal === 'maximize' ? latest?.max : latest?.min
  if (best === undefined || Number.isFinite(best)) return best
  const finite = (await valuesOf(store, scope, run, spec.metric)).filter(Number.isFinite)
  return finite.length === 0
    ? undefined
    : finite.reduce((a, b) => (spec.goal === 'maximize' ? Math.max(a, b) : Math.min(a, b)))
}

/** Every value in the order it was logged. */
async function valuesOf(store: Store, scope: string, run: string, metric: string): Promise<number[]> {
  const { points } = await store.series.history(scope, run, metric)
  return points.map((point) => point.value)
}

export function rememberTrial(work: Work, trial: number, values: Values): void {
  memoryOf(work).values.set(trial, values)
}

export function rememberScore(work: Work, trial: number, score: number | undefined): void {
  memoryOf(work).scores.set(trial, score)
}

/** Trials as a sampler learns from them, in order. */
export async function knownTrials(work: Work, spec: SweepSpec): Promise<Known[]> {
  const { sweep } = work.status
  const memory = memoryOf(work)
  const { made = 0, open = {} } = sweep ?? {}
  if (memory.values.size < made) await recallTrials(work, memory)
  const known: Known[] = []
  for (let trial = 0; trial < made; trial++) {
    const values = memory.values.get(trial)
    if (!values) continue
    if (Object.hasOwn(open, trial)) {
      known.push({ values })
      continue
    }
    if (!memory.scores.has(trial)) {
      memory.scores.set(trial, await scoreOf(work.ctx.store, work.key.scope, trialName(work.row.name, trial), spec))
    }
    const score = memory.scores.get(trial)
    // a trial that failed or reported nothing is no place to go to again
    known.push({ values, cost: score === undefined ? Number.MAX_VALUE : spec.goal === 'maximize' ? -score : score })
  }
  return known
}

async function recallTrials(work: Work, memory: Memory): Promise<void> {
  const { scope, kind } = work.key
  const { rows } = await work.ctx.store.resources.list({
    scope,
    kind,
    parent: work.row.name,
    archived: 'all',
    outside: false,
  })
  for (const row of rows) {
    const { trial } = readJobStatus(row.status)
    if (trial) memory.values.set(trial.number, trial.values)
  }
}

/** What a trial logged so far; read again only when more came. */
export async function courseOf(work: Work, trial: number, metric: string): Promise<Course> {
  const memory = memoryOf(work)
  const known = memory.courses.get(trial)
  if (known?.ended) return known
  const { store } = work.ctx
  const run = trialName(work.row.name, trial)
  const ended = !Object.hasOwn(work.status.sweep?.open ?? {}, trial)
  const latest = (await store.series.latest(work.key.scope, run)).find((point) => point.key === metric)
  const same = known !== undefined && known.values.length === (latest?.count ?? 0)
  const values = same ? known.values : latest ? await valuesOf(store, work.key.scope, run, metric) : []
  const course = { values, ended }
  memory.courses.set(trial, course)
  return course
}
