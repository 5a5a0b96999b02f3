// What ended while the pages were open, for who looks at something else.
import { useSyncExternalStore } from 'react'
import { ask } from './api.ts'
import { rowOf } from './jobs.ts'
import { type Change, onChange } from './live.ts'
import { armUrl, type Resource } from './queries.ts'
import { armPath, scopeOf, type WorkspaceId } from './session.ts'
import { isOver } from './states.ts'

export interface Notice {
  job: string
  title: string
  state: string
  at: number
}

const most = 50
/** A pipeline's thousand steps end too: so many questions at once are enough. */
const mostAsked = 4

let notices: readonly Notice[] = []
let seenAt = Date.now()
const watchers = new Set<() => void>()

function tell(): void {
  for (const watcher of watchers) watcher()
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export function useNotices(): { notices: readonly Notice[]; unseen: number } {
  const known = useSyncExternalStore(subscribe, () => notices)
  const seen = useSyncExternalStore(subscribe, () => seenAt)
  return { notices: known, unseen: known.filter(({ at }) => at > seen).length }
}

export function markSeen(): void {
  seenAt = Date.now()
  tell()
}

/** Whether a change tells of the end of a job of this workspace. */
export function tellsOfEnd({ kind, what, state, scope }: Change, workspace: string): boolean {
  return kind === 'job' && what === 'state' && scope === workspace && state !== undefined && isOver(state)
}

/** Listens until the answer is called. */
export function watchEnds(workspace: WorkspaceId): () => void {
  let asked = 0
  return onChange((change) => {
    if (!tellsOfEnd(change, scopeOf(workspace)) || asked >= mostAsked) return
    asked++
    note(change, workspace).finally(() => {
      asked--
    })
  })
}

async function note({ name, state = '', at }: Change, workspace: WorkspaceId): Promise<void> {
  const path = armUrl(`${armPath(workspace)}/jobs/${encodeURIComponent(name)}`)
  const job = await ask<Resource>(path).catch(() => undefined)
  // a step's end is its pipeline's business
  if (!job || job.lazurite?.parent) return
  const notice = { job: name, title: rowOf(job).displayName, state, at: Math.max(at, Date.now()) }
  notices = [notice, ...notices.filter((one) => one.job !== name)].slice(0, most)
  tell()
}
