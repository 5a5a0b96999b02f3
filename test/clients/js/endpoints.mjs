// What a user of @azure/arm-machinelearning does with endpoints, over https with nothing but variables of the environment:
// code and model go up as blobs, calls go to the scoring addresses. Prints what each step answered as one line of JSON.
import { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning'
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { DefaultAzureCredential } from '@azure/identity'
import { ContainerClient } from '@azure/storage-blob'

const { LAZ_ENDPOINT: endpoint, AZURE_SUBSCRIPTION_ID, AZURE_DEFAULTS_GROUP, AZURE_DEFAULTS_WORKSPACE } = process.env
const credential = new DefaultAzureCredential()
const ml = new AzureMachineLearningWorkspaces(credential, AZURE_SUBSCRIPTION_ID, { endpoint })
// every answer of an operation that is polled is there at once; half a minute between looks is for the cloud
const soon = { updateIntervalInMs: 100 }
const at = [AZURE_DEFAULTS_GROUP, AZURE_DEFAULTS_WORKSPACE]
const location = 'local'
const seen = {}

async function collect(pages) {
  const all = []
  for await (const each of pages) all.push(each.name)
  return all.sort()
}

async function until(look) {
  for (const end = Date.now() + 90_000; Date.now() < end; ) {
    const found = await look()
    if (found) return found
    await new Promise((go) => setTimeout(go, 100))
  }
  return undefined
}

/** Puts files into the workspace's container and registers them as code and as a model. */
async function uploadAssets(scripts) {
  const store = await ml.datastores.get(...at, 'workspaceblobstore')
  const { sasToken } = await ml.datastores.listSecrets(...at, 'workspaceblobstore')
  const { accountName, containerName } = store.properties
  const container = new ContainerClient(`${endpoint}/${accountName}/${containerName}?${sasToken}`)
  const put = (path, text) => container.getBlockBlobClient(path).upload(text, Buffer.byteLength(text))
  await put('js/weights/weight.txt', '40')
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/js/weights'
  const model = await ml.modelVersions.createOrUpdate(...at, 'weights', '1', {
    properties: { modelType: 'custom_model', modelUri },
  })
  const codes = {}
  for (const [name, text] of Object.entries(scripts)) {
    await put(`js/${name}/score.py`, text)
    const codeUri = `${endpoint}/${accountName}/${containerName}/js/${name}`
    codes[name] = (await ml.codeVersions.createOrUpdate(...at, `js-${name}`, '1', { properties: { codeUri } })).id
  }
  return { modelId: model.id, codes, container }
}

const online = `
import json, os
def init():
    global weight
    folder = os.environ["AZUREML_MODEL_DIR"]
    weight = int(open(os.path.join(folder, "weights", "weight.txt")).read())
    print("the weight is", weight)
def run(data):
    asked = json.loads(data)
    print("was asked about", asked["n"])
    return {"sum": asked["n"] + weight, "word": os.environ["WORD"]}
`
const batch = `
import glob, os
def init():
    global weight
    [path] = glob.glob(os.environ["AZUREML_MODEL_DIR"] + "/**/weight.txt", recursive=True)
    weight = open(path).read()
def run(mini_batch):
    return ["%s %s" % (os.path.basename(path), weight) for path in mini_batch]
`
const assets = await uploadAssets({ online, batch })
const environmentId = 'azureml:AzureML-sklearn-1.5@latest'

const putEndpoint = (properties) =>
  ml.onlineEndpoints.beginCreateOrUpdateAndWait(
    ...at,
    'words',
    { location, tags: { a: 'b' }, properties: { authMode: 'Key', ...properties } },
    soon,
  )

/** The API that this client was made for knows no mirrors: its own pipeline sends what a later one takes. */
async function putMirror(traffic, mirrorTraffic) {
  const path = `/subscriptions/${AZURE_SUBSCRIPTION_ID}/resourceGroups/${at[0]}/providers/Microsoft.MachineLearningServices`
  const answer = await ml.sendRequest(
    createPipelineRequest({
      url: `${endpoint}${path}/workspaces/${at[1]}/onlineEndpoints/words?api-version=2024-04-01`,
      method: 'PUT',
      headers: createHttpHeaders({ 'content-type': 'application/json' }),
      body: JSON.stringify({ location, properties: { authMode: 'Key', traffic, mirrorTraffic } }),
    }),
  )
  return JSON.parse(answer.bodyAsText).properties.mirrorTraffic
}

function putDeployment(name, word) {
  const properties = {
    endpointComputeType: 'Managed',
    model: assets.modelId,
    codeConfiguration: { codeId: assets.codes.online, scoringScript: 'score.py' },
    environmentId,
    environmentVariables: { WORD: word },
    instanceType: 'Standard_DS3_v2',
    requestSettings: { requestTimeout: 'PT20S', maxConcurrentRequestsPerInstance: 10 },
    readinessProbe: {
      initialDelay: 'PT0S',
      period: 'PT1S',
      timeout: 'PT5S',
      failureThreshold: 30,
      successThreshold: 1,
    },
  }
  const body = { location, sku: { name: 'Default', capacity: 1 }, properties }
  return ml.onlineDeployments.beginCreateOrUpdateAndWait(...at, 'words', name, body, soon)
}

async function invoke(n, { deployment, key } = {}) {
  const { properties } = await ml.onlineEndpoints.get(...at, 'words')
  const secret = key ?? (await ml.onlineEndpoints.listKeys(...at, 'words')).primaryKey
  return post(properties.scoringUri, { n }, secret, deployment)
}

async function post(uri, body, secret, deployment) {
  const answer = await fetch(uri, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      ...(deployment ? { 'azureml-model-deployment': deployment } : {}),
    },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    by: answer.headers.get('azureml-model-deployment'),
    body: text ? JSON.parse(text) : '',
  }
}

const logOf = async (name) =>
  (await ml.onlineDeployments.getLogs(...at, 'words', name, { tail: 1000, containerType: 'InferenceServer' }))
    .content ?? ''

async function liveOnline() {
  await putEndpoint({})
  await Promise.all([putDeployment('blue', 'blue'), putDeployment('green', 'green')])
  seen.untouched = (await invoke(2)).status
  seen.deployments = await collect(ml.onlineDeployments.list(...at, 'words'))

  seen.split = (await putEndpoint({ traffic: { blue: 90, green: 10 } })).properties.traffic
  const { scoringUri } = (await ml.onlineEndpoints.get(...at, 'words')).properties
  const { primaryKey } = await ml.onlineEndpoints.listKeys(...at, 'words')
  const shares = {}
  for (let call = 0; call < 300; call++) {
    const { status, by, body } = await post(scoringUri, { n: 2 }, primaryKey)
    const name = status === 200 && body.word === by ? by : `${status} ${by}`
    shares[name] = (shares[name] ?? 0) + 1
  }
  seen.shares = shares
  seen.named = (await invoke(2, { deployment: 'green' })).body

  seen.mirror = await putMirror({ blue: 100 }, { green: 50 })
  seen.mirrored = await until(async () => {
    const { by } = await invoke(1234)
    return by === 'blue' && (await logOf('green')).includes('was asked about 1234')
  })
  seen.logs = await logOf('blue')

  await putEndpoint({ traffic: { blue: 100 } })
  seen.updated = (await putDeployment('blue', 'azure')).properties.provisioningState
  seen.after = (await invoke(2)).body
  const more = { sku: { name: 'Default', capacity: 2 }, tags: { c: 'd' } }
  await ml.onlineDeployments.beginUpdateAndWait(...at, 'words', 'blue', more, soon)
  const scaled = await ml.onlineDeployments.get(...at, 'words', 'blue')
  seen.scaled = [scaled.sku.capacity, scaled.tags, scaled.properties.provisioningState]

  await putEndpoint({ traffic: { green: 100 } })
  seen.swapped = (await invoke(2)).body

  await ml.onlineEndpoints.beginRegenerateKeysAndWait(...at, 'words', { keyType: 'Primary' }, soon)
  seen.oldKey = (await invoke(2, { key: primaryKey })).status
  seen.newKey = (await invoke(2)).status

  await ml.onlineDeployments.beginDeleteAndWait(...at, 'words', 'blue', soon)
  seen.left = await collect(ml.onlineDeployments.list(...at, 'words'))
  const { secondaryKey } = await ml.onlineEndpoints.listKeys(...at, 'words')
  await ml.onlineEndpoints.beginDeleteAndWait(...at, 'words', soon)
  seen.gone = await collect(ml.onlineEndpoints.list(...at))
  seen.deaf = (await post(scoringUri, { n: 2 }, secondaryKey)).status
}

async function liveBatch() {
  for (const name of ['a', 'b', 'c']) await assets.container.getBlockBlobClient(`js/data/${name}.txt`).upload(name, 1)
  const put = (properties) =>
    ml.batchEndpoints.beginCreateOrUpdateAndWait(
      ...at,
      'piles',
      { location, properties: { authMode: 'AADToken', ...properties } },
      soon,
    )
  await put({})
  const properties = {
    model: { referenceType: 'Id', assetId: assets.modelId },
    codeConfiguration: { codeId: assets.codes.batch, scoringScript: 'score.py' },
    environmentId,
    compute: 'azureml:local',
    outputAction: 'AppendRow',
    outputFileName: 'predictions.csv',
    miniBatchSize: 2,
    maxConcurrencyPerInstance: 1,
    retrySettings: { maxRetries: 1, timeout: 'PT60S' },
  }
  const body = { location, properties }
  await ml.batchDeployments.beginCreateOrUpdateAndWait(...at, 'piles', 'first', body, soon)
  seen.batchDefault = (await put({ defaults: { deploymentName: 'first' } })).properties.defaults.deploymentName
  const { scoringUri } = (await ml.batchEndpoints.get(...at, 'piles')).properties
  const { token } = await credential.getToken('https://ml.azure.com/.default')
  const uri = 'azureml://datastores/workspaceblobstore/paths/js/data'
  const results = 'azureml://datastores/workspaceblobstore/paths/js/results/predictions.csv'
  const asked = {
    properties: {
      inputData: { data: { jobInputType: 'UriFolder', uri } },
      outputData: { score: { jobOutputType: 'UriFile', uri: results } },
    },
  }
  const answer = await post(scoringUri, asked, token)
  seen.batchAnswer = answer.status
  const job = await until(async () => {
    const { properties } = await ml.jobs.get(...at, answer.body.name)
    return ['Completed', 'Failed', 'Canceled'].includes(properties.status) ? properties : undefined
  })
  seen.batchJob = job?.status
  const blob = await assets.container.getBlobClient('js/results/predictions.csv').downloadToBuffer()
  seen.batchRows = blob.toString().trim().split('\n').sort()
  const changed = { properties: { description: 'changed' }, tags: { c: 'd' } }
  await ml.batchDeployments.beginUpdateAndWait(...at, 'piles', 'first', changed, soon)
  seen.batchChanged = (await ml.batchDeployments.get(...at, 'piles', 'first')).properties.description
  await ml.batchDeployments.beginDeleteAndWait(...at, 'piles', 'first', soon)
  await ml.batchEndpoints.beginDeleteAndWait(...at, 'piles', soon)
  seen.batchGone = await collect(ml.batchEndpoints.list(...at))
}

await liveOnline()
await liveBatch()
process.stdout.write(`${JSON.stringify(seen)}\n`)
