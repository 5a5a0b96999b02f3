// Flags of what is named and versioned: data, models, environments, components, indexes, features.
import {
  archivedFlags,
  datastore,
  description,
  docName,
  docVersion,
  downloadPath,
  file,
  label,
  localPath,
  max,
  name,
  named,
  noWait,
  registry,
  requiredFile,
  type Surface,
  set,
  skipValidation,
  tags,
  type,
  value,
  version,
} from './surface.ts'

const create = [file, docName, docVersion, set]
const stage = value('stage', 'Stage.', { short: 's', key: 'stage' })
export const versions = [{ ...name, doc: 'List the versions of this name.' }, max, ...archivedFlags]

/** Features live in a feature store, which is a workspace: either flag names it. */
const featureStore = value('feature-store-name', 'Feature store; the same as --workspace-name.')
export const featureWhich = [named, { ...version, required: true }, label]
const createFeature = [...create, { ...description, short: 'd' }, noWait]
const templateRegistry = { ...registry, short: 'r', required: true, doc: 'Registry it lives in.' }

export const assets: Readonly<Record<string, Surface>> = {
  data: {
    create: [
      ...create,
      { ...description, short: 'd' },
      datastore,
      localPath,
      type(['uri_file', 'uri_folder', 'mltable']),
      noWait,
      skipValidation,
    ],
    list: versions,
  },
  model: {
    create: [
      ...create,
      description,
      tags,
      datastore,
      localPath,
      type(['custom_model', 'mlflow_model', 'triton_model']),
      stage,
      noWait,
    ],
    list: [...versions, value('stage', 'Those of a stage alone.', { short: 's' })],
    update: [stage],
  },
  environment: {
    create: [
      ...create,
      description,
      tags,
      datastore,
      value('image', 'Docker image.', { short: 'i', key: 'image' }),
      value('conda-file', 'Conda file.', { short: 'c', key: 'conda_file', path: true, word: 'FILE' }),
      value('build-context', 'Folder with a Dockerfile.', {
        short: 'b',
        key: 'build.path',
        path: true,
        word: 'FOLDER',
      }),
      value('dockerfile-path', 'Dockerfile inside the build context.', { short: 'd', key: 'build.dockerfile_path' }),
      value('os-type', 'Operating system.', { key: 'os_type', choices: ['linux', 'windows'] }),
      noWait,
    ],
    list: versions,
  },
  component: {
    create: [requiredFile, docName, docVersion, set, skipValidation],
    list: versions,
  },
  code: {
    create: [file, docName, docVersion, set, { ...localPath, doc: 'Local folder or file.' }, description, tags],
    list: versions,
  },
  index: {
    create: [...create, description, tags, datastore, localPath, stage],
    list: versions,
  },
  'feature-set': {
    every: [featureStore],
    create: [
      ...createFeature,
      value('specification', 'Folder with the FeatureSetSpec.yaml.', {
        short: 's',
        key: 'specification.path',
        path: true,
        word: 'FOLDER',
      }),
      value('materialization-settings', 'YAML file of the materialization settings.', {
        short: 'm',
        key: 'materialization_settings',
        word: 'FILE',
        path: true,
        content: true,
      }),
    ],
    list: versions,
    which: featureWhich,
    update: [file, noWait],
  },
  'feature-store-entity': {
    every: [featureStore],
    create: createFeature,
    list: versions,
    which: featureWhich,
    update: [noWait],
  },
  'deployment-template': {
    every: [templateRegistry],
    create: [...create, noWait],
    list: [name, value('max-results', 'At most so many.', { whole: true }), ...archivedFlags],
    which: [named, { ...version, required: true }],
    update: [noWait],
  },
}

/** Copying an asset from the workspace to a registry. */
export const shareFlags = [
  named,
  { ...version, required: true },
  { ...registry, required: true, doc: 'Registry to copy it to.' },
  value('share-with-name', 'Its name there; default the same.'),
  value('share-with-version', 'Its version there; default the same.'),
]

export const modelFlags = {
  download: [named, { ...version, required: true }, downloadPath, registry],
  package: [
    requiredFile,
    named,
    { ...version, required: true },
    registry,
    value('download-path', 'Folder the package is copied to.', { short: 'p', path: true }),
  ],
} as const

const feature = value('feature-name', 'Name of a feature.')
const windowStart = value('feature-window-start-time', 'Start of the window of time.', { short: 's' })
const windowEnd = value('feature-window-end-time', 'End of the window of time.', { short: 'e' })

export const featureFlags = {
  features: [named, { ...version, required: true }, featureStore, feature],
  feature: [named, { ...version, required: true }, featureStore, { ...feature, required: true }],
  operations: [
    named,
    { ...version, required: true },
    featureStore,
    windowStart,
    windowEnd,
    value('filters', 'Which ones: status=Succeeded.'),
  ],
  backfill: [
    file,
    name,
    version,
    featureStore,
    windowStart,
    windowEnd,
    value('by-data-status', 'States of the data that is made anew.', { short: 'd' }),
    value('by-job-id', 'Job whose window is made anew.', { short: 'j' }),
    value('compute-resource', 'Size that it runs on.', { short: 'r' }),
    value('spark-configuration-settings', 'Settings of Spark.', { short: 'c' }),
    description,
    value('display-name', 'Name that people read.'),
    tags,
  ],
} as const
