// workspace: the room everything else lives in. What concerns a cloud (regions, networks, vaults) is stored and shown.
import { type Fields, f } from '../field.ts'
import { defineKind } from '../kind.ts'
import { checkName } from '../names.ts'
import { resourceIdentity, served } from './common.ts'
import { managedNetwork, managedNetworkWire, networkFromWire, networkToWire } from './network-wire.ts'

const cloud = (doc: string) => f.string({ doc: `${doc} Stored and shown; without effect here.` })

/** Compared in lower case by whoever reads it, so both cases are spelt out. */
const armId =
  '^/[sS][uU][bB][sS][cC][rR][iI][pP][tT][iI][oO][nN][sS]/[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}/[rR][eE][sS][oO][uU][rR][cC][eE][gG][rR][oO][uU][pP][sS]/.*/[pP][rR][oO][vV][iI][dD][eE][rR][sS]/[a-zA-Z.]*/[a-zA-Z]*/.*$'
const cloudId = (doc: string) =>
  f.string({
    pattern: armId,
    says: 'it must be the full id of a resource',
    doc: `${doc} Stored and shown; without effect here.`,
  })

const table: Fields = {
  $schema: f.string({ out: true }),
  ...served,
  name: f.required(f.string({ beside: true, doc: 'Its name; unique in its resource group.' })),
  location: f.string({ beside: true, doc: 'Region; `local` here.' }),
  resource_group: f.string({ beside: true, doc: 'Resource group it belongs to.' }),
  description: f.string({ doc: 'Free text.' }),
  display_name: f.string({ wire: 'friendlyName', doc: 'Name shown to people.' }),
  tags: f.map(f.string(), { beside: true, doc: 'Texts by name.' }),
  kind: f.string({ beside: true, doc: 'default, hub or project.' }),
  discovery_url: f.string({ doc: 'Address of the data plane; the server fills it.' }),
  hbi_workspace: f.bool({ def: false, doc: 'High business impact. Stored and shown.' }),
  storage_account: cloudId('Storage account.'),
  container_registry: cloudId('Container registry.'),
  key_vault: cloudId('Key vault.'),
  application_insights: cloudId('Application insights.'),
  customer_managed_key: f.object(
    {
      key_vault: f.string(),
      key_uri: f.string({ pattern: '^https?://[^\\s<>]+$', says: 'it must be a URL' }),
      cosmosdb_id: f.string(),
      storage_id: f.string(),
      search_id: f.string(),
    },
    { wire: 'encryption', doc: 'Customer-managed key. Stored and shown; without effect here.' },
  ),
  mlflow_tracking_uri: f.string({ wire: 'mlFlowTrackingUri', out: true, doc: 'Where MLflow finds this workspace.' }),
  image_build_compute: cloud('Compute that builds images.'),
  public_network_access: f.enum(['Disabled', 'Enabled'], { doc: 'Public access. Stored and shown.' }),
  network_acls: f.object(
    {
      default_action: f.string(),
      ip_rules: f.list(f.object({ value: f.string() })),
    },
    { doc: 'Network rules. Stored and shown; without effect here.' },
  ),
  system_datastores_auth_mode: f.string({ doc: 'accesskey or identity.' }),
  identity: resourceIdentity,
  primary_user_assigned_identity: cloud('Primary identity.'),
  workspace_hub: cloudId('Hub it belongs to.'),
  hub_id: f.string({ wire: 'hubResourceId', doc: 'Hub a project belongs to.' }),
  managed_network: managedNetwork,
  provision_network_now: f.bool({ doc: 'Provision the network at once. Without effect here.' }),
  enable_data_isolation: f.bool({ def: false, doc: 'Data isolation. Stored and shown.' }),
  allow_roleassignment_on_rg: f.bool({ wire: 'allowRoleAssignmentOnRG', doc: 'Stored and shown.' }),
  serverless_compute: f.object(
    {
      custom_subnet: f.string({ wire: 'serverlessComputeCustomSubnet' }),
      no_public_ip: f.bool({ wire: 'serverlessComputeNoPublicIP' }),
    },
    { wire: 'serverlessComputeSettings', doc: 'Network of serverless compute. Stored and shown.' },
  ),
}

export const workspace = defineKind({
  name: 'workspace',
  plural: 'workspaces',
  collection: 'workspaces',
  shape: 'plain',
  scope: 'resourceGroup',
  tracked: true,
  doc: 'The room everything else lives in: jobs, data, models, environments, computes.',
  fields: f.object(table),
  wire: f.object({ ...table, managed_network: managedNetworkWire }),
  checkYaml: (yaml, look) => {
    const wrong = typeof yaml.name === 'string' ? checkName('workspace', yaml.name) : undefined
    if (wrong) look.issue(['name'], wrong.message, undefined, 'warning')
  },
  toProps: networkToWire,
  fromProps: networkFromWire,
  columns: ['name', 'kind', 'resource_group', 'location', 'description'],
  actions: {
    listKeys: 'POST',
    resyncKeys: 'POST',
    listNotebookAccessToken: 'POST',
    listNotebookKeys: 'POST',
    listStorageAccountKeys: 'POST',
    prepareNotebook: 'POST',
    diagnose: 'POST',
  },
  moves: true,
})
