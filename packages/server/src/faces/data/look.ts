/** Previews and profiles: of a path in a datastore, or of what a data asset names. */
import { isWeb, type Located, locate, preview, profile } from '@lazurite/engine'
import { fail, type JsonObject } from '@lazurite/spec'
import { type DataCall, numberOf, param, placeOf } from './call.ts'

type Place = Exclude<Located, { url: string }>

const usualRows = 20
const mostRows = 1000
const usualBytes = 256 << 20
const mostBytes = 16 * 1024 ** 3

const showPreview = (call: DataCall, place: Place): Promise<JsonObject> =>
  preview(place, contextOf(call), { rows: numberOf(call, 'rows', { usual: usualRows, most: mostRows }) })

const showProfile = (call: DataCall, place: Place): Promise<JsonObject> =>
  profile(place, contextOf(call), { maxBytes: numberOf(call, 'maxBytes', { usual: usualBytes, most: mostBytes }) })

export const previewPath = async (call: DataCall) => showPreview(call, await placeOf(call))
export const profilePath = async (call: DataCall) => showProfile(call, await placeOf(call))
export const previewAsset = async (call: DataCall) => showPreview(call, await assetPlace(call))
export const profileAsset = async (call: DataCall) => showProfile(call, await assetPlace(call))

function contextOf(call: DataCall) {
  return { store: call.deps.store, scope: call.scope }
}

/** Where the asset's data lies; the version `latest` is the newest. */
async function assetPlace(call: DataCall): Promise<Place> {
  const [name, version] = [param(call, 'name'), param(call, 'version')]
  const which = version === 'latest' ? `azureml:${name}@latest` : `azureml:${name}:${version}`
  const located = await locate(call.deps.store, call.scope, which)
  if (!isWeb(located)) return located
  return fail('NotSupported', {
    what: `A look at ${name}, which lies on the web,`,
    why: 'only what lies in a datastore is read here',
    instead: 'Download it and let `laz data create --path` upload it.',
  })
}
