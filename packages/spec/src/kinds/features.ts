// Feature store: sets of features, and the entities they are looked up by.
import { type Fields, f } from '../field.ts'
import { asObject, isObject, type JsonObject } from '../json.ts'
import { defineKind } from '../kind.ts'
import { served } from './common.ts'
import { recurrenceTrigger } from './trigger.ts'

const text = f.map(f.string(), { def: {}, doc: 'Texts by name, to find it again.' })
const common: Fields = {
  $schema: f.string({ out: true }),
  ...served,
  name: f.required(f.string({ beside: true, doc: 'Its name.' })),
  version: f.required(f.string({ beside: true, doc: 'Its version.' })),
  latest_version: f.string({ out: true, beside: true, doc: 'Newest version there is.' }),
  stage: f.enum(['Development', 'Production', 'Archived'], {
    spelling: 'exact',
    doc: 'Development, Production or Archived.',
  }),
  description: f.string({ doc: 'Free text.' }),
  tags: text,
}
const idle = {
  why: 'features are not computed here yet: their definitions are stored, versioned and listed',
  instead: 'compute them in a command job and register the result as data',
}
const columnTypes = 'string integer long float double binary datetime boolean'.split(' ')
const columnWords = Object.fromEntries(
  columnTypes.map((word) => [
    word,
    word === 'datetime' ? 'Datetime' : `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
  ]),
)

const materialization = f.object(
  {
    schedule: recurrenceTrigger,
    notification: f.object({ email_on: f.required(f.list(f.string())), emails: f.required(f.list(f.string())) }),
    resource: f.object({ instance_type: f.string() }),
    spark_configuration: f.map(f.any({ nullable: true })),
    offline_enabled: f.bool(),
    online_enabled: f.bool(),
  },
  { doc: 'When and with what it is computed ahead.' },
)

export const featureSet = defineKind({
  name: 'feature-set',
  plural: 'feature sets',
  collection: 'featuresets',
  shape: 'versioned',
  scope: 'workspace',
  doc: 'Features that are computed by one piece of code from one source.',
  fields: f.object({
    ...common,
    specification: f.required(
      f.object(
        { path: f.required(f.path('data', { doc: 'Folder with FeatureSetSpec.yaml.' })) },
        { doc: 'What the features are.' },
      ),
    ),
    entities: f.required(f.list(f.string(), { doc: 'azureml:<entity>:<version>, one an item.' })),
    properties: f.map(f.string(), { out: true, doc: 'Texts by name that stay with it.' }),
    materialization_settings: materialization,
  }),
  wire: f.object({
    description: f.string(),
    tags: f.map(f.string()),
    properties: f.map(f.string()),
    stage: f.string(),
    specification: f.object({ path: f.string() }),
    entities: f.list(f.string()),
    materialization_settings: f.object({ ...materialization.fields, store_type: storeType() }),
    is_anonymous: f.bool(),
    is_archived: f.bool(),
  }),
  columns: ['name', 'version', 'stage'],
  actions: { backfill: 'POST' },
  lro: true,
  immutable: ['specification', 'entities'],
  toProps: (written) => mapSettings(written, settingsToWire),
  fromProps: (props) => mapSettings(props, settingsFromWire),
  prepare: (props) => ({ stage: 'Development', ...props }),
  idle,
})

function storeType() {
  return f.enum(['none', 'online', 'offline', 'online_and_offline'], {
    map: { none: 'None', online: 'Online', offline: 'Offline', online_and_offline: 'OnlineAndOffline' },
    spelling: 'snake',
  })
}

function mapSettings(props: JsonObject, change: (settings: JsonObject) => JsonObject): JsonObject {
  const settings = props.materializationSettings
  return isObject(settings) ? { ...props, materializationSettings: change(settings) } : props
}

function settingsToWire({ offlineEnabled, onlineEnabled, ...rest }: JsonObject): JsonObject {
  const both = offlineEnabled === true && onlineEnabled === true
  const one = offlineEnabled === true ? 'Offline' : onlineEnabled === true ? 'Online' : 'None'
  return { ...rest, storeType: both ? 'OnlineAndOffline' : one }
}

function settingsFromWire({ storeType: store, ...rest }: JsonObject): JsonObject {
  const word = String(store).toLowerCase()
  return { ...rest, offlineEnabled: word.includes('offline'), onlineEnabled: word.startsWith('online') }
}

export const featureStoreEntity = defineKind({
  name: 'feature-store-entity',
  plural: 'feature store entities',
  collection: 'featurestoreEntities',
  shape: 'versioned',
  scope: 'workspace',
  doc: 'What features are about, and the columns that tell one from another.',
  fields: f.object({
    ...common,
    index_columns: f.required(
      f.list(
        f.object({
          name: f.required(f.string({ wire: 'columnName' })),
          type: f.required(f.enum(columnTypes, { wire: 'dataType', map: columnWords })),
        }),
        { doc: 'Columns of the key: {name, type}.' },
      ),
    ),
    properties: f.map(f.string(), { def: {}, doc: 'Texts by name that stay with it.' }),
  }),
  columns: ['name', 'version', 'stage'],
  lro: true,
  immutable: ['indexColumns'],
  prepare: (props) => ({ stage: 'Development', properties: {}, tags: asObject(props.tags), ...props }),
  idle,
})
