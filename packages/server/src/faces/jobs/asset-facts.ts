/** What lists of assets show beside their tables: who uses them, how large they are, where a model serves. */
import { locate, pageBelow } from '@lazurite/engine'
import { asArray, asObject, asString, fail, inLanes, type Json, type JsonObject, kindByName } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import type { JobVerb } from './call.ts'

const mostNames = 400
/** So many files of a folder are counted; what has more says so. */
const mostFiles = 2000
const lanes = 8

/**
 * `POST …/assets/facts {kind, names}` → `{value: [{name, readBy, writtenBy, lastUsedAt, sizeBytes, files, partial,
 * deployments, job, metric}]}`: jobs that used any version, size and files of the newest where its bytes are on this
 * machine, and of a model the deployments that serve it and the first metric of the job it is from.
 */
export const factsOfAssets: JobVerb = {
  method: 'POST',
  path: '/assets/facts',
  reads: true,
  async handle({ room, scope, body }) {
    const kind = kindByName(asString(body.kind) ?? '')
    if (kind?.shape !== 'versioned') return fail('BadArgument', { what: 'kind is one that has versions.' })
    const names = namesOf(body.names)
    const { store } = room.deps
    const uses = await store.lineage.countUses(scope, kind.name, names)
    const newest = await store.resources.heads(scope, kind.name, names)
    const serving = kind.name === 'model' ? await servingOf(store, scope) : new Map<string, string[]>()
    const value: JsonObject[] = []
    await inLanes(names, lanes, async (name) => {
      const { read = 0, written = 0, lastAt } = uses.get(name) ?? {}
      const row = newest.get(name)?.latest
      value.push({
        name,
        readBy: read,
        writtenBy: written,
        ...(lastAt === undefined ? {} : { lastUsedAt: lastAt }),
        ...(row ? await sizeOf(store, scope, row) : {}),
        ...(kind.name === 'model' ? { deployments: serving.get(name) ?? [] } : {}),
        ...(kind.name === 'model' && row ? await sourceOf(store, scope, row) : {}),
      })
    })
    const place = new Map(names.map((name, i) => [name, i]))
    return { value: value.sort((a, b) => (place.get(String(a.name)) ?? 0) - (place.get(String(b.name)) ?? 0)) }
  },
}

/** `GET …/counts` → `{value: {job: 12, model: 3, …}}`: what the workspace holds, by kind. */
export const countThings: JobVerb = {
  method: 'GET',
  path: '/counts',
  handle: async ({ room, scope }) => ({ value: await room.deps.store.resources.tally(scope) }),
}

function namesOf(value: Json | undefined): string[] {
  const names = asArray(value)
  if (!Array.isArray(value) || names.some((name) => typeof name !== 'string'))
    fail('BadArgument', { what: 'names must be a list of names.' }, { target: 'names' })
  if (names.length > mostNames) fail('TooLarge', { what: 'The list of names', limit: `${mostNames} names` })
  return [...new Set(names.map(String))]
}

/** Storage elsewhere is not asked: a list is not to wait for it. */
async function sizeOf(store: Store, scope: string, { props }: Row): Promise<JsonObject> {
  const uri = asString(props.dataUri) ?? asString(props.modelUri)
  if (uri === undefined) return {}
  try {
    const place = await locate(store, scope, uri)
    if ('url' in place || place.localPath === undefined) return {}
    const stat = await place.storage.stat(place.path)
    if (stat && !stat.folder) return { files: 1, sizeBytes: stat.sizeBytes }
    const { entries, next } = await pageBelow(place.storage, place.path, { limit: mostFiles })
    const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0)
    return { files: entries.length, sizeBytes, ...(next === undefined ? {} : { partial: true }) }
  } catch {
    return {} // what cannot be reached has no size; its own page tells why
  }
}

/** Names of models → `endpoint/deployment` of what serves any of their versions. */
async function servingOf(store: Store, scope: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const kind of ['online-deployment', 'batch-deployment']) {
    const { rows } = await store.resources.list({ scope, kind, archived: 'all' })
    for (const { props, parent, name } of rows) {
      const id = asString(props.model) ?? asString(asObject(props.model).assetId) ?? ''
      const model = /(?:\/models\/|^azureml:)([^/:]+)(?:\/versions\/|:|@)/.exec(id)?.[1]
      if (model === undefined) continue
      found.set(model, [...(found.get(model) ?? []), name.includes('/') ? name : `${parent}/${name}`])
    }
  }
  return found
}

/** The job of the newest version, and what it measured: a score before a loss, before anything else. */
async function sourceOf(store: Store, scope: string, { props }: Row): Promise<JsonObject> {
  const job = asString(props.jobName)?.split('/').at(-1)
  if (!job) return {}
  const weight = (key: string) => (/acc|auc|f1|score|r2/i.test(key) ? 0 : /loss|error|rmse|mae/i.test(key) ? 1 : 2)
  const [first] = (await store.series.latest(scope, job))
    .filter(({ key }) => !key.startsWith('system/'))
    .sort((a, b) => weight(a.key) - weight(b.key))
  if (first === undefined) return { job }
  return { job, metric: { key: first.key, last: Number.isFinite(first.value) ? first.value : String(first.value) } }
}
