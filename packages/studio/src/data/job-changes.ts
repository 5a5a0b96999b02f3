// What is done to a job. Each answers when the server has it; the change it makes is told like any other.
import { useQueryClient } from '@tanstack/react-query'
import { ask } from './api.ts'
import { armUrl, type Resource, useWorkspace } from './queries.ts'

/** What goes for good, or would. */
export interface Erased {
  dryRun: boolean
  jobCount: number
  runs: number
  metricPoints: number
  files: number
  sizeBytes: number
  assets: { kind: string; name: string; version: string }[]
  kept: { path: string; by: string }[]
}

export interface RerunBody {
  display_name?: string
  experiment_name?: string
  compute?: string
  inputs?: Record<string, string>
  environment_variables?: Record<string, string>
  force?: boolean
}

export function useJobChanges(name: string) {
  const { arm, own } = useWorkspace()
  const queries = useQueryClient()
  const path = `/jobs/${encodeURIComponent(name)}`
  const settle = () => queries.invalidateQueries({ queryKey: ['job', name] })
  return {
    async patch(properties: Record<string, unknown>): Promise<Resource> {
      const job = await ask<Resource>(armUrl(arm + path), { method: 'PATCH', body: { properties } })
      queries.setQueryData(['job', name], job)
      return job
    },
    async cancel(): Promise<void> {
      await ask(armUrl(`${arm}${path}/cancel`), { method: 'POST' })
      await settle()
    },
    rerun: (body: RerunBody) => ask<Resource>(`${own}${path}/rerun`, { method: 'POST', body }),
    resume: () => ask<Resource>(`${own}${path}/resume`, { method: 'POST', body: {} }),
    erase: (dryRun: boolean) => ask<Erased>(`${own}${path}${dryRun ? '?dryRun=true' : ''}`, { method: 'DELETE' }),
    /** The next version of a model, from a place in the outputs. */
    async registerModel(o: { model: string; uri: string; type: string }): Promise<Resource> {
      const base = `${arm}/models/${encodeURIComponent(o.model)}`
      const version = await nextVersion(base)
      const properties = { modelUri: o.uri, modelType: o.type, jobName: name }
      return ask<Resource>(armUrl(`${base}/versions/${version}`), { method: 'PUT', body: { properties } })
    },
  }
}

async function nextVersion(base: string): Promise<string> {
  try {
    const { properties } = await ask<Resource>(armUrl(base))
    return typeof properties.nextVersion === 'string' ? properties.nextVersion : '1'
  } catch {
    return '1' // there is no such model yet
  }
}
