// The memory of the house: one object with its drawers. Opening it takes the lock of the home folder, so one process at
// a time owns what is inside; the lock goes with the process, however that ends.

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Bytes, openBytes } from './bytes.ts'
import { type Changes, openChanges } from './changes.ts'
import type { Clock } from './clock.ts'
import { openDatabase, shownDatabase } from './database.ts'
import { type Erasing, openErasing } from './erase.ts'
import { type EvaluationDatasets, openEvaluationDatasets } from './evaluation-datasets.ts'
import { storageError } from './files.ts'
import { type Garbage, openGarbage } from './garbage.ts'
import { lockHome } from './home.ts'
import { type Jobs, openJobs } from './jobs.ts'
import { type Leases, openLeases } from './leases.ts'
import { type Lineage, openLineage } from './lineage.ts'
import { type Logs, openLogs } from './logs.ts'
import { readAddress } from './postgres-address.ts'
import { openResources, type Resources } from './resources.ts'
import { openRuns, type Runs } from './runs.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { openSeries, type Series } from './series.ts'
import { openTraces, type Traces } from './traces.ts'
import { openViews, type PageViews } from './views.ts'
import { openWebhooks, type Webhooks } from './webhooks.ts'

export type { Assessment, AssessmentChange, AssessmentKind } from './assessments.ts'
export type { BlobPage, BlobStat, Conditions, WriteOptions } from './blob.ts'
export type { Bytes, Folders, Patches } from './bytes.ts'
export type { Change, Changes } from './changes.ts'
export type { Clock } from './clock.ts'
export type { ContainerStat } from './containers.ts'
export type { Copied } from './copy.ts'
export type { Erasing, Erasure, Tally } from './erase.ts'
export type { EvaluationDataset, EvaluationDatasets } from './evaluation-datasets.ts'
export type { BroughtDataset, BroughtRecord } from './evaluation-import.ts'
export type { EvaluationRecord, NewEvaluationRecord } from './evaluation-records.ts'
export { type Exact, type ExactMap, Numeral, parseExact, printExact } from './exact-json.ts'
export type * from './experiments.ts'
export type { DeletedModel, DeletedRun, Garbage, GarbageQuery } from './garbage.ts'
export type { JobFacts, MetricExtent, NameCount } from './job-facts.ts'
export { type JobSearch, jobGrammar } from './job-search.ts'
export type { Jobs } from './jobs.ts'
export type { Claim, Leases, Outcome } from './leases.ts'
export type { Lineage, Use, UseCount, UseNote } from './lineage.ts'
export type * from './logged-models.ts'
export type { Logs } from './logs.ts'
export { compare, type Lookup, matches } from './match.ts'
export { type Move, type Moved, moveStore } from './move.ts'
export { joinAsBytes, joinAsGzip, type Packed, pack } from './packed.ts'
export { objectionTo, printable, safeJoin } from './paths.ts'
export type { Child, Head, ListQuery, Mentions, Resources } from './resources.ts'
export type { Key, PutInput, Row } from './row.ts'
export type { RunForm } from './run-docs.ts'
export type { DatasetInput, RunFacts } from './run-facts.ts'
export type * from './runs.ts'
export {
  type Clause,
  modelVersionGrammar,
  parseFilter,
  parseOrder,
  registeredModelGrammar,
  type Sort,
} from './search.ts'
export { type Secrets, secretName } from './secrets.ts'
export { artifactUriOf } from './select.ts'
export type * from './series.ts'
export type { SqlValue, Tx } from './sql.ts'
export type { NewTrace } from './trace-heads.ts'
export type { BroughtTrace, KnownTrace } from './trace-import.ts'
export type { TraceInfo } from './trace-infos.ts'
export { type AnyValue, plainOf } from './trace-judge.ts'
export type { AggregationKind, MetricAggregation, MetricQuery, MetricRow, MetricView } from './trace-metrics.ts'
export { type TraceState, traceArtifactUri } from './trace-rows.ts'
export type { NewSpan } from './trace-spans.ts'
export type { TraceDeletion, Traces } from './traces.ts'
export type { PageView, PageViews } from './views.ts'
export type { Delivery, Webhook, WebhookChange, Webhooks } from './webhooks.ts'

export interface Store {
  readonly home: string
  /** Where the rows are, for people: a file, or an address without its secrets. */
  readonly database: string
  readonly clock: Clock
  readonly resources: Resources
  readonly changes: Changes
  readonly leases: Leases
  readonly lineage: Lineage
  readonly jobs: Jobs
  /** What takes away for good. */
  readonly erasing: Erasing
  /** What was deleted and is still there. */
  readonly garbage: Garbage
  readonly runs: Runs
  readonly series: Series
  readonly traces: Traces
  readonly evaluationDatasets: EvaluationDatasets
  readonly logs: Logs
  readonly bytes: Bytes
  readonly secrets: Secrets
  readonly views: PageViews
  readonly webhooks: Webhooks
  /** Ends what is under way, closes the database, frees the home. Whatever comes later is refused with Stopping. */
  close(): Promise<void>
}

export interface StoreOptions {
  /** Absolute folder; made when missing. */
  home: string
  clock?: Clock
  /**
   * `postgres://…`: the rows are there instead of in the home. Noted in the home, so that later starts need not say it.
   */
  url?: string
}

/**
 * Opens the memory of a home folder.
 * Raises HomeInUse{path,pid}, HomeUnusable, DatabaseCorrupt{path}, DatabaseTooNew, DatabaseUnreachable, DatabaseInUse,
 * InsufficientStorage, NotSupported, BadArgument for an address that is none.
 */
export async function openStore(o: StoreOptions): Promise<Store> {
  const { clock = { now: () => Date.now() } } = o
  const home = resolve(o.home)
  if (o.url !== undefined) readAddress(o.url) // nothing is made for one that is none
  const lock = await lockHome(home)
  try {
    return await openDrawers({ home, clock, lock, url: o.url })
  } catch (error) {
    lock.release()
    throw error
  }
}

interface Opening {
  home: string
  clock: Clock
  lock: { release(): void }
  url: string | undefined
}

async function openDrawers({ home, clock, lock, url }: Opening): Promise<Store> {
  const now = () => clock.now()
  const sql = await openDatabase({ home, url, now: now() })
  try {
    for (const folder of folders) mkdirSync(join(home, folder), { recursive: true })
    const feed = openChanges(sql, now)
    const book = { feed, now }
    const series = openSeries(sql, clock)
    const bytes = openBytes(home, sql, now)
    let sweeping: Promise<unknown> = Promise.resolve()
    const sweep = () => {
      sweeping = sweeping.then(() => bytes.sweep()).catch(() => undefined) // tried again in an hour
    }
    const hourly = setInterval(sweep, sweepEveryMs).unref()
    let closing: Promise<void> | undefined
    const close = async () => {
      clearInterval(hourly)
      await Promise.all([series.close(), sweeping])
      await sql.close()
      lock.release()
    }
    const secrets = openSecrets(home, sql)
    return {
      home,
      database: shownDatabase(home, url),
      clock,
      resources: openResources(sql, book),
      changes: feed,
      leases: openLeases(sql, book),
      lineage: openLineage(sql),
      jobs: openJobs(sql),
      erasing: openErasing(sql, feed, now),
      garbage: openGarbage(sql),
      // the tails of a run that ended are sealed beside everything else; what fails is tried with the next seal
      runs: openRuns(sql, book, (runId, within) => void series.seal(runId, within).catch(() => undefined)),
      series,
      traces: openTraces(sql, clock),
      evaluationDatasets: openEvaluationDatasets(sql, clock),
      logs: openLogs(join(home, 'storage')),
      bytes,
      secrets,
      views: openViews(sql, now),
      webhooks: openWebhooks(sql, clock, secrets),
      close: () => (closing ??= close()),
    }
  } catch (error) {
    await sql.close()
    throw storageError(error, home)
  }
}

const sweepEveryMs = 3_600_000
const folders = ['storage', 'blocks', 'runs', 'envs', 'snapshots']
