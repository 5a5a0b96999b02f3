// Snapshots of code: their files, what they hold, and how two of them differ.
import { queryOptions } from '@tanstack/react-query'
import { ask, send } from './api.ts'
import { armUrl, type Resource } from './queries.ts'

export interface CodeFile {
  path: string
  sizeBytes: number
  sha256?: string
}

export interface Snapshot {
  files: CodeFile[]
  /** Path that files are below. */
  base: string
}

/** A version of a code with the digests of its files; it never changes. No code has no files. */
export function snapshotQuery(id: string | undefined) {
  return queryOptions({
    queryKey: ['code', id, 'digests'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<Snapshot> => {
      if (id === undefined) return { files: [], base: '' }
      const [row, files] = await Promise.all([
        ask<Resource>(armUrl(id), { signal }),
        ask<{ value: CodeFile[] }>(`/lazurite/v1${id}/files?digests=true`, { signal }),
      ])
      return { files: files.value, base: new URL(String(row.properties.codeUri), location.origin).pathname }
    },
  })
}

/** The text of a file; of a path that is not there, none. */
export function textQuery(snapshot: Snapshot, path: string) {
  const there = snapshot.files.some((file) => file.path === path)
  const url = `${snapshot.base}/${path.split('/').map(encodeURIComponent).join('/')}`
  return queryOptions({
    queryKey: ['bytes', url, there ? 'text' : 'nothing'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => (there ? (await send(url, { signal, headers: { accept: '*/*' } })).text() : ''),
  })
}

export type FileChange = 'added' | 'removed' | 'changed' | 'same'

export interface ChangedFile {
  path: string
  is: FileChange
  /** The greater of both. */
  sizeBytes: number
}

/** Every path of both, those that differ first. */
export function changedFiles(before: readonly CodeFile[], after: readonly CodeFile[]): ChangedFile[] {
  const [old, now] = [new Map(before.map((file) => [file.path, file])), new Map(after.map((file) => [file.path, file]))]
  const all = [...new Set([...old.keys(), ...now.keys()])].map((path): ChangedFile => {
    const [a, b] = [old.get(path), now.get(path)]
    const same = a !== undefined && b !== undefined && a.sizeBytes === b.sizeBytes && a.sha256 === b.sha256
    const is = same ? 'same' : a === undefined ? 'added' : b === undefined ? 'removed' : 'changed'
    return { path, is, sizeBytes: Math.max(a?.sizeBytes ?? 0, b?.sizeBytes ?? 0) }
  })
  return all.sort((a, b) => Number(a.is === 'same') - Number(b.is === 'same') || (a.path < b.path ? -1 : 1))
}

export function languageOf(path: string): 'yaml' | 'json' | 'python' | 'text' {
  if (/\.py$/.test(path)) return 'python'
  if (/\.ya?ml$/.test(path)) return 'yaml'
  return /\.json$/.test(path) ? 'json' : 'text'
}
