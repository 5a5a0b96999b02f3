// The flags of every verb, as `az ml` spells them. Data alone: what a verb does lives in verbs/.
import type { Option } from './args.ts'

/** A flag that fills a place in the document a verb creates or updates. */
export interface Filled extends Option {
  /** Dotted YAML key that the value goes to. */
  key?: string
  /** The value names a file or folder of the caller's, relative to where she stands. */
  path?: boolean
}

const value = (name: string, doc: string, more: Partial<Filled> = {}): Filled => ({
  name,
  takes: 'value',
  doc,
  ...more,
})
const flag = (name: string, doc: string, more: Partial<Filled> = {}): Filled => ({ name, takes: 'flag', doc, ...more })
const list = (name: string, doc: string, more: Partial<Filled> = {}): Filled => ({ name, takes: 'list', doc, ...more })

export const globalFlags: readonly Filled[] = [
  value('output', 'Output format.', {
    short: 'o',
    choices: ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none'],
  }),
  value('query', 'JMESPath query that picks from the result.', { word: 'JMESPATH' }),
  value('subscription', 'Subscription of the workspace.', { word: 'ID' }),
  flag('debug', 'Show what went wrong inside, with stack traces.'),
  flag('verbose', 'Say more.'),
  flag('only-show-errors', 'Say nothing but errors.'),
  flag('help', 'Show this text.', { short: 'h' }),
]

export const workspaceFlags: readonly Filled[] = [
  value('resource-group', 'Resource group. Default: laz configure --defaults group=…', { short: 'g' }),
  value('workspace-name', 'Workspace. Default: laz configure --defaults workspace=…', { short: 'w' }),
]

const name = value('name', 'Name.', { short: 'n' })
export const named: Filled = { ...name, required: true }
export const versioned: readonly Filled[] = [
  named,
  value('version', 'Version.', { short: 'v' }),
  value('label', 'Label instead of a version: latest.', { short: 'l' }),
]
const file = value('file', 'YAML file.', { short: 'f', word: 'FILE' })
const set: Filled = {
  name: 'set',
  takes: 'edit',
  doc: 'Change a value of the document: a.b[0].c=value.',
  word: 'KEY=VALUE',
}
export const edits: readonly Filled[] = [
  set,
  { name: 'add', takes: 'edit', doc: 'Add to a list or map: key value, or key k=v.', word: 'KEY VALUE' },
  { name: 'remove', takes: 'edit', doc: 'Remove a value: key, or key index.', word: 'KEY' },
  flag('force-string', 'Take the values of --set and --add as text.'),
]
const noWait = flag('no-wait', 'Do not wait for it to end.')
export const yes = flag('yes', 'Do not ask.', { short: 'y' })
const registry = value('registry-name', 'Registry (not served yet).')
const max = value('max-results', 'At most so many.', { short: 'r', whole: true })
const web = flag('web', 'Print the page of it in the Studio.', { short: 'e' })
const skipValidation = flag('skip-validation', 'Leave the check to the server.')
const nodeIndex = value('node-index', 'Which node.', { short: 'i', whole: true, default: '0' })
const description = value('description', 'Description.', { key: 'description' })
const tags = list('tags', 'Tags: key=value …', { key: 'tags', word: 'KEY=VALUE' })
const location = value('location', 'Region; kept, without effect here.', { short: 'l', key: 'location' })
const datastore = value('datastore', 'Datastore that local files go to.', { key: 'datastore' })
const archivedFlags = [flag('include-archived', 'Archived ones too.'), flag('archived-only', 'Archived ones alone.')]
const downloadPath = value('download-path', 'Folder to write to.', { short: 'p', word: 'FOLDER', path: true })
const type = (choices?: readonly string[]) =>
  value('type', 'Type.', { short: 't', key: 'type', ...(choices ? { choices } : {}) })
const localPath = value('path', 'Local file or folder, or a URI.', { short: 'p', key: 'path', path: true })

const scaling = [
  value('min-instances', 'Nodes kept.', { key: 'min_instances', whole: true }),
  value('max-instances', 'Nodes at most.', { key: 'max_instances', whole: true }),
  value('idle-time-before-scale-down', 'Seconds before an idle node goes.', {
    short: 'd',
    key: 'idle_time_before_scale_down',
    whole: true,
  }),
]

const docName: Filled = { ...name, key: 'name' }
const docVersion = value('version', 'Version; default the next one.', { short: 'v', key: 'version' })
const createAsset = [file, docName, docVersion, set, registry]

export const createFlags: Readonly<Record<string, readonly Filled[]>> = {
  data: [
    ...createAsset,
    { ...description, short: 'd' },
    datastore,
    localPath,
    type(['uri_file', 'uri_folder', 'mltable']),
    noWait,
    skipValidation,
  ],
  model: [
    ...createAsset,
    description,
    tags,
    datastore,
    localPath,
    type(['custom_model', 'mlflow_model', 'triton_model']),
    value('stage', 'Stage.', { short: 's', key: 'stage' }),
    noWait,
  ],
  environment: [
    ...createAsset,
    description,
    tags,
    datastore,
    value('image', 'Docker image.', { short: 'i', key: 'image' }),
    value('conda-file', 'Conda file.', { short: 'c', key: 'conda_file', path: true, word: 'FILE' }),
    value('build-context', 'Folder with a Dockerfile.', { short: 'b', key: 'build.path', path: true, word: 'FOLDER' }),
    value('dockerfile-path', 'Dockerfile inside the build context.', { short: 'd', key: 'build.dockerfile_path' }),
    value('os-type', 'Operating system.', { key: 'os_type', choices: ['linux', 'windows'] }),
    noWait,
  ],
  component: [{ ...file, required: true }, docName, docVersion, set, registry, skipValidation],
  code: [file, docName, docVersion, set, { ...localPath, doc: 'Local folder or file.' }, description, tags],
  datastore: [{ ...file, required: true }, docName, set],
  compute: [
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
    value('identity-type', 'Identity of the compute.', { key: 'identity.type' }),
    list('user-assigned-identities', 'Ids of identities.', { short: 'i' }),
    value('admin-username', 'User that nodes are entered as.', { key: 'ssh_settings.admin_username' }),
    value('admin-password', 'Password of that user.', { key: 'ssh_settings.admin_password' }),
    value('ssh-key-value', 'Public key of that user.', { key: 'ssh_settings.ssh_key_value' }),
    {
      name: 'ssh-public-access-enabled',
      short: 'p',
      takes: 'switch',
      doc: 'Open SSH.',
      key: 'ssh_public_access_enabled',
    },
    { name: 'enable-node-public-ip', takes: 'switch', doc: 'Public addresses.', key: 'enable_node_public_ip' },
    value('vnet-name', 'Network; kept, without effect here.', { key: 'network_settings.vnet_name' }),
    value('subnet', 'Subnet; kept, without effect here.', { key: 'network_settings.subnet' }),
    value('user-object-id', 'User an instance is made for.', { key: 'create_on_behalf_of.user_object_id' }),
    value('user-tenant-id', 'Tenant of that user.', { key: 'create_on_behalf_of.user_tenant_id' }),
    noWait,
  ],
  workspace: [
    file,
    docName,
    set,
    location,
    tags,
    description,
    value('display-name', 'Name that people read.', { key: 'display_name' }),
    value('kind', 'Kind of workspace.', { key: 'kind' }),
    value('public-network-access', 'Kept, without effect here.', { key: 'public_network_access' }),
    value('storage-account', 'Kept, without effect here.', { short: 's', key: 'storage_account' }),
    value('key-vault', 'Kept, without effect here.', { short: 'k', key: 'key_vault' }),
    value('application-insights', 'Kept, without effect here.', { short: 'a', key: 'application_insights' }),
    value('container-registry', 'Kept, without effect here.', { short: 'c', key: 'container_registry' }),
    value('image-build-compute', 'Kept, without effect here.', { short: 'i', key: 'image_build_compute' }),
    noWait,
  ],
  job: [
    { ...file, required: true },
    docName,
    set,
    flag('stream', "Follow the job's log until it ends.", { short: 's' }),
    web,
    skipValidation,
    value('save-as', 'Write the created job to a YAML file.', { short: 'a', word: 'FILE', path: true }),
  ],
}

export const listFlags: Readonly<Record<string, readonly Filled[]>> = {
  versioned: [{ ...name, doc: 'List the versions of this name.' }, max, ...archivedFlags, registry],
  plain: [max],
  model: [value('stage', 'Those of a stage alone.', { short: 's' })],
  compute: [value('type', 'Those of a type alone.')],
  workspace: [value('filtered-kinds', 'Those of a kind alone.')],
  job: [
    { ...max, default: '50' },
    ...archivedFlags,
    flag('all-results', 'All of them.'),
    value('parent-job-name', 'The steps of this job.', { short: 'p' }),
  ],
}

export const updateFlags: Readonly<Record<string, readonly Filled[]>> = {
  model: [value('stage', 'Stage.', { short: 's', key: 'stage' })],
  datastore: [file],
  compute: [
    ...scaling,
    tags,
    value('identity-type', 'Identity of the compute.', { key: 'identity.type' }),
    list('user-assigned-identities', 'Ids of identities.', { short: 'i' }),
    noWait,
  ],
  workspace: [file, description, value('display-name', 'Name that people read.', { key: 'display_name' }), noWait],
  job: [web],
}

export const jobFlags = {
  validate: [{ ...file, required: true }, set],
  download: [
    named,
    downloadPath,
    value('output-name', 'One output alone.'),
    flag('all', 'All outputs, beside logs and artifacts.'),
  ],
  showServices: [named, nodeIndex],
  show: [named, web],
} as const

export const modelFlags = {
  download: [named, value('version', 'Version.', { short: 'v', required: true }), downloadPath],
} as const

export const computeFlags = {
  act: [named, noWait],
  sizes: [location, type()],
  usage: [location],
} as const

export const workspaceVerbFlags = {
  delete: [
    named,
    yes,
    noWait,
    flag('all-resources', 'Accepted; a workspace here has no resources outside it.'),
    flag('permanently-delete', 'Accepted; what is deleted here is gone.', { short: 'p' }),
  ],
  act: [named, noWait],
} as const

export const serverFlags = {
  up: [
    value('port', 'Port to listen on; 0 takes a free one.', { short: 'p', whole: true }),
    value('home', 'Home folder instead of LAZ_HOME.', { word: 'FOLDER', path: true }),
    flag(
      'ephemeral',
      'A server in a temporary home, gone with `laz down` or with this shell. Prints variables to evaluate.',
    ),
    flag('foreground', 'Stay in the foreground and show the log.'),
  ],
  home: [value('home', 'Home folder instead of LAZ_HOME.', { word: 'FOLDER', path: true })],
} as const

export const validateFlags: readonly Filled[] = [
  value('kind', 'What the files are, when they do not tell.', { short: 'k' }),
  set,
]
