// Which lines share a chart.
import type { MetricFact } from '../../data/run.ts'
import { type Stroke, strokesOf } from './palette.ts'

export interface ChartLine {
  job: string
  key: string
  label: string
  stroke: Stroke
}

export interface Group {
  title: string
  lines: ChartLine[]
}

/** One chart a metric; metrics of one name in several places together (`train/loss`, `val/loss`); or of one place. */
export type GroupBy = 'metric' | 'name' | 'place'

export interface GroupSpec {
  jobs: readonly { name: string; label: string }[]
  keys: readonly string[]
  by: GroupBy
}

export function placeOfKey(key: string): string {
  return key.includes('/') ? key.slice(0, key.lastIndexOf('/')) : ''
}

/** `loss` of `train/loss`, `val_loss` and `loss`. */
export function nameOfKey(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1)
  return name.replace(/^(?:train|training|val|valid|validation|test|eval)_/i, '')
}

export function groupsOf({ jobs, keys, by }: GroupSpec): Group[] {
  const groups = new Map<string, string[]>()
  for (const key of keys) {
    const title = by === 'metric' ? key : by === 'name' ? nameOfKey(key) : placeOfKey(key) || 'metrics'
    const known = groups.get(title)
    if (known) known.push(key)
    else groups.set(title, [key])
  }
  const ofJobs = strokesOf(jobs.map(({ name }) => name))
  return [...groups].map(([title, inside]) => {
    // of one job, metrics are told apart by colour; of several, jobs are, and metrics by dashes
    const ofKeys = jobs.length === 1 ? strokesOf(inside) : undefined
    const lines = jobs.flatMap((job) =>
      inside.map((key, i): ChartLine => {
        const stroke = ofJobs.get(job.name) ?? { token: 'run-1', dash: [] }
        const alone = inside.length === 1
        return {
          job: job.name,
          key,
          label: jobs.length === 1 ? key : alone ? job.label : `${job.label} ${key}`,
          stroke: alone ? stroke : (ofKeys?.get(key) ?? { ...stroke, dash: dashes[i % dashes.length] ?? [] }),
        }
      }),
    )
    return { title: inside.length === 1 ? (inside[0] ?? title) : title, lines }
  })
}

const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [10, 3, 2, 3]]

/** Names of metrics that are lines, those people look at first in front; what the machine did comes last. */
export function keyMetrics(metrics: readonly MetricFact[]): string[] {
  const weight = ({ key }: MetricFact) =>
    (isSystem(key) ? 100 : 0) + (/loss|error|rmse|mae/i.test(key) ? 0 : /acc|auc|f1|score|r2/i.test(key) ? 1 : 5)
  return metrics
    .filter(({ count }) => count > 1)
    .sort((a, b) => weight(a) - weight(b) || (a.key < b.key ? -1 : 1))
    .map(({ key }) => key)
}

export function isSystem(key: string): boolean {
  return key.startsWith('system/')
}
