// Jobs side by side: what they share, what differs, and their numbers on common scales.

import type { Resource } from './queries.ts'
import type { RunFacts } from './run.ts'

export interface Compared {
  name: string
  label: string
  status: string
  seconds: number | undefined
  resource: Resource
  params: Record<string, string>
  /** Last values; what is not finite is a text. */
  metrics: Record<string, number | string>
}

export interface Field {
  section: string
  name: string
  /** In the order of the jobs. */
  values: (string | undefined)[]
  differs: boolean
}

const text = (value: unknown): string | undefined => {
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The last words of an id: `acpt:14`, `cpu-cluster`. */
export function shortened(id: string): string {
  const version = /\/([^/]+)\/(?:versions|labels)\/([^/]+)$/.exec(id)
  if (version) return `${version[1]}:${(version[2] ?? '').slice(0, 12)}`
  return /^\/subscriptions\//i.test(id) ? (id.split('/').at(-1) ?? id) : id
}

/** What only this server writes, or differs between any two jobs. */
const own = /^(?:azureml|mlflow|lazurite|_)/

function settingsOf({ properties }: Resource): Record<string, string | undefined> {
  const short = (value: unknown) => (typeof value === 'string' ? shortened(value) : text(value))
  const resources = (properties.resources ?? {}) as Record<string, unknown> // as ARM has them
  return {
    type: text(properties.jobType),
    experiment: text(properties.experimentName),
    command: text(properties.command),
    environment: short(properties.environmentId),
    code: short(properties.codeId),
    compute: short(properties.computeId),
    component: short(properties.componentId),
    instances: text(resources.instanceCount),
    distribution: text(properties.distribution),
    limits: text(properties.limits),
    'environment variables': text(properties.environmentVariables),
    description: text(properties.description),
  }
}

function inputsOf({ properties }: Resource): { literals: Record<string, string>; data: Record<string, string> } {
  const literals: Record<string, string> = {}
  const data: Record<string, string> = {}
  for (const [name, input] of Object.entries((properties.inputs ?? {}) as Record<string, Record<string, unknown>>)) {
    if (input.jobInputType === 'literal') literals[name] = String(input.value)
    else data[name] = shortened(String(input.uri ?? ''))
  }
  return { literals, data }
}

/** What a job was given as parameters: those it logged, and its literal inputs. */
export function paramsOf(resource: Resource, facts: RunFacts | undefined): Record<string, string> {
  return { ...inputsOf(resource).literals, ...facts?.params }
}

/** All fields of all jobs, section by section; `differs` where not all have the same. */
export function fieldsOf(jobs: readonly Compared[]): Field[] {
  const tags = ({ tags: beside, properties }: Resource) => {
    const all = { ...beside, ...(properties.tags as Record<string, string> | undefined) }
    return Object.fromEntries(Object.entries(all).filter(([name]) => !own.test(name)))
  }
  const sections: [string, (job: Compared) => Record<string, string | undefined>][] = [
    ['Parameters', ({ params }) => params],
    ['Data', ({ resource }) => inputsOf(resource).data],
    ['Settings', ({ resource }) => settingsOf(resource)],
    ['Tags', ({ resource }) => tags(resource)],
  ]
  return sections.flatMap(([section, of]) => sideBySide(section, jobs.map(of)))
}

/** The fields of one section, from what each job has there. */
export function sideBySide(section: string, columns: readonly Record<string, string | undefined>[]): Field[] {
  const names = [...new Set(columns.flatMap((column) => Object.keys(column)))]
  return names.flatMap((name): Field[] => {
    const values = columns.map((column) => column[name])
    if (values.every((value) => value === undefined)) return []
    return [{ section, name, values, differs: new Set(values).size > 1 }]
  })
}

/** Losses and errors are better small. */
export function isBetterSmall(metric: string): boolean {
  return /loss|err|rmse|mae|mse|perplexity|latency|seconds|duration/i.test(metric)
}

/** Place of the best value; undefined when there are not two to tell apart. */
export function bestOf(metric: string, values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value): value is number => value !== undefined && Number.isFinite(value))
  if (known.length < 2 || new Set(known).size < 2) return undefined
  return values.indexOf(isBetterSmall(metric) ? Math.min(...known) : Math.max(...known))
}

export function metricNames(jobs: readonly Compared[]): string[] {
  const names = [...new Set(jobs.flatMap(({ metrics }) => Object.keys(metrics)))].filter(
    (name) => !name.startsWith('system/'),
  )
  return names.sort((a, b) => (a < b ? -1 : 1))
}

export interface Axis {
  id: string
  title: string
  kind: 'number' | 'log' | 'words'
  /** Least and greatest; of words, the first and the last place. */
  low: number
  high: number
  /** Of words, in order. */
  words: string[]
  values: (number | string | undefined)[]
}

/** An axis of what jobs have there: numbers where all are, over decades where they span many, words else. */
export function axisOf(id: string, title: string, values: readonly (number | string | undefined)[]): Axis {
  const known = values.filter((value) => value !== undefined && value !== '')
  const numbers = known.map(Number)
  if (known.length > 0 && numbers.every(Number.isFinite)) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
    const kind = low > 0 && high / low >= 50 ? 'log' : 'number'
    const read = values.map((value) => (value === undefined || value === '' ? undefined : Number(value)))
    return { id, title, kind, low, high, words: [], values: read }
  }
  const words = [...new Set(known.map(String))].sort()
  const read = values.map((value) => (value === undefined || value === '' ? undefined : String(value)))
  return { id, title, kind: 'words', low: 0, high: Math.max(0, words.length - 1), words, values: read }
}

/** Between 0 and 1 along the axis; undefined where nothing is known. */
export function placeOn({ kind, low, high, words }: Axis, value: number | string | undefined): number | undefined {
  if (value === undefined) return undefined
  const at = kind === 'words' ? words.indexOf(String(value)) : Number(value)
  if (high === low) return 0.5
  if (kind === 'log') return Math.log(at / low) / Math.log(high / low)
  return (at - low) / (high - low)
}

/** The value at a place between 0 and 1; of words, the nearest. */
export function valueAt({ kind, low, high, words }: Axis, place: number): number | string {
  if (kind === 'words') return words[Math.round(low + place * (high - low))] ?? ''
  return kind === 'log' ? low * (high / low) ** place : low + place * (high - low)
}

/** How two columns go together, by their order: −1 to 1; undefined for fewer than three pairs or none that differ. */
export function rankCorrelation(
  a: readonly (number | undefined)[],
  b: readonly (number | undefined)[],
): number | undefined {
  const pairs = a.flatMap((x, i) => {
    const y = b[i]
    return x !== undefined && y !== undefined && Number.isFinite(x) && Number.isFinite(y) ? [[x, y] as const] : []
  })
  if (pairs.length < 3) return undefined
  const [x, y] = [ranks(pairs.map(([one]) => one)), ranks(pairs.map(([, other]) => other))]
  const middle = (pairs.length + 1) / 2
  let [both, ofX, ofY] = [0, 0, 0]
  for (let i = 0; i < pairs.length; i++) {
    const [dx, dy] = [(x[i] ?? 0) - middle, (y[i] ?? 0) - middle]
    both += dx * dy
    ofX += dx * dx
    ofY += dy * dy
  }
  return ofX === 0 || ofY === 0 ? undefined : both / Math.sqrt(ofX * ofY)
}

/** Equal values share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value)
  const found = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to + 1 < order.length && order[to + 1]?.value === order[from]?.value) to++
    for (let i = from; i <= to; i++) found[order[i]?.index ?? 0] = (from + to) / 2 + 1
    from = to + 1
  }
  return found
}
