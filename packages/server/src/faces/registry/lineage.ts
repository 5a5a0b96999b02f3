/** Lineage as our own clients read it: which jobs read or wrote a version of an asset, and which versions a job did. */
import { workspaceOf } from '@lazurite/engine'
import { fail, type JsonObject, kindByName } from '@lazurite/spec'
import type { Store, UseNote } from '@lazurite/store'
import { getRow } from '../arm/read.ts'
import { type Below, versionedKind } from './home.ts'

/** The jobs of any workspace that used a version, the latest first. Raises VersionNotFound. */
export async function lineageOfAsset(below: Below): Promise<JsonObject> {
  const kind = versionedKind(below)
  const { room, params } = below
  const { scope } = room.workspace
  const row = await getRow(room, kind, { scope, kind: kind.name, name: params.name, version: params.version ?? '' })
  const notes = await room.deps.store.lineage.ofAsset(row)
  const base = baseReader(room.deps.store)
  const value: JsonObject[] = []
  for (const { job, direction, as, at } of since(notes, row.createdAt)) {
    const workspace = await base(job.scope)
    value.push({ job: job.name, direction, as, at, jobId: `${workspace}/jobs/${job.name}` })
  }
  return { value }
}

/** What a job read and wrote, in the order it did. Raises ResourceNotFound. */
export async function lineageOfJob({ room, params }: Below): Promise<JsonObject> {
  const { scope } = room.workspace
  const row = await room.deps.store.resources.get({ scope, kind: 'job', name: params.name })
  if (!row) fail('ResourceNotFound', { kind: 'job', name: params.name })
  const notes = await room.deps.store.lineage.ofJob(scope, params.name)
  const base = baseReader(room.deps.store)
  const value: JsonObject[] = []
  for (const { asset, direction, as, at } of since(notes, row.createdAt)) {
    const { kind, name, version } = asset
    const collection = kindByName(kind)?.collection ?? kind
    const id = `${await base(asset.scope)}/${collection}/${name}/versions/${version}`
    value.push({ asset: id, kind, name, version, direction, as, at })
  }
  return { value }
}

/** What was noted of another thing of that name, long deleted, is not about this one. */
function since(notes: UseNote[], createdAt: string): UseNote[] {
  return notes.filter(({ at }) => at >= createdAt)
}

/** What the ids in a scope begin with; a home that is gone is told by its scope. */
function baseReader(store: Store): (scope: string) => Promise<string> {
  const known = new Map<string, Promise<string>>()
  const read = async (scope: string) => {
    const home = await workspaceOf(store, scope).catch(() => undefined)
    if (!home) return scope
    return home.registry === undefined ? home.armId : `azureml://registries/${home.registry}`
  }
  return (scope) => {
    const found = known.get(scope) ?? read(scope)
    known.set(scope, found)
    return found
  }
}
