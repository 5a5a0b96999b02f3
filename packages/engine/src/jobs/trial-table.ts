/** The trials of a sweep side by side: what each was given, what it reported, how it ended and why. */
import type { JobState } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import type { Values } from '../sweep/space.ts'
import { readSweep } from '../sweep/spec.ts'
import { readJobStatus } from './status.ts'
import { stateOf } from './work.ts'

export interface TrialRow {
  trial: number
  /** Name of its job. */
  name: string
  state: JobState
  values: Values
  /** The best value of the primary metric, the last one, and how many there are. */
  score?: number
  last?: number
  reported: number
  best: boolean
  /** Why the sweep stopped it before its end. */
  stopped?: string
  /** Epoch ms. */
  startedAt?: number
  endedAt?: number
}

export interface TrialTable {
  metric: string
  goal: 'minimize' | 'maximize'
  /** How values are drawn, e.g. `random`, `random by sobol`, `bayesian`. */
  sampling: string
  seed: number
  /** Trials there are to be. */
  total: number
  /** Why no more are made although there were to be more. */
  stopping?: string
  /** In the order they were made. */
  trials: TrialRow[]
}

const keyOf = ({ scope, kind, name }: Row) => ({ scope, kind, name })

/** Undefined for a job that makes no trials. */
export async function trialTableOf(store: Store, row: Row): Promise<TrialTable | undefined> {
  const { sweep, stopping, reuse } = readJobStatus(row.status)
  if (!sweep) {
    // a reused step has the trials of the one it repeats
    const original =
      reuse?.reused && reuse.of ? await store.resources.get({ ...keyOf(row), name: reuse.of }) : undefined
    return original ? trialTableOf(store, original) : undefined
  }
  const { spec } = readSweep(row.props)
  const { scope, kind, name } = row
  const { rows } = await store.resources.list({ scope, kind, parent: name, archived: 'all' })
  const trials: TrialRow[] = []
  for (const child of rows) {
    const { trial, startedAt, endedAt } = readJobStatus(child.status)
    if (!trial) continue
    const latest = (await store.series.latest(scope, child.name)).find((point) => point.key === spec.metric)
    const score = spec.goal === 'maximize' ? latest?.max : latest?.min
    const stopped = sweep.stopped[trial.number]
    trials.push({
      trial: trial.number,
      name: child.name,
      state: stateOf(child),
      values: trial.values,
      ...(score === undefined ? {} : { score }),
      ...(latest === undefined ? {} : { last: latest.value }),
      reported: latest?.count ?? 0,
      best: sweep.best?.trial === trial.number,
      ...(stopped === undefined ? {} : { stopped }),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
    })
  }
  return {
    metric: spec.metric,
    goal: spec.goal,
    sampling: spec.sampling.rule === 'sobol' ? `${spec.sampling.type} by sobol` : spec.sampling.type,
    seed: sweep.seed,
    total: sweep.total,
    ...(stopping === undefined ? {} : { stopping }),
    trials: trials.sort((a, b) => a.trial - b.trial),
  }
}
