/** Traces and experiments as lists show them: of experiments by name, of one run, or of the whole workspace. */
import { asArray, fail, type JsonObject } from '@lazurite/spec'
import type { Experiment } from '@lazurite/store'
import { traceInfoWire } from '../mlflow/trace-wire.ts'
import type { JobCall, JobVerb } from './call.ts'

const words = ['experiment', 'run', 'filter', 'order', 'top', 'after', 'api-version']
const usualTop = 100
const mostTop = 500
/** A search that names no experiment looks into so many, those that changed last. */
const mostExperiments = 1000

/**
 * `GET …/traces?experiment=NAME&run=ID&filter=…&order=timestamp_ms DESC&top=&after=` → `{value: [{trace_id, experiment,
 * state, …}], next, left}`: a page, newest first, in MLflow's words with the name of the experiment beside. `next` is the
 * `after` of the following page; `left` says how many experiments were not looked into because none was named.
 */
export const listTraces: JobVerb = {
  method: 'GET',
  path: '/traces',
  async handle(call) {
    const query = queryOf(call)
    const { runs, traces } = call.room.deps.store
    const all = await runs.listExperiments(call.scope, { order: ['last_update_time DESC'] })
    const names = query.getAll('experiment')
    const among = names.length > 0 ? names.map((name) => named(all, name)) : all.slice(0, mostExperiments)
    const after = query.get('after')
    const filter = filterOf(query)
    const found = await traces.search(call.scope, {
      experimentIds: among.map(({ id }) => id),
      ...(filter === '' ? {} : { filter }),
      order: query.getAll('order').flatMap((text) => text.split(',')),
      max: topOf(query.get('top')),
      ...(after === null ? {} : { token: after }),
    })
    const titles = new Map(all.map(({ id, name }) => [id, name]))
    const value = found.traces.map((trace) => ({
      ...traceInfoWire(trace),
      experiment: titles.get(trace.experimentId) ?? trace.experimentId,
    }))
    const left = names.length > 0 ? 0 : all.length - among.length
    return { value, ...(found.next === undefined ? {} : { next: found.next }), ...(left > 0 ? { left } : {}) }
  },
}

function queryOf({ room }: JobCall): URLSearchParams {
  const query = new URLSearchParams((room.request.raw.url ?? '').split('?')[1] ?? '')
  for (const name of query.keys())
    if (!words.includes(name))
      fail('InvalidQueryParameter', { parameter: name.slice(0, 60), what: `traces are listed by ${words.join(', ')}` })
  return query
}

function named(all: readonly Experiment[], name: string): Experiment {
  const found = all.find((one) => one.name === name) ?? all.find((one) => one.id === name)
  return found ?? fail('ResourceNotFound', { kind: 'experiment', name })
}

function filterOf(query: URLSearchParams): string {
  const run = query.get('run')
  if (run !== null && !/^[\w.-]{1,256}$/.test(run))
    fail('InvalidQueryParameter', { parameter: 'run', what: 'the id of a run is needed' })
  return [query.get('filter')?.trim() ?? '', run === null ? '' : `run_id = '${run}'`].filter(Boolean).join(' AND ')
}

function topOf(text: string | null): number {
  if (text === null) return usualTop
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1)
    fail('InvalidQueryParameter', { parameter: 'top', what: 'a whole number above zero is needed' })
  return Math.min(Number(text), mostTop)
}

const mostFacts = 200

/**
 * `POST …/experiments/facts {ids}` → `{value: [{id, runs, traces, more, lastRunAt}]}`: how many active runs and how many
 * traces each has; from ten thousand on they are not counted to the end, and `more` says so.
 */
export const factsOfExperiments: JobVerb = {
  method: 'POST',
  path: '/experiments/facts',
  reads: true,
  async handle({ room, scope, body }) {
    const ids = asArray(body.ids)
    if (!Array.isArray(body.ids) || ids.some((id) => typeof id !== 'string'))
      fail('BadArgument', { what: 'ids must be a list of ids of experiments.' }, { target: 'ids' })
    if (ids.length > mostFacts) fail('TooLarge', { what: 'The list of ids', limit: `${mostFacts} ids` })
    const found = await room.deps.store.runs.experimentFacts(scope, [...new Set(ids.map(String))])
    return { value: found.map((one): JsonObject => ({ ...one })) }
  },
}
