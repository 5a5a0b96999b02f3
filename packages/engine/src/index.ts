/** The motion of Lazurite: what was asked for in rows happens in the world, and what happens in the world is told in rows. */
import { readdirSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { fail, type Issue, type JsonObject, type WorkspaceId } from '@lazurite/spec'
import type { Key, Row, Store } from '@lazurite/store'
import { Bin } from './bin.ts'
import type { Backend } from './computes/backend.ts'
import { instancesFolder } from './computes/instance-folder.ts'
import { OpenBackends } from './computes/open-backends.ts'
import { sweepDeleted } from './computes/sweep-deleted.ts'
import { type EngineContext, type EngineSettings, type Log, quietLog } from './context.ts'
import { type Located, locate } from './datastores/resolve.ts'
import type { Laid } from './jobs/debug.ts'
import type { DryRun } from './jobs/dry-run.ts'
import { jobTypeOf } from './jobs/index.ts'
import { readJobStatus } from './jobs/status.ts'
import type { Draft } from './jobs/type.ts'
import { Loop } from './loop.ts'
import { MetricWatch } from './metric-watch.ts'
import { withPending } from './pending.ts'
import { Placement } from './place.ts'
import { PoolBell } from './pool-bell.ts'
import { admitCompute } from './reconcile/compute.ts'
import { type NodeState, nodeStates } from './reconcile/compute-cluster.ts'
import { reconcilersOf } from './reconcile/index.ts'
import type { JobRoom } from './reconcile/job.ts'
import { admitOnlineDeployment } from './reconcile/online-deployment.ts'
import { makeWorkspace } from './reconcile/workspace.ts'
import { keyOf, openJobs, recall, runFolders, sweepLeftovers } from './restart.ts'
import { servingFolder } from './serving/folder.ts'
import { shipCollected, shipFolder } from './serving/ship.ts'
import { poolOf } from './slot.ts'
import { Intake } from './telemetry/intake.ts'

export { batchJob, batchJobName, batchProperties } from './batch/job.ts'
export { readApplications, readReport } from './computes/instance-folder.ts'
export {
  endTerminal,
  inputFrame,
  instanceLogs,
  joinTerminal,
  listTerminals,
  runningInstance,
  sizeFrame,
  type TerminalInfo,
  type TerminalSize,
  tellTerminal,
} from './computes/instance-talk.ts'
export { type ProcessUse, useOf } from './computes/use.ts'
export type { EngineContext, EngineSettings, Log } from './context.ts'
export { guardedLookup, isPublicAddress } from './datastores/address.ts'
export { inDatastore, isWeb, type Located, locate, locatePlace, type Place } from './datastores/resolve.ts'
export type { PartPlan, Storage, StorageStat } from './datastores/storage.ts'
export { pageBelow } from './datastores/storage.ts'
export { partBytesFor } from './datastores/transfer.ts'
export { type Made, readMade } from './environments/made.ts'
export { carryOut } from './erase/carry-out.ts'
export { type Plan, planErasure, type Target } from './erase/plan.ts'
export { type InUse, usersOf } from './in-use.ts'
export type { Laid } from './jobs/debug.ts'
export { type Drawing, type DrawnNode, drawComponent, drawJob } from './jobs/draw.ts'
export type { DryRun, PlannedStep } from './jobs/dry-run.ts'
export { type Explained, explain } from './jobs/explain.ts'
export { findStep, whereIs } from './jobs/find-step.ts'
export { type Stage, type Stretch, type Timeline, timelineOf } from './jobs/history.ts'
export { mainLogOf } from './jobs/main-log.ts'
export { type Resumed, type Resuming, resumePipeline, type StepEdit } from './jobs/resume.ts'
export { shownAs } from './jobs/shown.ts'
export { type JobError, type JobNode, type JobStatus, type Phase, readJobStatus } from './jobs/status.ts'
export { type TrialRow, type TrialTable, trialTableOf } from './jobs/trial-table.ts'
export { findAsset, findLabelled, isNewestLabel, labelsOf } from './lookup.ts'
export { makeWorkspace, readWorkspace, type Workspace, workspaceOf, workspaceOfGuid } from './reconcile/workspace.ts'
export {
  findRegistry,
  isRegistryScope,
  readRegistry,
  refuseSystem,
  registryOf,
  registryOfAccount,
  registryScope,
  removeRegistry,
} from './registries.ts'
export { artifactsFolder, artifactsPath } from './run-folder.ts'
export { draftOf as scheduledJob } from './schedules/draft.ts'
export { type Collecting, payloads, printCollecting, rolled, type Sink } from './serving/collect.ts'
export { type Flight, flightId, flightsOf } from './serving/flights.ts'
export { deploymentFolder, servingFolder, tailOf } from './serving/folder.ts'
export { type Load, loadOf, scalingOf } from './serving/load.ts'
export { type PackageAsk, packageModel } from './serving/package/make.ts'
export { type Replica, readServing, runsHere, type ServingStatus, taskIdOf } from './serving/status.ts'
export { hashBehind, type Kept, keepInRegistry, keepInWorkspace } from './sharing.ts'
export { type Size, sizeOf } from './sizes.ts'
export { hashFolder } from './snapshot.ts'
export { builtIn, isSystemScope, systemHome, systemRegistry, systemRow, withSystemRegistry } from './system-registry.ts'
export { preview, profile } from './tables/look.ts'
export { type Teller, tellJob } from './telemetry/job-tags.ts'

export interface Engine {
  /**
   * Refusals at the door: what can be told of wire properties before they become a row. An empty list lets it in;
   * issues of severity `warning` do too.
   */
  admit(kind: string, scope: string, props: JsonObject): Promise<Issue[]>
  /**
   * What would happen to a job, step by step, without submitting it. `pending` holds assets that were not sent yet:
   * `[{id, properties, files?: [[path, sizeBytes, sha256], …]}]`.
   */
  dryRun(job: { scope: string; name: string; props: JsonObject; pending: JsonObject[] }): Promise<DryRun>
  /**
   * Lays a finished job out again, to be looked into; what was laid out before stays unless `fresh`. Raises JobNotFinal,
   * NotSupported, and what bringing in inputs raises.
   */
  layOut(job: Row, fresh: boolean): Promise<Laid>
  /** Makes the workspace if it is not there, with its containers and default datastores. */
  ensureWorkspace(w: WorkspaceId, by: string): Promise<Row>
  /** Where any form of URI points. Raises what `locate` raises. */
  resolve(scope: string, uri: string): Promise<Located>
  /** How many jobs are before a waiting one in the queue of its compute, now; undefined when it does not wait there. */
  ahead(job: Pick<Row, 'id'>): number | undefined
  /** The nodes of a cluster that are up, with their states at this moment. */
  nodes(compute: Row): { index: number; state: NodeState }[]
  /** What of this machine is in use by jobs, and how long the queues are. */
  usage(): ReturnType<Placement['usage']> & { machine: { cores: number; memoryMiB: number; gpus: number } }
  /** Lets what is in hand finish, leaves running processes alone. */
  stop(): Promise<void>
}

export interface EngineOptions {
  store: Store
  settings?: Partial<EngineSettings>
  log?: Log
  /** Where the server answers, e.g. `http://127.0.0.1:8080`. */
  baseUrl: () => string
  /** `expiresAt` in epoch seconds. */
  tokenFor: (scope: string, job: string, expiresAt: number) => string
  /** Takes the place of the process backend; for tests. */
  backend?: Backend
}

/**
 * Starts the loop on a store that this process owns. What a predecessor left unfinished goes on: processes that still run
 * are found again, those that ended meanwhile are taken home with their true exit code, nothing is started twice.
 */
export async function startEngine(o: EngineOptions): Promise<Engine> {
  const { store, log = quietLog } = o
  const settings = settingsOf(o.settings ?? {})
  const stopping = new AbortController()
  const python = settings.python === undefined ? {} : { python: settings.python }
  const backends = new OpenBackends({
    home: store.home,
    ...python,
    ended: (taskId) => {
      const key = room.running.get(taskId)
      if (key) loop.wake(key)
    },
  })
  const ctx: EngineContext = {
    store,
    home: store.home,
    clock: store.clock,
    log,
    settings,
    backends,
    urls: { base: o.baseUrl },
    tokenFor: o.tokenFor,
    signal: stopping.signal,
  }
  const { cores, memoryMiB, gpus } = settings
  const machine = { cores, memoryMiB, gpus }
  const bin = new Bin(join(store.home, 'runs', '.bin'))
  const metrics = new MetricWatch((key) => loop.wake(key))
  const unhear = store.series.onPoints((scope, runId, keys) => metrics.heard(scope, runId, keys))
  const pools = new PoolBell((key) => loop.wake(key))
  const placement = new Placement(machine, (pool) => pools.ring(pool))
  const room: JobRoom = { placement, running: new Map<string, Key>(), bin, metrics, intake: new Intake(ctx) }
  const loop = new Loop({ ctx, reconcilers: reconcilersOf(room) })
  // until then only the rows know who holds a node
  let recalled = false
  const going = go(ctx, { o, backends, room, loop, stopping: stopping.signal })
  going.then(
    () => {
      recalled = true
    },
    (error: unknown) => log.error({ err: error }, 'the engine could not start; jobs will not move'),
  )
  return {
    admit: (kind, scope, props) => admit(ctx, kind, scope, props),
    dryRun: async (job) => {
      const { dryRun } = await import('./jobs/dry-run.ts')
      return dryRun(ctx, withPending(store, job.scope, job.pending), job)
    },
    layOut: async (job, fresh) => (await import('./jobs/debug.ts')).layOut(ctx, job, fresh),
    ensureWorkspace: (w, by) => makeWorkspace(store, w, by),
    resolve: (scope, uri) => locate(store, scope, uri),
    ahead: (job) => room.placement.ahead(job.id),
    nodes: (compute) => {
      const busy = room.placement.busyNodes(poolOf(compute.scope, compute.name))
      return nodeStates(compute, recalled ? busy : undefined)
    },
    usage: () => ({ ...room.placement.usage(), machine }),
    async stop() {
      stopping.abort()
      unhear()
      metrics.close()
      const unwatch = await going.catch(() => () => {})
      unwatch()
      await loop.stop()
      await room.intake.close()
      await bin.close()
    },
  }
}

interface Going {
  o: EngineOptions
  backends: OpenBackends
  room: JobRoom
  loop: Loop
  stopping: AbortSignal
}

/** Finding the machine's tools takes a moment; nobody who asks the server for something waits for it. */
async function go(ctx: EngineContext, { o, backends, room, loop, stopping }: Going): Promise<() => void> {
  const { store } = ctx
  await store.leases.breakAll()
  const folders = await runFolders(ctx)
  const rows = await openJobs(ctx)
  if (o.backend) backends.put('local', o.backend)
  const used = rows.flatMap((row) => readJobStatus(row.status).node?.backend ?? [])
  for (const name of new Set(['local', ...used])) {
    await backends.open(name).catch((error: unknown) => {
      ctx.log.error({ err: error, backend: name }, 'jobs cannot be run or looked after there')
    })
  }
  await recall(ctx, rows, room)
  if (stopping.aborted) return () => backends.close()
  const computes = (await store.resources.list({ kind: 'compute', archived: 'all' })).rows
  const schedules = (await store.resources.list({ kind: 'schedule', archived: 'all' })).rows
  const deployments = (await store.resources.list({ kind: 'online-deployment', archived: 'all' })).rows
  const all = [...rows, ...computes, ...schedules, ...deployments]
  await Promise.all(all.map((row) => store.leases.wake(keyOf(row))))
  loop.start()
  const unsweeps = [
    sweepDeleted(ctx, { kind: 'compute', folder: instancesFolder(ctx.home), graceMs: 0 }),
    sweepDeleted(ctx, {
      kind: 'online-deployment',
      folder: servingFolder(ctx.home),
      // calls under way when it is deleted
      graceMs: 2_000,
      rescue: (uuid) => shipFolder(ctx, uuid),
    }),
    shipCollected(ctx),
  ]
  sweepLeftovers(ctx, rows, { folders, bin: room.bin }).catch((error: unknown) => {
    ctx.log.warn({ err: error }, 'could not clear away what earlier runs left behind')
  })
  return () => {
    backends.close()
    for (const unsweep of unsweeps) unsweep()
  }
}

/** Kinds that are looked at before they become a row. */
const doors: Record<string, (draft: Draft) => Promise<Issue[]>> = {
  job: async (draft) => (await jobTypeOf(draft.props)).admit(draft),
  compute: admitCompute,
  'batch-deployment': async (draft) => (await import('./batch/admit.ts')).admitBatchDeployment(draft),
  'online-endpoint': async (draft) => (await import('./serving/admit-endpoint.ts')).admitOnlineEndpoint(draft),
  'online-deployment': admitOnlineDeployment,
  schedule: async (draft) => (await import('./schedules/admit.ts')).admitSchedule(draft),
}

async function admit(ctx: EngineContext, kind: string, scope: string, props: JsonObject): Promise<Issue[]> {
  const door = Object.hasOwn(doors, kind) ? doors[kind] : undefined
  return door ? door({ scope, props, ctx }) : []
}

function settingsOf(given: Partial<EngineSettings>): EngineSettings {
  const settings: EngineSettings = {
    cores: availableParallelism(),
    memoryMiB: Math.floor(totalmem() / 2 ** 20),
    gpus: countGpus(),
    environment: 'auto',
    strict: false,
    graceMs: 30_000,
    concurrency: 32,
    leaseMs: 30_000,
    sweepMs: 1_000,
    ...given,
  }
  if (settings.cores < 1 || settings.memoryMiB < 1) {
    fail('BadArgument', { what: 'Jobs need at least one core and some memory of this machine' })
  }
  return settings
}

function countGpus(): number {
  try {
    return readdirSync('/dev').filter((name) => /^nvidia\d+$/.test(name)).length
  } catch {
    return 0
  }
}
