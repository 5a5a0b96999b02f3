// online and batch deployments: what answers behind an endpoint.
import { checkBatchDeployment, checkOnlineDeployment } from '../checks/endpoint.ts'
import { type Fields, f } from '../field.ts'
import { asObject, isObject, type JsonObject } from '../json.ts'
import { defineKind } from '../kind.ts'
import { provisioningStates } from '../status.ts'
import { besideTags, freeProperties, served } from './common.ts'
import { collectorFromWire, collectorToWire, dataCollector } from './data-collector.ts'
import { batchFromWire, batchToWire, batchVariants } from './deployment-batch.ts'

export const codeConfiguration = f.object(
  {
    code: f.code({ wire: 'codeId', exists: false, doc: 'Folder of the scoring script.' }),
    scoring_script: f.string({ doc: 'The script in it, with init() and run().' }),
  },
  { doc: 'Code that scores.' },
)
const whole = f.int()
export const requestSettings = f.object(
  {
    request_timeout_ms: f.seconds({ milli: true, wire: 'requestTimeout', doc: 'Milliseconds a call may take; 5000.' }),
    max_concurrent_requests_per_instance: f.int({ doc: 'Calls at once; more are answered with 429.' }),
    max_queue_wait_ms: f.seconds({ milli: true, wire: 'maxQueueWait', doc: 'Milliseconds a call may wait; 500.' }),
  },
  { doc: 'What calls may take.' },
)
export const probe: Fields = {
  period: f.seconds({ doc: 'Seconds between two tries; 10.' }),
  initial_delay: f.seconds({ doc: 'Seconds before the first; 10.' }),
  timeout: f.seconds({ doc: 'Seconds one may take; 2.' }),
  success_threshold: whole,
  failure_threshold: whole,
}
const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const timeOfDay = {
  pattern: '^([01]?\\d|2[0-3]):[0-5]\\d$|^24:00$',
  says: 'it must be a time such as "08:30", in quotes',
}
const profile = f.object({
  name: f.string({ doc: 'What it is called.' }),
  min_instances: f.int({ doc: 'Fewest; that of the settings when absent.' }),
  max_instances: f.int({ doc: 'Most; that of the settings when absent.' }),
  days: f.list(f.enum(days), { doc: 'Days of the week; all when absent.' }),
  start: f.string({ ...timeOfDay, doc: 'From when on; midnight when absent.' }),
  end: f.string({ ...timeOfDay, doc: 'Until when; midnight when absent. Not after start: of the next day.' }),
  time_zone: f.string({ def: 'UTC', doc: 'Time zone name: UTC, Europe/Berlin, Eastern Standard Time, …' }),
})
const scale = f.oneOf(
  'type',
  'scaleType',
  {
    default: { wire: 'Default', doc: 'A fixed number of instances.', fields: {} },
    target_utilization: {
      wire: 'TargetUtilization',
      doc: 'As many as the load asks for.',
      fields: {
        polling_interval: f.seconds({ doc: 'Seconds between two looks.' }),
        target_utilization_percentage: f.int({ doc: 'Load to aim at.' }),
        min_instances: f.int({ doc: 'Fewest.' }),
        max_instances: f.int({ doc: 'Most.' }),
        profiles: f.list(profile, { doc: 'Other bounds at times; the first that fits holds. Ours alone.' }),
      },
    },
  },
  { spelling: 'snake', doc: 'How many instances there are.' },
)
const needs = f.object(
  { cpu: f.string(), memory: f.string(), gpu: f.string() },
  { doc: 'All three are texts: "1", "2Gi".' },
)

export const deployment: Fields = {
  $schema: f.string({ out: true }),
  ...served,
  name: f.required(f.string({ beside: true, doc: 'Its name: 3 to 32 letters, digits and -.' })),
  endpoint_name: f.required(f.string({ beside: true, doc: 'Endpoint it belongs to.' })),
  description: f.string({ doc: 'Free text.' }),
  tags: besideTags,
  properties: freeProperties,
  model: f.asset('model', { unversioned: true, doc: 'azureml:<name>:<version>, or a model in place.' }),
  code_configuration: codeConfiguration,
  environment: f.asset('environment', {
    wire: 'environmentId',
    unversioned: true,
    doc: 'azureml:<name>:<version>, azureml:<name>@latest, or an environment in place.',
  }),
  environment_variables: f.map(f.string({ loose: true, nullable: true }), {
    def: {},
    doc: 'Environment variables of its processes.',
  }),
  provisioning_state: f.string({ out: true, doc: 'Creating, Updating, Scaling, Deleting, Succeeded, Failed.' }),
}
const online: Fields = {
  ...deployment,
  app_insights_enabled: f.bool({ def: false, doc: 'Telemetry. Stored and shown.' }),
  scale_settings: scale,
  request_settings: requestSettings,
  liveness_probe: f.object(probe, { doc: 'Answers when it lives.' }),
  readiness_probe: f.object(probe, { doc: 'Answers when it can score.' }),
  instance_count: f.wrap(f.int(), 'capacity', {
    wire: 'sku',
    beside: true,
    constant: ['name', 'Default'],
    doc: 'How many instances; 1 when absent.',
  }),
  model_mount_path: f.string({ doc: 'Where the model is in containers of your own.' }),
  data_collector: dataCollector,
}

export const onlineDeployment = defineKind({
  name: 'online-deployment',
  plural: 'online deployments',
  collection: 'deployments',
  shape: { under: 'onlineEndpoints' },
  scope: 'workspace',
  tracked: true,
  doc: 'What answers the calls of an online endpoint: a model, code and an environment.',
  fields: f.oneOf(
    'type',
    'endpointComputeType',
    {
      managed: {
        wire: 'Managed',
        doc: 'On machines of the service.',
        fields: {
          ...online,
          instance_type: f.required(f.string({ inFileOnly: true, doc: 'Machine size.' })),
          egress_public_network_access: f.enum(['enabled', 'disabled'], {
            map: { enabled: 'Enabled', disabled: 'Disabled' },
            doc: 'Whether it may call out. Stored and shown.',
          }),
          private_network_connection: f.bool({ doc: 'Older name of the same.' }),
        },
      },
      kubernetes: {
        wire: 'Kubernetes',
        doc: 'On a Kubernetes compute.',
        fields: {
          ...online,
          instance_type: f.string({ doc: 'Instance type of the cluster.' }),
          resources: f.object(
            {
              requests: { ...needs, wire: 'containerResourceRequests' },
              limits: { ...needs, wire: 'containerResourceLimits' },
            },
            { wire: 'containerResourceRequirements', doc: 'What its containers ask for and may take.' },
          ),
        },
      },
    },
    { otherwise: 'managed', spelling: 'snake' },
  ),
  checkYaml: checkOnlineDeployment,
  columns: ['name', 'type', 'model', 'instance_type', 'instance_count', 'provisioning_state'],
  states: provisioningStates,
  actions: { getLogs: 'POST' },
  lro: true,
  moves: true,
  toProps: collectorToWire,
  fromProps: collectorFromWire,
  prepare: prepareOnline,
})

/** What the service fills; clients crash on a deployment without a scale type. */
function prepareOnline(props: JsonObject): JsonObject {
  const scaled = asObject(props.scaleSettings)
  return {
    appInsightsEnabled: false,
    environmentVariables: {},
    egressPublicNetworkAccess: 'Enabled',
    ...props,
    scaleSettings: typeof scaled.scaleType === 'string' ? scaled : { scaleType: 'Default', ...scaled },
    sku: isObject(props.sku)
      ? { name: 'Default', tier: 'Standard', capacity: 1, ...props.sku }
      : { name: 'Default', tier: 'Standard', capacity: 1 },
  }
}

export const batchDeployment = defineKind({
  name: 'batch-deployment',
  plural: 'batch deployments',
  collection: 'deployments',
  shape: { under: 'batchEndpoints' },
  scope: 'workspace',
  tracked: true,
  doc: 'What a batch endpoint starts: a model over mini-batches of files, or a pipeline component.',
  ...batchVariants(deployment),
  checkYaml: checkBatchDeployment,
  columns: ['name', 'type', 'model', 'compute', 'provisioning_state'],
  states: provisioningStates,
  actions: { jobs: 'POST' },
  lro: true,
  toProps: batchToWire,
  fromProps: batchFromWire,
  prepare: (props) => ({ ...props, errorThreshold: props.errorThreshold ?? -1 }),
})
