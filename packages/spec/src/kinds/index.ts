// The register of kinds.
import { defineKind, fieldsOf, type Kind } from '../kind.ts'
import { jobStates, provisioningStates } from '../status.ts'

const workspace = defineKind({
  name: 'workspace',
  plural: 'workspaces',
  collection: 'workspaces',
  shape: 'plain',
  scope: 'resourceGroup',
  doc: 'The room everything else lives in.',
  fields: fieldsOf({}),
  columns: ['name', 'location', 'resource_group', 'description'],
  actions: { listKeys: 'POST', resyncKeys: 'POST', listNotebookAccessToken: 'POST', diagnose: 'POST' },
  moves: true,
})
const compute = defineKind({
  name: 'compute',
  plural: 'computes',
  collection: 'computes',
  shape: 'plain',
  scope: 'workspace',
  doc: 'Machines that jobs run on.',
  fields: fieldsOf({}),
  columns: ['name', 'type', 'state', 'size'],
  states: provisioningStates,
  actions: { start: 'POST', stop: 'POST', restart: 'POST', listNodes: 'POST', listKeys: 'POST' },
  lro: true,
  moves: true,
  secrets: [
    ['properties', 'adminUserPassword'],
    ['properties', 'administratorAccount', 'password'],
  ],
})
const datastore = defineKind({
  name: 'datastore',
  plural: 'datastores',
  collection: 'datastores',
  shape: 'plain',
  scope: 'workspace',
  doc: 'A place where bytes are kept.',
  fields: fieldsOf({}),
  columns: ['name', 'type', 'account_name'],
  actions: { listSecrets: 'POST' },
  secrets: [['credentials', 'secrets']],
})
const code = defineKind({
  name: 'code',
  plural: 'codes',
  collection: 'codes',
  shape: 'versioned',
  scope: 'workspace',
  doc: 'A snapshot of a source folder.',
  fields: fieldsOf({}),
  columns: ['name', 'version', 'path'],
  actions: { startPendingUpload: 'POST' },
  immutable: ['codeUri'],
})
const environment = defineKind({
  name: 'environment',
  plural: 'environments',
  collection: 'environments',
  shape: 'versioned',
  scope: 'workspace',
  doc: 'What must be installed for code to run.',
  fields: fieldsOf({}),
  columns: ['name', 'version', 'image'],
  immutable: ['image', 'condaFile', 'build', 'inferenceConfig', 'osType'],
})
const data = defineKind({
  name: 'data',
  plural: 'data',
  collection: 'data',
  shape: 'versioned',
  scope: 'workspace',
  doc: 'A named file, folder or table.',
  fields: fieldsOf({}),
  columns: ['name', 'version', 'type', 'path'],
  immutable: ['dataUri', 'dataType'],
})
const model = defineKind({
  name: 'model',
  plural: 'models',
  collection: 'models',
  shape: 'versioned',
  scope: 'workspace',
  doc: 'A trained model.',
  fields: fieldsOf({}),
  columns: ['name', 'version', 'type', 'path'],
  immutable: ['modelUri', 'modelType'],
})
const component = defineKind({
  name: 'component',
  plural: 'components',
  collection: 'components',
  shape: 'versioned',
  scope: 'workspace',
  doc: 'A job with its name and place left open.',
  fields: fieldsOf({}),
  columns: ['name', 'version', 'type', 'display_name'],
  immutable: ['componentSpec'],
})
const job = defineKind({
  name: 'job',
  plural: 'jobs',
  collection: 'jobs',
  shape: 'plain',
  scope: 'workspace',
  doc: 'Work to be done, and its history.',
  fields: fieldsOf({}),
  columns: ['name', 'display_name', 'type', 'status', 'experiment_name', 'creation_context.created_at'],
  states: jobStates,
  actions: { cancel: 'POST' },
  moves: true,
})

/** Every kind there is. */
export const kinds: readonly Kind[] = [workspace, compute, datastore, code, environment, data, model, component, job]

/** The kind of that name; undefined when there is none. */
export function kindByName(name: string): Kind | undefined {
  return kinds.find((k) => k.name === name)
}

/** The kind whose ARM path segment that is, in any case; undefined when there is none. */
export function kindByCollection(collection: string): Kind | undefined {
  const wanted = collection.toLowerCase()
  return kinds.find((k) => k.collection.toLowerCase() === wanted)
}
