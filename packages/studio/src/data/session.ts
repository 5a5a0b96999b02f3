// Who looks at the pages, and at which workspace.
import { useSyncExternalStore } from 'react'
import { ask } from './api.ts'

export interface WorkspaceId {
  subscription: string
  resourceGroup: string
  workspace: string
}

export interface Session {
  name: string
  /** Nothing that changes state is allowed, and nothing of it is offered. */
  readOnly: boolean
  version: string
  /** The workspace that is meant where an address names none. */
  workspace: WorkspaceId
  workspaces: WorkspaceId[]
}

let session: Session | undefined
const listeners = new Set<() => void>()

/** Asks who we are. Raises ApiError 401 for a stranger. */
export async function openSession(): Promise<Session> {
  session = await ask<Session>('/lazurite/v1/session')
  for (const listener of listeners) listener()
  return session
}

/** Shows the token of the home once; a cookie that no script can read stands for it from then on. */
export async function logIn(token: string): Promise<Session> {
  await ask('/lazurite/v1/session', { method: 'POST', headers: { authorization: `Bearer ${token.trim()}` } })
  return openSession()
}

export async function logOut(): Promise<void> {
  await ask('/lazurite/v1/session', { method: 'DELETE' })
  location.assign('/')
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The session; pages are drawn only when there is one. */
export function useSession(): Session {
  const known = useSyncExternalStore(subscribe, () => session)
  if (!known) throw new Error('a page was drawn before the session was opened')
  return known
}

export function sameWorkspace(a: WorkspaceId, b: WorkspaceId): boolean {
  return scopeOf(a) === scopeOf(b)
}

/** As changes name it. */
export function scopeOf({ subscription, resourceGroup, workspace }: WorkspaceId): string {
  return `${subscription}/${resourceGroup}/${workspace}`.toLowerCase()
}

/** ARM path of a workspace. */
export function armPath({ subscription, resourceGroup, workspace }: WorkspaceId): string {
  const parts = [subscription, resourceGroup, workspace].map(encodeURIComponent)
  return `/subscriptions/${parts[0]}/resourceGroups/${parts[1]}/providers/Microsoft.MachineLearningServices/workspaces/${parts[2]}`
}
