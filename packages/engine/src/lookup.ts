/** Finds what a reference means: a row of this server, or a registry that is not here. */
import { canonCollection, kindByCollection, parseRef, parseUri, type Ref, scopeOf, type Uri } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'

export type Found = { row: Row } | { registry: string; name: string } | { missing: string }

/**
 * The asset behind `azureml:name:1`, `azureml:name@latest`, an ARM id, an `azureml://` asset URI or a bare name.
 * `collection` is what is expected where the text is not explicit. A label or no version means the newest.
 */
export async function findAsset(store: Store, scope: string, text: string, collection: string): Promise<Found> {
  const ref = refOf(text, collection)
  if (!ref) return { missing: `${text} is no reference to one of the ${collection}` }
  if (ref.registry) return { registry: ref.registry, name: ref.name }
  const kind = kindByCollection(ref.collection)?.name
  if (!kind || canonCollection(ref.collection) !== canonCollection(collection)) {
    return { missing: `${text} is one of the ${ref.collection}, where one of the ${collection} is needed` }
  }
  const key = { scope: ref.workspace ? scopeOf(ref.workspace) : scope, kind, name: ref.name }
  const labelled = ref.version === undefined || ref.version === 'azureml_default'
  const row = labelled
    ? await store.resources.latest(key)
    : await store.resources.get({ ...key, version: ref.version ?? '' })
  if (row) return { row }
  return {
    missing: labelled
      ? `there is no ${kind} ${ref.name}`
      : `there is no ${kind} ${ref.name} with version ${ref.version}`,
  }
}

function refOf(text: string, collection: string): Ref | undefined {
  const direct = parseRef(text.replace(/^azureml:(?=azureml:)/i, ''), collection)
  if (direct) return direct
  const uri: Uri = parseUri(text, collection)
  return uri.form === 'asset' ? { ...uri, prefixed: true } : undefined
}
