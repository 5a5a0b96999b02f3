/** Folders that go, with what stays in them because somebody names it. */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Store } from '@lazurite/store'
import type { Held } from './holders.ts'

export interface Folder {
  account: string
  container: string
  /** '' is the whole container. */
  path: string
  /** What goes of it. */
  files: number
  sizeBytes: number
  /** Paths inside the container, when not all of it goes. */
  only?: string[]
}

type Asked = Pick<Folder, 'account' | 'container' | 'path'>

/** Those that are there, each once, the outer ones in place of those inside them. */
export async function foldersOf(
  store: Store,
  asked: readonly Asked[],
  held: readonly Held[],
): Promise<{ folders: Folder[]; kept: Held[] }> {
  const folders: Folder[] = []
  const kept = new Set<Held>()
  const outer = new Map<string, Asked>()
  const sorted = [...asked].sort((a, b) => a.path.length - b.path.length)
  for (const each of sorted) {
    const at = [each.account, each.container]
    const above = each.path.split('/').map((_, i, parts) => [...at, parts.slice(0, i + 1).join('/')].join('|'))
    if (![[...at, ''].join('|'), ...above].some((key) => outer.has(key))) outer.set([...at, each.path].join('|'), each)
  }
  for (const each of outer.values()) {
    const base = store.bytes.folder(each.account, each.container)
    const root = each.path === '' ? base : store.bytes.path(each.account, each.container, each.path)
    const inside = held.filter(({ at }) => at === root || at.startsWith(`${root}/`) || root.startsWith(`${at}/`))
    const files = await filesBelow(root)
    const free = files.filter(({ path }) => !inside.some(({ at }) => isAtOrBelow(path, at)))
    if (free.length < files.length) for (const one of inside) kept.add(one)
    if (free.length === 0 && (files.length > 0 || !(await isThere(root)))) continue
    const sizeBytes = free.reduce((sum, file) => sum + file.sizeBytes, 0)
    const only = free.length < files.length ? { only: free.map(({ path }) => path.slice(base.length + 1)) } : {}
    folders.push({ ...each, files: free.length, sizeBytes, ...only })
  }
  return { folders, kept: [...kept] }
}

/** Which of them are there at all. */
export async function thoseThere({ bytes }: Store, places: readonly Asked[]): Promise<Asked[]> {
  const found: Asked[] = []
  for (const place of places)
    if (await isThere(bytes.path(place.account, place.container, place.path))) found.push(place)
  return found
}

function isAtOrBelow(path: string, at: string): boolean {
  return path === at || path.startsWith(`${at}/`)
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}

async function filesBelow(root: string): Promise<{ path: string; sizeBytes: number }[]> {
  const top = await lstat(root).catch(() => undefined)
  if (top?.isFile()) return [{ path: root, sizeBytes: top.size }]
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  const files: { path: string; sizeBytes: number }[] = []
  for (const entry of entries) {
    if (entry.isDirectory()) continue
    const path = join(entry.parentPath, entry.name)
    files.push({ path, sizeBytes: (await lstat(path).catch(() => undefined))?.size ?? 0 })
  }
  return files
}
