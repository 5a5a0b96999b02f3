/** A schedule that calls a batch endpoint starts what a call would start. */
import { asObject, asString, fail, isObject, type JsonObject, parseArmId } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { batchJob } from '../batch/job.ts'

/**
 * The job of the call. The definition names the endpoint (`endpointId`, `endpointName`), the deployment where it is not
 * the default one, and has the body of a call under `properties` or in itself. Raises what a call raises.
 */
export async function jobOfInvocation(store: Store, scope: string, definition: JsonObject): Promise<JsonObject> {
  const { endpointId, endpointName, endpoint, deploymentName, deployment, properties, ...rest } = definition
  const said = asString(endpointId) ?? asString(endpointName) ?? asString(endpoint) ?? ''
  const name = nameIn(said)
  const row = name === '' ? undefined : await store.resources.get({ scope, kind: 'batch-endpoint', name })
  if (!row) return fail('ResourceNotFound', { kind: 'batch-endpoint', name: name.slice(0, 60) || 'without a name' })
  const wanted =
    asString(deploymentName) ?? asString(deployment) ?? asString(asObject(row.props.defaults).deploymentName)
  if (!wanted) return fail('BadArgument', { what: `The endpoint ${row.name} has no default deployment` })
  const key = { scope, kind: 'batch-deployment', name: `${row.name}/${nameIn(wanted)}` }
  const found = await store.resources.get(key)
  if (!found) return fail('ResourceNotFound', { kind: key.kind, name: key.name.slice(0, 80) })
  return (await batchJob(store, { deployment: found, body: { properties: isObject(properties) ? properties : rest } }))
    .props
}

function nameIn(text: string): string {
  return (
    parseArmId(text)?.name ??
    text
      .replace(/^azureml:/, '')
      .split('/')
      .at(-1) ??
    ''
  )
}
