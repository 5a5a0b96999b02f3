/** What a table of jobs can show beside the jobs themselves, and the shapes of their metrics in little. */
import { asArray, asNumber, fail, type Json, type JsonObject } from '@lazurite/spec'
import type { SeriesPoint } from '@lazurite/store'
import type { JobVerb } from './call.ts'

const mostJobs = 400
const mostNames = 2000

/** `POST …/jobs/fields {jobs}` → `{metrics, params, tags}`: each a list of `{name, jobs}`, the most frequent first. */
export const fieldsOfJobs: JobVerb = {
  method: 'POST',
  path: '/jobs/fields',
  reads: true,
  async handle({ room, scope, body }) {
    const { metrics, params, tags } = await room.deps.store.jobs.names(scope, namesOf(body.jobs, 'jobs'), mostNames)
    const told = (all: readonly { name: string; jobs: number }[]) => all.map((one) => ({ ...one }))
    return { metrics: told(metrics), params: told(params), tags: told(tags) }
  },
}

const usualWidth = 16
const mostWidth = 64
const mostLines = 2000

/**
 * `POST …/metrics/sparks {jobs, keys, width?}` → `{value: [{job, key, last, low, high, line}]}`: each metric from its
 * first point to its last in at most `2 * width + 2` values between 0 and 255, its spikes included.
 */
export const sparksOfJobs: JobVerb = {
  method: 'POST',
  path: '/metrics/sparks',
  reads: true,
  async handle({ room, scope, body }) {
    const jobs = namesOf(body.jobs, 'jobs')
    const keys = namesOf(body.keys, 'keys')
    const width = asNumber(body.width) ?? usualWidth
    if (!Number.isInteger(width) || width < 2 || width > mostWidth)
      fail('BadArgument', { what: `width is a whole number from 2 to ${mostWidth}.` }, { target: 'width' })
    if (jobs.length * keys.length > mostLines) fail('TooLarge', { what: 'The question', limit: `${mostLines} lines` })
    const value: JsonObject[] = []
    for (const job of jobs)
      for (const key of keys) {
        const line = sparkOf(await room.deps.store.series.sample(scope, job, key, { width }))
        if (line) value.push({ job, key, ...line })
      }
    return { value }
  },
}

/** Undefined where nothing was logged; no line for what has no two points to draw it between. */
export function sparkOf(points: readonly SeriesPoint[]): JsonObject | undefined {
  const last = points.at(-1)?.value
  if (last === undefined) return undefined
  const told = { last: Number.isFinite(last) ? last : String(last) }
  const values = points.map(({ value }) => value).filter(Number.isFinite)
  if (values.length < 2) return { ...told, line: [] }
  const low = Math.min(...values)
  const high = Math.max(...values)
  const line = values.map((value) => (high === low ? 128 : Math.round((255 * (value - low)) / (high - low))))
  return { ...told, low, high, line }
}

function namesOf(value: Json | undefined, target: string): string[] {
  const names = asArray(value)
  if (!Array.isArray(value) || names.some((name) => typeof name !== 'string'))
    fail('BadArgument', { what: `${target} must be a list of names.` }, { target })
  if (names.length > mostJobs) fail('TooLarge', { what: `The list of ${target}`, limit: `${mostJobs} names` })
  return [...new Set(names.map(String))]
}
