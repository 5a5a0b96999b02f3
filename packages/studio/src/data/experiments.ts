// Experiments: what jobs, runs and traces are filed under.
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ApiError, ask } from './api.ts'
import { useWorkspace } from './queries.ts'
import { useMlflow } from './traces.ts'

export interface Experiment {
  id: string
  name: string
  /** Deleted ones keep their name, and can be restored. */
  deleted: boolean
  createdAt: number
  updatedAt: number
  tags: Record<string, string>
  note: string
  /** Where the files of its runs are. */
  location: string
}

export interface ExperimentFacts {
  id: string
  runs: number
  traces: number
  more: boolean
  lastRunAt?: number
}

interface Wire {
  experiment_id?: string
  name?: string
  lifecycle_stage?: string
  artifact_location?: string
  creation_time?: number | string
  last_update_time?: number | string
  tags?: { key: string; value?: string }[]
}

interface Page {
  experiments?: Wire[]
  next_page_token?: string
}

const noteTag = 'mlflow.note.content'

export function experimentOf(wire: Wire): Experiment {
  const tags = Object.fromEntries((wire.tags ?? []).map(({ key, value = '' }) => [key, value]))
  return {
    id: wire.experiment_id ?? '',
    name: wire.name ?? '',
    deleted: wire.lifecycle_stage === 'deleted',
    createdAt: Number(wire.creation_time ?? 0),
    updatedAt: Number(wire.last_update_time ?? 0),
    tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('mlflow.'))),
    note: tags[noteTag] ?? '',
    location: wire.artifact_location ?? '',
  }
}

const againMs = 15_000
const pageSize = '1000'

/** All of them, those that changed last in front; deleted ones where they are asked for. */
export function useExperiments(view: 'active' | 'deleted' | 'all' = 'active') {
  const base = useMlflow()
  return useQuery({
    queryKey: ['experiment', undefined, view],
    queryFn: async ({ signal }) => {
      const found: Experiment[] = []
      for (let token = ''; ; ) {
        const asked = new URLSearchParams({ max_results: pageSize, view_type: views[view] })
        asked.append('order_by', 'last_update_time DESC')
        if (token) asked.set('page_token', token)
        const page = await ask<Page>(`${base.replace('/3.0/', '/2.0/')}/experiments/search?${asked}`, { signal })
        found.push(...(page.experiments ?? []).map(experimentOf))
        if (!page.next_page_token) return found
        token = page.next_page_token
      }
    },
    refetchInterval: againMs,
  })
}

const views = { active: 'ACTIVE_ONLY', deleted: 'DELETED_ONLY', all: 'ALL' }
const mostFacts = 200

/** How much is in those that are shown first. */
export function useExperimentFacts(all: readonly Experiment[]) {
  const { own } = useWorkspace()
  const ids = useMemo(() => all.slice(0, mostFacts).map(({ id }) => id), [all])
  return useQuery({
    queryKey: ['experiment', undefined, 'facts', ids],
    queryFn: async ({ signal }) => {
      const { value } = await ask<{ value: ExperimentFacts[] }>(`${own}/experiments/facts`, {
        method: 'POST',
        body: { ids },
        signal,
      })
      return new Map(value.map((one) => [one.id, one]))
    },
    enabled: ids.length > 0,
    refetchInterval: againMs,
  })
}

/** By its name, else by its id. */
export function useExperiment(name: string) {
  const base = useMlflow().replace('/3.0/', '/2.0/')
  return useQuery({
    queryKey: ['experiment', name],
    queryFn: async ({ signal }) => {
      const get = (verb: string, word: string) =>
        ask<{ experiment: Wire }>(`${base}/experiments/${verb}?${word}=${encodeURIComponent(name)}`, { signal })
      const { experiment } = await get('get-by-name', 'experiment_name').catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return get('get', 'experiment_id')
        throw error
      })
      return experimentOf(experiment)
    },
    refetchInterval: againMs,
  })
}
