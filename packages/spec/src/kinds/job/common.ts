// Fields that several job types share.
import { type Fields, f } from '../../field.ts'
import { description } from '../common.ts'

const texts = (doc: string) => f.map(f.string({ nullable: true }), { def: {}, doc })
const tags = texts('Texts by name, to find it again.')
const properties = texts('Texts by name that stay with it for good.')
const out = (doc: string) => f.string({ out: true, beside: true, doc })

const ioKey = '^[a-zA-Z_]+[a-zA-Z0-9_]*$'
const groupedKey = '^[a-zA-Z_][a-zA-Z0-9_]*(\\.[a-zA-Z_][a-zA-Z0-9_]*)*$'
const keysSay = 'letters, digits and underscores, not starting with a digit'

export const inputs = f.map(f.input(), {
  keys: ioKey,
  keysSay,
  def: {},
  doc: 'Values and data by name; ${{inputs.<name>}} in the command is the value, the local path or the URI.',
})
export const pipelineInputs = f.map(f.input(), {
  keys: groupedKey,
  keysSay: `${keysSay}; groups are joined by dots`,
  def: {},
  doc: 'Values and data by name; nodes bind them with ${{parent.inputs.<name>}}.',
})
export const outputs = f.map(f.output(), {
  keys: ioKey,
  keysSay,
  def: {},
  doc: 'What the job leaves behind, by name; ${{outputs.<name>}} in the command is the local path to write to.',
})

export const resources = f.object(
  {
    instance_count: f.int({ doc: 'Number of nodes; 1 when absent.' }),
    instance_type: f.string({ doc: 'VM size or instance type of a node.' }),
    properties: f.map(f.any({ nullable: true }), { def: {}, doc: 'Free mapping for the backend.' }),
    locations: f.list(f.string(), { doc: 'Regions allowed; without effect here.' }),
    shm_size: f.string({ doc: 'Shared memory of the container: a number and b, k, m or g.' }),
    max_instance_count: f.int({ doc: 'Most nodes of an elastic run.' }),
    docker_args: f.union([f.string(), f.list(f.string())], { doc: 'More arguments for docker run.' }),
  },
  { doc: 'What the job asks of its compute.' },
)

const perInstance = f.int({ doc: 'Processes on a node.' })
const ray = {
  wire: 'Ray',
  doc: 'A Ray cluster.',
  fields: {
    port: f.int({ doc: 'Port of the head.' }),
    address: f.string({ doc: 'An existing cluster.' }),
    include_dashboard: f.bool({ doc: 'Start the dashboard.' }),
    dashboard_port: f.int({ doc: 'Its port.' }),
    head_node_additional_args: f.string({ doc: 'More arguments of ray start on the head.' }),
    worker_node_additional_args: f.string({ doc: 'More arguments of ray start on workers.' }),
  },
}
const distributions = {
  pytorch: {
    wire: 'PyTorch',
    doc: 'torch.distributed: MASTER_ADDR, RANK, …',
    fields: { process_count_per_instance: perInstance },
  },
  mpi: { wire: 'Mpi', doc: 'mpirun.', fields: { process_count_per_instance: perInstance } },
  tensorflow: {
    wire: 'TensorFlow',
    doc: 'TF_CONFIG.',
    fields: {
      parameter_server_count: f.int({ def: 0, doc: 'Parameter servers.' }),
      worker_count: f.int({ doc: 'Workers; one a node when absent.' }),
    },
  },
  ray,
}
export const distribution = f.oneOf('type', 'distributionType', distributions, {
  doc: 'How several processes find each other.',
})
/** In components unknown keys are kept. */
export const openDistribution = { ...distribution, open: true }
export const openResources = { ...resources, open: true }

export const queueSettings = f.object(
  {
    job_tier: f.enum(['null', 'spot', 'basic', 'standard', 'premium'], {
      map: { null: 'Null', spot: 'Spot', basic: 'Basic', standard: 'Standard', premium: 'Premium' },
      literal: true,
      doc: 'Tier of the queue. Stored and shown.',
    }),
    priority: f.enum(['low', 'medium', 'high'], {
      map: { low: 1, medium: 2, high: 3 },
      doc: 'Priority in the queue.',
    }),
  },
  { doc: 'How urgent it is.' },
)

const identities = {
  managed: {
    wire: 'Managed',
    doc: 'A managed identity.',
    fields: { client_id: f.string(), object_id: f.string(), msi_resource_id: f.string({ wire: 'resourceId' }) },
  },
  aml_token: { wire: 'AMLToken', doc: "The job's own token.", fields: {} },
  user_identity: { wire: 'UserIdentity', doc: 'Whoever submits.', fields: {} },
}
export const identity = f.oneOf(
  'type',
  'identityType',
  {
    ...identities,
    managed_identity: { ...identities.managed, doc: 'The same as managed.' },
  },
  { spelling: 'snake', doc: 'As whom data is read. Stored and shown; here it is always the owner.' },
)

const service: Fields = {
  port: f.int({ doc: 'Port it answers on.' }),
  endpoint: f.string({ out: true, doc: 'Its address, once it runs.' }),
  status: f.string({ out: true, doc: 'Its state.' }),
  nodes: f.enum(['all'], { spelling: 'exact', map: { all: 'All' }, doc: 'all, or the head node only when absent.' }),
  error_message: f.string({ out: true }),
  properties: f.map(f.any({ nullable: true })),
}
const serviceTypes = { ssh: 'SSH', tensor_board: 'TensorBoard', vs_code: 'VSCode', jupyter_lab: 'JupyterLab' }
export const services = f.map(
  f.service({
    fields: {
      ...service,
      type: f.string({ doc: 'ssh, tensor_board, vs_code, jupyter_lab, or a name of yours.' }),
      ssh_public_keys: f.string({ doc: 'Keys that may log in (ssh).' }),
      log_dir: f.string({ doc: 'Folder of the logs (tensor_board).' }),
    },
    map: serviceTypes,
  }),
  { doc: 'Programs beside the job that people connect to.' },
)

export const compute = f.compute({
  wire: 'computeId',
  asIs: true,
  doc: 'Where it runs: azureml:<name>, serverless, local.',
})
export const environmentVariables = f.map(f.string({ loose: true, nullable: true }), {
  def: {},
  doc: 'Environment variables of its processes; values become text.',
})
export const environment = f.asset('environment', {
  wire: 'environmentId',
  unversioned: true,
  doc: 'What must be installed: azureml:<name>:<version>, azureml:<name>@latest, or an environment in place.',
})
export const code = f.code({
  wire: 'codeId',
  exists: true,
  doc: 'Folder of scripts, relative to this file; the command runs in a copy of it.',
})

/** What every job file may hold. */
export const job: Fields = {
  $schema: f.string({ out: true, doc: 'Address of a JSON Schema; read by editors only.' }),
  name: f.string({ beside: true, doc: 'Its id; made up when absent.' }),
  id: out('Its full id.'),
  description,
  tags,
  creation_context: f.any({ out: true, beside: true, doc: 'Who made it, and when.' }),
  services,
  display_name: f.string({ doc: 'Name shown to people; the name when absent.' }),
  status: f.string({ out: true, doc: 'Its state.' }),
  experiment_name: f.string({ doc: 'Experiment its run is filed under; the name of the current folder when absent.' }),
  properties,
  log_files: f.any({ out: true, doc: 'Its logs by name.' }),
  compute,
  identity,
}

export const commandLimits = f.object(
  {
    timeout: f.seconds({ doc: 'Seconds after which it is cancelled.' }),
    max_retries: f.int({ doc: 'How often it begins again when its command fails; 0 when absent.' }),
  },
  { constant: ['jobLimitsType', 'Command'], doc: 'How long it may take.' },
)
