// Which kind a YAML file is. There is no `kind:` key: the official client is told by its verb, so a checker of loose
// files must guess from the address of the schema, else from the keys.

import { snake } from './field.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { connectionTypes } from './kinds/connection.ts'
import { datastore } from './kinds/datastore.ts'

/** Names of schemas, in small letters and without `.schema.json` or `.json`. The first that fits counts. */
const schemas: [RegExp, string][] = [
  [/batchdeployment$|componentdeployment$/, 'batch-deployment'],
  [/onlinedeployment$/, 'online-deployment'],
  [/batchendpoint$/, 'batch-endpoint'],
  [/onlineendpoint$/, 'online-endpoint'],
  [/serverlessendpoint$/, 'serverless-endpoint'],
  [/marketplacesubscription$/, 'marketplace-subscription'],
  [/deploymenttemplate$/, 'deployment-template'],
  [/schedule$|^monitor/, 'schedule'],
  [/dataimport$/, 'data-import'],
  [/(modelversion)?package$/, 'model-package'],
  [/connection$/, 'connection'],
  [/registry$/, 'registry'],
  [/featurestoreentity$/, 'feature-store-entity'],
  [/featurestore$/, 'feature-store'],
  [/featureset$/, 'feature-set'],
  [/capabilityhost$/, 'capability-host'],
  [/outboundrule$/, 'outbound-rule'],
  [/index(asset)?$/, 'index'],
  [/component$/, 'component'],
  [/(job|sweep)$/, 'job'],
  [/environment$/, 'environment'],
  [/^(mltable|data)(asset)?$/, 'data'],
  [/model(asset)?$/, 'model'],
  [/^(amlcompute|computeinstance|kubernetescompute|synapsespark\w*|virtualmachine\w*|vm)$|compute$/, 'compute'],
  [/^(azureblob|azurefile|azuredatalake\w*|adls\w*|onelake)$|datastore$/, 'datastore'],
  [/^hub$/, 'hub'],
  [/^project$/, 'project'],
  [/workspace$/, 'workspace'],
  [/^code(asset)?$/, 'code'],
]

const jobTypes = 'command pipeline sweep spark automl parallel import data_transfer finetuning distillation'.split(' ')
const computeTypes = 'amlcompute computeinstance kubernetes virtualmachine synapsespark'.split(' ')
const modelTypes = ['custom_model', 'mlflow_model', 'triton_model']
const dataTypes = ['uri_file', 'uri_folder', 'mltable']
const ruleTypes = ['fqdn', 'private_endpoint', 'service_tag']

/** The kind a document describes, judged by its `$schema`, then by its keys; undefined when nothing tells. */
export function detectKind(doc: Json, file: string): string | undefined {
  if (!isObject(doc)) return undefined
  const schema = typeof doc.$schema === 'string' ? schemaName(doc.$schema) : undefined
  if (schema !== undefined) {
    const named = schemas.find(([pattern]) => pattern.test(schema))?.[1]
    // the schema of a workspace also stands over its special kinds
    if (named === 'workspace') return roomOf(doc)
    if (named !== undefined) return named
    // somebody else's schema: nothing else is guessed
    if (!/^\w*$/.test(schema) || /^(flow|run)$/.test(schema)) return undefined
  }
  return byKeys(doc, file)
}

/** `https://…/latest/commandJob.schema.json` → commandjob */
function schemaName(address: string): string {
  const last = address.split(/[?#]/)[0]?.split('/').at(-1) ?? ''
  return last.replace(/(\.schema)?\.json$/i, '').toLowerCase()
}

/**
 * What a YAML file is that is no definition of ours, in words for people: a conda environment, inputs of a call, …;
 * undefined when nothing tells.
 */
export function describeStranger(doc: Json): string | undefined {
  if (!isObject(doc)) return Array.isArray(doc) ? 'a list' : undefined
  const has = (key: string) => Object.hasOwn(doc, key)
  const schema = typeof doc.$schema === 'string' ? schemaName(doc.$schema) : ''
  if (schema === 'flow' || has('nodes')) return 'a prompt flow, which components and deployments refer to'
  if (schema === 'run') return 'a run of a prompt flow'
  if (has('dependencies') || has('channels')) return 'a conda environment, which conda_file of an environment names'
  if (has('build_dependencies')) return 'the Python environment of an MLflow model'
  if (has('flavors') && has('run_id')) return 'the description of an MLflow model'
  if (has('paths') || has('transformations')) return 'an MLTable, which data of type mltable names'
  if (Object.keys(doc).every((key) => ['inputs', 'outputs'].includes(key)) && (has('inputs') || has('outputs')))
    return 'inputs and outputs of a call of a batch endpoint'
  const update = ['display_name', 'description', 'tags', 'identity', 'image_build_compute']
  if (Object.keys(doc).length > 0 && Object.keys(doc).every((key) => update.includes(key)))
    return 'changes to a workspace, for laz workspace update --file'
  return undefined
}

function byKeys(doc: JsonObject, file: string): string | undefined {
  const has = (key: string) => Object.hasOwn(doc, key)
  const type = typeof doc.type === 'string' ? snake(doc.type) : ''
  const [dashless, plain] = [type.replaceAll('_', ''), typeof doc.kind === 'string' ? doc.kind.toLowerCase() : '']
  if (['create_job', 'create_monitor', 'import_data', 'invoke_batch_endpoint'].some(has)) return 'schedule'
  if (has('endpoint_name') || has('instance_type') || has('code_configuration')) return deploymentOf(doc)
  if (has('traffic') || has('mirror_traffic')) return 'online-endpoint'
  if (has('auth_mode')) return endpointOf(doc)
  if (has('model_id')) return /subscription/i.test(file) ? 'marketplace-subscription' : 'serverless-endpoint'
  if (computeTypes.includes(dashless)) return 'compute'
  if (isConnection(doc, type)) return 'connection'
  if (type in (datastore.fields.variants ?? {})) return 'datastore'
  if (ruleTypes.includes(type) && has('destination')) return 'outbound-rule'
  if (jobTypes.includes(type) || has('command') || has('jobs') || has('trial'))
    return isComponent(doc, file) ? 'component' : 'job'
  return featureOf(doc) ?? assetOf(doc, file, type) ?? (plain === '' ? undefined : roomOf(doc))
}

function deploymentOf(doc: JsonObject): string | undefined {
  const batch = ['compute', 'mini_batch_size', 'output_action', 'job_definition', 'component']
  const settings = isObject(doc.settings)
  if (doc.type === 'model' || doc.type === 'pipeline' || settings || batch.some((key) => Object.hasOwn(doc, key)))
    return 'batch-deployment'
  return Object.hasOwn(doc, 'instance_type') || Object.hasOwn(doc, 'model') || Object.hasOwn(doc, 'resources')
    ? 'online-deployment'
    : undefined
}

function endpointOf(doc: JsonObject): string {
  if (Object.hasOwn(doc, 'model_id')) return 'serverless-endpoint'
  return Object.hasOwn(doc, 'defaults') || doc.auth_mode === 'aad_token' ? 'batch-endpoint' : 'online-endpoint'
}

/** Connections and datastores share words; what only one of them has tells them apart. */
function isConnection(doc: JsonObject, type: string): boolean {
  if (!Object.hasOwn(connectionTypes, type)) return false
  const given = isObject(doc.credentials) ? doc.credentials : {}
  const own = ['target', 'is_shared', 'metadata', 'url', 'api_key', 'azure_endpoint', 'api_base']
  if (own.some((key) => Object.hasOwn(doc, key)) || typeof given.type === 'string') return true
  return !(type in (datastore.fields.variants ?? {}))
}

function featureOf(doc: JsonObject): string | undefined {
  const has = (key: string) => Object.hasOwn(doc, key)
  if (has('specification') && has('entities')) return 'feature-set'
  if (has('index_columns') && !has('features')) return 'feature-store-entity'
  if (has('offline_store') || has('online_store') || has('compute_runtime')) return 'feature-store'
  if (has('replication_locations') || has('intellectual_property')) return 'registry'
  if (has('inferencing_server')) return 'model-package'
  if (has('capability_host_kind') || has('vector_store_connections')) return 'capability-host'
  if (has('scoring_port') || has('deployment_template_type')) return 'deployment-template'
  return undefined
}

function assetOf(doc: JsonObject, file: string, type: string): string | undefined {
  const has = (key: string) => Object.hasOwn(doc, key)
  if (modelTypes.includes(type) || (has('flavors') && !has('run_id'))) return 'model'
  if (has('image') || has('conda_file') || has('build')) return 'environment'
  if (has('source') && has('path')) return 'data-import'
  if (dataTypes.includes(type)) return 'data'
  const rooms = ['storage_account', 'key_vault', 'hbi_workspace', 'managed_network', 'hub_id', 'workspace_hub']
  if (rooms.some(has)) return roomOf(doc)
  if (has('path')) return /model/i.test(file) ? 'model' : 'data'
  return undefined
}

/** A workspace, or one of those under other names. */
function roomOf(doc: JsonObject): string {
  const kind = typeof doc.kind === 'string' ? doc.kind.toLowerCase() : ''
  if (kind === 'hub' || kind === 'project') return kind
  if (kind === 'featurestore' || kind === 'feature_store') return 'feature-store'
  return Object.hasOwn(doc, 'hub_id') ? 'project' : 'workspace'
}

/** A component declares its ports; a job gives values, a place and an experiment. */
function isComponent(doc: JsonObject, file: string): boolean {
  const jobKeys = ['compute', 'experiment_name', 'settings', 'limits', 'services', 'environment_variables', 'trial']
  if (jobKeys.some((key) => Object.hasOwn(doc, key))) return false
  const componentKeys = ['version', 'is_deterministic', 'additional_includes']
  if (componentKeys.some((key) => Object.hasOwn(doc, key))) return true
  const inputs = isObject(doc.inputs) ? Object.values(doc.inputs) : []
  const outputs = isObject(doc.outputs) ? Object.values(doc.outputs) : []
  const declares =
    inputs.length > 0 && inputs.every((v) => isObject(v) && typeof v.type === 'string' && v.path === undefined)
  return (
    declares ||
    (inputs.length === 0 && outputs.length > 0 && /component/i.test(file)) ||
    /component/i.test(file.split('/').at(-1) ?? '')
  )
}
