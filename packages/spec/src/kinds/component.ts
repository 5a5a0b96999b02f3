// component: a job with its name and place left open. Its wire is its YAML with the references resolved.
import { checkDeclared, checkIncludes, checkPorts } from '../checks/component.ts'
import { checkNodes } from '../checks/pipeline.ts'
import { wrapSpec } from '../component-spec.ts'
import { type Field, type Fields, f } from '../field.ts'
import { asObject } from '../json.ts'
import { defineKind } from '../kind.ts'
import { commandLine } from './job/command.ts'
import { code, commandLimits, environment, openDistribution, openResources, queueSettings } from './job/common.ts'
import { parallelFields } from './job/parallel.ts'
import { nodesField } from './job/pipeline.ts'
import { sparkFields } from './job/spark.ts'

const exact = (values: readonly string[], doc: string): Field => f.enum(values, { spelling: 'exact', doc })
const parameterTypes = ['string', 'number', 'integer', 'boolean']
const portTypes = ['path', 'uri_file', 'uri_folder', 'mltable', 'custom_model', 'mlflow_model', 'triton_model']
const modes = ['ro_mount', 'rw_mount', 'mount', 'download', 'upload', 'direct', 'eval_mount', 'eval_download', 'link']
const optional = f.bool({ doc: 'May be left out.' })
const text = f.string({ doc: 'What it is for.' })
const bound = (doc: string) => f.string({ numbers: true, doc })

const parameter = f.object({
  type: f.required(exact(parameterTypes, 'Type of the value.')),
  optional,
  default: f.string({ numbers: true, bools: true, doc: 'Value when none is given.' }),
  description: text,
  max: bound('Largest value.'),
  min: bound('Smallest value.'),
  enum: f.list(f.string(), { doc: 'Values allowed.' }),
})
const port = f.object({
  type: f.required(exact(portTypes, 'Type of the data.')),
  description: text,
  optional,
  default: f.string({ doc: 'Data when none is given.' }),
  mode: exact(modes, 'How it is brought in.'),
})
const outPort = f.object({
  type: f.required(exact(portTypes, 'Type of the data.')),
  description: text,
  mode: exact(modes, 'How it leaves.'),
})
const outValue = f.object(
  {
    type: f.required(exact(parameterTypes, 'Type of the value.')),
    description: text,
    mode: exact(modes, 'How it leaves.'),
  },
  { open: true },
)

const inputs = f.map(f.union([parameter, port]), { doc: 'Parameters and data by name.' })
const dataOutputs = f.map(outPort, { doc: 'What it leaves behind, by name.' })
const outputs = f.map(f.union([outPort, outValue]), { doc: 'What it leaves behind, by name.' })

const common: Fields = {
  $schema: f.string({ doc: 'Address of a JSON Schema; read by editors only.' }),
  name: f.required(
    f.string({
      pattern: '^[a-z][a-z0-9_]*$',
      says: 'lower-case letters, digits and underscores, starting with a letter',
      doc: 'Its name: lower-case letters, digits and underscores.',
    }),
  ),
  version: f.string({ numbers: true, bools: true, doc: 'Its version; the next whole number when absent.' }),
  display_name: f.string({ doc: 'Name shown to people.' }),
  description: f.string({ doc: 'Free text.' }),
  tags: f.map(f.string(), { doc: 'Texts by name.' }),
  id: f.string({ out: true }),
  creation_context: f.any({ out: true }),
  latest_version: f.string({ out: true }),
  auto_delete_setting: f.any({ doc: 'When it may be deleted unasked. Stored; nothing is deleted here.' }),
  is_deterministic: f.bool({ doc: 'Same inputs give same outputs, so a finished step may be reused.' }),
  inputs,
  outputs: dataOutputs,
}
const includes = f.list(f.string(), { doc: 'Files and folders put into the code folder.' })
const free = f.map(f.any({ nullable: true }), { doc: 'Free mapping.' })
const task = f.enum(['copy_data', 'import_data', 'export_data'], { doc: 'What is done.' })
const copyMode = f.enum(['merge_with_overwrite', 'fail_if_conflict'], { doc: 'What a file in the way means.' })
const { entry } = sparkFields

export const component = defineKind({
  name: 'component',
  plural: 'components',
  collection: 'components',
  shape: 'versioned',
  scope: 'workspace',
  registry: true,
  doc: 'A job with its name and place left open: what pipelines are made of.',
  fields: f.oneOf(
    'type',
    'type',
    {
      command: {
        wire: 'command',
        doc: 'A command.',
        fields: {
          ...common,
          command: f.required(commandLine),
          code,
          environment: f.required(environment),
          resources: openResources,
          distribution: openDistribution,
          limits: commandLimits,
          queue_settings: queueSettings,
          outputs,
          properties: free,
          additional_includes: includes,
        },
      },
      pipeline: {
        wire: 'pipeline',
        doc: 'Steps and what flows between them.',
        scope: true,
        fields: { ...common, outputs, jobs: nodesField },
      },
      parallel: { wire: 'parallel', doc: 'A function over mini-batches.', fields: { ...common, ...parallelFields } },
      spark: {
        wire: 'spark',
        doc: 'A Spark program.',
        fields: {
          ...common,
          ...sparkFields,
          ...(entry ? { entry } : {}),
          properties: free,
          additional_includes: includes,
        },
      },
      automl: {
        wire: 'automl',
        doc: 'A model sought among many.',
        fields: { ...common, task: f.required(f.string({ doc: 'What is predicted.' })) },
      },
      import: { wire: 'import', doc: 'Brings data in.', fields: { ...common, source: free, output: free } },
      data_transfer: {
        wire: 'data_transfer',
        doc: 'Moves data between stores.',
        fields: {
          ...common,
          task: f.required(task),
          data_copy_mode: copyMode,
          source: free,
          sink: free,
        },
      },
    },
    { otherwise: 'command', open: true },
  ),
  style: 'spec',
  checkYaml: (yaml, look) => {
    checkPorts(yaml, look)
    checkIncludes(yaml, look)
    if ((yaml.type ?? 'command') === 'command') checkDeclared(yaml, look)
    if (yaml.type === 'pipeline') checkNodes(yaml, look)
  },
  wire: f.object({
    description: f.string(),
    tags: f.map(f.string()),
    properties: f.map(f.string()),
    is_anonymous: f.bool(),
    is_archived: f.bool(),
    component_spec: f.required(f.map(f.any({ nullable: true }))),
  }),
  columns: ['name', 'version', 'type', 'display_name'],
  immutable: ['componentSpec'],
  aside: {
    componentSpec: {
      labels: ['description', 'display_name', 'tags'],
      echoes: ['id', 'creation_context', 'name', 'version', '$schema', '_source'],
    },
  },
  toProps: (written) =>
    wrapSpec({
      ...(written.type === 'pipeline' ? {} : { is_deterministic: true }),
      ...written,
      _source: 'YAML.COMPONENT',
    }),
  fromProps: (props) => {
    const { _source: _, ...spec } = asObject(props.componentSpec)
    return spec
  },
})
