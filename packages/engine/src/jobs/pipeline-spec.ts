/** The nodes of a pipeline job: its own, or those of the pipeline component it is made of. */
import { asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { findAsset } from '../lookup.ts'
import { field } from './graph.ts'

export async function jobsOf(store: Store, scope: string, props: JsonObject): Promise<JsonObject> {
  const own = asObject(props.jobs)
  const id = asString(field(props, 'componentId', 'component'))
  if (Object.keys(own).length > 0 || !id) return own
  const found = await findAsset(store, scope, id, 'components')
  if ('row' in found) return asObject(asObject(found.row.props.componentSpec).jobs)
  return fail('BadArgument', { what: `The component of the pipeline cannot be used: ${found.missing}` })
}
