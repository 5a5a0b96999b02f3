// Connections between their two spellings: the file names a type of thing and may say its address and key in that
// thing's own words; the wire has a category, a target, credentials and metadata.
import { asObject, isObject, type JsonObject, own } from '../json.ts'

/** Words of a file for the address. Where several stand, the official client takes the last of this list. */
const targets = ['target', 'apiBase', 'url', 'azureEndpoint', 'endpoint']
/** Types whose address may be named by another word than target. */
const targetOf: Readonly<Record<string, string>> = {
  azure_blob: 'url',
  azure_open_ai: 'azureEndpoint',
  azure_ai_services: 'endpoint',
  azure_ai_search: 'endpoint',
  azure_content_safety: 'endpoint',
  azure_speech_services: 'endpoint',
  api_key: 'apiBase',
  serverless: 'endpoint',
}
/** Keys of a file that travel as metadata: [key of the table, key of the metadata]. */
const metadataOf: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  azure_blob: [
    ['containerName', 'ContainerName'],
    ['accountName', 'AccountName'],
  ],
  azure_open_ai: [
    ['apiVersion', 'ApiVersion'],
    ['openAiResourceId', 'ResourceId'],
  ],
  azure_ai_services: [['aiServicesResourceId', 'ResourceId']],
}
const fixed: Readonly<Record<string, JsonObject>> = {
  azure_open_ai: { ApiType: 'Azure' },
  azure_content_safety: { Kind: 'Content Safety' },
  azure_speech_services: { Kind: 'speech' },
}
/** Without credentials these ask who one is. */
const byIdentity = new Set(['azure_blob', 'azure_data_lake_gen2', 'azure_one_lake'])
const keyTypes = new Set([
  'azure_open_ai',
  'azure_ai_services',
  'azure_ai_search',
  'azure_content_safety',
  'azure_speech_services',
  'api_key',
  'open_ai',
  'serp',
  'serverless',
])

export function connectionToWire(written: JsonObject, yaml: JsonObject): JsonObject {
  const type = wordOf(yaml.type)
  const known = new Set([
    ...targets,
    'yamlType',
    'apiKey',
    'credentials',
    'metadata',
    'tags',
    'artifact',
    'oneLakeWorkspaceName',
    ...(metadataOf[type] ?? []).map(([key]) => key),
  ])
  const rest = Object.fromEntries(Object.entries(written).filter(([key]) => !known.has(key)))
  const address = type === 'azure_one_lake' ? lakeAddress(written) : lastOf(written, targets)
  return {
    ...rest,
    category: written.yamlType ?? null,
    ...credentialsToWire(written, type),
    ...(address === undefined ? {} : { target: address }),
    metadata: metadataToWire(written, type),
  }
}

function wordOf(type: unknown): string {
  if (typeof type !== 'string') return ''
  return type.includes('_') ? type.toLowerCase() : type.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}

function lastOf(written: JsonObject, keys: readonly string[]): string | undefined {
  const given = keys.map((key) => own(written, key)).filter((v): v is string => typeof v === 'string')
  return given.at(-1)
}

function lakeAddress(written: JsonObject): string | undefined {
  if (typeof written.target === 'string') return written.target
  const name = asObject(written.artifact).name
  if (typeof name !== 'string') return undefined
  const isId = /^.{7}-.{4}-.{4}-.{4}.{12}/.test(name)
  return `https://${String(written.endpoint)}/${String(written.oneLakeWorkspaceName)}/${name}${isId ? '' : '.Lakehouse'}`
}

function credentialsToWire(written: JsonObject, type: string): JsonObject {
  const key = own(written, 'apiKey')
  if (keyTypes.has(type) && typeof key === 'string') return { authType: 'ApiKey', credentials: { key } }
  const given = written.credentials
  const { authType, ...inner } = asObject(given)
  const word = typeof authType === 'string' ? authType : 'None'
  // things with a key know one other way in; stores know no way in at all that is not somebody's
  if (keyTypes.has(type) && word !== 'ApiKey') return { authType: 'AAD' }
  if (word === 'None' && byIdentity.has(type)) return { authType: 'AAD' }
  return { authType: word, ...(Object.keys(inner).length > 0 ? { credentials: inner } : {}) }
}

function metadataToWire(written: JsonObject, type: string): JsonObject {
  const promoted = (metadataOf[type] ?? []).flatMap(([key, name]) => {
    const value = own(written, key)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...asObject(written.tags),
    ...asObject(written.metadata),
    ...(fixed[type] ?? {}),
    ...Object.fromEntries(promoted),
  }
}

const byCategory: Readonly<Record<string, string>> = {
  git: 'git',
  containerregistry: 'container_registry',
  pythonfeed: 'python_feed',
  s3: 's3',
  snowflake: 'snowflake',
  azuresqldb: 'azure_sql_db',
  azuresynapseanalytics: 'azure_synapse_analytics',
  azuremysqldb: 'azure_my_sql_db',
  azurepostgresdb: 'azure_postgres_db',
  customkeys: 'custom',
  adlsgen2: 'azure_data_lake_gen2',
  azureblob: 'azure_blob',
  azureonelake: 'azure_one_lake',
  azureopenai: 'azure_open_ai',
  aiservices: 'azure_ai_services',
  cognitivesearch: 'azure_ai_search',
  apikey: 'api_key',
  openai: 'open_ai',
  serp: 'serp',
  serverless: 'serverless',
}

/** The inverse. Secrets are not on the wire, so what comes back of a key is that there is one. */
export function connectionFromWire(props: JsonObject): JsonObject {
  const { category, authType, target, metadata, credentials, ...rest } = props
  const given = { ...asObject(metadata) }
  const type = typeOf(String(category), given)
  const out: JsonObject = { ...rest, yamlType: type }
  if (typeof target === 'string') out[targetOf[type] ?? 'target'] = target
  for (const [key, name] of metadataOf[type] ?? []) {
    const value = own(given, name)
    if (value !== undefined && value !== null) out[key] = value
    delete given[name]
  }
  for (const name of Object.keys(fixed[type] ?? {})) delete given[name]
  if (Object.keys(given).length > 0) out.metadata = given
  const quiet = keyTypes.has(type) || (byIdentity.has(type) && authType === 'AAD') || authType === 'None'
  if (!quiet && typeof authType === 'string')
    out.credentials = { authType, ...(isObject(credentials) ? credentials : {}) }
  return out
}

function typeOf(category: string, metadata: JsonObject): string {
  const small = category.toLowerCase()
  if (small === 'cognitiveservice') {
    return /^speech$/i.test(String(metadata.Kind)) ? 'azure_speech_services' : 'azure_content_safety'
  }
  return byCategory[small] ?? category
}
