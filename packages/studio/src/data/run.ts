// What a job logged: its metrics, parameters, phases, files and lines of its logs.
import type { MetricLines } from '@lazurite/client'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { ApiError, ask } from './api.ts'
import { useWorkspace } from './queries.ts'
import { isOver } from './states.ts'

/** No change tells of points and lines: while a job goes on they are asked for again. */
const againMs = 2000

export function whileRunning(status: string): number | false {
  return isOver(status) ? false : againMs
}

export interface MetricFact {
  key: string
  /** What is not finite is a text. */
  last: number | string
  step: number
  at: number
  count: number
  min?: number | string
  minStep?: number
  max?: number | string
  maxStep?: number
}

export interface RunFacts {
  name: string
  metrics: MetricFact[]
  params: Record<string, string>
  tags: Record<string, string>
}

export function useRunFacts(name: string, status: string) {
  const { own } = useWorkspace()
  return useQuery({
    queryKey: ['job', name, 'metrics'],
    queryFn: ({ signal }) => ask<RunFacts>(`${own}/jobs/${encodeURIComponent(name)}/metrics`, { signal }),
    refetchInterval: whileRunning(status),
  })
}

export interface Phase {
  name: string
  stage: 'queued' | 'preparing' | 'running' | 'finalizing'
  from: number
  to?: number
  seconds: number
  detail?: string
}

export interface StepTimes {
  name: string
  displayName: string
  status: string
  from: number
  startedAt: number | null
  endedAt: number | null
  totalSeconds: number
  stages: Record<Phase['stage'], number>
  phases: Phase[]
  reusedFrom?: string | null
}

export interface Timeline extends StepTimes {
  waiting: string | null
  steps: StepTimes[]
}

export function useTimeline(name: string) {
  const { own } = useWorkspace()
  return useQuery({
    queryKey: ['job', name, 'timeline'],
    queryFn: ({ signal }) => ask<Timeline>(`${own}/jobs/${encodeURIComponent(name)}/timeline`, { signal }),
  })
}

export interface Question {
  jobs: readonly string[]
  keys: readonly string[]
  /** `step`, `wall`, `relative` or `metric:<key>`. */
  x: string
  from?: number | undefined
  to?: number | undefined
  buckets: number
  scale: 'linear' | 'log'
}

export type { MetricLines }

export function useMetricLines(question: Question, o: { again: number | false; enabled?: boolean }) {
  const { own } = useWorkspace()
  const only = question.jobs.length === 1 ? question.jobs[0] : undefined
  return useQuery({
    queryKey: ['job', only, 'lines', question],
    queryFn: ({ signal }) => ask<MetricLines>(`${own}/metrics/query`, { method: 'POST', body: question, signal }),
    refetchInterval: o.again,
    enabled: (o.enabled ?? true) && question.keys.length > 0,
    placeholderData: keepPreviousData,
  })
}

export interface LogWindow {
  path: string
  from: number
  total: number
  sizeBytes: number
  over: boolean
  value: string[]
}

/** The end of a log; without a path, of the one that stands for the job. */
export function useLogEnd(name: string, o: { path?: string; count: number; status: string }) {
  const { own } = useWorkspace()
  const words = new URLSearchParams({ from: String(-o.count), count: String(o.count) })
  if (o.path) words.set('path', o.path)
  return useQuery({
    queryKey: ['job', name, 'log end', o.path, o.count],
    queryFn: ({ signal }) => ask<LogWindow>(`${own}/jobs/${encodeURIComponent(name)}/log/lines?${words}`, { signal }),
    refetchInterval: whileRunning(o.status),
  })
}

export interface FileEntry {
  name: string
  path: string
  folder: boolean
  sizeBytes?: number
  modifiedAt?: string
}

interface FilePage {
  value: FileEntry[]
  nextMarker?: string
}

/** Where files are: a datastore and a folder in it. */
export interface FilePlace {
  datastore: string
  path: string
}

export function artifactsOf(job: string): FilePlace {
  return { datastore: 'workspaceartifactstore', path: `ExperimentRun/dcid.${job}` }
}

/** The place that a URI names; undefined for what lies in no datastore of this workspace. */
export function placeOfUri(uri: string | undefined): FilePlace | undefined {
  const found = /^azureml:\/\/(?:subscriptions\/.*?\/)?datastores\/([^/]+)\/(?:paths\/)?(.*)$/i.exec(uri ?? '')
  return found?.[1] === undefined ? undefined : { datastore: found[1], path: (found[2] ?? '').replace(/\/+$/, '') }
}

/** Address of a verb of a datastore about a path: `content`, `page`, `preview`, `browse`. */
export function placeUrl(own: string, verb: string, { datastore, path }: FilePlace, words = {}): string {
  return `${own}/datastores/${encodeURIComponent(datastore)}/${verb}?${new URLSearchParams({ path, ...words })}`
}

/** One folder, a page at a time; a folder that is not there is empty. `key` is the job whose changes make it old. */
export function useFolder(place: FilePlace, o: { key: string; again: number | false; recursive?: boolean }) {
  const { own } = useWorkspace()
  const words = { path: place.path, ...(o.recursive ? { recursive: 'true' } : {}) }
  const query = useInfiniteQuery({
    queryKey: ['job', o.key, 'folder', place.datastore, place.path, o.recursive],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ ...words, ...(pageParam ? { marker: pageParam } : {}) })
      const url = `${own}/datastores/${encodeURIComponent(place.datastore)}/browse?${query}`
      return ask<FilePage>(url, { signal }).catch((error: unknown): FilePage => {
        if (error instanceof ApiError && error.status === 404) return { value: [] }
        throw error
      })
    },
    getNextPageParam: ({ nextMarker }) => nextMarker,
    refetchInterval: o.again,
  })
  return { ...query, entries: (query.data?.pages ?? []).flatMap(({ value }) => value) }
}
