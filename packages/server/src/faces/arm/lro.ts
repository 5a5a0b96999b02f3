/**
 * Long-running operations, without a table of their own: an operation is only the question whether a resource has come to
 * rest, so its id carries the resource's key and every poll reads the row.
 */
import { asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import type { Key, Row, Store } from '@lazurite/store'
import type { FastifyReply } from 'fastify'
import { isNewerThan } from '../client-version.ts'
import type { Room } from './room.ts'

const restless = new Set([
  'Creating',
  'Updating',
  'Deleting',
  'Scaling',
  'Starting',
  'Stopping',
  'Restarting',
  'Resizing',
  'SettingUp',
  'CancelRequested',
])

/** The address of an operation; `word` says in which of the two forms it answers. */
function operationUrl(room: Room, key: Key, word: 'operationResults' | 'operationsStatus'): string {
  const { subscription } = room.workspace.id
  const location = asString(room.location) ?? 'local'
  const base = `${room.origin}/subscriptions/${subscription}/providers/Microsoft.MachineLearningServices/locations/${encodeURIComponent(location)}`
  const version = room.query.get('api-version')
  return `${base}/${word}/${operationId(key)}${version === undefined ? '' : `?api-version=${version}`}`
}

/**
 * Releases of azure-ai-ml up to 1.34 read the answer to a PUT twice and the second time find no types in it, unless
 * they are sent to ask again.
 */
export function letOldClientsAskAgain(room: Room, key: Key): void {
  const agent = room.request.headers['user-agent']
  if (!/\bazure-ai-ml\//i.test(agent ?? '') || isNewerThan(agent, 1, 34)) return
  room.reply.header('azure-asyncoperation', operationUrl(room, key, 'operationsStatus'))
  room.reply.header('x-ms-retry-after-ms', '200')
}

/** What takes longer than a request waits for is polled at the address of its operation, and quickly. */
export function offerOperation(room: Room, row: Row): void {
  if (!isRestless(row)) return
  const { scope, kind, name } = row
  room.reply.header('azure-asyncoperation', operationUrl(room, { scope, kind, name }, 'operationsStatus'))
  room.reply.header('retry-after', '1').header('x-ms-retry-after-ms', '200')
}

/** Answers 202 with the address to poll; the waits are short because everything happens on this machine. */
export function accept(room: Room, key: Key): FastifyReply {
  return room.reply
    .code(202)
    .header('location', operationUrl(room, key, 'operationResults'))
    .header('retry-after', '1')
    .header('x-ms-retry-after-ms', '200')
    .send()
}

function operationId(key: Key): string {
  return Buffer.from(JSON.stringify([key.scope, key.kind, key.name, key.version ?? ''])).toString('base64url')
}

/** The key an operation id stands for; undefined for an id that is not ours. */
export function readOperation(id: string): Key | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(id, 'base64url').toString('utf8'))
    if (!Array.isArray(parts) || parts.length !== 4 || parts.some((part) => typeof part !== 'string')) return undefined
    const [scope, kind, name, version] = parts as [string, string, string, string] // checked on the line above
    return { scope, kind, name, version }
  } catch {
    return undefined
  }
}

export interface Progress {
  status: 'InProgress' | 'Succeeded' | 'Failed'
  error?: JsonObject
}

/** How far the resource behind an operation is; one that is gone has come to rest too. */
export async function progressOf(store: Store, key: Key): Promise<Progress> {
  const row = await store.resources.get(key)
  if (!row) return { status: 'Succeeded' }
  if (isRestless(row)) return { status: 'InProgress' }
  const { error } = row.status
  return row.state === 'Failed' ? { status: 'Failed', error: asObject(error) } : { status: 'Succeeded' }
}

const patienceMs = 1_000

/**
 * Waits a moment for a row to come to rest: a client that is told `Creating` sleeps half a minute before it asks again,
 * and what is done here is done in milliseconds.
 */
export async function atRest(store: Store, row: Row): Promise<Row> {
  if (!isRestless(row)) return row
  let look = () => {}
  const stop = store.changes.subscribe((change) => {
    if (change.kind === row.kind && change.name === row.name && change.scope === row.scope) look()
  })
  const end = Date.now() + patienceMs
  try {
    for (;;) {
      const seen = new Promise<void>((resolve) => {
        look = resolve
        setTimeout(resolve, Math.max(1, end - Date.now())).unref()
      })
      const now = (await store.resources.get(row)) ?? row
      if (!isRestless(now) || Date.now() >= end) return now
      await seen
    }
  } finally {
    stop()
  }
}

function isRestless(row: Row): boolean {
  const words: (Json | undefined)[] = [row.state, row.status.state, row.status.provisioningState]
  return words.some((word) => typeof word === 'string' && restless.has(word)) || openAsks(row) || isUnseen(row)
}

/** Whether a caller wrote what the loop has not looked at yet; for kinds whose loop notes what it has seen. */
export function isUnseen({ status, etag }: Row): boolean {
  return typeof status.etag === 'string' && status.etag !== etag
}

/** What was asked of the loop and has not been answered yet: the loop notes the newest ask it has seen. */
function openAsks(row: Row): boolean {
  const done = asObject(row.status.asksDone)
  return Object.entries(row.asks).some(([name, at]) => done[name] !== undefined && done[name] !== at)
}
