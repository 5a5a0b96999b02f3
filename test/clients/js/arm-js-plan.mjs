// What to call, in what order, with what: each thing is made, read, listed, changed and deleted, operations that are
// polled once with their poller and once to the end.

const guid = '5d1a3e2c-8f64-4b0e-9c5d-0a1b2c3d4e5f'
const environmentId = 'azureml:AzureML-sklearn-1.5@latest'

/** Steps `{group, operation, args, sent?, gone?}`, and functions for what is done between them. */
export function makePlan(client, facts) {
  const room = { client, facts, rg: facts.resourceGroup, ws: facts.workspace }
  return [
    ...services(room),
    ...workspaces(room),
    ...computes(room),
    ...datastores(room),
    ...assets(room),
    ...jobs(room),
    ...endpoints(room),
    ...schedules(room),
    ...network(room),
  ]
}

const call = (group, operation, args, more = {}) => ({ group, operation, args, ...more })

/** The two spellings of an operation that is polled, on a thing of its own each. */
function twice(group, word, first, second, body) {
  const more = (names) => (word === 'Delete' ? { gone: names } : body === undefined ? {} : { sent: body })
  const args = (names) => (body === undefined ? names : [...names, body])
  return [
    call(group, `begin${word}`, args(first), more(first)),
    call(group, `begin${word}AndWait`, args(second), more(second)),
  ]
}

function services({ facts: { location } }) {
  const quota = {
    location,
    value: [{ id: 'cores', type: 'Microsoft.MachineLearningServices/quotas', limit: 1, unit: 'Count' }],
  }
  return [
    call('operations', 'list', []),
    call('usages', 'list', [location]),
    call('virtualMachineSizes', 'list', [location]),
    call('quotas', 'list', [location]),
    call('quotas', 'update', [location, quota]),
  ]
}

function workspaces({ rg, ws, facts: { location } }) {
  const body = {
    location,
    description: 'made by the client',
    friendlyName: 'Two',
    tags: { a: 'b' },
    identity: { type: 'SystemAssigned' },
  }
  const change = { tags: { c: 'd' }, description: 'changed' }
  const names = [
    [rg, 'js-one'],
    [rg, 'js-two'],
  ]
  return [
    ...twice('workspaces', 'CreateOrUpdate', ...names, body),
    ...twice('workspaces', 'Update', ...names, change),
    call('workspaces', 'get', [rg, ws]),
    call('workspaces', 'listByResourceGroup', [rg]),
    call('workspaces', 'listBySubscription', []),
    ...twice('workspaces', 'Diagnose', [rg, ws], [rg, ws]),
    call('workspaces', 'listKeys', [rg, ws]),
    ...twice('workspaces', 'ResyncKeys', [rg, ws], [rg, ws]),
    call('workspaces', 'listNotebookAccessToken', [rg, ws]),
    ...twice('workspaces', 'PrepareNotebook', [rg, ws], [rg, ws]),
    call('workspaces', 'listStorageAccountKeys', [rg, ws]),
    call('workspaces', 'listNotebookKeys', [rg, ws]),
    call('workspaces', 'listOutboundNetworkDependenciesEndpoints', [rg, ws]),
    call('workspaceFeatures', 'list', [rg, ws]),
    ...twice('workspaces', 'Delete', ...names),
  ]
}

function computes({ rg, ws, facts: { location } }) {
  const group = 'computeOperations'
  const names = ['js-one', 'js-two'].map((name) => [rg, ws, name])
  const instance = {
    location,
    tags: { a: 'b' },
    properties: {
      computeType: 'ComputeInstance',
      description: 'an instance',
      properties: {
        vmSize: 'STANDARD_DS1_V2',
        applicationSharingPolicy: 'Personal',
        computeInstanceAuthorizationType: 'personal',
      },
    },
  }
  const cluster = {
    location,
    properties: {
      computeType: 'AmlCompute',
      properties: {
        vmSize: 'STANDARD_DS1_V2',
        vmPriority: 'Dedicated',
        scaleSettings: { minNodeCount: 1, maxNodeCount: 2, nodeIdleTimeBeforeScaleDown: 'PT2M' },
      },
    },
  }
  const machine = {
    location,
    properties: {
      computeType: 'VirtualMachine',
      resourceId: `/subscriptions/${guid}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v`,
      properties: { sshPort: 22, administratorAccount: { username: 'u', password: 'a password' } },
    },
  }
  const scale = { properties: { scaleSettings: { minNodeCount: 0, maxNodeCount: 3 } } }
  const clusters = ['js-cluster', 'js-cluster-b'].map((name) => [rg, ws, name])
  return [
    ...twice(group, 'CreateOrUpdate', ...names, instance),
    ...clusters.map((at) => call(group, 'beginCreateOrUpdateAndWait', [...at, cluster], { sent: cluster })),
    call(group, 'beginCreateOrUpdateAndWait', [rg, ws, 'js-vm', machine], { sent: machine }),
    call(group, 'list', [rg, ws]),
    call(group, 'get', [rg, ws, 'js-vm']),
    call(group, 'listNodes', [rg, ws, 'js-cluster']),
    call(group, 'listKeys', [rg, ws, 'js-vm']),
    call(group, 'beginUpdate', [...clusters[0], scale]),
    call(group, 'beginUpdateAndWait', [...clusters[1], scale]),
    ...['Stop', 'Start', 'Restart'].flatMap((word) => twice(group, word, ...names)),
    call(group, 'beginDelete', [...names[0], 'Delete'], { gone: names[0] }),
    call(group, 'beginDeleteAndWait', [...names[1], 'Delete'], { gone: names[1] }),
  ]
}

function datastores({ rg, ws }) {
  const blob = {
    properties: {
      datastoreType: 'AzureBlob',
      accountName: 'elsewhere',
      containerName: 'c',
      description: 'a store',
      tags: { a: 'b' },
      credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key: 'a2V5' } },
    },
  }
  return [
    call('datastores', 'createOrUpdate', [rg, ws, 'js_store', blob], { sent: blob }),
    call('datastores', 'list', [rg, ws]),
    call('datastores', 'get', [rg, ws, 'js_store']),
    call('datastores', 'listSecrets', [rg, ws, 'js_store']),
    call('datastores', 'delete', [rg, ws, 'js_store'], { gone: [rg, ws, 'js_store'] }),
  ]
}

/** Puts one file into the workspace's storage and gives its folder's address. */
async function upload({ client, facts, rg, ws }, text = 'print("hello")\n') {
  const { accountName, containerName } = (await client.datastores.get(rg, ws, 'workspaceblobstore')).properties
  const { sasToken } = await client.datastores.listSecrets(rg, ws, 'workspaceblobstore')
  const folder = `${facts.url}/${accountName}/${containerName}/js-code`
  const answer = await fetch(`${folder}/main.py?${sasToken}`, {
    method: 'PUT',
    headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2021-12-02' },
    body: text,
  })
  if (answer.status !== 201) throw new Error(`the upload was answered with ${answer.status}`)
  return folder
}

function assets(room) {
  const { rg, ws } = room
  const code = { properties: { codeUri: '', description: 'code', isAnonymous: false } }
  const componentSpec = {
    name: 'js_component',
    version: '1',
    type: 'command',
    command: 'echo ${{inputs.n}}',
    environment: environmentId,
    inputs: { n: { type: 'integer' } },
  }
  const kinds = [
    ['code', guid, code],
    ['component', 'js_component', { properties: { componentSpec, description: 'a component' } }],
    [
      'data',
      'js-data',
      { properties: { dataType: 'uri_file', dataUri: 'https://example.com/a.csv', tags: { a: 'b' } } },
    ],
    ['environment', 'js-env', { properties: { image: 'ubuntu:24.04', condaFile: 'dependencies:\n- python=3.12\n' } }],
    [
      'model',
      'js-model',
      { properties: { modelType: 'custom_model', modelUri: 'https://example.com/model.bin', flavors: {} } },
    ],
  ]
  const steps = kinds.flatMap(([word, name, version]) => {
    const [containers, versions] = [`${word}Containers`, `${word}Versions`]
    const container = {
      properties: {
        description: 'all of them',
        tags: { c: 'd' },
        ...(word === 'data' ? { dataType: 'uri_file' } : {}),
      },
    }
    return [
      call(containers, 'createOrUpdate', [rg, ws, name, container], { sent: container }),
      call(versions, 'createOrUpdate', [rg, ws, name, '1', version], { sent: version }),
      call(versions, 'list', [rg, ws, name]),
      call(versions, 'get', [rg, ws, name, '1']),
      call(containers, 'list', [rg, ws]),
      call(containers, 'get', [rg, ws, name]),
      call(versions, 'delete', [rg, ws, name, '1'], { gone: [rg, ws, name, '1'] }),
      call(containers, 'delete', [rg, ws, name], { gone: [rg, ws, name] }),
    ]
  })
  const fill = async () => {
    code.properties.codeUri = await upload(room)
  }
  return [fill, ...steps]
}

function jobs({ client, rg, ws }) {
  const names = ['js_one', 'js_two'].map((name) => [rg, ws, name])
  const job = {
    properties: {
      jobType: 'Command',
      command: 'sleep 60',
      environmentId,
      displayName: 'waits',
      experimentName: 'js',
      tags: { a: 'b' },
      limits: { jobLimitsType: 'Command', timeout: 'PT5M' },
    },
  }
  const over = async (at) => {
    while (!['Canceled', 'Failed', 'Completed'].includes((await client.jobs.get(...at)).properties.status))
      await new Promise((wake) => setTimeout(wake, 50))
  }
  return [
    ...names.map((at) => call('jobs', 'createOrUpdate', [...at, job], { sent: job })),
    call('jobs', 'list', [rg, ws]),
    call('jobs', 'get', names[0]),
    ...twice('jobs', 'Cancel', ...names),
    () => Promise.all(names.map(over)),
    ...twice('jobs', 'Delete', ...names),
  ]
}

/** A script that deployments of either kind take. */
const script = 'def init():\n    pass\n\n\ndef run(given):\n    return given\n'

function endpoints(room) {
  const { client, rg, ws } = room
  const { location } = room.facts
  const codeConfiguration = { codeId: `azureml:${guid}:1`, scoringScript: 'main.py' }
  const fill = async () => {
    const folder = await upload(room, script)
    await client.codeVersions.createOrUpdate(rg, ws, guid, '1', { properties: { codeUri: folder } })
    const model = { modelType: 'custom_model', modelUri: 'azureml://datastores/workspaceblobstore/paths/js-code' }
    await client.modelVersions.createOrUpdate(rg, ws, 'js-model', '1', { properties: model })
  }
  const online = {
    location,
    tags: { a: 'b' },
    properties: { authMode: 'AMLToken', description: 'an endpoint', traffic: {} },
  }
  const blue = {
    location,
    sku: { name: 'Default', capacity: 1 },
    properties: {
      endpointComputeType: 'Managed',
      instanceType: 'Standard_DS3_v2',
      environmentId,
      codeConfiguration,
      scaleSettings: { scaleType: 'Default' },
      requestSettings: { requestTimeout: 'PT5S', maxConcurrentRequestsPerInstance: 1 },
      livenessProbe: {
        initialDelay: 'PT10S',
        period: 'PT10S',
        timeout: 'PT2S',
        failureThreshold: 30,
        successThreshold: 1,
      },
    },
  }
  const batch = { location, tags: { a: 'b' }, properties: { authMode: 'AADToken', description: 'an endpoint' } }
  const scorer = {
    location,
    properties: {
      model: { referenceType: 'Id', assetId: 'azureml:js-model:1' },
      compute: 'azureml:js-cluster',
      environmentId,
      codeConfiguration,
      outputAction: 'AppendRow',
      outputFileName: 'out.csv',
      miniBatchSize: 10,
      retrySettings: { maxRetries: 3, timeout: 'PT30S' },
    },
  }
  const ends = ['js-end-one', 'js-end-two'].map((name) => [rg, ws, name])
  const below = ['green', 'blue'].map((name) => [...ends[0], name])
  const tags = { tags: { c: 'd' } }
  const more = { sku: { name: 'Default', capacity: 2 }, tags: { c: 'd' } }
  return [
    fill,
    ...twice('onlineEndpoints', 'CreateOrUpdate', ...ends, online),
    ...twice('onlineEndpoints', 'Update', ...ends, tags),
    call('onlineEndpoints', 'list', [rg, ws]),
    call('onlineEndpoints', 'get', ends[0]),
    call('onlineEndpoints', 'listKeys', ends[0]),
    call('onlineEndpoints', 'beginRegenerateKeys', [...ends[0], { keyType: 'Primary' }]),
    call('onlineEndpoints', 'beginRegenerateKeysAndWait', [...ends[0], { keyType: 'Secondary', keyValue: 'mine' }]),
    call('onlineEndpoints', 'getToken', ends[0]),
    ...twice('onlineDeployments', 'CreateOrUpdate', ...below, blue),
    ...twice('onlineDeployments', 'Update', ...below, more),
    call('onlineDeployments', 'list', ends[0]),
    call('onlineDeployments', 'get', below[0]),
    call('onlineDeployments', 'listSkus', below[0]),
    call('onlineDeployments', 'getLogs', [...below[0], { tail: 10, containerType: 'InferenceServer' }]),
    ...twice('onlineDeployments', 'Delete', ...below),
    ...twice('onlineEndpoints', 'Delete', ...ends),
    ...twice('batchEndpoints', 'CreateOrUpdate', ...ends, batch),
    ...twice('batchEndpoints', 'Update', ...ends, tags),
    call('batchEndpoints', 'list', [rg, ws]),
    call('batchEndpoints', 'get', ends[0]),
    call('batchEndpoints', 'listKeys', ends[0]),
    ...twice('batchDeployments', 'CreateOrUpdate', ...below, scorer),
    ...twice('batchDeployments', 'Update', ...below, { properties: { description: 'changed' }, tags: { c: 'd' } }),
    call('batchDeployments', 'list', ends[0]),
    call('batchDeployments', 'get', below[0]),
    ...twice('batchDeployments', 'Delete', ...below),
    ...twice('batchEndpoints', 'Delete', ...ends),
  ]
}

function schedules({ rg, ws }) {
  const names = ['js-one', 'js-two'].map((name) => [rg, ws, name])
  const schedule = {
    properties: {
      displayName: 'nightly',
      isEnabled: true,
      trigger: { triggerType: 'Cron', expression: '0 8 * * *', timeZone: 'UTC' },
      action: { actionType: 'CreateJob', jobDefinition: { jobType: 'Command', command: 'true', environmentId } },
    },
  }
  return [
    ...twice('schedules', 'CreateOrUpdate', ...names, schedule),
    call('schedules', 'list', [rg, ws]),
    call('schedules', 'get', names[0]),
    ...twice('schedules', 'Delete', ...names),
  ]
}

function network({ rg, ws }) {
  const connection = {
    properties: {
      authType: 'PAT',
      category: 'Git',
      target: 'https://example.com/x/y',
      credentials: { pat: 'a token' },
    },
  }
  const approval = { privateLinkServiceConnectionState: { status: 'Approved', description: 'fine' } }
  return [
    call('workspaceConnections', 'create', [rg, ws, 'js-connection', connection], { sent: connection }),
    call('workspaceConnections', 'list', [rg, ws]),
    call('workspaceConnections', 'get', [rg, ws, 'js-connection']),
    call('workspaceConnections', 'delete', [rg, ws, 'js-connection'], { gone: [rg, ws, 'js-connection'] }),
    call('privateEndpointConnections', 'createOrUpdate', [rg, ws, 'js-private', approval], { sent: approval }),
    call('privateEndpointConnections', 'list', [rg, ws]),
    call('privateEndpointConnections', 'get', [rg, ws, 'js-private']),
    call('privateEndpointConnections', 'delete', [rg, ws, 'js-private'], { gone: [rg, ws, 'js-private'] }),
    call('privateLinkResources', 'list', [rg, ws]),
  ]
}
