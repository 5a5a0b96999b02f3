// Models of a catalogue: endpoints without machines, subscriptions, templates of deployments; and indexes.
import { type Fields, f } from '../field.ts'
import { defineKind } from '../kind.ts'
import { provisioningStates } from '../status.ts'
import { asset, besideTags, looseTags, served } from './common.ts'
import { probe, requestSettings } from './deployment.ts'

const idle = {
  why: 'there is no market of models behind this server: what is asked for is stored and shown',
  instead: 'serve a model of your own, and keep its address in a connection',
}

export const serverlessEndpoint = defineKind({
  name: 'serverless-endpoint',
  plural: 'serverless endpoints',
  collection: 'serverlessEndpoints',
  shape: 'plain',
  scope: 'workspace',
  tracked: true,
  doc: 'A model of a catalogue that somebody else runs. Stored and shown.',
  fields: f.object({
    $schema: f.string({ out: true }),
    ...served,
    name: f.required(f.string({ beside: true, doc: 'Its name: letters, digits and -, starting with a letter.' })),
    auth_mode: f.enum(['key', 'aad'], { map: { key: 'Key', aad: 'AAD' }, doc: 'How callers show who they are.' }),
    model_id: f.required(f.wrap(f.string(), 'modelId', { wire: 'modelSettings', doc: 'Model of a registry.' })),
    location: f.string({ beside: true, doc: 'Region; without effect here.' }),
    tags: besideTags,
    description: f.string({ doc: 'Free text.' }),
    properties: f.map(f.any({ nullable: true }), { doc: 'Texts by name.' }),
    headers: f.map(f.string(), { out: true, doc: 'What callers must send.' }),
    provisioning_state: f.string({ out: true }),
    scoring_uri: f.string({ out: true, doc: 'Where it is called.' }),
  }),
  columns: ['name', 'model_id', 'provisioning_state'],
  states: provisioningStates,
  actions: { listKeys: 'POST', regenerateKeys: 'POST', getStatus: 'POST' },
  lro: true,
  idle,
})

export const marketplaceSubscription = defineKind({
  name: 'marketplace-subscription',
  plural: 'marketplace subscriptions',
  collection: 'marketplaceSubscriptions',
  shape: 'plain',
  scope: 'workspace',
  doc: 'The right to use a model of a market. Stored and shown.',
  fields: f.object({
    $schema: f.string({ out: true }),
    ...served,
    name: f.required(f.string({ beside: true, doc: 'Its name.' })),
    model_id: f.required(f.string({ doc: 'Model of a registry.' })),
    marketplace_plan: f.any({ out: true, doc: 'Plan of the market.' }),
    status: f.string({
      out: true,
      wire: 'marketplaceSubscriptionStatus',
      doc: 'subscribed, suspended or unsubscribed.',
    }),
    provisioning_state: f.string({ out: true }),
  }),
  columns: ['name', 'model_id', 'status'],
  states: provisioningStates,
  lro: true,
  idle,
})

export const index = defineKind({
  name: 'index',
  plural: 'indexes',
  collection: 'indexes',
  shape: 'versioned',
  scope: 'workspace',
  registry: true,
  doc: 'A search index over documents, kept as a folder.',
  fields: f.object({
    ...asset,
    name: f.required(f.string({ beside: true, doc: 'Its name.' })),
    tags: looseTags,
    datastore: f.string({ beside: true, doc: 'Datastore that local files are uploaded to.' }),
    stage: f.string({ doc: 'Free text: Development, Production, …' }),
    path: f.required(f.path('data', { wire: 'storageUri', doc: 'Folder of the index.' })),
    properties: f.map(f.string(), { def: {}, doc: 'Texts by name.' }),
  }),
  columns: ['name', 'version', 'stage', 'path'],
  immutable: ['storageUri'],
  idle: {
    why: 'indexes are stored, versioned and listed; nothing builds or searches them here',
    instead: 'build it in a command job, and register the folder that it writes',
  },
})

const accelerator: Fields = {
  accelerator_type: f.required(f.string()),
  number_of_accelerators_per_model_instance: f.required(f.int()),
  default: f.bool({ nullable: true }),
}
const templateProbe: Fields = {
  ...probe,
  scheme: f.string(),
  method: f.string(),
  path: f.string(),
  port: f.int(),
}

export const deploymentTemplate = defineKind({
  name: 'deployment-template',
  plural: 'deployment templates',
  collection: 'deploymentTemplates',
  shape: 'versioned',
  scope: 'registry',
  registry: true,
  doc: 'What online deployments of a model start from. Lives in registries alone.',
  fields: f.object({
    $schema: f.string({ out: true }),
    ...served,
    name: f.required(f.string({ beside: true, doc: 'Its name.' })),
    version: f.string({ beside: true, numbers: true, bools: true, doc: 'Its version.' }),
    display_name: f.string({ doc: 'Name shown to people.' }),
    description: f.string({ doc: 'Free text.' }),
    tags: looseTags,
    type: f.string({ out: true, doc: 'deployment_template.' }),
    deployment_template_type: f.string({ doc: 'managed.' }),
    environment: f.asset('environment', { wire: 'environmentId', unversioned: true, doc: 'What must be installed.' }),
    environment_variables: f.map(f.string({ loose: true, nullable: true }), { doc: 'Environment variables.' }),
    request_settings: requestSettings,
    liveness_probe: f.object(templateProbe, { doc: 'Answers when it lives.' }),
    readiness_probe: f.object(templateProbe, { doc: 'Answers when it can score.' }),
    instance_count: f.int({ doc: 'How many instances.' }),
    model_mount_path: f.string({ doc: 'Where the model is in the container.' }),
    allowed_instance_types: f.list(f.string(), { doc: 'Machine sizes allowed.' }),
    default_instance_type: f.string({ doc: 'Machine size when none is said.' }),
    accelerator_maps: f.list(f.object(accelerator), { doc: 'Accelerators a model instance takes.' }),
    scoring_port: f.int({ doc: 'Port it answers on.' }),
    scoring_path: f.string({ doc: 'Path it answers at.' }),
    stage: f.string({ out: true, doc: 'Stage of its life.' }),
  }),
  columns: ['name', 'version', 'default_instance_type', 'scoring_path'],
  lro: true,
  immutable: ['environmentId', 'scoringPort', 'scoringPath'],
  idle: {
    why: 'serving models is not here yet: templates are stored, versioned and listed',
    instead: 'score in a job: a command job that loads the model and reads the data',
  },
})
