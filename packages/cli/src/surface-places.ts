// Flags of what other things live in or run on: workspaces, registries, computes, datastores, connections.
import {
  accepted,
  description,
  displayName,
  docName,
  type Filled,
  file,
  flag,
  kept,
  list,
  location,
  max,
  named,
  noWait,
  requiredFile,
  type Surface,
  set,
  tags,
  toggle,
  type,
  value,
  yes,
} from './surface.ts'

const scaling = [
  value('min-instances', 'Nodes kept.', { key: 'min_instances', whole: true }),
  value('max-instances', 'Nodes at most.', { key: 'max_instances', whole: true }),
  value('idle-time-before-scale-down', 'Seconds before an idle node goes.', {
    short: 'd',
    key: 'idle_time_before_scale_down',
    whole: true,
  }),
  value('jobs-per-node', 'Jobs that share a node of a cluster.', { key: 'jobs_per_node', whole: true }),
]
const identityType = value('identity-type', 'Identity of the compute.', { key: 'identity.type' })
const identities = list('user-assigned-identities', 'Ids of identities.', {
  short: 'i',
  key: 'identity.user_assigned_identities',
  each: 'resource_id',
  word: 'ID',
})
const adminUser = value('admin-username', 'User that nodes are entered as.', { key: 'ssh_settings.admin_username' })
const adminPassword = value('admin-password', 'Password of that user.', { key: 'ssh_settings.admin_password' })

const createCompute = [
  file,
  docName,
  set,
  type(),
  value('size', 'VM size; mapped to cores and memory of this machine.', { key: 'size' }),
  ...scaling,
  value('tier', 'Priority of the nodes.', { key: 'tier', choices: ['dedicated', 'low_priority'] }),
  description,
  tags,
  location,
  identityType,
  identities,
  adminUser,
  adminPassword,
  value('ssh-key-value', 'Public key of that user.', { key: 'ssh_settings.ssh_key_value' }),
  toggle('ssh-public-access-enabled', 'Open SSH.', { short: 'p', key: 'ssh_public_access_enabled' }),
  toggle('enable-node-public-ip', 'Public addresses.', { key: 'enable_node_public_ip' }),
  kept('vnet-name', { key: 'network_settings.vnet_name' }),
  kept('subnet', { key: 'network_settings.subnet' }),
  value('user-object-id', 'User an instance is made for.', { key: 'create_on_behalf_of.user_object_id' }),
  value('user-tenant-id', 'Tenant of that user.', { key: 'create_on_behalf_of.user_tenant_id' }),
  noWait,
]

/** What Azure makes beside a workspace; here only words in its row. */
const besides = [
  kept('container-registry', { short: 'c', key: 'container_registry' }),
  kept('application-insights', { short: 'a', key: 'application_insights' }),
  kept('image-build-compute', { short: 'i', key: 'image_build_compute' }),
  kept('primary-user-assigned-identity', { short: 'p', key: 'primary_user_assigned_identity' }),
  kept('public-network-access', { key: 'public_network_access' }),
  kept('managed-network', { short: 'm', key: 'managed_network.isolation_mode' }),
  accepted('update-dependent-resources', 'there are none', { short: 'u' }),
]
const datastoresAuth = kept('system-datastores-auth-mode', { short: 'd', key: 'system_datastores_auth_mode' })
const roleAssignment = toggle('allow-roleassignment-on-rg', 'Kept, without effect here.', {
  short: 'r',
  key: 'allow_roleassignment_on_rg',
})
const people = [description, displayName]
const materialization = kept('materialization-identity', { short: 't', key: 'materialization_identity.resource_id' })
const noGrants = accepted('not-grant-permissions', 'no permissions are granted here')

const openAccess = kept('public-network-access', { key: 'public_network_access' })
const secrets = flag('populate-secrets', 'Show the secrets too.', { short: 'p' })

export const places: Readonly<Record<string, Surface>> = {
  workspace: {
    create: [
      file,
      docName,
      set,
      location,
      tags,
      ...people,
      value('kind', 'Kind of workspace.', { key: 'kind', choices: ['default', 'hub', 'project', 'featurestore'] }),
      value('hub-id', 'Id of the hub that a project belongs to.', { key: 'hub_id' }),
      ...besides,
      kept('storage-account', { short: 's', key: 'storage_account' }),
      kept('key-vault', { short: 'k', key: 'key_vault' }),
      kept('default-resource-group', { key: 'default_resource_group' }),
      flag('enable-data-isolation', 'Kept, without effect here.', { short: 'e', key: 'enable_data_isolation' }),
      flag('provision-network-now', 'Kept, without effect here.', { key: 'provision_network_now' }),
      datastoresAuth,
      roleAssignment,
      noWait,
    ],
    list: [max, value('filtered-kinds', 'Those of these kinds alone: hub,project.', { word: 'KINDS' })],
    update: [
      file,
      ...people,
      ...besides,
      kept('network-acls', { key: 'network_acls.ip_rules' }),
      datastoresAuth,
      roleAssignment,
      noWait,
    ],
    asks: true,
  },
  'feature-store': {
    create: [
      file,
      docName,
      set,
      location,
      tags,
      ...people,
      ...besides,
      kept('offline-store', { key: 'offline_store.target' }),
      materialization,
      noGrants,
      noWait,
    ],
    update: [file, ...people, ...besides, materialization, noGrants, noWait],
    asks: true,
  },
  registry: {
    create: [file, docName, set, displayName, tags, openAccess, location, noWait],
    update: [file, displayName, tags, openAccess, noWait],
  },
  datastore: {
    create: [requiredFile, docName, set],
    update: [file],
  },
  compute: {
    create: createCompute,
    list: [max, value('type', 'Those of a type alone.')],
    update: [...scaling, tags, identityType, identities, noWait],
    asks: true,
  },
  connection: {
    create: [requiredFile, docName, set, secrets],
    list: [max, value('type', 'Those of a type alone.', { short: 't' }), secrets],
    update: [secrets],
    asks: true,
  },
  'capability-host': {
    create: [
      file,
      docName,
      set,
      description,
      value('capability-host-kind', 'What it is for.', { key: 'capability_host_kind', default: 'Agents' }),
      list('ai-services-connections', 'Connections to AI services.', { short: 'a', key: 'ai_services_connections' }),
      list('storage-connections', 'Connections to storage.', { short: 's', key: 'storage_connections' }),
      list('vector-store-connections', 'Connections to vector stores.', {
        short: 'v',
        key: 'vector_store_connections',
      }),
      noWait,
    ],
  },
}

const attached: readonly Filled[] = [
  file,
  docName,
  set,
  type(),
  value('resource-id', 'Id of what is attached.', { key: 'resource_id' }),
  value('namespace', 'Namespace of the cluster.', { key: 'namespace' }),
  adminUser,
  adminPassword,
  value('ssh-port', 'Port of SSH.', { key: 'ssh_settings.ssh_port', whole: true }),
  value('ssh-private-key-file', 'Private key of that user.', {
    key: 'ssh_settings.ssh_private_key_file',
    path: true,
    word: 'FILE',
  }),
  identityType,
  identities,
  description,
  tags,
  location,
  noWait,
]

export const computeFlags = {
  act: [named, noWait],
  attach: attached,
  detach: [named, yes, noWait],
  sizes: [location, type()],
  usage: [location],
  sso: [named, flag('disable', 'Switch it off.')],
  ssh: [
    named,
    value('private-key-file-path', 'Private key; not needed here.', { short: 'f', word: 'FILE', path: true }),
    value('terminal', 'Name of the terminal: joins the one that is open, opens it else.', { short: 't' }),
  ],
  terminal: [named, value('terminal', 'Name of it: joins the one that is open, opens it else.', { short: 't' })],
  open: [named, value('application', 'Which one: jupyterlab, vscode.', { short: 'a', default: 'jupyterlab' })],
  logs: [named, value('log', 'Which one: instance, startup-script, jupyterlab, …; a list of them when absent.')],
} as const

export const workspaceVerbFlags = {
  delete: [
    named,
    yes,
    noWait,
    accepted('all-resources', 'a workspace here has no resources outside it'),
    accepted('permanently-delete', 'what is deleted here is gone', { short: 'p' }),
  ],
  act: [noWait],
  provision: [flag('include-spark', 'For Spark too.'), noWait],
} as const

const rule = value('rule', 'Name of the rule.', { required: true })
export const ruleFlags = {
  show: [rule],
  remove: [rule, yes, noWait],
  set: [
    rule,
    value('type', 'Type of the rule.', { required: true, choices: ['fqdn', 'service_tag', 'private_endpoint'] }),
    value('destination', 'Host name that is let through.'),
    value('service-tag', 'Tag of the addresses.'),
    value('protocol', 'Protocol.'),
    value('port-ranges', 'Ports: 80, 8000-9000.'),
    list('address-prefixes', 'Ranges of addresses.'),
    value('service-resource-id', 'Id of the resource.'),
    value('subresource-target', 'Part of the resource.'),
    toggle('spark-enabled', 'For Spark too.'),
    list('fqdns', 'Host names of the resource.'),
    noWait,
  ],
} as const

export const mountFlags = [
  value('path', 'URI of what is mounted.', { required: true }),
  value('mode', 'How it is mounted.', { default: 'ro_mount', choices: ['ro_mount', 'rw_mount'] }),
  value('mount-point', 'Folder it appears in.', { word: 'FOLDER', default: '/home/azureuser/mount/data' }),
  flag('persistent', 'Mount it again after a restart.'),
] as const
