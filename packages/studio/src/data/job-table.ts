// What the table of jobs asks for beside its rows: how many there are, what they recorded, shapes of metrics, all of them
// for a file.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ask } from './api.ts'
import { type JobList, type JobRow, rowOf, wordsOf } from './jobs.ts'
import { localPart, type Page, useWorkspace } from './queries.ts'

export interface Counts {
  total: number
  states: Record<string, number>
}

export function useJobCounts(words: JobList['words']) {
  const { own } = useWorkspace()
  const text = new URLSearchParams(words.map(([name, value]) => [name, value])).toString()
  return useQuery({
    queryKey: ['job', undefined, 'counts', text],
    queryFn: ({ signal }) => ask<Counts>(`${own}/jobs/counts?${text}`, { signal }),
    placeholderData: keepPreviousData,
  })
}

export interface FieldNames {
  metrics: { name: string; jobs: number }[]
  params: { name: string; jobs: number }[]
  tags: { name: string; jobs: number }[]
}

const mostAsked = 400

/** What the first of these jobs recorded. */
export function useFields(jobs: readonly JobRow[]) {
  const { own } = useWorkspace()
  const names = jobs.slice(0, mostAsked).map(({ name }) => name)
  return useQuery({
    queryKey: ['job', undefined, 'fields', names],
    queryFn: ({ signal }) => ask<FieldNames>(`${own}/jobs/fields`, { method: 'POST', body: { jobs: names }, signal }),
    enabled: names.length > 0,
    placeholderData: keepPreviousData,
  })
}

export interface Spark {
  job: string
  key: string
  /** What is not finite is a text. */
  last: number | string
  /** Between 0 and 255; empty where there is one point alone. */
  line: number[]
}

/** A page of rows at a time: rows that come do not ask again for those that are there. */
const pageRows = 50

/** Lines of one metric by job, of a page of rows. */
export function useSparks(jobs: readonly JobRow[], key: string | undefined, page: number) {
  const { own } = useWorkspace()
  const names = jobs.slice(page * pageRows, (page + 1) * pageRows).map(({ name }) => name)
  return useQuery({
    queryKey: ['job', undefined, 'sparks', key, names],
    queryFn: async ({ signal }) => {
      const body = { jobs: names, keys: [key] }
      const { value } = await ask<{ value: Spark[] }>(`${own}/metrics/sparks`, { method: 'POST', body, signal })
      return new Map(value.map((spark) => [spark.job, spark]))
    },
    enabled: key !== undefined && names.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
}

export const sparkPage = (index: number) => Math.floor(index / pageRows)

const mostRows = 50_000

/** All jobs of a list, or so many of them, page by page. */
export async function allJobs(own: string, list: JobList, told: (count: number) => void): Promise<JobRow[]> {
  const rows: JobRow[] = []
  let next: string | undefined = `${own}/jobs?${wordsOf({ ...list, top: 1000 })}`
  while (next !== undefined && rows.length < mostRows) {
    const page: Page = await ask<Page>(next)
    rows.push(...page.value.map(rowOf))
    told(rows.length)
    next = page.nextLink ? localPart(page.nextLink) : undefined
  }
  return rows
}
