// code, data, model, environment: named, versioned content.
import { checkEnvironment } from '../checks/environment.ts'
import { f } from '../field.ts'
import { parseUri } from '../ids.ts'
import type { Json, JsonObject } from '../json.ts'
import { defineKind } from '../kind.ts'
import type { Look } from '../look.ts'
import { asset, looseTags } from './common.ts'

const uploadTo = f.string({
  beside: true,
  doc: 'Datastore that local files are uploaded to; workspaceblobstore when absent.',
})
const anonymous = {
  // clients send these with every version
  is_anonymous: f.bool({ out: true }),
  is_archived: f.bool({ out: true }),
}

export const code = defineKind({
  name: 'code',
  plural: 'codes',
  collection: 'codes',
  shape: 'versioned',
  scope: 'workspace',
  registry: true,
  doc: 'A snapshot of a source folder; jobs run in a copy of it.',
  fields: f.object({
    ...asset,
    tags: looseTags,
    datastore: uploadTo,
    path: f.path('data', { wire: 'codeUri', doc: 'Local folder or file.' }),
    properties: f.map(f.any({ nullable: true }), { out: true, doc: 'Its content hash.' }),
    ...anonymous,
  }),
  columns: ['name', 'version', 'path'],
  actions: { startPendingUpload: 'POST' },
  immutable: ['codeUri'],
})

export const data = defineKind({
  name: 'data',
  plural: 'data',
  collection: 'data',
  shape: 'versioned',
  scope: 'workspace',
  registry: true,
  doc: 'A named file, folder or table.',
  fields: f.object({
    ...asset,
    tags: looseTags,
    datastore: uploadTo,
    path: f.path('data', { wire: 'dataUri', doc: 'Local path or URI.' }),
    source: f.object(
      {
        type: f.enum(['database', 'file_system']),
        connection: f.required(f.string({ doc: 'azureml:<connection>' })),
        query: f.string(),
        table_name: f.string(),
        stored_procedure: f.string(),
        stored_procedure_params: f.list(f.map(f.any({ nullable: true }))),
        path: f.string(),
      },
      { doc: 'Where data is imported from. Checked only; importing is not done here.' },
    ),
    type: f.enum(['uri_file', 'uri_folder', 'mltable'], {
      wire: 'dataType',
      def: 'uri_folder',
      spelling: 'exact',
      doc: 'A file, a folder, or a folder with an MLTable file.',
    }),
    properties: f.map(f.any({ nullable: true }), { out: true, doc: 'Texts by name, kept with it.' }),
    referenced_uris: f.list(f.string(), { out: true, doc: 'URIs an MLTable file points at.' }),
    ...anonymous,
  }),
  checkYaml: (yaml, look) => {
    checkVersion(yaml, look)
    if (yaml.path === undefined) look.issue(['path'], 'is required')
  },
  check: (props) =>
    props.source === undefined
      ? []
      : [
          {
            path: ['source'],
            message: 'importing data is not supported',
            hint: 'register data that is already in a datastore',
          },
        ],
  columns: ['name', 'version', 'type', 'path'],
  immutable: ['dataUri', 'dataType'],
})

const template = f.object({ asset_id: f.string() })

export const model = defineKind({
  name: 'model',
  plural: 'models',
  collection: 'models',
  shape: 'versioned',
  scope: 'workspace',
  registry: true,
  doc: 'A trained model.',
  fields: f.object({
    ...asset,
    name: f.required(f.string({ beside: true, doc: 'Its name.' })),
    type: f.enum(['custom_model', 'mlflow_model', 'triton_model'], {
      wire: 'modelType',
      def: 'custom_model',
      doc: 'How it is stored: any files, an MLflow model, a Triton repository.',
    }),
    path: f.path('model', {
      wire: 'modelUri',
      doc: 'Local path, datastore URI, azureml://jobs/<job>/outputs/<output>/paths/<path>, or runs:/<run>/<path>.',
    }),
    properties: f.map(f.any({ nullable: true }), { def: {}, doc: 'Texts by name, kept with it.' }),
    tags: looseTags,
    stage: f.string({ doc: 'Free text: Development, Production, …' }),
    utc_time_created: f.string({ out: true }),
    flavors: f.map(f.wrap(f.map(f.any({ nullable: true })), 'data', { nullable: true }), {
      doc: 'What can load it; an MLflow model brings its own.',
    }),
    job_name: f.string({ out: true, doc: 'Job that made it.' }),
    datastore: uploadTo,
    intellectual_property: f.any({ out: true }),
    system_metadata: f.map(f.any({ nullable: true }), { doc: 'Free mapping.' }),
    default_deployment_template: { ...template, doc: 'Template online deployments start from.' },
    allowed_deployment_templates: f.list(template, { doc: 'Templates allowed.' }),
    ...anonymous,
  }),
  checkYaml: (yaml, look) => {
    checkVersion(yaml, look)
    if (!yaml.name) checkInline(yaml.path, look)
  },
  columns: ['name', 'version', 'type', 'path'],
  actions: { package: 'POST' },
  immutable: ['modelUri', 'modelType'],
})

/** A version without a name says nothing; inside another file neither counts. */
function checkVersion(yaml: JsonObject, look: Look): void {
  if (yaml.version !== undefined && !yaml.name && !look.inline) {
    look.issue(['version'], 'If version is specified, name must be specified also.', 'add a name')
  }
}

/** The official client hashes a model in place that has no name as it reads the file. */
function checkInline(path: Json | undefined, look: Look): void {
  if (!look.inline || typeof path !== 'string' || parseUri(path, 'models').form !== 'local') return
  if (look.exists?.(path) === 'nothing') look.issue(['path'], `there is no file or folder ${path}`)
}

const route = (doc: string) =>
  f.required(f.object({ port: f.required(f.int()), path: f.required(f.string()) }, { doc }))

export const environment = defineKind({
  name: 'environment',
  plural: 'environments',
  collection: 'environments',
  shape: 'versioned',
  scope: 'workspace',
  registry: true,
  doc: 'What must be installed for code to run.',
  fields: f.object({
    ...asset,
    name: f.required(f.string({ beside: true, doc: 'Its name.' })),
    tags: looseTags,
    build: f.object(
      {
        dockerfile_path: f.string({ doc: 'Dockerfile inside the folder; Dockerfile when absent.' }),
        path: f.path('build', { wire: 'contextUri', exists: true, doc: 'Folder of the build context, or its URL.' }),
      },
      { doc: 'A Docker build context, instead of an image.' },
    ),
    image: f.string({ doc: 'A Docker image.' }),
    conda_file: f.text({ doc: 'Conda environment: the path of its file, or the mapping itself. Needs image.' }),
    inference_config: f.object(
      {
        liveness_route: route('Answers when it lives.'),
        scoring_route: route('Answers scoring calls.'),
        readiness_route: route('Answers when it can score.'),
      },
      { doc: 'Routes of an image that brings its own server.' },
    ),
    os_type: f.enum(['linux', 'windows'], { map: { linux: 'Linux', windows: 'Windows' }, doc: 'Operating system.' }),
    datastore: uploadTo,
    intellectual_property: f.any({ out: true }),
    ...anonymous,
  }),
  checkYaml: (yaml, look) => {
    checkVersion(yaml, look)
    checkEnvironment(yaml, look)
  },
  columns: ['name', 'version', 'image'],
  immutable: ['image', 'condaFile', 'build', 'inferenceConfig', 'osType'],
})
