// What only some versioned kinds do beside the verbs of their shape; what no engine here does is refused by name.
import type { Kind } from '@lazurite/spec'
import { type Command, command, type Groups, nameWord, refusal } from './command.ts'
import { dataFiles, datastoreFiles } from './groups-data.ts'
import {
  named as asset,
  type Filled,
  flag,
  label,
  registry,
  requiredFile,
  value,
  version,
  versioned,
} from './surface.ts'
import { featureFlags, modelFlags, shareFlags } from './surface-assets.ts'
import { mountFlags } from './surface-places.ts'
import { surfaceOf } from './surfaces.ts'

const share = () => import('./verbs/share.ts')

const mountWhy = [
  'mounting outside a job needs a file system driver',
  'Read the files where they lie: `laz status` prints the home folder, and a blob is a plain file.',
] as const
const importWhy = [
  'there are no connectors to outside databases yet',
  'Export it to a file and use `laz data create --path`.',
] as const
const featureWhy = [
  'features are stored, versioned and listed; nothing computes them yet',
  'Make them in a job and register what it writes as data.',
] as const

/** Copies, labels and lineage: the same for every asset that jobs use. */
function shared(kind: Kind): Command[] {
  const base = { kind, workspace: true, positionals: [nameWord] }
  return [
    command(`${kind.name} share`, {
      ...base,
      doc: `Copy a version of the workspace to a registry.`,
      flags: shareFlags,
      load: async () => (await share()).share,
      example: `laz ${kind.name} share -n NAME -v 1 --registry-name REGISTRY`,
    }),
    command(`${kind.name} lineage`, {
      ...base,
      lists: true,
      doc: 'Show which jobs read or wrote a version.',
      flags: [...versioned, ...(kind.registry ? [registry] : [])],
      load: async () => (await import('./verbs/lineage.ts')).lineage,
    }),
  ]
}

function modelVerbs(kind: Kind): Command[] {
  const base = { kind, workspace: true, positionals: [nameWord] }
  return [
    command('model create', {
      kind,
      workspace: true,
      doc: 'Register a model.',
      flags: [...(surfaceOf('model').create ?? []), registry],
      load: async () => (await import('./verbs/model.ts')).create,
      example: 'laz model create --name m --path ./model --type mlflow_model',
    }),
    command('model download', {
      ...base,
      doc: "Download a model's files.",
      flags: modelFlags.download,
      load: async () => (await import('./verbs/download.ts')).downloadModel,
    }),
    command('model package', {
      ...base,
      doc: 'Package a model with its code, its packages and a server.',
      flags: modelFlags.package,
      load: async () => (await import('./verbs/model.ts')).packageModel,
      example: 'laz model package -n m -v 1 -f package.yml --download-path ./package',
    }),
    ...shared(kind),
  ]
}

function dataVerbs(kind: Kind): Command[] {
  const { create = [] } = surfaceOf('data')
  return [
    refusal('data import', 'Import data from a database.', create, importWhy),
    refusal('data mount', 'Mount data.', mountFlags, mountWhy),
    refusal(
      'data list-materialization-status',
      'Show imports.',
      [
        value('name', 'Name of the data.', { short: 'p' }),
        ...(surfaceOf('data').list ?? []).filter((f) => f.name !== 'name'),
        flag('all-results', 'All of them.'),
      ],
      ['there are no data imports yet', 'Use `laz data list`.'],
    ),
    ...dataFiles(kind),
    ...shared(kind),
  ]
}

function featureVerbs(): Command[] {
  const set = 'feature-set'
  return [
    refusal(`${set} backfill`, 'Compute features for a window of time.', featureFlags.backfill, featureWhy),
    refusal(`${set} get-feature`, 'Show a feature.', featureFlags.feature, featureWhy),
    refusal(`${set} show-feature`, 'Show a feature.', featureFlags.feature, featureWhy),
    refusal(`${set} list-features`, 'List the features of a set.', featureFlags.features, featureWhy),
    refusal(`${set} list-materialization-operation`, 'List what was computed.', featureFlags.operations, featureWhy),
  ]
}

/** `laz model label …`: a group below the asset's. */
function labelVerbs(kind: Kind): Command[] {
  const registries = kind.registry ? [registry] : []
  const verb = (word: 'list' | 'set' | 'remove', doc: string, flags: readonly Filled[]) =>
    command(`${kind.name} label ${word}`, {
      kind,
      workspace: true,
      lists: word === 'list',
      positionals: [nameWord],
      doc,
      flags: [...flags, ...registries],
      load: async () => (await import('./verbs/labels.ts'))[word],
    })
  const named = { ...label, required: true, doc: 'The label.' }
  return [
    verb('list', 'List the labels of a name, each with its version.', [asset]),
    verb('set', 'Let a label mean a version from now on.', [asset, { ...version, required: true }, named]),
    verb('remove', 'Take a label away.', [asset, named]),
  ]
}

const labels = (kind: Kind | undefined): Command[] => (kind ? labelVerbs(kind) : [])

export const assetGroups: Groups = {
  'data label': labels,
  'model label': labels,
  'environment label': labels,
  'component label': labels,
  model: (kind) => (kind ? modelVerbs(kind) : []),
  data: (kind) => (kind ? dataVerbs(kind) : []),
  environment: (kind) => (kind ? shared(kind) : []),
  component: (kind) => [
    ...(kind ? shared(kind) : []),
    refusal(
      'component prepare-for-sign',
      'Prepare a component for signing.',
      [requiredFile, registry],
      ['components are not signed here', 'Leave the step out.'],
    ),
  ],
  code: (kind) => [
    command('code create', {
      ...(kind ? { kind } : {}),
      workspace: true,
      doc: 'Register a folder as code; the same content is kept once.',
      flags: surfaceOf('code').create ?? [],
      load: async () => (await import('./verbs/code.ts')).createCode,
    }),
  ],
  datastore: (kind) => [
    ...(kind ? datastoreFiles(kind) : []),
    refusal('datastore mount', 'Mount a datastore.', mountFlags, mountWhy),
  ],
  'feature-set': featureVerbs,
}
