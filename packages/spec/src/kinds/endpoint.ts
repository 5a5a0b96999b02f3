// online and batch endpoints: the addresses that deployments answer behind.
import { checkEndpointName, checkTraffic } from '../checks/endpoint.ts'
import { type Fields, f } from '../field.ts'
import { defineKind } from '../kind.ts'
import { provisioningStates } from '../status.ts'
import { besideTags, freeProperties, resourceIdentity, served } from './common.ts'

const authMode = f.enum(['key', 'aml_token', 'aad_token'], {
  map: { key: 'Key', aml_token: 'AMLToken', aad_token: 'AADToken' },
  spelling: 'snake',
  doc: 'How callers show who they are.',
})

const endpoint: Fields = {
  $schema: f.string({ out: true }),
  ...served,
  name: f.required(f.string({ beside: true, doc: 'Its name: 3 to 32 letters, digits and -, starting with a letter.' })),
  description: f.string({ doc: 'Free text.' }),
  tags: besideTags,
  provisioning_state: f.string({ out: true, doc: 'Creating, Updating, Deleting, Succeeded, Failed or Canceled.' }),
  properties: freeProperties,
  scoring_uri: f.string({ out: true, doc: 'Where it is called.' }),
  openapi_uri: f.string({ out: true, wire: 'swaggerUri', doc: 'Where it is described.' }),
  location: f.string({ beside: true, doc: 'Region; without effect here.' }),
  identity: resourceIdentity,
}

export const onlineEndpoint = defineKind({
  name: 'online-endpoint',
  plural: 'online endpoints',
  collection: 'onlineEndpoints',
  shape: 'plain',
  scope: 'workspace',
  tracked: true,
  doc: 'An address that answers scoring calls, and which deployment answers how many of them.',
  fields: f.object({
    ...endpoint,
    auth_mode: { ...authMode, def: 'Key' },
    traffic: f.map(f.int(), { def: {}, doc: 'Percent of the calls by deployment; together 0 or 100.' }),
    mirror_traffic: f.map(f.int(), { def: {}, doc: 'Percent of the calls a deployment gets a copy of; at most 50.' }),
    public_network_access: f.enum(['enabled', 'disabled'], {
      map: { enabled: 'Enabled', disabled: 'Disabled' },
      doc: 'Public access. Stored and shown.',
    }),
    compute: f.ref('compute', {
      unversioned: true,
      doc: 'A Kubernetes compute: azureml:<name>. With it the endpoint is a Kubernetes one.',
    }),
    kind: f.string({ out: true, beside: true, doc: 'Managed or K8S.' }),
  }),
  checkYaml: (yaml, look) => {
    checkEndpointName(yaml.name, ['name'], look)
    checkTraffic(yaml, look)
  },
  columns: ['name', 'auth_mode', 'provisioning_state', 'scoring_uri'],
  states: provisioningStates,
  actions: { listKeys: 'POST', regenerateKeys: 'POST', token: 'POST' },
  lro: true,
  secrets: [['keys']],
  prepare: (props) => ({ authMode: 'Key', traffic: {}, mirrorTraffic: {}, publicNetworkAccess: 'Enabled', ...props }),
})

export const batchEndpoint = defineKind({
  name: 'batch-endpoint',
  plural: 'batch endpoints',
  collection: 'batchEndpoints',
  shape: 'plain',
  scope: 'workspace',
  tracked: true,
  doc: 'An address that starts jobs over many files.',
  fields: f.object({
    ...endpoint,
    auth_mode: { ...authMode, def: 'AADToken' },
    defaults: f.object(
      { deployment_name: f.string({ doc: 'Deployment that calls go to.' }) },
      { doc: 'What callers need not say.' },
    ),
  }),
  checkYaml: (yaml, look) => checkEndpointName(yaml.name, ['name'], look),
  columns: ['name', 'auth_mode', 'defaults.deployment_name', 'provisioning_state'],
  states: provisioningStates,
  actions: { listKeys: 'POST', jobs: 'POST' },
  lro: true,
  secrets: [['keys']],
  prepare: (props) => ({ authMode: 'AADToken', ...props }),
})
