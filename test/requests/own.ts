// One request of every kind and of every spelling that official clients use, as they send them. `{WS}` is the workspace's
// path, `{CODE}` the address of uploaded code, `{HASH}` its hash. In this order each finds what it refers to.
import type { JsonObject } from '@lazurite/spec'
import type { Method, World } from './world.ts'

export interface Own {
  method: Method
  path: string
  body: JsonObject
}

const curated = 'azureml:AzureML-sklearn-1.5@latest'
const put = (path: string, body: JsonObject): Own => ({ method: 'PUT', path: `{WS}/${path}`, body })
const post = (path: string, body: JsonObject = {}): Own => ({ method: 'POST', path: `{WS}/${path}`, body })
const asset = { properties: {}, tags: { team: 'blue' }, isAnonymous: false, isArchived: false }

const computes: Own[] = [
  put('computes/cpu-cluster', {
    location: 'local',
    tags: { a: 'b' },
    properties: {
      computeType: 'AmlCompute',
      disableLocalAuth: true,
      properties: {
        osType: 'Linux',
        vmSize: 'STANDARD_DS1_V2',
        vmPriority: 'lowpriority',
        scaleSettings: { minNodeCount: 0, maxNodeCount: 2, nodeIdleTimeBeforeScaleDown: 'PT2M' },
        remoteLoginPortPublicAccess: 'NotSpecified',
      },
    },
  }),
  put('computes/instance', {
    location: 'local',
    properties: {
      computeType: 'ComputeInstance',
      properties: { vmSize: 'STANDARD_DS1_V2', applicationSharingPolicy: 'Shared', idleTimeBeforeShutdown: 'PT30M' },
    },
  }),
  put('computes/kube', {
    location: 'local',
    properties: {
      computeType: 'Kubernetes',
      resourceId: '/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerService/managedClusters/k',
      properties: { namespace: 'training' },
    },
  }),
  put('computes/machine', {
    location: 'local',
    properties: {
      computeType: 'VirtualMachine',
      resourceId: '/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/v',
      properties: { sshPort: 22, administratorAccount: { username: 'u', password: 'a secret' } },
    },
  }),
  post('computes/instance/enableSso', { enableSSO: true }),
  post('computes/cpu-cluster/listNodes'),
]

const datastores: Own[] = [
  put('datastores/blobs', {
    properties: {
      datastoreType: 'AzureBlob',
      accountName: 'elsewhere',
      containerName: 'c',
      endpoint: 'example.net:8443',
      protocol: 'https',
      tags: {},
      credentials: { credentialsType: 'AccountKey', secrets: { secretsType: 'AccountKey', key: 'a2V5' } },
    },
  }),
  put('datastores/share', {
    properties: {
      datastoreType: 'AzureFile',
      accountName: 'elsewhere',
      fileShareName: 'c',
      credentials: { credentialsType: 'Sas', secrets: { secretsType: 'Sas', sasToken: 'sv=1' } },
    },
  }),
  put('datastores/lake', {
    properties: {
      datastoreType: 'AzureDataLakeGen2',
      accountName: 'elsewhere',
      filesystem: 'c',
      credentials: {
        credentialsType: 'ServicePrincipal',
        clientId: '5d1a3e2c-8f64-4b0e-9c5d-0a1b2c3d4e5f',
        tenantId: '5d1a3e2c-8f64-4b0e-9c5d-0a1b2c3d4e5f',
        secrets: { secretsType: 'ServicePrincipal', clientSecret: 'a secret' },
      },
    },
  }),
  post('datastores/blobs/listSecrets', { expirableSecret: true, expireAfterHours: 1 }),
  post('datastores/workspaceblobstore/listSecrets', { expirableSecret: true, expireAfterHours: 1 }),
]

const assets: Own[] = [
  post('codes/scripts/versions/1/startPendingUpload', { pendingUploadType: 'TemporaryBlobReference' }),
  put('codes/scripts/versions/1', {
    properties: {
      properties: { hash_sha256: '{HASH}', hash_version: '202208' },
      isAnonymous: true,
      isArchived: false,
      codeUri: '{CODE}',
    },
  }),
  put('environments/image/versions/1', { properties: { description: 'd', image: 'ubuntu:24.04' } }),
  put('environments/conda/versions/1', {
    properties: { image: 'ubuntu:24.04', condaFile: 'dependencies:\n- python=3.12\nname: x\n' },
  }),
  put('environments/context/versions/1', {
    properties: { build: { contextUri: '{CODE}', dockerfilePath: 'Dockerfile' } },
  }),
  put('environments/CliV2AnonymousEnvironment/versions/0123abcd', {
    properties: { isAnonymous: true, image: 'ubuntu:24.04' },
  }),
  put('data/file/versions/1', { properties: { ...asset, dataType: 'uri_file', dataUri: 'https://example.com/a.csv' } }),
  put('data/folder/versions/3', {
    properties: { ...asset, dataType: 'uri_folder', dataUri: 'azureml://datastores/workspaceblobstore/paths/a/b' },
  }),
  put('data/table/versions/1', {
    properties: {
      ...asset,
      dataType: 'mltable',
      dataUri: 'azureml://datastores/workspaceblobstore/paths/t',
      referencedUris: ['./a.csv'],
    },
  }),
  put('models/custom/versions/1', {
    properties: { ...asset, modelType: 'custom_model', modelUri: 'azureml://datastores/workspaceblobstore/paths/m' },
  }),
  put('models/flavoured/versions/1', {
    properties: {
      modelType: 'mlflow_model',
      modelUri: 'https://example.com/model',
      flavors: { python_function: { data: { loader_module: 'mlflow.sklearn' } } },
    },
  }),
  put('models/custom', { properties: { properties: {}, tags: {}, isArchived: false } }),
  put('components/train/versions/1', {
    properties: {
      ...asset,
      properties: { client_component_hash: 'fef90afb-0884-baf6-b016-0bef033c7df3' },
      componentSpec: {
        name: 'train',
        version: '1',
        $schema: 'https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json',
        type: 'command',
        display_name: 'Train',
        is_deterministic: true,
        command: 'echo $[[--lr ${{inputs.lr}}]] ${{inputs.d}}',
        code: 'azureml:{WS}/codes/scripts/versions/1',
        environment: curated,
        inputs: { d: { type: 'uri_folder' }, lr: { type: 'number', optional: true, default: '0.1' } },
        outputs: { m: { type: 'uri_folder' } },
        _source: 'YAML.COMPONENT',
      },
    },
  }),
]

const folder = { jobInputType: 'uri_folder', uri: '{WS}/data/folder/versions/3' }
const command: JsonObject = {
  jobType: 'Command',
  command: 'echo ${{inputs.n}}',
  environmentId: curated,
  experimentName: 'own',
  displayName: 'a job',
  isArchived: false,
  tags: { a: 'b' },
  properties: {},
  inputs: { n: { jobInputType: 'literal', value: '3' } },
  outputs: {},
}
const steps: JsonObject = {
  prep: {
    name: 'prep',
    type: 'command',
    componentId: '{WS}/components/train/versions/1',
    _source: 'YAML.COMPONENT',
    inputs: {
      d: { job_input_type: 'literal', value: '${{parent.inputs.data}}' },
      lr: { job_input_type: 'literal', value: '0.3' },
    },
    outputs: { m: { value: '${{parent.outputs.final}}', type: 'literal' } },
  },
}
const pipeline: JsonObject = {
  jobType: 'Pipeline',
  displayName: 'steps',
  experimentName: 'own',
  settings: { default_compute: '{WS}/computes/cpu-cluster', continue_on_step_failure: false, _source: 'YAML.JOB' },
  inputs: { data: folder },
  outputs: { final: { jobOutputType: 'uri_folder', mode: 'Upload' } },
  jobs: steps,
}

const jobs: Own[] = [
  put('jobs/simple', { properties: command }),
  put('jobs/full', {
    properties: {
      ...command,
      computeId: '{WS}/computes/azureml:cpu-cluster',
      codeId: '{WS}/codes/scripts/versions/1',
      command: 'python main.py',
      distribution: { distributionType: 'PyTorch', processCountPerInstance: 1 },
      environmentVariables: { A: 'B' },
      identity: { identityType: 'UserIdentity' },
      inputs: { b: { jobInputType: 'literal', value: 'True' } },
      limits: { jobLimitsType: 'Command', timeout: 'PT1H' },
      outputs: {
        a: {
          jobOutputType: 'uri_folder',
          mode: 'ReadWriteMount',
          uri: 'azureml://datastores/workspaceblobstore/paths/o/',
        },
        c: { jobOutputType: 'uri_folder', assetName: 'made' },
      },
      queueSettings: { jobTier: 'Spot', priority: 1 },
      resources: { instanceCount: 1, instanceType: 'STANDARD_D2', properties: {}, shmSize: '2g' },
      services: { my_ssh: { jobServiceType: 'SSH' } },
    },
  }),
  put('jobs/steps', { properties: pipeline }),
]

const serving: Own[] = [
  put('onlineEndpoints/answers', {
    location: 'local',
    tags: { a: 'b' },
    identity: { type: 'SystemAssigned' },
    properties: { authMode: 'Key', description: 'd', properties: {}, traffic: {}, mirrorTraffic: {} },
  }),
  put('onlineEndpoints/answers/deployments/blue', {
    location: 'local',
    tags: {},
    sku: { name: 'Default', capacity: 1 },
    properties: {
      endpointComputeType: 'Managed',
      instanceType: 'Standard_DS3_v2',
      model: '{WS}/models/custom/versions/1',
      environmentId: '{WS}/environments/image/versions/1',
      codeConfiguration: { codeId: '{WS}/codes/scripts/versions/1', scoringScript: 'main.py' },
      environmentVariables: { A: 'B' },
      requestSettings: { requestTimeout: 'PT3S' },
      livenessProbe: { initialDelay: 'PT10S' },
      appInsightsEnabled: false,
      properties: {},
    },
  }),
  put('onlineEndpoints/answers/deployments/green', {
    location: 'local',
    tags: {},
    sku: { name: 'Default', capacity: 1 },
    properties: {
      endpointComputeType: 'Kubernetes',
      instanceType: 'small',
      environmentId: curated,
      containerResourceRequirements: {
        containerResourceLimits: { cpu: '1', memory: '1Gi' },
        containerResourceRequests: { cpu: '1', memory: '1Gi' },
      },
    },
  }),
  post('onlineEndpoints/answers/listKeys'),
  post('onlineEndpoints/answers/regenerateKeys', { keyType: 'Secondary', keyValue: 'mine' }),
  put('batchEndpoints/batches', {
    location: 'local',
    tags: {},
    properties: { authMode: 'aadToken', description: 'd' },
  }),
  put('batchEndpoints/batches/deployments/one', {
    location: 'local',
    tags: {},
    properties: {
      model: { referenceType: 'Id', assetId: '{WS}/models/custom/versions/1' },
      compute: '{WS}/computes/cpu-cluster',
      environmentId: '{WS}/environments/image/versions/1',
      codeConfiguration: { codeId: '{WS}/codes/scripts/versions/1', scoringScript: 'main.py' },
      loggingLevel: 'info',
      miniBatchSize: 10,
      outputAction: 'AppendRow',
      outputFileName: 'p.csv',
      resources: { instanceCount: 2, properties: {} },
      retrySettings: { maxRetries: 2, timeout: 'PT30S' },
    },
  }),
  put('schedules/nightly', {
    properties: {
      displayName: 'nightly',
      properties: {},
      tags: {},
      isEnabled: true,
      trigger: {
        triggerType: 'Recurrence',
        frequency: 'day',
        interval: 1,
        schedule: { hours: [10], minutes: [0] },
        timeZone: 'UTC',
      },
      action: { actionType: 'CreateJob', jobDefinition: pipeline },
    },
  }),
  put('schedules/hourly', {
    properties: {
      trigger: { triggerType: 'Cron', expression: '0 * * * *' },
      action: { actionType: 'CreateJob', jobDefinition: command },
    },
  }),
  post('schedules/hourly/trigger', { scheduleTime: '2026-11-23T04:21:45.093864+00:00' }),
]

const registry =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.MachineLearningServices/registries/shared'
const plane = `/mferp/managementfrontend${registry}`

const others: Own[] = [
  put('connections/git', {
    properties: {
      authType: 'PAT',
      category: 'Git',
      isSharedToAll: true,
      metadata: {},
      target: 'https://example.com/x/y',
      credentials: { pat: 'a secret' },
    },
  }),
  post('connections/git/listsecrets'),
  put('featurestoreEntities/account/versions/1', {
    properties: { ...asset, indexColumns: [{ columnName: 'id', dataType: 'string' }], stage: 'Development' },
  }),
  put('featuresets/transactions/versions/1', {
    properties: {
      ...asset,
      entities: ['azureml:account:1'],
      specification: { path: 'azureml://datastores/workspaceblobstore/paths/spec' },
      stage: 'Development',
    },
  }),
  put('indexes/books/versions/1', { properties: { storageUri: 'azureml://datastores/workspaceblobstore/paths/i' } }),
  put('serverlessEndpoints/bought', {
    location: 'local',
    properties: { authMode: 'Key', modelSettings: { modelId: 'azureml://registries/r/models/m' } },
  }),
  put('marketplaceSubscriptions/offer', { properties: { modelId: 'azureml://registries/r/models/m' } }),
  put('capabilityHosts/agents', { properties: { capabilityHostKind: 'Agents' } }),
  put('outboundRules/packages', {
    properties: { type: 'FQDN', destination: 'packages.example.com', category: 'UserDefined' },
  }),
  put('privateEndpointConnections/mine', {
    properties: { privateLinkServiceConnectionState: { status: 'Approved', description: 'fine' } },
  }),
  { method: 'PATCH', path: '{WS}', body: { tags: { a: 'b' }, properties: { description: 'n' } } },
  post('diagnose', { value: {} }),
  {
    method: 'PUT',
    path: registry,
    body: {
      location: 'local',
      tags: {},
      identity: { type: 'SystemAssigned' },
      properties: { regionDetails: [], managedResourceGroupTags: {} },
    },
  },
  { method: 'PUT', path: `${plane}/environments/image/versions/1`, body: { properties: { image: 'ubuntu:24.04' } } },
  {
    method: 'PUT',
    path: `${plane}/tempdatarefs/m/versions/1`,
    body: {
      assetId: 'azureml://registries/shared/models/m/versions/1',
      temporaryDataReferenceType: 'TemporaryBlobReference',
    },
  },
]

/** Every request of ours. */
export const ownRequests: readonly Own[] = [...computes, ...datastores, ...assets, ...jobs, ...serving, ...others]

/** The request for this server. */
export function place(request: Own, w: World): Own {
  const text = JSON.stringify(request)
    .replaceAll('{WS}', w.ws)
    .replaceAll('{CODE}', w.code.uri)
    .replaceAll('{HASH}', w.code.hash)
  return JSON.parse(text) as Own // as it was
}
