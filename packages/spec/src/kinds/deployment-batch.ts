// The two forms of a batch deployment: a model with settings, and a pipeline component. The wire has one flat table.
import { type Fields, f } from '../field.ts'
import { asObject, isObject, type JsonObject } from '../json.ts'
import type { Kind } from '../kind.ts'

const retry = f.object(
  { max_retries: f.int({ doc: 'How often; 3.' }), timeout: f.seconds({ doc: 'Seconds one try may take; 30.' }) },
  { doc: 'What happens to a mini-batch that fails.' },
)
const level = f.enum(['info', 'warning', 'debug'], { map: { info: 'Info', warning: 'Warning', debug: 'Debug' } })
const settings: Fields = {
  error_threshold: f.int({ doc: 'Files that may fail; -1 for any number.' }),
  retry_settings: retry,
  mini_batch_size: f.int({ doc: 'Files in one call of run(); 10.' }),
  logging_level: f.union([level, f.string()], { doc: 'How much is logged: info, warning or debug.' }),
  output_action: f.enum(['append_row', 'summary_only'], {
    map: { append_row: 'AppendRow', summary_only: 'SummaryOnly' },
    doc: 'append_row collects what run() returns; summary_only leaves files to the script.',
  }),
  output_file_name: f.string({ doc: 'File that append_row writes; predictions.csv.' }),
  max_concurrency_per_instance: f.int({ doc: 'Calls of run() at once on a node.' }),
}
const instanceCount = f.int({ doc: 'Nodes; the same as resources.instance_count.' })
const variables = f.map(f.string({ loose: true, nullable: true }), { doc: 'Environment variables of its processes.' })
const resources = f.object(
  {
    instance_count: f.int({ doc: 'Nodes.' }),
    instance_type: f.string({ doc: 'Their size.' }),
    properties: f.map(f.any({ nullable: true }), { def: {}, doc: 'Free mapping.' }),
    shm_size: f.string({ doc: 'Shared memory of containers.' }),
    docker_args: f.union([f.string(), f.list(f.string())], { doc: 'More arguments for docker run.' }),
    locations: f.list(f.string(), { doc: 'Regions allowed; without effect here.' }),
    max_instance_count: f.int({ doc: 'Most nodes.' }),
  },
  { doc: 'What a run asks of its compute.' },
)

/** The tables of the file and of the wire, around the keys that all deployments share. */
export function batchVariants({ model, ...deployment }: Fields): Pick<Kind, 'fields' | 'wire'> {
  const compute = f.compute({ doc: 'Cluster that runs it: azureml:<name>.' })
  const asset = { ...f.wrap({ t: 'any' }, 'assetId', { constant: ['referenceType', 'Id'] }) }
  const modelFields: Fields = {
    ...deployment,
    model: { ...asset, ...(model ? { of: model, doc: 'The model.' } : {}) },
    compute,
    resources,
    ...settings,
    settings: f.object(
      { ...settings, instance_count: instanceCount, environment_variables: variables },
      { doc: 'How files are scored.' },
    ),
  }
  const { $schema, id, creation_context, name, endpoint_name, description, tags } = deployment
  const pipelineFields = Object.fromEntries(
    Object.entries({ $schema, id, creation_context, name, endpoint_name, description, tags }).filter(([, x]) => x),
  ) as Fields // undefined entries are gone; a table without one of these would not compile in its own file
  return {
    fields: f.oneOf(
      'type',
      'yamlType',
      {
        model: { wire: 'model', doc: 'A model, called with mini-batches of files.', fields: modelFields },
        pipeline: {
          wire: 'pipeline',
          doc: 'A pipeline component, started once a call.',
          fields: {
            ...pipelineFields,
            component: {
              ...asset,
              of: f.component({ literal: true }),
              wire: 'componentId',
              doc: 'azureml:<name>:<version>, or the file of a pipeline component.',
            },
            job_definition: f.any({ doc: 'A job, or the file of one, that the component is cut from.' }),
            settings: f.map(f.any({ nullable: true }), { doc: 'Settings of the pipeline job it starts.' }),
          },
        },
      },
      { otherwise: 'model', spelling: 'snake' },
    ),
    wire: f.object({
      ...modelFields,
      logging_level: level,
      model: f.any({ doc: 'A reference: {referenceType, assetId}.' }),
      settings: f.any(),
      deployment_configuration: f.object({
        deployment_configuration_type: f.enum(['pipeline_component', 'model'], {
          map: { pipeline_component: 'PipelineComponent', model: 'Model' },
          spelling: 'snake',
        }),
        component_id: f.any(),
        settings: f.any(),
      }),
    }),
  }
}

export function batchToWire(written: JsonObject): JsonObject {
  const { yamlType, settings: given, ...rest } = written
  if (yamlType === 'pipeline') {
    const { componentId, jobDefinition, ...more } = rest
    return {
      ...more,
      errorThreshold: -1,
      maxConcurrencyPerInstance: 1,
      miniBatchSize: 10,
      outputFileName: 'predictions.csv',
      deploymentConfiguration: {
        deploymentConfigurationType: 'PipelineComponent',
        ...(componentId === undefined ? {} : { componentId }),
        ...(jobDefinition === undefined ? {} : { jobDefinition }),
        ...(given === undefined ? {} : { settings: given }),
      },
    }
  }
  const { instanceCount: count, ...inner } = asObject(given)
  const resourceKey =
    rest.resources === undefined && count !== undefined ? { resources: { instanceCount: count, properties: {} } } : {}
  return { ...rest, ...inner, ...resourceKey }
}

const settingKeys = [
  'errorThreshold',
  'retrySettings',
  'miniBatchSize',
  'loggingLevel',
  'outputAction',
  'outputFileName',
  'maxConcurrencyPerInstance',
  'environmentVariables',
]

export function batchFromWire(props: JsonObject): JsonObject {
  const configuration = props.deploymentConfiguration
  if (isObject(configuration)) {
    const { componentId = null, jobDefinition = null, settings: given = null } = configuration
    return { ...props, yamlType: 'pipeline', componentId, jobDefinition, settings: given }
  }
  const entries = Object.entries(props).filter(([, v]) => v !== null)
  const empty = (v: unknown) => isObject(v) && Object.keys(v).length === 0
  const isInner = ([key, v]: [string, unknown]) => settingKeys.includes(key) && !empty(v)
  const inner = Object.fromEntries(entries.filter(isInner))
  const rest = Object.fromEntries(entries.filter((entry) => !isInner(entry)))
  return {
    ...rest,
    yamlType: 'model',
    ...(Object.keys(inner).length > 0 ? { settings: { miniBatchSize: 10, ...inner } } : {}),
  }
}
