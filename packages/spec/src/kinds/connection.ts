// connection: how to reach something outside, and the secret it asks for.
import { checkConnection } from '../checks/connection.ts'
import { type Field, type Fields, f, type Variant } from '../field.ts'
import { defineKind } from '../kind.ts'
import { served } from './common.ts'
import { connectionFromWire, connectionToWire } from './connection-wire.ts'

const secret = (wire?: string) => f.string({ ...(wire === undefined ? {} : { wire }), secret: true })
const variant = (wire: string, fields: Fields, doc: string): Variant => ({ wire, fields, doc })

/** Ways to show who one is. */
export const authTypes = {
  pat: variant('PAT', { pat: secret() }, 'A personal access token.'),
  sas: variant('SAS', { sas_token: secret('sas') }, 'A shared access signature.'),
  username_password: variant('UsernamePassword', { username: f.string(), password: secret() }, 'A user.'),
  managed_identity: variant(
    'ManagedIdentity',
    { client_id: f.string(), resource_id: f.string() },
    'A managed identity; nothing is asked of it here.',
  ),
  service_principal: variant(
    'ServicePrincipal',
    { client_id: f.string(), client_secret: secret(), tenant_id: f.string() },
    'An application.',
  ),
  access_key: variant('AccessKey', { access_key_id: f.string(), secret_access_key: secret() }, 'A key of S3.'),
  api_key: variant('ApiKey', { key: secret() }, 'A key.'),
  account_key: variant('AccountKey', { account_key: secret('key') }, 'A key of a storage account.'),
  aad: variant('AAD', {}, 'The identity of whoever asks.'),
  none: variant('None', {}, 'Nothing.'),
}
const credentials = (...words: (keyof typeof authTypes)[]): Field =>
  f.oneOf('type', 'authType', Object.fromEntries(words.map((word) => [word, authTypes[word]])), {
    spelling: 'snake',
    doc: 'What it asks for; sealed, and shown to nobody.',
  })
const all = credentials(
  'pat',
  'sas',
  'username_password',
  'managed_identity',
  'service_principal',
  'access_key',
  'api_key',
  'account_key',
  'aad',
  'none',
)

const common: Fields = {
  $schema: f.string({ out: true }),
  ...served,
  name: f.string({ beside: true, doc: 'Its name: 3 to 33 letters, digits, - and _.' }),
  description: f.string({ doc: 'Free text.' }),
  tags: f.map(f.any({ nullable: true }), { doc: 'The older name of metadata.' }),
  target: f.string({ doc: 'Address of what it leads to.' }),
  credentials: all,
  is_shared: f.bool({ wire: 'isSharedToAll', def: true, doc: 'Whether everybody in the workspace may use it.' }),
  metadata: f.map(f.any({ nullable: true }), { doc: 'Texts by name that stay with it.' }),
}
const apiKey = f.string({ secret: true, nullable: true, doc: 'Key; without one, the identity of whoever asks.' })
const target = (doc = 'Address.') => f.string({ doc })
const keyed = { api_key: f.required({ ...apiKey, nullable: false }) }
const plain = (wire: string, doc: string): Variant => ({ wire, doc, fields: common })

/** One word a kind of thing outside; the wire calls several of them alike. */
export const connectionTypes: Readonly<Record<string, Variant>> = {
  git: plain('Git', 'A git host.'),
  container_registry: plain('ContainerRegistry', 'A registry of images.'),
  python_feed: plain('PythonFeed', 'A package index.'),
  s3: plain('S3', 'An S3 store.'),
  snowflake: plain('Snowflake', 'A Snowflake database.'),
  azure_sql_db: plain('AzureSqlDb', 'An SQL database.'),
  azure_synapse_analytics: plain('AzureSynapseAnalytics', 'A Synapse database.'),
  azure_my_sql_db: plain('AzureMySqlDb', 'A MySQL database.'),
  azure_postgres_db: plain('AzurePostgresDb', 'A PostgreSQL database.'),
  custom: plain('CustomKeys', 'Keys of your own.'),
  azure_data_lake_gen2: plain('ADLSGen2', 'A Data Lake Gen2 account.'),
  azure_blob: {
    wire: 'AzureBlob',
    doc: 'A container of a storage account.',
    fields: {
      ...common,
      credentials: credentials('sas', 'account_key', 'aad'),
      url: target(),
      account_name: f.required(f.string({ doc: 'Storage account.' })),
      container_name: f.required(f.string({ doc: 'Container.' })),
    },
  },
  azure_one_lake: {
    wire: 'AzureOneLake',
    doc: 'A lakehouse of Microsoft Fabric.',
    fields: {
      ...common,
      credentials: credentials('service_principal', 'aad'),
      endpoint: target('Host name.'),
      one_lake_workspace_name: f.string({ doc: 'Fabric workspace.' }),
      artifact: f.object(
        { name: f.required(f.string()), type: f.enum(['lake_house'], { spelling: 'snake' }) },
        { nullable: true, doc: 'The lakehouse.' },
      ),
    },
  },
  azure_open_ai: {
    wire: 'AzureOpenAI',
    doc: 'Azure OpenAI.',
    fields: {
      ...common,
      api_key: apiKey,
      azure_endpoint: target(),
      api_version: f.string({ nullable: true, doc: 'Version of its interface.' }),
      open_ai_resource_id: f.string({ nullable: true, doc: 'Its full id.' }),
    },
  },
  azure_ai_services: {
    wire: 'AIServices',
    doc: 'Azure AI services.',
    fields: {
      ...common,
      api_key: apiKey,
      endpoint: target(),
      ai_services_resource_id: f.string({ doc: 'Their full id.' }),
    },
  },
  azure_ai_search: {
    wire: 'CognitiveSearch',
    doc: 'Azure AI search.',
    fields: { ...common, api_key: apiKey, endpoint: target() },
  },
  azure_content_safety: {
    wire: 'CognitiveService',
    doc: 'Content safety.',
    fields: { ...common, api_key: apiKey, endpoint: target() },
  },
  azure_speech_services: {
    wire: 'CognitiveService',
    doc: 'Speech.',
    fields: { ...common, api_key: apiKey, endpoint: target() },
  },
  api_key: {
    wire: 'ApiKey',
    doc: 'Any interface with a key.',
    fields: { ...common, ...keyed, api_base: f.required(target()) },
  },
  open_ai: { wire: 'OpenAI', doc: 'OpenAI.', fields: { ...common, ...keyed } },
  serp: { wire: 'Serp', doc: 'Serp.', fields: { ...common, ...keyed } },
  serverless: {
    wire: 'Serverless',
    doc: 'A serverless endpoint.',
    fields: { ...common, ...keyed, endpoint: target() },
  },
}

const words = Object.fromEntries(Object.entries(authTypes).map(([word, { wire }]) => [word, wire]))

export const connection = defineKind({
  name: 'connection',
  plural: 'connections',
  collection: 'connections',
  shape: 'plain',
  scope: 'workspace',
  doc: 'How to reach something outside, and the secret it asks for.',
  fields: f.oneOf('type', 'yamlType', connectionTypes, { spelling: 'snake' }),
  wire: f.object({
    // whatever else has connections in Azure may be kept here
    category: f.required(f.string({ doc: 'What it leads to.' })),
    auth_type: f.required(
      f.enum([...Object.keys(authTypes), 'custom_keys', 'o_auth2'], {
        map: { ...words, custom_keys: 'CustomKeys', o_auth2: 'OAuth2' },
        doc: 'What it asks for.',
      }),
    ),
    target: f.string(),
    credentials: f.object({}, { open: true, secret: true }),
    metadata: f.map(f.any({ nullable: true })),
    is_shared_to_all: f.bool(),
    shared_user_list: f.list(f.string()),
    expiry_time: f.string(),
    value: f.string({ secret: true }),
    value_format: f.string(),
  }),
  checkYaml: checkConnection,
  columns: ['name', 'type', 'target', 'is_shared'],
  actions: { listSecrets: 'POST', testConnection: 'POST' },
  secrets: [['credentials'], ['value']],
  toProps: connectionToWire,
  fromProps: connectionFromWire,
  prepare: (props) => ({ isSharedToAll: true, metadata: {}, ...props }),
})
