/**
 * Webhooks of a workspace and what is still to be sent to them. A delivery is written in the transaction that moves the
 * mark of the feed forward, so that a change is told once however often the server dies in between; it is taken away when
 * the other side has it, or when it was tried often enough.
 */
import { randomUUID } from 'node:crypto'
import { fail } from '@lazurite/spec'
import type { Clock } from './clock.ts'
import type { Words } from './migrations.ts'
import type { Secrets } from './secrets.ts'
import type { Sql, Statements } from './sql.ts'

export interface Webhook {
  webhookId: string
  name: string
  description?: string
  url: string
  /** `<entity>.<action>`, as `MODEL_VERSION.CREATED`. */
  events: string[]
  active: boolean
  /** Epoch ms. */
  createdAt: number
  updatedAt: number
}

export interface WebhookChange {
  name?: string
  description?: string
  url?: string
  events?: readonly string[]
  active?: boolean
  /** Signs what is sent; an empty one takes it away. */
  secret?: string
}

/** One message to one webhook. */
export interface Delivery {
  id: number
  scope: string
  webhookId: string
  /** JSON, as it goes out. */
  body: string
  attempts: number
}

export interface Webhooks {
  /** With an id of its own unless one is given, which must be free. */
  create(scope: string, o: WebhookChange & Pick<Webhook, 'name' | 'url'> & { webhookId?: string }): Promise<Webhook>
  get(scope: string, webhookId: string): Promise<Webhook | undefined>
  /** The newest first. */
  list(scope: string): Promise<Webhook[]>
  /** Changes what is given. Raises WebhookNotFound, as does `delete`. */
  update(scope: string, webhookId: string, o: WebhookChange): Promise<Webhook>
  /** What was still to be sent to it goes too. */
  delete(scope: string, webhookId: string): Promise<void>
  secretOf(scope: string, webhookId: string): Promise<string | undefined>
  /** Whether anybody anywhere wants to be told. */
  any(): Promise<boolean>
  /** The number of the last change that was looked at; undefined before the first. */
  mark(): Promise<number | undefined>
  /** Keeps messages and moves the mark, in one transaction. */
  enqueue(messages: readonly Omit<Delivery, 'id' | 'attempts'>[], mark?: number): Promise<void>
  /** Messages whose time has come, oldest first. */
  due(top: number): Promise<Delivery[]>
  /** When the next is due, epoch ms. */
  nextAt(): Promise<number | undefined>
  /** Another try, at that time. */
  retry(id: number, at: number): Promise<void>
  done(id: number): Promise<void>
}

/** The step of the migrations that makes the tables. */
export const webhooksStep = {
  name: 'webhooks',
  up: (w: Words): string[] => [
    `CREATE TABLE webhooks (
      wid ${w.serial}, scope TEXT NOT NULL, webhook_id TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
      url TEXT NOT NULL, events TEXT NOT NULL, active ${w.integer} NOT NULL,
      created_at ${w.integer} NOT NULL, updated_at ${w.integer} NOT NULL, UNIQUE (scope, webhook_id))`,
    `CREATE TABLE webhook_queue (
      id ${w.serial}, scope TEXT NOT NULL, webhook_id TEXT NOT NULL, body TEXT NOT NULL, attempts ${w.integer} NOT NULL,
      due_at ${w.integer} NOT NULL)`,
    'CREATE INDEX webhook_queue_by_time ON webhook_queue (due_at, id)',
    `CREATE TABLE webhook_mark (one ${w.integer} PRIMARY KEY, seq ${w.integer} NOT NULL)`,
  ],
}

interface WebhookRow {
  wid: number
  webhook_id: string
  name: string
  description: string | null
  url: string
  events: string
  active: number
  created_at: number
  updated_at: number
}

/** Opens the drawer. */
export function openWebhooks(sql: Sql, clock: Clock, secrets: Secrets): Webhooks {
  const seal = async (scope: string, id: string, secret: string | undefined) => {
    if (secret === undefined) return
    if (secret === '') await secrets.remove(sealedAs(scope, id))
    else await secrets.seal(sealedAs(scope, id), secret)
  }
  return {
    async create(scope, o) {
      const [id, now] = [o.webhookId ?? randomUUID(), clock.now()]
      await seal(scope, id, o.secret)
      await sql.run(
        `INSERT INTO webhooks (scope, webhook_id, name, description, url, events, active, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          ...[scope, id, o.name, o.description ?? null, o.url, JSON.stringify(o.events ?? [])],
          ...[Number(o.active ?? true), now, now],
        ],
      )
      return webhookOf(await mustFind(sql, scope, id))
    },
    async get(scope, id) {
      const row = await find(sql, scope, id)
      return row && webhookOf(row)
    },
    async list(scope) {
      const rows = await sql.all<WebhookRow>('SELECT * FROM webhooks WHERE scope = ? ORDER BY wid DESC', [scope])
      return rows.map(webhookOf)
    },
    async update(scope, id, o) {
      const row = await sql.transaction(async (tx) => {
        const old = webhookOf(await mustFind(tx, scope, id))
        const next = { ...old, ...o }
        await tx.run(
          `UPDATE webhooks SET name = ?, description = ?, url = ?, events = ?, active = ?, updated_at = ?
           WHERE scope = ? AND webhook_id = ?`,
          [
            ...[next.name, next.description ?? null, next.url, JSON.stringify(next.events), Number(next.active)],
            ...[clock.now(), scope, id],
          ],
        )
        return mustFind(tx, scope, id)
      })
      await seal(scope, id, o.secret)
      return webhookOf(row)
    },
    async delete(scope, id) {
      await sql.transaction(async (tx) => {
        await mustFind(tx, scope, id)
        await tx.run('DELETE FROM webhooks WHERE scope = ? AND webhook_id = ?', [scope, id])
        await tx.run('DELETE FROM webhook_queue WHERE scope = ? AND webhook_id = ?', [scope, id])
      })
      await secrets.remove(sealedAs(scope, id))
    },
    secretOf: (scope, id) => secrets.open(sealedAs(scope, id)),
    ...openQueue(sql, clock),
  }
}

type Queue = Pick<Webhooks, 'any' | 'mark' | 'enqueue' | 'due' | 'nextAt' | 'retry' | 'done'>

function openQueue(sql: Sql, clock: Clock): Queue {
  return {
    any: async () => (await sql.get('SELECT wid FROM webhooks LIMIT 1')) !== undefined,
    mark: async () => (await sql.get<{ seq: number }>('SELECT seq FROM webhook_mark WHERE one = 1'))?.seq,
    enqueue: (messages, mark) =>
      sql.transaction(async (tx) => {
        await tx.runMany(
          'INSERT INTO webhook_queue (scope, webhook_id, body, attempts, due_at) VALUES (?, ?, ?, 0, ?)',
          messages.map(({ scope, webhookId, body }) => [scope, webhookId, body, clock.now()]),
        )
        if (mark === undefined) return
        await tx.run(
          'INSERT INTO webhook_mark (one, seq) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq',
          [mark],
        )
      }),
    async due(top) {
      const rows = await sql.all<{ id: number; scope: string; webhook_id: string; body: string; attempts: number }>(
        'SELECT * FROM webhook_queue WHERE due_at <= ? ORDER BY due_at, id LIMIT ?',
        [clock.now(), top],
      )
      return rows.map(({ id, scope, webhook_id: webhookId, body, attempts }) => ({
        ...{ id, scope, webhookId, body, attempts },
      }))
    },
    nextAt: async () =>
      (await sql.get<{ at: number | null }>('SELECT min(due_at) AS at FROM webhook_queue'))?.at ?? undefined,
    async retry(id, at) {
      await sql.run('UPDATE webhook_queue SET attempts = attempts + 1, due_at = ? WHERE id = ?', [at, id])
    },
    async done(id) {
      await sql.run('DELETE FROM webhook_queue WHERE id = ?', [id])
    },
  }
}

function sealedAs(scope: string, id: string): string {
  return `${scope}|webhook|${id}||secret`
}

function find(s: Statements, scope: string, id: string): Promise<WebhookRow | undefined> {
  return s.get<WebhookRow>('SELECT * FROM webhooks WHERE scope = ? AND webhook_id = ?', [scope, id])
}

async function mustFind(s: Statements, scope: string, id: string): Promise<WebhookRow> {
  return (await find(s, scope, id)) ?? fail('WebhookNotFound', { webhook: id })
}

function webhookOf(row: WebhookRow): Webhook {
  return {
    webhookId: row.webhook_id,
    name: row.name,
    ...(row.description === null ? {} : { description: row.description }),
    url: row.url,
    events: JSON.parse(row.events) as string[], // written here, from this shape
    active: row.active === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
