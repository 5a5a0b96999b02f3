// The schema, as steps that are only ever appended: a step that has been released is never edited. Each step is a list
// of statements written with the words below, so that the same step serves another engine.
import { fail } from '@lazurite/spec'
import { erasedStep } from './erase.ts'
import { evaluationStep } from './evaluation-rows.ts'
import { garbageStep } from './garbage.ts'
import { lineageStep } from './lineage.ts'
import { runJobsStep } from './run-jobs.ts'
import type { Sql, Tx } from './sql.ts'
import { tracesStep } from './traces-schema.ts'
import { locationStep, manyStep, trackingStep } from './tracking-schema.ts'
import { viewsStep } from './views.ts'
import { webhooksStep } from './webhooks.ts'

/** How an engine spells a few types. */
export interface Words {
  /** A whole number that fits 53 bits. */
  integer: string
  /** Primary key that numbers itself, always past the highest there is. */
  serial: string
  /** 64-bit float. */
  real: string
  bytes: string
  /** Appended to CREATE TABLE when the primary key is the table. */
  clustered: string
  /** Indexes hold texts of any length, and are read instead of the table. */
  wide: boolean
}

interface Step {
  name: string
  up(w: Words): string[]
  /** What no statement alone can do, in the same transaction and in pieces: there may be very many rows. */
  fill?(tx: Tx, now: number): Promise<void>
}

/** Append only. The position in the list is the number of the step. */
const steps: readonly Step[] = [
  {
    name: 'resources, changes, blobs, secrets',
    up: (w) => [
      `CREATE TABLE resources (
        id ${w.serial},
        scope TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL DEFAULT '',
        is_version ${w.integer} NOT NULL, version_number ${w.integer},
        parent TEXT NOT NULL DEFAULT '', state TEXT NOT NULL, archived ${w.integer} NOT NULL DEFAULT 0,
        etag TEXT NOT NULL, seq ${w.integer} NOT NULL,
        created_at TEXT NOT NULL, created_by TEXT NOT NULL, modified_at TEXT NOT NULL, modified_by TEXT NOT NULL,
        wake_at ${w.integer}, due_at ${w.integer},
        lease_owner TEXT, lease_token TEXT, lease_until ${w.integer},
        asks TEXT NOT NULL, status TEXT NOT NULL, props TEXT NOT NULL,
        UNIQUE (scope, kind, name, version))`,
      'CREATE INDEX resources_by_age ON resources (scope, kind, is_version, id)',
      'CREATE INDEX resources_by_parent ON resources (scope, kind, parent, id)',
      'CREATE INDEX resources_by_version ON resources (scope, kind, name, archived, id) WHERE is_version = 1',
      'CREATE INDEX resources_by_state ON resources (kind, state, scope, archived)',
      'CREATE INDEX resources_due ON resources (due_at) WHERE due_at IS NOT NULL',
      `CREATE TABLE changes (
        seq ${w.serial}, at ${w.integer} NOT NULL,
        scope TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
        what TEXT NOT NULL, state TEXT)`,
      `CREATE TABLE blobs (
        account TEXT NOT NULL, container TEXT NOT NULL, name TEXT NOT NULL,
        size ${w.integer} NOT NULL, mtime ${w.real} NOT NULL, etag TEXT NOT NULL,
        content_type TEXT NOT NULL, md5 TEXT, metadata TEXT NOT NULL, blocks TEXT,
        PRIMARY KEY (account, container, name))${w.clustered}`,
      `CREATE TABLE secrets (name TEXT PRIMARY KEY, sealed ${w.bytes} NOT NULL)${w.clustered}`,
    ],
  },
  trackingStep,
  lineageStep,
  {
    name: 'children by state',
    up: () => [
      `CREATE INDEX resources_by_family ON resources (scope, kind, parent, state, seq, name) WHERE parent <> ''`,
    ],
  },
  erasedStep,
  viewsStep,
  {
    // what a search compares is in the index, so that a rare word among very many jobs is found without reading them
    name: 'jobs by title',
    up: (w) => [
      `CREATE INDEX jobs_by_title ON resources
        (scope, kind, is_version, parent, archived, id${w.wide ? ", coalesce(props ->> 'displayName', name)" : ''})
        WHERE kind = 'job' AND is_version = 0`,
    ],
  },
  tracesStep,
  locationStep,
  webhooksStep,
  manyStep,
  garbageStep,
  evaluationStep,
  runJobsStep,
]

/** Tables the query builder knows. A file with tables of its own adds them with `withTables`. */
export interface Tables {
  resources: ResourceRow
  changes: ChangeRow
}

export interface ResourceRow {
  id: number
  scope: string
  kind: string
  name: string
  version: string
  is_version: number
  version_number: number | null
  parent: string
  props: string
  status: string
  asks: string
  state: string
  archived: number
  etag: string
  seq: number
  created_at: string
  created_by: string
  modified_at: string
  modified_by: string
  wake_at: number | null
  due_at: number | null
  lease_owner: string | null
  lease_token: string | null
  lease_until: number | null
  /** 1: the job of a run that a program somewhere else made; no loop moves it. */
  outside: number
}

interface ChangeRow {
  seq: number
  at: number
  scope: string
  kind: string
  name: string
  version: string
  what: string
  state: string | null
}

/** Brings the database to the newest schema, one transaction a step. Raises DatabaseTooNew. */
export async function migrate(sql: Sql, path: string, now: number): Promise<void> {
  await sql.run(
    'CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL)',
  )
  const done = (await sql.get<{ n: number }>('SELECT count(*) AS n FROM migrations'))?.n ?? 0
  if (done > steps.length) fail('DatabaseTooNew', { path, found: done, known: steps.length })
  for (const [index, step] of steps.entries()) {
    if (index < done) continue
    await sql.transaction(async (tx) => {
      for (const text of step.up(sql.words)) await tx.run(text)
      await step.fill?.(tx, now)
      await tx.run('INSERT INTO migrations (step, name, at) VALUES (?, ?, ?)', [index + 1, step.name, now])
    })
  }
}
