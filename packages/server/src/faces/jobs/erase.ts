/**
 * Deleting for good: a job with its steps, an experiment with all that is in it, a version or all versions of an asset.
 * With `dryRun=true` nothing is touched, and the answer says what would go and what would stay.
 */
import { carryOut, type Plan, planErasure, usersOf } from '@lazurite/engine'
import { fail, type JsonObject, type Kind, kindByCollection, kindByName } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import type { Room } from '../arm/room.ts'
import { forgetSecrets } from '../arm/secrets.ts'
import { checkIfMatch } from '../arm/write.ts'
import { forgetLabels } from '../registry/labels.ts'
import { type JobCall, type JobVerb, jobOf } from './call.ts'

export const eraseJob: JobVerb = {
  method: 'DELETE',
  path: '/jobs/:name',
  async handle(call) {
    const row = await jobOf(call)
    checkIfMatch(call.room, row)
    return act(call, { jobs: [row] })
  },
}

export const eraseExperiment: JobVerb = {
  method: 'DELETE',
  path: '/experiments/:name',
  async handle(call) {
    const { room, scope, name } = call
    const { runs } = room.deps.store
    const found = (await runs.experiment(scope, { name })) ?? (await runs.experiment(scope, { id: name }))
    if (!found) fail('ResourceNotFound', { kind: 'experiment', name })
    return act(call, { experiments: [found.id] })
  },
}

export const eraseAsset: JobVerb = { method: 'DELETE', path: '/:collection/:name', handle: eraseNamed }
export const eraseVersion: JobVerb = {
  method: 'DELETE',
  path: '/:collection/:name/versions/:version',
  handle: eraseNamed,
}

async function eraseNamed(call: JobCall): Promise<JsonObject> {
  const { room, scope, name } = call
  const { collection = '', version = '' } = room.request.params as Record<string, string> // what the router found
  const kind = kindByCollection(collection)
  if (kind?.shape !== 'versioned')
    fail('RouteNotFound', { method: 'DELETE', path: `${collection}/${name}`.slice(0, 300) })
  const row = await room.deps.store.resources.get({ scope, kind: kind.name, name, version })
  if (!row && version !== '') fail('VersionNotFound', { kind: kind.name, name, version })
  if (!row) fail('ResourceNotFound', { kind: kind.name, name })
  checkIfMatch(room, row)
  await refuseUsed(room, kind, row)
  return act(call, { assets: [row] })
}

async function refuseUsed({ deps }: Room, kind: Kind, row: Row): Promise<void> {
  const used = await usersOf(deps.store, kind, row)
  const name = row.version === '' ? row.name : `${row.name}:${row.version}`
  if (used) fail('ResourceInUse', { kind: kind.name, name, by: used.by, instead: used.instead })
}

async function act({ room }: JobCall, target: Parameters<typeof planErasure>[2]): Promise<JsonObject> {
  const dryRun = room.query.flag('dryRun') ?? false
  const plan = await planErasure(room.deps.store, room.workspace, target)
  const told = await tell(room, plan)
  if (!dryRun) await eraseForGood(room, plan)
  return { dryRun, ...told }
}

/** Also what only the faces know of: sealed secrets and labels. */
export async function eraseForGood(room: Room, plan: Plan): Promise<void> {
  const { store } = room.deps
  for (const row of [...plan.jobs, ...plan.assets]) {
    const kind = kindByName(row.kind)
    if (kind) await forgetSecrets(store, kind, row)
  }
  await carryOut(store, plan)
  for (const row of plan.assets) await forgetLabels(store, row, room.request.caller.name)
}

const mostShown = 1000

async function tell(room: Room, plan: Plan): Promise<JsonObject> {
  const { store } = room.deps
  const { assets, folders, elsewhere, kept, tally } = plan
  const jobs = [...plan.logged, ...plan.jobs]
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
  const experiments: string[] = []
  for (const id of plan.experiments)
    experiments.push((await store.runs.experiment(plan.workspace.scope, { id }))?.name ?? id)
  const home = `${store.home}/storage/`
  return {
    jobs: jobs.slice(0, mostShown).map(({ name }) => name),
    jobCount: jobs.length,
    experiments,
    assets: assets
      .filter(({ version }) => version !== '')
      .slice(0, mostShown)
      .map(({ kind, name, version }) => ({ kind, name, version })),
    runs: tally.runs,
    metricPoints: tally.points,
    parameters: tally.params,
    tags: tally.tags,
    files: sum(folders.map(({ files }) => files)),
    sizeBytes: sum(folders.map(({ sizeBytes }) => sizeBytes)),
    folders: folders.slice(0, mostShown).map(({ container, path, files, sizeBytes }) => ({
      path: path === '' ? container : `${container}/${path}`,
      files,
      sizeBytes,
    })),
    elsewhere: elsewhere.map(({ uri }) => uri),
    kept: kept.slice(0, mostShown).map(({ at, by }) => ({
      path: at.startsWith(home) ? at.slice(home.length).replace(/^[^/]+\//, '') : at,
      by: `${by.kind} ${by.name}${by.version === '' ? '' : `:${by.version}`}`,
    })),
  }
}
