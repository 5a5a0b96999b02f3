// compute: the machines jobs run on. What concerns a cloud's network and billing is stored and shown.
import { type Field, type Fields, f } from '../field.ts'
import { defineKind } from '../kind.ts'
import { provisioningStates } from '../status.ts'
import { cron, recurrence, resourceIdentity, served } from './common.ts'
import { scaleFromWire, scaleToWire } from './compute-scale.ts'

const inner = (field: Field): Field => ({ ...field, under: 'properties' })
const out = (doc: string) => f.string({ out: true, doc })

const common: Fields = {
  $schema: f.string({ out: true }),
  ...served,
  name: f.required(
    f.string({
      beside: true,
      doc: 'Its name: 3 to 24 letters, digits and -, starting with a letter.',
    }),
  ),
  location: f.string({ beside: true, doc: 'Region; without effect here.' }),
  description: f.string({ doc: 'Free text.' }),
  tags: f.map(f.string(), { beside: true, doc: 'Texts by name.' }),
  provisioning_state: out('Creating, Updating, Deleting, Succeeded, Failed or Canceled.'),
  provisioning_errors: f.any({ out: true, doc: 'Why it failed.' }),
  created_on: out('When it was made.'),
  resource_id: f.string({ doc: 'Id of what is attached.' }),
}

const network = inner(
  f.object(
    {
      vnet_name: f.string({ doc: 'Virtual network.' }),
      subnet: f.string({ doc: 'Subnet.' }),
      public_ip_address: f.string({ out: true }),
      private_ip_address: f.string({ out: true }),
    },
    { wire: 'subnet', doc: 'Network. Stored and shown; without effect here.' },
  ),
)
const size = inner(
  f.string({ wire: 'vmSize', def: 'STANDARD_DS3_V2', doc: 'VM size; it stands for cores and memory here.' }),
)

const amlcompute: Fields = {
  ...common,
  size,
  tier: inner(
    f.enum(['low_priority', 'dedicated'], {
      wire: 'vmPriority',
      map: { low_priority: 'LowPriority', dedicated: 'Dedicated' },
      spelling: 'snake',
      doc: 'Whether nodes may be taken away.',
    }),
  ),
  min_instances: inner(f.int({ doc: 'Fewest nodes.' })),
  max_instances: inner(f.int({ doc: 'Most nodes; 4 when absent.' })),
  idle_time_before_scale_down: inner(f.int({ doc: 'Seconds without work before a node goes; 120 when absent.' })),
  jobs_per_node: inner(f.int({ doc: 'Jobs that share a node, each with its part of it; 1 when absent. Ours.' })),
  ssh_public_access_enabled: inner(f.bool({ doc: 'SSH from outside. Stored and shown.' })),
  ssh_settings: inner(
    f.object(
      {
        admin_username: f.required(f.string({ wire: 'adminUserName', doc: 'User.' })),
        admin_password: f.string({ wire: 'adminUserPassword', secret: true, doc: 'Password.' }),
        ssh_key_value: f.string({ wire: 'adminUserSshPublicKey', doc: 'Public key.' }),
      },
      { wire: 'userAccountCredentials', doc: 'SSH user of the nodes. Stored; without effect here.' },
    ),
  ),
  network_settings: network,
  identity: resourceIdentity,
  enable_node_public_ip: inner(f.bool({ def: true, doc: 'Public address of nodes. Stored and shown.' })),
}

const trigger = f.oneOf('type', 'triggerType', { cron, recurrence })
const script = f.object({
  path: f.string({ wire: 'scriptData' }),
  command: f.string({ wire: 'scriptArguments' }),
  timeout_minutes: f.int({ wire: 'timeout' }),
})

const computeinstance: Fields = {
  ...common,
  size,
  network_settings: network,
  create_on_behalf_of: inner(
    f.wrap(
      f.object({
        user_tenant_id: f.required(f.string({ wire: 'tenantId' })),
        user_object_id: f.required(f.string({ wire: 'objectId' })),
      }),
      'assignedUser',
      { wire: 'personalComputeInstanceSettings', doc: 'Whom it is for.' },
    ),
  ),
  ssh_settings: inner(
    f.object(
      {
        admin_username: f.string({ out: true }),
        ssh_port: f.string({ out: true }),
        ssh_key_value: f.string({ wire: 'adminPublicKey', doc: 'Public key.' }),
      },
      { doc: 'SSH of the machine. Stored; without effect here.' },
    ),
  ),
  ssh_public_access_enabled: inner(f.bool({ doc: 'SSH from outside.' })),
  state: inner(out('Creating, Running, Stopped, …')),
  last_operation: inner(f.any({ out: true, doc: 'What was done to it last.' })),
  services: inner(f.any({ out: true, wire: 'applications', doc: 'What answers on it.' })),
  os_image_metadata: inner(f.any({ out: true })),
  schedules: inner(
    f.object(
      {
        compute_start_stop: f.list(
          f.object({
            trigger,
            action: f.required(f.enum(['start', 'stop'])),
            state: f.enum(['enabled', 'disabled'], {
              wire: 'status',
              def: 'Enabled',
              map: { enabled: 'Enabled', disabled: 'Disabled' },
            }),
            schedule_id: f.string({ out: true, wire: 'id' }),
            provisioning_state: f.string({ out: true, wire: 'provisioningStatus' }),
          }),
        ),
      },
      { doc: 'When it starts and stops by itself.' },
    ),
  ),
  identity: resourceIdentity,
  idle_time_before_shutdown: inner(f.string({ doc: 'ISO 8601 duration without use before it stops, e.g. PT30M.' })),
  idle_time_before_shutdown_minutes: inner(f.int({ doc: 'The same in minutes.' })),
  custom_applications: inner(
    f.list(
      f.object({
        name: f.required(f.string()),
        type: f.enum(['docker']),
        image: f.object({ type: f.enum(['docker']), reference: f.required(f.string()) }),
        endpoints: f.list(
          f.object({
            target: f.required(f.int()),
            published: f.required(f.int()),
            host_ip: f.string(),
            protocol: f.string(),
            name: f.string(),
          }),
        ),
        environment_variables: f.map(f.any({ nullable: true })),
        bind_mounts: f.list(
          f.object({ source: f.required(f.string()), target: f.required(f.string()), read_only: f.bool() }),
        ),
      }),
      { doc: 'Programs in containers on it.' },
    ),
  ),
  setup_scripts: inner(f.object({ creation_script: script, startup_script: script }, { doc: 'Scripts run on it.' })),
  enable_node_public_ip: inner(f.bool({ def: true, doc: 'Public address. Stored and shown.' })),
  enable_sso: inner(f.bool({ wire: 'enableSSO', def: true, doc: 'Single sign-on. Stored and shown.' })),
  enable_root_access: inner(f.bool({ def: true, doc: 'sudo for its user.' })),
  release_quota_on_stop: inner(f.bool({ def: false, doc: 'Stored and shown.' })),
  enable_os_patching: inner(f.bool({ wire: 'enableOSPatching', def: false, doc: 'Patch at start. Stored and shown.' })),
}

const attached: Fields = { ...common, resource_id: f.required(f.string({ doc: 'Id of what is attached.' })) }

export const compute = defineKind({
  name: 'compute',
  plural: 'computes',
  collection: 'computes',
  shape: 'plain',
  scope: 'workspace',
  tracked: true,
  doc: 'Machines that jobs run on: clusters, instances, attached machines.',
  fields: f.oneOf('type', 'computeType', {
    amlcompute: { wire: 'AmlCompute', doc: 'A cluster that grows and shrinks.', fields: amlcompute },
    computeinstance: { wire: 'ComputeInstance', doc: 'One machine for one person.', fields: computeinstance },
    kubernetes: {
      wire: 'Kubernetes',
      doc: 'A Kubernetes cluster.',
      fields: {
        ...common,
        namespace: inner(f.string({ def: 'default', doc: 'Namespace jobs run in.' })),
        properties: f.map(f.any({ nullable: true }), { wire: 'extra', doc: 'Free mapping.' }),
        identity: resourceIdentity,
      },
    },
    virtualmachine: {
      wire: 'VirtualMachine',
      doc: 'A machine reached over SSH.',
      fields: {
        ...attached,
        compute_location: f.string({ out: true }),
        ssh_settings: inner(
          f.object(
            {
              admin_username: f.required(f.string({ wire: 'username', inFileOnly: true, doc: 'User.' })),
              admin_password: f.string({ wire: 'password', secret: true, doc: 'Password.' }),
              ssh_port: f.int({ doc: 'Port; 22 when absent.' }),
              ssh_private_key_file: f.string({ wire: 'privateKeyData', doc: 'Path of a private key.' }),
            },
            { wire: 'administratorAccount', doc: 'How to get in.' },
          ),
        ),
      },
    },
    synapsespark: {
      wire: 'SynapseSpark',
      doc: 'A Synapse Spark pool. Registers; jobs on it are refused.',
      fields: {
        ...attached,
        identity: resourceIdentity,
        node_family: inner(f.string({ out: true })),
        node_size: inner(f.string({ out: true })),
        node_count: inner(f.int({ out: true })),
        spark_version: inner(f.string({ out: true })),
        scale_settings: inner(f.any({ out: true })),
        auto_pause_settings: inner(f.any({ out: true })),
      },
    },
  }),
  columns: ['name', 'type', 'state', 'size', 'min_instances', 'max_instances'],
  states: provisioningStates,
  actions: {
    start: 'POST',
    stop: 'POST',
    restart: 'POST',
    listNodes: 'POST',
    listKeys: 'POST',
    resize: 'POST',
    enableSso: 'POST',
    updateIdleShutdownSetting: 'POST',
    updateDataMounts: 'POST',
    updateCustomServices: 'POST',
  },
  lro: true,
  moves: true,
  secrets: [
    ['properties', 'userAccountCredentials', 'adminUserPassword'],
    ['properties', 'administratorAccount', 'password'],
    ['properties', 'administratorAccount', 'privateKeyData'],
    ['properties', 'relayConnectionString'],
    ['properties', 'serviceBusConnectionString'],
  ],
  toProps: scaleToWire,
  fromProps: scaleFromWire,
})
