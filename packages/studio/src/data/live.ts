// What changes on the server makes the answers that were kept old: they are asked for again where they are shown.
import type { Query, QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { ask } from './api.ts'

export interface Change {
  seq: number
  at: number
  scope: string
  kind: string
  name: string
  version: string
  what: 'created' | 'updated' | 'state' | 'deleted' | 'archived'
  state?: string
}

export type LiveMessage = { type: 'change'; change: Change } | { type: 'open' | 'closed' | 'reset' }

/** Whether changes arrive. */
let live = false
const watchers = new Set<() => void>()
const changeListeners = new Set<(change: Change) => void>()
/** Changes that came while nobody redrew, by kind: names, or everything of it. */
const stale = new Map<string, Set<string>>()
const gatherMs = 200

/** Calls back for every change. Answers the way to stop. */
export function onChange(listener: (change: Change) => void): () => void {
  changeListeners.add(listener)
  return () => changeListeners.delete(listener)
}

export function useLive(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => live,
  )
}

function setLive(value: boolean): void {
  if (live === value) return
  live = value
  for (const watcher of watchers) watcher()
}

/** Listens from now on. Queries have keys `[kind, name?, …]`; `['jobs', …]` and its like are lists of a kind. */
export function startLive(queries: QueryClient): void {
  let due = false
  let wasLive = false
  const flush = () => {
    due = false
    for (const [kind, names] of stale) {
      void queries.invalidateQueries({
        predicate: (query) => {
          const [first, second] = query.queryKey
          return first === kind && (typeof second !== 'string' || names.has(second)) && !isLater(query)
        },
      })
    }
    stale.clear()
  }
  const waiting = new Set<string>()
  /** What is asked right now is let finish: who asked again for every change would never have an answer. */
  const isLater = ({ queryHash, queryKey, state }: Query): boolean => {
    if (waiting.has(queryHash)) return true
    const { fetchStatus, dataUpdatedAt, data } = state
    const waitMs = waitOf(
      { asking: fetchStatus === 'fetching', askedAt: dataUpdatedAt, pages: pagesOf(data) },
      Date.now(),
    )
    if (waitMs === 0) return false
    waiting.add(queryHash)
    setTimeout(() => {
      waiting.delete(queryHash)
      const query = queries.getQueryCache().get(queryHash)
      if (query && !isLater(query)) void queries.invalidateQueries({ queryKey, exact: true })
    }, waitMs)
    return true
  }
  const note = (message: LiveMessage) => {
    if (message.type === 'change') {
      const { kind, name } = message.change
      const names = stale.get(kind)
      if (names) names.add(name)
      else stale.set(kind, new Set([name]))
      if (!due) setTimeout(flush, gatherMs)
      due = true
      for (const listener of changeListeners) listener(message.change)
      return
    }
    // what happened while nobody listened is not known: everything that is shown is asked for again
    if (message.type === 'reset' || (message.type === 'open' && wasLive && !live)) void queries.invalidateQueries()
    if (message.type === 'open') wasLive = true
    setLive(message.type !== 'closed')
    // a stream is refused without a word: whether a login ran out is asked for, and so told
    if (message.type === 'closed')
      setTimeout(() => live || void ask('/lazurite/v1/session').catch(() => undefined), 2000)
  }
  if (typeof SharedWorker === 'undefined') listenAlone(note)
  else listenTogether(note)
}

const fewPages = 5
const pageMs = 500
const againMs = 300

/** Milliseconds until something is asked for again; the longer a list that was scrolled, the more rarely. */
export function waitOf(o: { asking: boolean; askedAt: number; pages: number }, now: number): number {
  if (o.asking) return againMs
  return o.pages <= fewPages ? 0 : Math.max(0, o.askedAt + o.pages * pageMs - now)
}

function pagesOf(data: unknown): number {
  return typeof data === 'object' && data !== null && 'pages' in data && Array.isArray(data.pages)
    ? data.pages.length
    : 1
}

function listenTogether(note: (message: LiveMessage) => void): void {
  const worker = new SharedWorker(new URL('./live-worker.ts', import.meta.url), {
    type: 'module',
    name: 'lazurite-live',
  })
  worker.port.onmessage = ({ data }) => note(data as LiveMessage) // what our own worker posts
  worker.port.start()
  addEventListener('pagehide', () => worker.port.postMessage('bye'))
}

function listenAlone(note: (message: LiveMessage) => void): void {
  const stream = new EventSource('/lazurite/v1/events')
  stream.onopen = () => note({ type: 'open' })
  stream.onmessage = ({ data }) => note({ type: 'change', change: JSON.parse(data) as Change }) // one change an event
  stream.addEventListener('reset', () => note({ type: 'reset' }))
  stream.onerror = () => note({ type: 'closed' })
}
