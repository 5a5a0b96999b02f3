// What pages ask for, under keys that begin with the kind and the name: changes of the server find them by these.
import { queryOptions, useQuery } from '@tanstack/react-query'
import { ask } from './api.ts'
import { armPath, useSession, type WorkspaceId } from './session.ts'

export const apiVersion = '2024-10-01'

/** An ARM resource as it is sent. */
export interface Resource {
  id: string
  name: string
  type: string
  tags?: Record<string, string>
  location?: string
  properties: Record<string, unknown>
  systemData?: { createdAt?: string; createdBy?: string; lastModifiedAt?: string; lastModifiedBy?: string }
  lazurite?: Record<string, unknown>
}

export interface Page<T = Resource> {
  value: T[]
  nextLink?: string
}

/** Path of the workspace in use: of ARM, and of what is ours. */
export function useWorkspace(): { arm: string; own: string; id: WorkspaceId } {
  const { workspace } = useSession()
  const arm = armPath(workspace)
  return { arm, own: `/lazurite/v1${arm}`, id: workspace }
}

/** Adds the version of the API and other words to a path. */
export function armUrl(path: string, words: Record<string, string> = {}): string {
  return `${path}?${new URLSearchParams({ 'api-version': apiVersion, ...words })}`
}

/** The part of a `nextLink` that this server is asked with. */
export function localPart(link: string): string {
  const { pathname, search } = new URL(link, location.origin)
  return pathname + search
}

export function jobQuery(arm: string, name: string) {
  return queryOptions({
    queryKey: ['job', name],
    queryFn: ({ signal }) => ask<Resource>(armUrl(`${arm}/jobs/${encodeURIComponent(name)}`), { signal }),
  })
}

export function useJob(name: string) {
  return useQuery(jobQuery(useWorkspace().arm, name))
}
