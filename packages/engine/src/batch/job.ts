/** The job that a call of a batch endpoint starts. */
import { createHash, randomUUID } from 'node:crypto'
import { asObject, asString, type JsonObject } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { readCall } from './call.ts'
import { componentJob } from './component-job.ts'
import { modelJob } from './model-job.ts'

export interface BatchJobAsk {
  /** The row of the deployment that was called. */
  deployment: Row
  /** The body of the call. */
  body: JsonObject
  /** Two calls with the same one are one call. */
  requestId?: string
}

/** Properties by which the jobs of an endpoint and of a deployment are found. */
export const batchProperties = { endpoint: 'azureml.endpointname', deployment: 'azureml.deploymentname' } as const

/**
 * The name and the wire properties of the job. Raises BadArgument for a body that means nothing or does not fit the
 * deployment, ResourceNotFound for assets that are gone.
 */
export async function batchJob(store: Store, ask: BatchJobAsk): Promise<{ name: string; props: JsonObject }> {
  const { deployment: row, body, requestId } = ask
  const { scope, props } = row
  const [endpoint = '', deployment = ''] = row.name.split('/')
  const call = readCall(body)
  const configuration = asObject(props.deploymentConfiguration)
  const pipeline = /pipeline/i.test(asString(configuration.deploymentConfigurationType) ?? '')
  const asked = { store, scope, deployment: props, call }
  const { settings, ...made } = pipeline ? await componentJob(asked) : await modelJob(asked)
  const compute = call.compute ?? asString(props.compute)
  return {
    name: call.name ?? batchJobName(row, requestId),
    props: {
      jobType: 'Pipeline',
      experimentName: call.experimentName ?? endpoint,
      ...(call.displayName === undefined ? {} : { displayName: call.displayName }),
      ...(call.description === undefined ? {} : { description: call.description }),
      tags: {
        ...call.tags,
        'azureml.batchrun': 'true',
        // by this clients know that the outputs have names of their own
        ...(pipeline ? { 'azureml.jobtype': 'azureml.pipelinejob' } : {}),
      },
      properties: {
        ...call.properties,
        [batchProperties.endpoint]: endpoint,
        [batchProperties.deployment]: deployment,
        'azureml.batchrun': 'true',
      },
      settings: {
        ...asObject(settings),
        ...(compute || pipeline ? {} : { default_compute: 'azureml:local' }),
        // the same data may have changed behind its address
        ...(pipeline ? {} : { force_rerun: true, continue_on_step_failure: false }),
        ...asObject(configuration.settings),
      },
      ...made,
    },
  }
}

/** The name of the job of a call that names none: the same for the same request id, a new one without. */
export function batchJobName({ scope, name }: Pick<Row, 'scope' | 'name'>, requestId?: string): string {
  return `batchjob-${uuidOf(requestId && `${scope}/${name}/${requestId}`)}`
}

function uuidOf(seed: string | undefined): string {
  if (!seed) return randomUUID()
  const hex = createHash('sha256').update(seed).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
