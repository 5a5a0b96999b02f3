// Who looks at the pages, and at which workspace.
import { useSyncExternalStore } from 'react'
import { ApiError, ask } from './api.ts'

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
/** What all addresses begin with: nothing, or `/w/<workspace>` where another workspace than the usual one is shown. */
let base = ''
const listeners = new Set<() => void>()

/** Asks who we are. Raises ApiError 401 for a stranger. */
export async function openSession(): Promise<Session> {
  const found = await ask<Session>('/lazurite/v1/session', { asksWho: true })
  const here = readBase(location.pathname)
  const chosen =
    here === undefined ? undefined : found.workspaces.find((one) => wordOf(found, one) === here.toLowerCase())
  if (here !== undefined && !chosen) throw new ApiError(404, 'ResourceNotFound', `There is no workspace ${here}.`)
  base = here === undefined ? '' : `/w/${encodeURIComponent(here)}`
  session = { ...found, ...(chosen ? { workspace: chosen } : {}) }
  for (const listener of listeners) listener()
  return session
}

/** The workspace that an address names. */
export function readBase(path: string): string | undefined {
  const word = /^\/w\/([^/]+)/.exec(path)?.[1]
  return word === undefined ? undefined : decodeURIComponent(word)
}

/** The word of a workspace in addresses: its name, with its resource group where two have the same. */
function wordOf({ workspaces }: Pick<Session, 'workspaces'>, { resourceGroup, workspace }: WorkspaceId): string {
  const same = workspaces.filter((one) => one.workspace.toLowerCase() === workspace.toLowerCase())
  return (same.length > 1 ? `${resourceGroup}~${workspace}` : workspace).toLowerCase()
}

/** The first page of a workspace. */
export function workspacePath(session: Pick<Session, 'workspaces'>, workspace: WorkspaceId): string {
  return `/w/${encodeURIComponent(wordOf(session, workspace))}`
}

/** What the router takes off every address. */
export function siteBase(): string {
  return base
}

/** A path of the site as a whole address, for links that the router does not make. */
export function hrefOf(path: string): string {
  return base + path
}

/** Shows the token of the home once; a cookie that no script can read stands for it from then on. */
export async function logIn(token: string): Promise<Session> {
  const headers = { authorization: `Bearer ${token.trim()}` }
  await ask('/lazurite/v1/session', { method: 'POST', headers, asksWho: true })
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
