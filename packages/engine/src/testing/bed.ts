/** A store and an engine on a temporary home, and the few things tests do with jobs. */
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Issue, isFinal, type JsonObject } from '@lazurite/spec'
import { type Clock, openStore, type Row, type Store } from '@lazurite/store'
import type { Backend } from '../computes/backend.ts'
import type { EngineSettings } from '../context.ts'
import { type Engine, startEngine } from '../index.ts'
import { type JobStatus, readJobStatus } from '../jobs/status.ts'
import { type Workspace, workspaceOf } from '../reconcile/workspace.ts'
import { artifactsFolder } from '../run-folder.ts'
import { database } from './database.ts'

const workspaceId = { subscription: 's-1', resourceGroup: 'Group', workspace: 'Main' }
export const scope = 's-1/group/main'

export interface Bed {
  home: string
  store: Store
  engine: Engine
  workspace: Workspace
  /** Puts a job without asking the door. */
  put(name: string, props: JsonObject): Promise<Row>
  /** As a face would: refusals first, then the row. */
  submit(name: string, props: JsonObject): Promise<Issue[]>
  job(name: string): Promise<Row & { facts: Partial<JobStatus> }>
  /** Waits until the job is final, or in one of the states. */
  until(name: string, states?: string[]): Promise<Row & { facts: Partial<JobStatus> }>
  children(name: string): Promise<Record<string, Row & { facts: Partial<JobStatus> }>>
  artifact(name: string, path: string): Promise<string>
  /** A new engine and store on the same home, as after a clean stop. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface BedOptions {
  settings?: Partial<EngineSettings>
  backend?: (home: string) => Backend
  clock?: Clock
}

export async function makeBed(o: BedOptions = {}): Promise<Bed> {
  const home = mkdtempSync(join(tmpdir(), 'laz-engine-'))
  const open = async () => {
    const store = await openStore({ home, ...database(home), ...(o.clock ? { clock: o.clock } : {}) })
    const engine = await startEngine({
      store,
      settings: { environment: 'host', graceMs: 500, cores: 4, ...o.settings },
      baseUrl: () => 'http://127.0.0.1:9',
      tokenFor: (_, job) => `token-of-${job}`,
      ...(o.backend ? { backend: o.backend(home) } : {}),
    })
    await engine.ensureWorkspace(workspaceId, 'tester')
    return { store, engine }
  }
  const bed: Bed = {
    home,
    ...(await open()),
    workspace: undefined as unknown as Workspace, // set right below
    async put(name, props) {
      const { row } = await bed.store.resources.put({
        key: { scope, kind: 'job', name },
        props,
        by: 'tester',
        state: 'NotStarted',
        wakeAt: bed.store.clock.now(),
      })
      return row
    },
    async submit(name, props) {
      const issues = await bed.engine.admit('job', scope, props)
      if (issues.every((issue) => issue.severity === 'warning')) await bed.put(name, props)
      return issues
    },
    async job(name) {
      const row = await bed.store.resources.get({ scope, kind: 'job', name })
      if (!row) throw new Error(`no job ${name}`)
      return { ...row, facts: readJobStatus(row.status) }
    },
    until: (name, states) => until(bed, name, (state) => states?.includes(state) ?? isFinal(state)),
    async children(name) {
      const { rows } = await bed.store.resources.list({ scope, kind: 'job', parent: name, top: 1000 })
      return Object.fromEntries(
        rows.map((row) => [String(row.props.displayName), { ...row, facts: readJobStatus(row.status) }]),
      )
    },
    artifact: (name, path) => readFile(`${artifactsFolder(bed.store, bed.workspace, name)}/${path}`, 'utf8'),
    async restart() {
      await bed.engine.stop()
      await bed.store.close()
      Object.assign(bed, await open())
    },
    async close() {
      await bed.engine.stop()
      await bed.store.close()
      rmSync(home, { recursive: true, force: true, maxRetries: 20 })
    },
  }
  bed.workspace = await workspaceOf(bed.store, scope)
  return bed
}

const patienceMs = 15_000

/** Looks at every change; a change is told after its commit, so nothing is missed and nothing is polled. */
async function until(bed: Bed, name: string, good: (state: string) => boolean) {
  const deadline = Date.now() + patienceMs
  for (;;) {
    let stop = () => {}
    const changed = new Promise<void>((resolve) => {
      const off = bed.store.changes.subscribe((change) => change.name === name && resolve())
      const timer = setTimeout(resolve, 1000)
      stop = () => {
        off()
        clearTimeout(timer)
      }
    })
    try {
      const job = await bed.job(name)
      if (good(job.state)) return job
      if (isFinal(job.state) || Date.now() > deadline) {
        throw new Error(
          `job ${name} is ${job.state}: ${JSON.stringify(job.facts.error ?? job.facts.waiting ?? job.facts)}`,
        )
      }
      await changed
    } finally {
      stop()
    }
  }
}

/** The least a command job needs. */
export function commandJob(command: string, more: JsonObject = {}): JsonObject {
  return {
    jobType: 'Command',
    command,
    environmentId: 'azureml:host@latest',
    computeId: 'local',
    inputs: {},
    outputs: {},
    ...more,
  }
}
