// Which kind a YAML file is. There is no `kind:` key: the official client is told by its verb, so a checker of loose
// files must guess from the address of the schema, else from the keys.
import { isObject, type Json, type JsonObject } from './json.ts'

const schemas: [RegExp, string][] = [
  [/component\.schema\.json$/i, 'component'],
  [/(job|sweep)\.schema\.json$/i, 'job'],
  [/environment\.schema\.json$/i, 'environment'],
  [/(mltable|data)\.schema\.json$/i, 'data'],
  [/model\.schema\.json$/i, 'model'],
  [/(amlcompute|computeinstance|compute|kubernetescompute|virtualmachine\w*|vm)\.schema\.json$/i, 'compute'],
  [/(azureblob|azurefile|azuredatalake\w*|adls\w*|onelake|datastore)\.schema\.json$/i, 'datastore'],
  [/workspace\.schema\.json$/i, 'workspace'],
  [/code\w*\.schema\.json$/i, 'code'],
]
/** Schemas of kinds that have no table here; named so that nothing else is guessed. */
const others =
  /(endpoint|deployment|schedule|registry|connection|featureset|featurestore\w*|index|monitor\w*)\.schema\.json$/i

const jobTypes = [
  'command',
  'pipeline',
  'sweep',
  'spark',
  'automl',
  'parallel',
  'import',
  'data_transfer',
  'finetuning',
  'distillation',
]
const computeTypes = ['amlcompute', 'computeinstance', 'kubernetes', 'virtualmachine', 'synapsespark']
const datastoreTypes = ['azure_blob', 'azure_file', 'azure_data_lake_gen1', 'azure_data_lake_gen2', 'one_lake', 'local']
const modelTypes = ['custom_model', 'mlflow_model', 'triton_model']
const dataTypes = ['uri_file', 'uri_folder', 'mltable']

/** The kind a document describes, judged by its `$schema`, then by its keys; undefined when nothing tells. */
export function detectKind(doc: Json, file: string): string | undefined {
  if (!isObject(doc)) return undefined
  const schema = typeof doc.$schema === 'string' ? doc.$schema : ''
  const named = schemas.find(([pattern]) => pattern.test(schema))
  // a deployment's schema must not pass for its environment's
  if (named && !others.test(schema)) return named[1]
  if (others.test(schema)) return undefined
  return byKeys(doc, file)
}

function byKeys(doc: JsonObject, file: string): string | undefined {
  const has = (key: string) => Object.hasOwn(doc, key)
  const type = typeof doc.type === 'string' ? doc.type.toLowerCase() : ''
  if (computeTypes.includes(type)) return 'compute'
  if (datastoreTypes.includes(type)) return 'datastore'
  if (has('endpoint_name') || has('auth_mode') || has('create_job') || has('create_monitor')) return undefined
  if (jobTypes.includes(type) || has('command') || has('jobs') || has('trial'))
    return isComponent(doc, file) ? 'component' : 'job'
  if (modelTypes.includes(type) || has('flavors')) return 'model'
  if (has('image') || has('conda_file') || has('build')) return 'environment'
  if (dataTypes.includes(type)) return 'data'
  if (has('storage_account') || has('key_vault') || has('hbi_workspace') || has('managed_network')) return 'workspace'
  if (has('path')) return /model/i.test(file) ? 'model' : 'data'
  return undefined
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
