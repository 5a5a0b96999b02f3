// Files that describe no resource of their own, but a request: a package of a model, an import of data.
import { type Fields, f } from '../field.ts'
import { defineKind } from '../kind.ts'
import { data } from './assets.ts'
import { codeConfiguration } from './deployment.ts'

const { path: _, source: __, ...table }: Fields = data.fields.fields ?? {}
const { check: ___, prepare: ____, ...base } = data

export const dataImport = defineKind({
  ...base,
  name: 'data-import',
  plural: 'data imports',
  doc: 'Data that is brought in from a database or file system. Checked and kept in schedules; importing is not done here.',
  document: { of: 'data' },
  fields: f.object({
    ...table,
    name: f.string({ wire: 'assetName', doc: 'Name of the data that comes of it.' }),
    path: f.required(f.string({ wire: 'dataUri', doc: 'Datastore folder it goes to; may hold ${{name}}.' })),
    source: f.required(
      f.oneOf(
        'type',
        'sourceType',
        {
          database: {
            wire: 'database',
            doc: 'A query or stored procedure.',
            fields: {
              table_name: f.string(),
              query: f.string(),
              stored_procedure: f.string(),
              stored_procedure_params: f.list(f.object({ name: f.string(), value: f.string(), type: f.string() })),
              connection: f.required(f.string({ doc: 'azureml:<connection>' })),
            },
          },
          file_system: {
            wire: 'file_system',
            doc: 'A folder.',
            fields: { path: f.string(), connection: f.required(f.string({ doc: 'azureml:<connection>' })) },
          },
        },
        { otherwise: 'file_system', spelling: 'snake', doc: 'Where it comes from.' },
      ),
    ),
  }),
})

const route = f.object({ port: f.required(f.int()), path: f.required(f.string()) })
const inputPath = f.oneOf(
  'input_path_type',
  'inputPathType',
  {
    path_id: { wire: 'PathId', fields: { resource_id: f.string() } },
    url: { wire: 'Url', fields: { url: f.string() } },
    path_version: { wire: 'PathVersion', fields: { resource_name: f.string(), resource_version: f.string() } },
  },
  { spelling: 'snake' },
)

export const modelPackage = defineKind({
  name: 'model-package',
  plural: 'model packages',
  collection: 'models',
  shape: 'plain',
  scope: 'workspace',
  document: { of: 'model' },
  doc: 'How a model is packed with its code, its packages and a server of it.',
  fields: f.object({
    $schema: f.string({ out: true }),
    target_environment: f.union([f.map(f.string()), f.string()], {
      wire: 'targetEnvironmentId',
      doc: 'Environment that is made: a name, azureml:<name>:<version>, or {name, version}.',
    }),
    base_environment_source: f.object(
      {
        type: f.string({ wire: 'baseEnvironmentSourceType', doc: 'environment_asset.' }),
        resource_id: f.string({ doc: 'Environment it starts from.' }),
      },
      { doc: 'What the image starts from.' },
    ),
    inferencing_server: f.object(
      {
        type: f.required(
          f.enum(['azureml_online', 'azureml_batch', 'custom', 'triton'], {
            wire: 'serverType',
            map: { azureml_online: 'AzureMLOnline', azureml_batch: 'AzureMLBatch', custom: 'Custom', triton: 'Triton' },
            spelling: 'snake',
            doc: 'Who answers.',
          }),
        ),
        code_configuration: codeConfiguration,
        inference_configuration: f.object({
          liveness_route: route,
          readiness_route: route,
          scoring_route: route,
          entry_script: f.string(),
          configuration: f.map(f.any({ nullable: true })),
        }),
      },
      { doc: 'The server in the image.' },
    ),
    model_configuration: f.object(
      {
        mode: f.enum(['copy', 'download'], {
          map: { copy: 'Copy', download: 'Download' },
          doc: 'How the model gets in.',
        }),
        mount_path: f.string({ doc: 'Where it is.' }),
      },
      { doc: 'How the model gets into the image.' },
    ),
    inputs: f.list(
      f.object({
        type: f.enum(['uri_file', 'uri_folder'], { wire: 'inputType' }),
        mode: f.enum(['read_only_mount', 'download'], {
          map: { read_only_mount: 'ReadOnlyMount', download: 'Download' },
          spelling: 'snake',
        }),
        path: inputPath,
        mount_path: f.string(),
      }),
      { doc: 'More that is put into the image.' },
    ),
    tags: f.map(f.any({ nullable: true }), { doc: 'Texts by name.' }),
    environment_variables: f.map(f.any({ nullable: true }), { doc: 'Environment variables of the image.' }),
  }),
  columns: ['target_environment', 'inferencing_server'],
})
