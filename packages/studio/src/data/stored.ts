// Files of datastores: where they are asked for, a page of a folder at a time.
import { parseUri } from '@lazurite/spec'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { ask } from './api.ts'
import { useWorkspace } from './queries.ts'

export interface StoredEntry {
  name: string
  /** From the root of the datastore. */
  path: string
  folder: boolean
  sizeBytes?: number
  modifiedAt?: string
}

interface Browsed {
  value: StoredEntry[]
  nextMarker?: string
}

/** Address of a verb of a datastore; GET of `content` is the file itself. */
export function storedUrl(own: string, datastore: string, verb: string, words: Record<string, string>): string {
  return `${own}/datastores/${encodeURIComponent(datastore)}/${verb}?${new URLSearchParams(words)}`
}

export function useFolder(datastore: string, path: string) {
  const { own } = useWorkspace()
  return useInfiniteQuery({
    queryKey: ['datastore', datastore, 'files', path],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      ask<Browsed>(
        storedUrl(own, datastore, 'browse', {
          path,
          limit: '1000',
          ...(pageParam === '' ? {} : { marker: pageParam }),
        }),
        { signal },
      ),
    getNextPageParam: ({ nextMarker }) => nextMarker,
  })
}

export interface Place {
  datastore: string
  path: string
}

/** Where a URI of this workspace leads; undefined for what lies elsewhere. */
export function placeOfUri(uri: string): Place | undefined {
  const parsed = parseUri(uri)
  return parsed.form === 'datastore' ? { datastore: parsed.datastore, path: parsed.path } : undefined
}

export function uriOf({ datastore, path }: Place): string {
  return `azureml://datastores/${datastore}/paths/${path}`
}

/** What is seen of a file or folder without its bytes. */
export type Looked =
  | { kind: 'table'; format: string; columns: string[]; rows: Record<string, unknown>[]; more: boolean }
  | { kind: 'text'; format: string; lines: string[]; more: boolean; sizeBytes: number }
  | { kind: 'image'; format: string; type: string; width: number; height: number; sizeBytes: number }
  | { kind: 'folder'; format: string; entries: StoredEntry[]; more: boolean }
  | { kind: 'binary'; format: string; sizeBytes: number; head: string }

/** `url` is that of a preview; `key` is what changes tell of. */
export function useLook(url: string, key: readonly unknown[]) {
  return useQuery({
    queryKey: [...key, 'preview', url],
    queryFn: ({ signal }) => ask<Looked>(url, { signal }),
    retry: false,
  })
}

export interface ProfileColumn {
  name: string
  type: string
  missing: number
  distinct: number
  min?: number | string
  max?: number | string
  mean?: number
  std?: number
  quantiles?: Record<string, number>
  maxLength?: number
  top?: { value: string; count: number }[]
}

export interface Profiled {
  format: string
  rows: number
  columns: ProfileColumn[]
  more?: boolean
}
