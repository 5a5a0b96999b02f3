// Requests that the official client sent once, kept outside this repository. The places they were recorded for are
// replaced by those of the server that is asked.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { asObject, asString, type JsonObject } from '@lazurite/spec'
import { type Method, made, type World, writeScript } from './world.ts'

const file = resolve(import.meta.dirname, '../../../shared/reference/wire-samples/captured-requests.jsonl')

export interface Captured {
  method: Method
  /** With `{WS}` for the workspace's own path. */
  path: string
  query: Record<string, string>
  body: JsonObject
}

/** The recorded requests; undefined where they are not. */
export function readCaptured(): Captured[] | undefined {
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  // a compute has a name of three letters at least
  return lines.map((line) => JSON.parse(line.replaceAll(/\/computes\/(\w\w)"/g, '/computes/$1-one"')) as Captured) // one a line
}

export const capturedFile = join('..', 'shared/reference/wire-samples/captured-requests.jsonl')

/** The registry they were recorded with had the name of the one that is read-only here. */
const recordedRegistry = /(\/|azureml:\/\/)registries\/azureml\/(?!environments\/(?!re\/))/g
const otherRegistry = 'samples'

/** The address of a registry's bytes, by what was uploaded there. */
export type Uploads = Map<string, string>

/** The request as it is sent to this server.  */
export function retarget(request: Captured, w: World, uploads: Uploads): { path: string; body: JsonObject } {
  const place = (text: string) => {
    const upload = [...uploads].find(([name]) => text.includes(`/registries/azureml/${name}/`))?.[1]
    return text
      .replaceAll(/https:\/\/lazstore\.blob\.laz\.test:18443\/reg-x\/\w+/g, upload ?? w.code.uri)
      .replaceAll(/https:\/\/lazstore\.blob\.laz\.test:18443\/[^"]*/g, w.code.uri)
      .replaceAll(/"hash_sha256":"[0-9a-f]{64}"/g, `"hash_sha256":"${w.code.hash}"`)
      .replaceAll(recordedRegistry, `$1registries/${otherRegistry}/`)
      .replaceAll('/workspaces/11111111-1111-1111-1111-111111111111/', `/workspaces/${w.guid}/`)
      .replaceAll('locations/local/workspaces/w/', `locations/local/workspaces/${w.guid}/`)
      .replaceAll('resourcegroups/rg/workspaces/ws/', `resourcegroups/rg/workspaces/${w.ws.split('/').at(-1)}/`)
      .replaceAll('{WS}', w.ws)
  }
  const path = request.path
    .replace(/^\/score\/(?=[^/]+\/jobs$)/, `/batch/${w.guid}/`)
    .replace(/^\/score\//, `/score/${w.guid}/`)
  const whole = JSON.parse(place(JSON.stringify({ path, body: request.body }))) as Captured // as it was
  const query = new URLSearchParams(request.query).toString()
  return { path: `${whole.path}${query === '' ? '' : `?${query}`}`, body: whole.body }
}

/**
 * What a call of an endpoint carries besides: the deployment by name, since the recorded endpoints send none of their
 * traffic anywhere, once it runs; and an online endpoint's key.
 */
export async function callHeaders(request: Captured, w: World): Promise<Record<string, string>> {
  if (request.path.endsWith('/jobs')) return { 'azureml-model-deployment': 'bd1' }
  const endpoint = `${w.ws}/onlineEndpoints/${request.path.split('/').at(-1)}`
  for (let state = ''; state !== 'Succeeded'; await new Promise((next) => setTimeout(next, 100))) {
    const blue = await made(w.ask('GET', `${endpoint}/deployments/blue`))
    state = asString(asObject(blue.properties).provisioningState) ?? ''
    if (state === 'Failed') throw new Error(`the deployment failed: ${JSON.stringify(blue.lazurite)}`)
  }
  const { primaryKey } = await made(w.ask('POST', `${endpoint}/listKeys`))
  return { authorization: `Bearer ${primaryKey}`, 'azureml-model-deployment': 'blue' }
}

const job: JsonObject = {
  jobType: 'Command',
  command: 'echo hello',
  environmentId: 'azureml:AzureML-sklearn-1.5@latest',
}

/** The folder that the client names after the content of the model it uploaded. */
const uploadedModel = '642c308d2fa4f3dc968b98776b24234ee28dd9baba14800972a93c449d95d020'

/** What was there before the recording began: a registry with two assets, a job that wrote a model, an upload, a schedule. */
export async function makeBefore(w: World): Promise<void> {
  const provider = 'providers/Microsoft.MachineLearningServices'
  const group = '/subscriptions/00000000-0000-0000-0000-0000000000ff/resourceGroups/regrg'
  const registry = `${group}/${provider}/registries/${otherRegistry}`
  await made(w.ask('PUT', registry, { location: 'local', properties: {} }))
  for (const [collection, properties] of [
    ['data', { dataType: 'uri_folder' }],
    ['models', { modelType: 'mlflow_model' }],
  ] as const) {
    const assetId = `azureml://registries/${otherRegistry}/${collection}/x/versions/1`
    const place = `/mferp/managementfrontend${registry}/tempdatarefs/x/versions/1`
    const given = await made(w.ask('PUT', place, { assetId, temporaryDataReferenceType: 'TemporaryBlobReference' }))
    const uri = `${asString(asObject(given.blobReferenceForConsumption).blobUri)}/x`
    await writeScript(w.server, uri)
    const field = collection === 'data' ? 'dataUri' : 'modelUri'
    const path = `/mferp/managementfrontend${registry}/${collection}/x/versions/1`
    await made(w.ask('PUT', path, { properties: { ...properties, [field]: uri } }))
  }
  await made(w.ask('PUT', `${w.ws}/jobs/j`, { properties: job }))
  await write(w, 'workspaceartifactstore', 'ExperimentRun/dcid.j/model')
  await write(w, 'workspaceblobstore', `LocalUpload/${uploadedModel}/model`)
  const trigger = { triggerType: 'Cron', expression: '0 8 * * *' }
  const action = { actionType: 'CreateJob', jobDefinition: job }
  await made(w.ask('PUT', `${w.ws}/schedules/sc1`, { properties: { trigger, action } }))
}

async function write(w: World, datastore: string, folder: string): Promise<void> {
  const store = asObject((await made(w.ask('GET', `${w.ws}/datastores/${datastore}`))).properties)
  const { accountName, containerName } = store
  await writeScript(w.server, `http://here/${accountName}/${containerName}/${folder}`)
}

/** Puts one file where a registry says an asset's bytes go, and keeps the address under the asset's path. */
export async function upload(request: Captured, answer: JsonObject, w: World, uploads: Uploads): Promise<void> {
  const asset = /registries\/azureml\/(.*)\/versions/.exec(asString(request.body.assetId) ?? '')?.[1]
  const { blobUri } = asObject(answer.blobReferenceForConsumption)
  if (asset === undefined || typeof blobUri !== 'string') return
  await writeScript(w.server, `${blobUri}/src`)
  uploads.set(asset, `${blobUri}/src`)
}
