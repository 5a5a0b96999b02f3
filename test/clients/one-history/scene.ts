// A server with three clients that say what they see of the same thing: laz, azure-ai-ml and mlflow.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { dropDatabase, type Lazurite, schemaIn, startLazurite } from '../../slow/laz.ts'
import { type Program, startProgram } from './program.ts'

export interface Scene {
  lazurite: Lazurite
  /** azure-ai-ml. */
  azure: Program
  /** mlflow. */
  tracking: Program
  folder: string
  end(): void
}

/** The three, to do something with. */
export interface Ways {
  mlflow: <T>(act: string, args?: Record<string, unknown>) => Promise<T>
  azure: <T>(act: string, args?: Record<string, unknown>) => Promise<T>
  laz: (...words: string[]) => Promise<string>
}

/** What all three must say of a job. */
export interface Seen {
  displayName: string
  status: string
  experiment: string
  tags: Record<string, string>
  /** Among the jobs that belong to no other and are not archived. */
  listed: boolean
  /** The run above it. */
  parent: string | undefined
}

/** What mlflow alone knows. */
export interface Tracked {
  lifecycle: string
  params: Record<string, string>
  metrics: Record<string, number>
  experimentId: string
}

interface RunSeen extends Tracked {
  displayName: string
  status: string
  experiment: string
  tags: Record<string, string>
}

interface JobSeen {
  displayName: string
  status: string
  experiment: string
  tags: Record<string, string>
}

interface Shown {
  display_name: string
  status: string
  experiment_name: string
  tags: Record<string, string>
  lazurite: { parent: string | null }
}

/** `database` is the address of a PostgreSQL to keep rows in. */
export async function openScene(pythons: { azure: string; mlflow: string }, database?: string): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'laz-one-'))
  const store = database === undefined ? undefined : schemaIn(database, folder)
  const lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host', ...(store ? { LAZ_STORE: store } : {}) } })
  expect(await lazurite.laz(['up', '--tls'])).toMatchObject({ code: 0 })
  const env = {
    ...{ PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder, PYTHONWARNINGS: 'ignore' },
    ...(await lazurite.json<Record<string, string>>(['connect', 'python'])),
    ...(await lazurite.json<Record<string, string>>(['connect', 'mlflow'])),
    ...{ AZUREML_RUN_POLLING_INTERVAL_MIN: '1', AZUREML_RUN_POLLING_INTERVAL_MAX: '1' },
  }
  const azure = startProgram(pythons.azure, join(import.meta.dirname, 'workspace.py'), env)
  const tracking = startProgram(pythons.mlflow, join(import.meta.dirname, 'tracking.py'), env)
  return {
    ...{ lazurite, azure, tracking, folder },
    end() {
      azure.end()
      tracking.end()
      lazurite.stop()
      dropDatabase(store)
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

const words: Record<string, string> = {
  SCHEDULED: 'Queued',
  RUNNING: 'Running',
  FINISHED: 'Completed',
  FAILED: 'Failed',
  KILLED: 'Canceled',
}

/** Asks all three, holds what they say against each other, and answers it. */
export async function seen(scene: Scene, name: string): Promise<Seen & { tracked: Tracked }> {
  const [byLaz, byAzure, byMlflow] = await Promise.all([
    seenByLaz(scene, name),
    seenByAzure(scene, name),
    scene.tracking.ask<RunSeen>('run', { name }),
  ])
  expect(byAzure, 'azure-ai-ml and laz').toEqual(without(byLaz, 'parent'))
  const above = byLaz.parent
  // who stands above is told by the list of what stands below
  if (above !== undefined) expect(await scene.azure.ask('children', { name: above })).toContain(name)
  const { tags, ...run } = byMlflow
  const own = Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('mlflow.')))
  const said = { displayName: run.displayName, status: words[run.status], experiment: run.experiment, tags: own }
  const parent = tags['mlflow.parentRunId']
  expect({ ...said, parent }, 'mlflow and laz').toEqual({ ...without(byLaz, 'listed') })
  const { lifecycle, params, metrics, experimentId } = run
  // what is deleted is shown by nobody; what is archived is still there
  if (lifecycle === 'deleted') expect(byLaz.listed).toBe(false)
  return { ...byLaz, tracked: { lifecycle, params, metrics, experimentId } }
}

function without<T extends object, K extends keyof T>(of: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = of
  return rest
}

async function seenByLaz({ lazurite }: Scene, name: string): Promise<Seen> {
  const [job, listed] = await Promise.all([
    lazurite.json<Shown>(['job', 'show', '-n', name]),
    lazurite.json<string[]>(['job', 'list', '--query', '[].name']),
  ])
  const { display_name: displayName, status, experiment_name: experiment, tags } = job
  const parent = job.lazurite.parent ?? undefined
  return { displayName, status, experiment, tags, listed: listed.includes(name), parent }
}

async function seenByAzure({ azure }: Scene, name: string): Promise<Omit<Seen, 'parent'>> {
  const { displayName, status, experiment, tags } = await azure.ask<JobSeen>('get', { name })
  const listed = (await azure.ask<string[]>('active')).includes(name)
  return { displayName, status, experiment, tags, listed }
}

/** All three say that there is no such job. */
export async function gone(scene: Scene, name: string): Promise<void> {
  expect((await scene.lazurite.laz(['job', 'show', '-n', name])).code).toBe(3)
  await expect(scene.azure.ask('get', { name })).rejects.toThrow(/not ?found|no job/i)
  await expect(scene.tracking.ask('run', { name })).rejects.toThrow(/not found/)
}

/** `laz` with words, which must be understood. */
export async function laz({ lazurite }: Scene, ...words: string[]): Promise<string> {
  const { code, out, err } = await lazurite.laz(words)
  expect(code, `laz ${words.join(' ')}\n${out}\n${err}`).toBe(0)
  return out
}
