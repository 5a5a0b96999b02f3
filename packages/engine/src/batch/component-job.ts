/** The job of a call whose deployment is a pipeline component: the component with the inputs and outputs of the call. */
import { asObject, asString, fail, type JsonObject, parseArmId } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { findAsset, idOf, refuseMissing } from '../lookup.ts'
import type { Calling } from './model-job.ts'

/** Raises BadArgument for inputs and outputs that the component does not have, ResourceNotFound for a missing component. */
export async function componentJob({ store, scope, deployment, call }: Calling): Promise<JsonObject> {
  const configuration = asObject(deployment.deploymentConfiguration)
  const of = idOf(configuration.componentId)
  if (of === undefined) {
    const source = idOf(configuration.jobDefinition)
    if (source === undefined) fail('BadArgument', { what: 'The deployment names no component' })
    return ofJob(store, { scope, source, call })
  }
  const found = await findAsset(store, scope, of, 'components')
  if (!('row' in found)) return refuseMissing(found, 'component', of)
  const spec = asObject(found.row.props.componentSpec)
  checkNames(call.inputs, asObject(spec.inputs), 'input')
  checkNames(call.outputs, asObject(spec.outputs), 'output')
  const outputs = Object.fromEntries(
    Object.entries(asObject(spec.outputs)).map(([name, port]) => {
      const type = asString(asObject(port).type) ?? 'uri_folder'
      return [name, { jobOutputType: type, ...asObject(call.outputs[name]) }]
    }),
  )
  return { componentId: of, inputs: { ...defaultsOf(asObject(spec.inputs)), ...call.inputs }, outputs, jobs: {} }
}

function checkNames(given: JsonObject, declared: JsonObject, what: 'input' | 'output'): void {
  const odd = Object.keys(given).find((name) => !Object.hasOwn(declared, name))
  if (odd === undefined) return
  const known = Object.keys(declared).join(', ') || 'none'
  const text = `The pipeline component has no ${what} ${odd}; it has ${known}`
  fail('BadArgument', { what: text }, { target: `properties.${what}Data.${odd}` })
}

/** Values that the component gives to inputs nobody speaks of. */
function defaultsOf(ports: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(ports).flatMap(([name, port]) => {
      const { default: value } = asObject(port)
      if (value === undefined || value === null || typeof value === 'object') return []
      return [[name, { jobInputType: 'literal', value: String(value) }]]
    }),
  )
}

/** A deployment cut from a job starts that job again, with other inputs. */
async function ofJob(
  store: Store,
  { scope, source, call }: { scope: string; source: string; call: Calling['call'] },
): Promise<JsonObject> {
  const name = parseArmId(source)?.name ?? source.replace(/^azureml:/, '')
  const row = await store.resources.get({ scope, kind: 'job', name })
  if (!row) return fail('ResourceNotFound', { kind: 'job', name })
  const { jobs = {}, componentId, inputs, outputs } = row.props
  if (String(row.props.jobType).toLowerCase() !== 'pipeline') {
    return fail('BadArgument', { what: `The job ${name}, which the deployment is cut from, is no pipeline` })
  }
  checkNames(call.inputs, asObject(inputs), 'input')
  checkNames(call.outputs, asObject(outputs), 'output')
  const { settings } = row.props
  return {
    jobs,
    ...(componentId === undefined ? {} : { componentId }),
    ...(settings === undefined ? {} : { settings }),
    inputs: { ...asObject(inputs), ...call.inputs },
    outputs: { ...withoutPlaces(asObject(outputs)), ...call.outputs },
  }
}

/** Where the job of then put its results is not where the next one puts its own. */
function withoutPlaces(outputs: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name !== 'default')
      .map(([name, output]) => {
        const { uri: _, ...rest } = asObject(output)
        return [name, rest]
      }),
  )
}
