// Resources in the spelling of YAML files, as the tables of their kinds describe them: what lists, pages and the command
// line show of any kind.
import {
  asArray,
  asObject,
  asString,
  at,
  besideYaml,
  type Field,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  kindByCollection,
  parseArmId,
  parseUri,
  parseYaml,
  toYaml,
} from '@lazurite/spec'
import type { Resource } from './queries.ts'
import { shellWord } from './shell.ts'

/** One resource: who it is, its document, and what only the server knows. */
export interface Described {
  /** Key of a row. */
  id: string
  name: string
  version: string | undefined
  /** The newest version of a container. */
  latest: string | undefined
  parent: string | undefined
  registry: string | undefined
  /** Keys and values of its YAML file. */
  document: JsonObject
  tags: Record<string, string>
  archived: boolean
  createdAt: string | undefined
  createdBy: string | undefined
  modifiedAt: string | undefined
  /** Facts of our own: reasons, sizes, warnings. */
  facts: JsonObject
}

/** Keys that say where it is and not what: they stand in the head of a page. */
const aboutKeys = new Set(['id', '$schema', 'name', 'version', 'latest_version', 'creation_context', 'resource_group'])

/** A container shows what its newest version says, when the server sent it along. */
export function describe(kind: Kind, resource: Resource): Described {
  const facts = asObject(resource.lazurite as Json | undefined) // the wire is JSON
  const { latest: newest, ...rest } = facts
  const shown = isObject(newest) ? (newest as unknown as Resource) : resource // an envelope, as $expand sends it
  const properties = asObject(resource.properties as JsonObject)
  const where = placeOf(resource.id)
  const document = writtenOut(
    kind,
    toYaml(kind.name, shown.properties as JsonObject, besideYaml(kind.name, plainOf(shown))),
  )
  return {
    id: resource.id,
    ...where,
    name: where.name ?? resource.name,
    latest: asString(properties.latestVersion),
    document: Object.fromEntries(
      Object.entries(document).filter(([key, value]) => !aboutKeys.has(key) && value !== null),
    ),
    tags: tagsOf(kind, shown),
    archived: properties.isArchived === true,
    createdAt: resource.systemData?.createdAt,
    createdBy: resource.systemData?.createdBy,
    modifiedAt: shown.systemData?.lastModifiedAt,
    facts: rest,
  }
}

/** What the wire keeps as the text of a file, as the mapping it holds: the file itself is not at hand. */
function writtenOut(kind: Kind, document: JsonObject): JsonObject {
  const table = kind.fields.fields ?? {}
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => {
      if (table[key]?.t !== 'text' || typeof value !== 'string' || !value.includes('\n')) return [key, value]
      const { value: held, issues } = parseYaml(value)
      return [key, issues.length === 0 && isObject(held) ? held : value]
    }),
  )
}

function plainOf(resource: Resource): JsonObject {
  return resource as unknown as JsonObject // an envelope is JSON
}

/** Tags stand beside the properties of tracked kinds, and among them elsewhere. */
export function tagsOf(kind: Kind, resource: Resource): Record<string, string> {
  const tags = asObject((kind.tracked ? resource.tags : resource.properties.tags) as Json | undefined)
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, textOf(value)]))
}

interface PlaceOf {
  name: string | undefined
  version: string | undefined
  parent: string | undefined
  registry: string | undefined
}

/** What an id says: name, version, the parent of a child, the registry. */
export function placeOf(id: string): PlaceOf {
  const uri = id.startsWith('azureml://') ? parseUri(id) : undefined
  if (uri?.form === 'registry')
    return { name: uri.name, version: uri.version, parent: undefined, registry: uri.registry }
  const parts = parseArmId(id)
  const parent = /\/(?:online|batch)Endpoints\/([^/]+)\/deployments\//i.exec(id)?.[1]
  return {
    name: id.split('/').at(-1) === parts?.version ? parts?.name : decodeURIComponent(id.split('/').at(-1) ?? ''),
    version: parts?.version,
    parent: parent === undefined ? undefined : decodeURIComponent(parent),
    registry: undefined,
  }
}

/** `creation_context.created_at` → `Created at`. */
export function titleOf(key: string): string {
  const last = key.split('.').at(-1) ?? key
  const known = titles[key] ?? titles[last]
  if (known !== undefined) return known
  const words = last.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const titles: Record<string, string> = {
  uri: 'URI',
  id: 'Id',
  os_type: 'OS',
  is_enabled: 'On',
  scoring_uri: 'Scoring URI',
  openapi_uri: 'OpenAPI URI',
  mlflow_registry_uri: 'MLflow registry URI',
  mlflow_tracking_uri: 'MLflow tracking URI',
  'defaults.deployment_name': 'Default deployment',
  conda_file: 'Conda',
  ssh_port: 'SSH port',
}

/** Columns that every list has by itself. */
const common = new Set(['name', 'version', 'created', 'description'])
const stateKeys = new Set(['status', 'state', 'provisioning_state'])

/** What a list of the kind shows beside name, version, tags and times. */
export function columnsOf(kind: Kind): { key: string; title: string; state: boolean }[] {
  return kind.columns
    .filter((key) => !common.has(key) && !key.startsWith('creation_context'))
    .map((key) => ({ key, title: titleOf(key), state: stateKeys.has(key) }))
}

/** The value of a column. */
export function valueAt({ document }: Described, key: string): Json | undefined {
  return at(document, key.split('.'))
}

/** The id of something in short; the URI of something in a datastore without its workspace. */
export function shortRef(text: string): string {
  const id = /^(azureml:)?\/subscriptions\//i.test(text) ? parseArmId(text.replace(/^azureml:/, '')) : undefined
  if (id?.name === undefined) return text.replace(/^azureml:\/\/subscriptions\/.*\/(?=datastores\/)/i, 'azureml://')
  return `${id.name}${id.version === undefined ? '' : `:${id.version}`}`
}

/** A URI in a list: its datastore and path, without the names that content has. */
export function shortUri(text: string): string {
  return text
    .replace(/^azureml:\/\/datastores\/([^/]+)\/paths\//, '$1/')
    .replace(/\/LocalUpload\/[0-9a-f]{32,64}\//, '/…/')
}

/** A value in one line. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return shortRef(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (isObject(value)) return asString(value.type) ?? Object.keys(value).join(', ')
  return Array.isArray(value) ? asArray(value).map(textOf).join(', ') : String(value)
}

/** The fields of a document: those of the table, or of the variant that its word means. */
export function fieldsOf(field: Field, document: JsonObject): Record<string, Field> {
  if (field.t !== 'oneOf' || field.by === undefined) return { ...field.fields }
  const word = asString(document[field.by]) ?? field.otherwise ?? ''
  const variant = field.variants?.[word]
  const inner = variant?.whole ? fieldsOf(variant.whole, document) : variant?.fields
  return { [field.by]: { t: 'enum', values: Object.keys(field.variants ?? {}), doc: 'What it is.' }, ...inner }
}

/** What names one of them on the command line. */
export function flagsOf({
  name,
  version,
  parent,
  registry,
}: Pick<Described, 'name' | 'version' | 'parent' | 'registry'>): string {
  return [
    `--name ${shellWord(name)}`,
    ...(version === undefined ? [] : [`--version ${shellWord(version)}`]),
    ...(parent === undefined ? [] : [`--endpoint-name ${shellWord(parent)}`]),
    ...(registry === undefined ? [] : [`--registry-name ${shellWord(registry)}`]),
  ].join(' ')
}

/** Paths that a file or a reference of a document leads to: what it is made of. */
export function linkOf(
  value: Json | undefined,
): { kind: string; name: string; version: string | undefined } | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.replace(/^azureml:(?=\/)/, '')
  const id = text.startsWith('/subscriptions/') ? parseArmId(text) : undefined
  const kind = id === undefined ? undefined : kindByCollection(collectionOf(text))?.name
  return kind === undefined || id?.name === undefined ? undefined : { kind, name: id.name, version: id.version }
}

function collectionOf(id: string): string {
  return /\/workspaces\/[^/]+\/([^/]+)\//i.exec(id)?.[1]?.toLowerCase() ?? ''
}

/** Ids of what is in the same workspace as references that people write: `azureml:name:version`. */
export function withShortIds<T extends Json>(value: T, home: string | undefined): T {
  const walk = (inner: Json): Json => {
    if (typeof inner === 'string') return home === undefined ? inner : shortId(inner, home)
    if (Array.isArray(inner)) return inner.map(walk)
    return isObject(inner) ? Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, walk(one)])) : inner
  }
  return walk(value) as T // the walk keeps the shape
}

function shortId(text: string, home: string): string {
  if (!text.toLowerCase().startsWith(`azureml:${home.toLowerCase()}`)) return text
  const found = /^[^/]+\/([^/]+)(?:\/versions\/([^/]+))?$/.exec(text.slice('azureml:'.length + home.length))
  if (!found?.[1]) return text
  return `azureml:${found[1]}${found[2] === undefined ? '' : `:${found[2]}`}`
}
