// What a job logged, as tables, charts and searches ask for it.
import type { JsonObject } from '@lazurite/spec'

/** What is known of one metric of a job. What is not finite is a text. */
export interface MetricSummary {
  key: string
  last: number | string
  step: number
  /** Epoch milliseconds of the last value. */
  at: number
  count: number
  min?: number | string
  minStep?: number
  max?: number | string
  maxStep?: number
}

/** What a job logged beside its metrics' points. */
export interface RunSummary {
  name: string
  metrics: MetricSummary[]
  params: Record<string, string>
  tags: Record<string, string>
}

/** Many series on one axis. */
export interface MetricQuestion {
  jobs: readonly string[]
  keys: readonly string[]
  /** `step` (usual), `wall` in epoch seconds, `relative` in seconds since the job began, or `metric:<key>`. */
  x?: string
  from?: number
  to?: number
  /** Slices of the axis; 600 unless told, 5000 at most. */
  buckets?: number
  scale?: 'linear' | 'log'
}

/** One of them; an entry a slice, null where it has no point. */
export interface MetricLine {
  job: string
  key: string
  /** How many there are of it. */
  points: number
  mean: (number | null)[]
  /** Absent where no slice has more than one point. */
  last?: (number | null)[]
  min?: (number | null)[]
  max?: (number | null)[]
  count?: number[]
  /** What is not finite: place and word. */
  odd: [number, string][]
}

export interface MetricLines {
  x: number[]
  /** Every point is a slice of its own. */
  exact: boolean
  series: MetricLine[]
}

export interface LogSearch {
  /** A log file of the job; its own by default. */
  file?: string
  /** Line to begin with, from 0. */
  from?: number
  /** 100 unless told, 1000 at most. */
  count?: number
  /** The case of letters counts. */
  exact?: boolean
}

export interface LogHits {
  path: string
  /** Lines of the file. */
  total: number
  value: { line: number; text: string }[]
  /** Line to go on with; null when these are all. */
  next: number | null
}

/** Something of a workspace that was found by a part of what it is called. */
export interface Found {
  kind: string
  name: string
  version?: string
  displayName: string
  state: string | null
  type: string | null
  /** Of a deployment: its endpoint. */
  parent: string | null
  createdAt: number
}

export function questionBody(question: MetricQuestion): JsonObject {
  return JSON.parse(JSON.stringify(question)) as JsonObject // without what was not given
}

export function searchWords(text: string, { file, from, count, exact }: LogSearch): URLSearchParams {
  const words = new URLSearchParams({ q: text })
  if (file !== undefined) words.set('path', file)
  if (from !== undefined) words.set('from', String(from))
  if (count !== undefined) words.set('count', String(count))
  if (exact) words.set('case', 'true')
  return words
}
