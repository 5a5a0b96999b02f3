/**
 * Jobs by state, type, experiment, names, tags, parameters and metrics: looked for where they are kept, so that a rare one
 * among a hundred thousand is found in one request.
 */
import { asObject, fail, type JsonObject, type Kind, kindByName } from '@lazurite/spec'
import {
  type Clause,
  type JobFacts,
  type JobSearch,
  jobGrammar,
  type MetricExtent,
  parseFilter,
  parseOrder,
  type Sort,
} from '@lazurite/store'
import { showAll } from '../arm/read.ts'
import type { JobCall, JobVerb } from './call.ts'

export const list: JobVerb = { method: 'GET', path: '/jobs', handle: listJobs }

/** `GET …/jobs/counts?<words of the list>` → `{total, states: {Running: 2, …}}`. */
export const countJobs: JobVerb = {
  method: 'GET',
  path: '/jobs/counts',
  async handle(call) {
    const query = queryOf(call)
    const states = await call.room.deps.store.jobs.count(searchOf(call, query))
    return { total: Object.values(states).reduce((sum, n) => sum + n, 0), states }
  },
}

const usualTop = 50
const mostTop = 1000
/** Of metrics, of parameters and of tags. */
const mostShown = 50

function queryOf({ room }: JobCall): URLSearchParams {
  const query = new URLSearchParams((room.request.raw.url ?? '').split('?')[1] ?? '')
  refuseUnknown(query)
  return query
}

const jobKind = () => kindByName('job') ?? fail('InternalError', {})

/** Which jobs are meant; not in which order, nor how many of them. */
function searchOf({ room, scope }: JobCall, query: URLSearchParams): Omit<JobSearch, 'sorts' | 'top' | 'after'> {
  return {
    scope,
    ...(query.get('depth') === 'all' ? {} : { parent: query.get('parent') ?? '' }),
    archived: viewOf(query.get('archived')),
    clauses: [
      ...clausesOf(query, jobKind(), room.deps.store.clock.now()),
      ...parseFilter(query.get('filter') ?? undefined, jobGrammar),
    ],
  }
}

async function listJobs(call: JobCall): Promise<JsonObject> {
  const { room, scope } = call
  const query = queryOf(call)
  const search = searchOf(call, query)
  const orders = query.getAll('order').flatMap((words) => words.split(','))
  const sorts = parseOrder(orders, jobGrammar)
  const after = query.get('after')
  const { rows, next } = await room.deps.store.jobs.search({
    ...search,
    sorts,
    top: topOf(query.get('top')),
    ...(after === null ? {} : { after }),
  })
  const shown = factsShown(query, search.clauses, sorts)
  const jobs = rows.map(({ name }) => name)
  const known = await room.deps.store.jobs.facts(scope, jobs, shown)
  const value = (await showAll(room, jobKind(), rows)).map((job, i) => {
    const told = toldOf(known.get(rows[i]?.name ?? ''), shown)
    return { ...job, lazurite: { ...asObject(job.lazurite), ...told } }
  })
  if (next === undefined) return { value }
  query.set('after', next)
  return { value, nextLink: `${room.origin}${(room.request.raw.url ?? '').split('?')[0]}?${query}` }
}

/** What was asked for beside the jobs; nothing of what was not. */
function toldOf(facts: JobFacts | undefined, shown: FactsShown): JsonObject {
  const { metrics = {}, params = {}, tags = {} } = facts ?? {}
  const of = (pick: (extent: MetricExtent) => number | undefined) =>
    Object.fromEntries(
      Object.entries(metrics).flatMap(([key, extent]) => {
        const value = pick(extent)
        return value === undefined ? [] : [[key, wireNumber(value)]]
      }),
    )
  return {
    ...(shown.metrics.length === 0
      ? {}
      : { metrics: of(({ last }) => last), least: of(({ min }) => min), greatest: of(({ max }) => max) }),
    ...(shown.params.length === 0 ? {} : { params }),
    ...(shown.tags.length === 0 ? {} : { runTags: tags }),
  }
}

const words = new Set([
  ...['status', 'type', 'experiment', 'name', 'display-name', 'compute', 'created-by', 'since', 'until'],
  ...['tag', 'param', 'metric', 'filter', 'order', 'top', 'after', 'archived', 'parent', 'depth', 'show'],
  'api-version',
])

function refuseUnknown(query: URLSearchParams): void {
  for (const name of query.keys()) {
    if (words.has(name)) continue
    fail('InvalidQueryParameter', { parameter: name.slice(0, 60), what: `jobs are listed by ${[...words].join(', ')}` })
  }
}

/** JSON has no word for these. */
function wireNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function viewOf(text: string | null): 'active' | 'archived' | 'all' {
  if (text === null) return 'active'
  if (text === 'active' || text === 'archived' || text === 'all') return text
  return fail('InvalidQueryParameter', { parameter: 'archived', what: 'active, archived or all is needed' })
}

function topOf(text: string | null): number {
  if (text === null) return usualTop
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < 1)
    fail('InvalidQueryParameter', { parameter: 'top', what: 'a whole number above zero is needed' })
  return Math.min(value, mostTop)
}

interface FactsShown {
  metrics: string[]
  params: string[]
  tags: string[]
}

/**
 * Metrics that the question is about, and what is asked for beside: `loss`, `metrics.loss`, `params.lr`, `tags.team`.
 * Their values are told with every job.
 */
function factsShown(query: URLSearchParams, clauses: readonly Clause[], sorts: readonly Sort[]): FactsShown {
  const asked = query
    .getAll('show')
    .flatMap((names) => names.split(','))
    .filter((name) => name !== '')
  const below = (word: string) => asked.filter((name) => name.startsWith(word)).map((name) => name.slice(word.length))
  const plain = asked.filter((name) => !/^(?:metrics|params|tags)\./.test(name))
  const meant = [...clauses, ...sorts].filter(({ entity }) => entity === 'metric').map(({ key }) => key)
  const few = (names: readonly string[]) => [...new Set(names)].slice(0, mostShown)
  return {
    metrics: few([...plain, ...below('metrics.'), ...meant]),
    params: few(below('params.')),
    tags: few(below('tags.')),
  }
}

function clausesOf(query: URLSearchParams, kind: Kind, now: number): Clause[] {
  return [
    ...oneOf(query, 'status', Object.keys(kind.states ?? {})),
    ...types(query, kind),
    ...named(query, 'experiment', 'experiment_name'),
    ...named(query, 'name', 'name'),
    ...named(query, 'display-name', 'display_name'),
    ...named(query, 'created-by', 'created_by'),
    ...computes(query),
    ...times(query, now),
    ...query.getAll('tag').map((text) => factOf('tag', text)),
    ...query.getAll('param').map((text) => factOf('param', text)),
    ...query.getAll('metric').map((text) => factOf('metric', text)),
  ]
}

/** Several with commas between; in any case. */
function oneOf(query: URLSearchParams, parameter: string, known: readonly string[]): Clause[] {
  const texts = query.getAll(parameter).flatMap((text) => text.split(','))
  if (texts.length === 0) return []
  const value = texts.map((text) => {
    const found = known.find((word) => word.toLowerCase() === text.trim().toLowerCase())
    const what = `${JSON.stringify(text.slice(0, 60))} is none of ${known.join(', ')}`
    return found ?? fail('InvalidQueryParameter', { parameter, what })
  })
  return [{ entity: 'attribute', key: parameter, op: 'IN', value }]
}

/** Types as the wire spells them; there are more than a file can be of, for what jobs make of themselves. */
function types(query: URLSearchParams, { fields }: Kind): Clause[] {
  const known = Object.values(fields.variants ?? {}).map(({ wire }) => wire)
  const texts = query.getAll('type').flatMap((text) => text.split(','))
  if (texts.length === 0) return []
  const value = texts.map(
    (text) => known.find((word) => word?.toLowerCase() === text.trim().toLowerCase()) ?? text.trim(),
  )
  return [{ entity: 'attribute', key: 'type', op: 'IN', value }]
}

/** The name itself, or a pattern with `*`. */
function named(query: URLSearchParams, parameter: string, key: string): Clause[] {
  return query.getAll(parameter).map((text): Clause => {
    if (!text.includes('*')) return { entity: 'attribute', key, op: '=', value: text }
    return { entity: 'attribute', key, op: 'LIKE', value: text.replaceAll('*', '%') }
  })
}

/** A compute is kept by its id. */
function computes(query: URLSearchParams): Clause[] {
  return query.getAll('compute').map((text): Clause => {
    const value = `%${text.replace(/^azureml:/, '').replaceAll('*', '%')}`
    return { entity: 'attribute', key: 'compute', op: 'LIKE', value }
  })
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** An instant, or how long ago: 30m, 12h, 7d, 2w. */
function times(query: URLSearchParams, now: number): Clause[] {
  const read = (parameter: string, op: '>=' | '<'): Clause[] =>
    query.getAll(parameter).map((text) => {
      const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
      const at = count === undefined ? Date.parse(text) : now - Number(count) * (units[unit] ?? 0)
      if (Number.isNaN(at))
        fail('InvalidQueryParameter', { parameter, what: 'an ISO 8601 instant or an age such as 12h or 7d is needed' })
      return { entity: 'attribute', key: 'created_at', op, value: new Date(at).toISOString() }
    })
  return [...read('since', '>='), ...read('until', '<')]
}

const comparison = /^\s*(.+?)\s*(<=|>=|!=|==|=|<|>)\s*(.*?)\s*$/s
const numeric = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i

/** `key`, or `key=value` with any comparison; `*` in a text stands for anything. */
function factOf(entity: 'tag' | 'param' | 'metric', text: string): Clause {
  const found = comparison.exec(text)
  if (!found) {
    if (text.trim() === '') fail('InvalidQueryParameter', { parameter: entity, what: 'a name is needed' })
    if (entity === 'metric') return { entity, key: text.trim(), op: '>=', value: Number.NEGATIVE_INFINITY }
    return { entity, key: text.trim(), op: 'IS NOT NULL', value: undefined }
  }
  const [, key = '', sign = '', value = ''] = found
  const op = (sign === '==' ? '=' : sign) as Clause['op'] // the pattern has these alone
  if (numeric.test(value) && entity !== 'tag') return { entity, key, op, value: Number(value) }
  if (entity === 'metric' || (op !== '=' && op !== '!=')) {
    const what = `${JSON.stringify(value.slice(0, 60))} is no number to compare ${key} with`
    fail('InvalidQueryParameter', { parameter: entity, what })
  }
  if (op === '=' && value.includes('*')) return { entity, key, op: 'LIKE', value: value.replaceAll('*', '%') }
  return { entity, key, op, value }
}
