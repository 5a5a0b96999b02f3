/** The nodes of a pipeline job: its own, or those of the pipeline component it is made of. */
import { asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { findAsset } from '../lookup.ts'
import { drawerOf } from '../system-registry.ts'
import { field } from './graph.ts'

/** `fixed` is the version that a label or `latest` meant when the pipeline began. */
export async function jobsOf(
  store: Store,
  scope: string,
  props: JsonObject,
  fixed?: { scope: string; name: string; version: string },
): Promise<JsonObject> {
  const own = asObject(props.jobs)
  const id = asString(field(props, 'componentId', 'component'))
  if (Object.keys(own).length > 0 || !id) return own
  const known = fixed && (await drawerOf(store, fixed.scope).get({ ...fixed, kind: 'component' }))
  if (known) return asObject(asObject(known.props.componentSpec).jobs)
  const found = await findAsset(store, scope, id, 'components')
  if ('row' in found) return asObject(asObject(found.row.props.componentSpec).jobs)
  return fail('BadArgument', { what: `The component of the pipeline cannot be used: ${found.missing}` })
}
