/** The trials of a sweep or an AutoML job side by side: what each was given, what it reported, how it ended and why. */
import type { JobState } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { readPlan } from '../automl/plan.ts'
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

/** What a job says about its trials as a whole. */
interface Search extends Omit<TrialTable, 'trials'> {
  best: number | undefined
  stopped: Readonly<Record<string, string>>
  /** What is shown of a trial instead of the values it was given. */
  valuesOf?(trial: number): Values
}

function searchOf(row: Row): Search | undefined {
  const { sweep, automl, stopping } = readJobStatus(row.status)
  const why = stopping === undefined ? {} : { stopping }
  if (sweep) {
    const { metric, goal, sampling } = readSweep(row.props).spec
    const how = sampling.rule === 'sobol' ? `${sampling.type} by sobol` : sampling.type
    const { seed, total, best, stopped } = sweep
    return { metric, goal, sampling: how, seed, total, best: best?.trial, stopped, ...why }
  }
  if (!automl) return undefined
  const { plan } = readPlan(row.props)
  return {
    metric: plan.metric,
    goal: plan.goal,
    sampling: 'AutoML',
    seed: 0,
    total: plan.limits.maxTrials,
    best: automl.best,
    stopped: {},
    ...why,
    // each algorithm has settings of its own: they would fill a table with holes
    valuesOf: (trial) => ({ pipeline: automl.trials[trial]?.pipeline ?? '' }),
  }
}

/** Undefined for a job that makes no trials. */
export async function trialTableOf(store: Store, row: Row): Promise<TrialTable | undefined> {
  const search = searchOf(row)
  if (!search) {
    // a reused step has the trials of the one it repeats
    const { reuse } = readJobStatus(row.status)
    const original =
      reuse?.reused && reuse.of ? await store.resources.get({ ...keyOf(row), name: reuse.of }) : undefined
    return original ? trialTableOf(store, original) : undefined
  }
  const { best, stopped: stops, valuesOf, ...table } = search
  const { scope, kind, name } = row
  const { rows } = await store.resources.list({ scope, kind, parent: name, archived: 'all', outside: false })
  const trials: TrialRow[] = []
  for (const child of rows) {
    const { trial, startedAt, endedAt } = readJobStatus(child.status)
    if (!trial) continue
    const latest = (await store.series.latest(scope, child.name)).find((point) => point.key === table.metric)
    const score = table.goal === 'maximize' ? latest?.max : latest?.min
    const stopped = stops[trial.number]
    trials.push({
      trial: trial.number,
      name: child.name,
      state: stateOf(child),
      values: valuesOf?.(trial.number) ?? trial.values,
      ...(score === undefined ? {} : { score }),
      ...(latest === undefined ? {} : { last: latest.value }),
      reported: latest?.count ?? 0,
      best: best === trial.number,
      ...(stopped === undefined ? {} : { stopped }),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
    })
  }
  return { ...table, trials: trials.sort((a, b) => a.trial - b.trial) }
}
