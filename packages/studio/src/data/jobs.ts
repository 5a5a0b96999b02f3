// Jobs as rows, and the words that find them.
import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ask } from './api.ts'
import { localPart, type Page, type Resource, useWorkspace } from './queries.ts'

/** What the list of jobs shows of one. */
export interface JobRow {
  name: string
  displayName: string
  status: string
  type: string
  experiment: string
  compute: string
  /** Epoch milliseconds. */
  createdAt: number
  createdBy: string
  startedAt?: number
  endedAt?: number
  tags: Record<string, string>
  /** Latest values; with the least and the greatest, of metrics that were asked for. */
  metrics: Record<string, number | string>
  least: Record<string, number | string>
  greatest: Record<string, number | string>
  /** Literal inputs, and what was logged of the parameters that were asked for. */
  params: Record<string, string>
  description: string
  /** A program somewhere else made it and runs it: nothing of it is started here. */
  outside: boolean
}

/** What a list is asked for; the words of the search box are read by `readSearch`. */
export interface JobList {
  /** The words of `laz job list`. */
  words: readonly (readonly [string, string])[]
  order?: string
  /** What comes before the order, so that what belongs together stands together. */
  group?: string
  /** `loss`, `params.lr`, `tags.team`. */
  show?: readonly string[]
  /** Of a page. */
  top?: number
  /** What was shown stays until what is asked for is there. */
  keeps?: boolean
}

const pageSize = 200

export function rowOf({ name, properties, tags, systemData, lazurite = {} }: Resource): JobRow {
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const at = (value: unknown) =>
    typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : undefined
  const startedAt = at(lazurite.startedAt)
  const endedAt = at(lazurite.endedAt)
  return {
    name,
    displayName: text(properties.displayName) || name,
    status: text(properties.status),
    type: text(properties.jobType),
    experiment: text(properties.experimentName),
    compute:
      text(properties.computeId)
        .split('/')
        .at(-1)
        ?.replace(/^azureml:/, '') ?? '',
    createdAt: Date.parse(systemData?.createdAt ?? ''),
    createdBy: systemData?.createdBy ?? '',
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    tags: { ...tags, ...texts(lazurite.runTags), ...texts(properties.tags) },
    metrics: numbers(lazurite.metrics),
    least: numbers(lazurite.least),
    greatest: numbers(lazurite.greatest),
    params: { ...literals(properties.inputs), ...texts(lazurite.params) },
    description: text(properties.description),
    outside: lazurite.outside === true,
  }
}

/** As the server sends them: texts by name, numbers by name. */
const texts = (value: unknown) => value as Record<string, string> | undefined
const numbers = (value: unknown) => (value ?? {}) as Record<string, number | string>

function literals(inputs: unknown): Record<string, string> {
  const all = Object.entries((inputs ?? {}) as Record<string, { jobInputType?: string; value?: unknown } | null>)
  return Object.fromEntries(
    all.flatMap(([name, input]) =>
      input?.jobInputType?.toLowerCase() === 'literal' ? [[name, String(input.value ?? '')]] : [],
    ),
  )
}

/** Rows of pages that were read before: of a hundred thousand, those of the newest page alone are made. */
const known = new WeakMap<Page, JobRow[]>()

function rowsOf(page: Page): JobRow[] {
  const found = known.get(page)
  if (found) return found
  const rows = page.value.map(rowOf)
  known.set(page, rows)
  return rows
}

/** The words of the address that answers a list. */
export function wordsOf(list: JobList): URLSearchParams {
  const words = new URLSearchParams(list.words.map(([name, value]) => [name, value]))
  for (const order of [list.group, list.order]) if (order) words.append('order', order)
  for (const name of list.show ?? []) words.append('show', name)
  words.set('top', String(list.top ?? pageSize))
  return words
}

export function useJobs(list: JobList) {
  const { own } = useWorkspace()
  const words = wordsOf(list)
  const query = useInfiniteQuery<Page, Error, InfiniteData<Page, string>, unknown[], string>({
    queryKey: ['job', undefined, 'list', words.toString()],
    initialPageParam: `${own}/jobs?${words}`,
    queryFn: ({ pageParam, signal }) => ask<Page>(pageParam, { signal }),
    getNextPageParam: ({ nextLink }) => (nextLink ? localPart(nextLink) : undefined),
    ...(list.keeps ? { placeholderData: keepPreviousData } : {}),
  })
  const { data } = query
  const rows = useMemo(() => (data?.pages ?? []).flatMap(rowsOf), [data])
  return { ...query, rows }
}

/** Whether runs were made below a job that makes no steps. */
export function useHasNested(name: string, asks: boolean): boolean {
  const { own } = useWorkspace()
  const words = new URLSearchParams({ parent: name, archived: 'all', top: '1' })
  const found = useQuery({
    queryKey: ['job', undefined, 'nested', name],
    queryFn: async ({ signal }) => (await ask<Page>(`${own}/jobs?${words}`, { signal })).value.length > 0,
    enabled: asks,
    staleTime: 15_000,
  })
  return found.data ?? false
}

const keys = new Set([
  'status',
  'type',
  'experiment',
  'name',
  'compute',
  'tag',
  'param',
  'metric',
  'since',
  'until',
  'archived',
  'depth',
])
const aliases: Record<string, string> = { by: 'created-by', exp: 'experiment' }

/**
 * Words of the search box as words of the list: `status:failed`, `tag:team=cv`, `loss<0.2` (a metric), `param:lr=0.1`;
 * anything else is looked for in display names.
 */
export function readSearch(text: string): [string, string][] {
  return [...text.matchAll(/(?:[^\s"]+|"[^"]*")+/g)].map(([word]): [string, string] => {
    const plain = word.replaceAll('"', '')
    const pair = /^([a-z-]+):(.+)$/.exec(plain)
    const name = pair?.[1] === undefined ? undefined : (aliases[pair[1]] ?? pair[1])
    if (name && pair?.[2] && (keys.has(name) || name === 'created-by')) return [name, pair[2]]
    if (/^[\w./-]+(?:[<>]=?|!=|=)-?[\d.]+(?:e[+-]?\d+)?$/i.test(plain)) return ['metric', plain]
    return ['display-name', `*${plain}*`]
  })
}
