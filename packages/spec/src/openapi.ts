// Tables → one OpenAPI 3.1 document of the ARM face and its data plane for registries: every kind, every verb, every
// action. Pure data: the server serves it, the documentation keeps a copy, generators make clients of it.
import type { Json, JsonObject } from './json.ts'
import type { Kind } from './kind.ts'
import { kinds } from './kinds/index.ts'
import { wireSchema } from './wire-schema.ts'

const provider = 'Microsoft.MachineLearningServices'
const group = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${provider}`
const room = `${group}/workspaces/{workspaceName}`
const shelf = `/mferp/managementfrontend${group}/registries/{registryName}`

export interface OpenApiOptions {
  /** Version of the server that the document is about. */
  version: string
  /** Addresses it answers at. */
  servers?: readonly string[]
}

/** OpenAPI 3.1 document of every resource: its paths, its bodies, its errors. */
export function openApi({ version, servers = [] }: OpenApiOptions): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lazurite',
      version,
      summary: 'The resource interface of a Lazurite server.',
      description:
        'Speaks what clients of Azure Machine Learning v2 send: any api-version is taken, path words in any case, ' +
        'words of enumerations in any case. Generated from the tables of kinds.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    ...(servers.length > 0 ? { servers: servers.map((url) => ({ url })) } : {}),
    security: [{ token: [] }],
    tags: kinds.map((kind) => ({ name: kind.name, description: kind.doc })),
    paths: Object.assign({}, ...kinds.map(pathsOf)),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token of the server, or one it gave out.' },
      },
      parameters,
      responses,
      schemas: Object.assign({}, sharedSchemas, ...kinds.map(schemasOf)),
    },
  }
}

/** `online-endpoint` → `OnlineEndpoint`. */
function typeName(kind: Kind): string {
  return kind.name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())
}

const ref = (place: 'schemas' | 'parameters' | 'responses', name: string) => ({ $ref: `#/components/${place}/${name}` })

function pathsOf(kind: Kind): JsonObject {
  const places: JsonObject[] = []
  if (kind.scope === 'resourceGroup') {
    places.push(topLevel(kind))
  } else if (kind.scope === 'workspace') places.push(inside(kind, room, kind.name))
  if (kind.registry) places.push(inside(kind, shelf, `${kind.name}-in-registry`))
  return Object.assign({}, ...places)
}

function topLevel(kind: Kind): JsonObject {
  const name = kind.name === 'workspace' ? 'workspaceName' : `${kind.name}Name`
  const all = `/subscriptions/{subscriptionId}/providers/${provider}/${kind.collection}`
  return {
    [all]: { get: listing(kind, `${kind.name}-list-all`, `List ${kind.plural} of a subscription.`), ...held(all) },
    ...resourcePaths({ kind, id: kind.name, list: `${group}/${kind.collection}`, name }),
  }
}

function inside(kind: Kind, base: string, id: string): JsonObject {
  if (kind.shape === 'versioned') return versionedPaths(kind, `${base}/${kind.collection}`, id)
  const list =
    typeof kind.shape === 'object'
      ? `${base}/${kind.shape.under}/{parentName}/${kind.collection}`
      : `${base}/${kind.collection}`
  return resourcePaths({ kind, id, list, name: 'name' })
}

interface Place {
  kind: Kind
  /** What the ids of its operations begin with. */
  id: string
  /** Path of the list. */
  list: string
  /** Path parameter of one. */
  name: string
}

function resourcePaths({ kind, id, list, name }: Place): JsonObject {
  const one = `${list}/{${name}}`
  return {
    [list]: { get: listing(kind, `${id}-list`, `List ${kind.plural}.`), ...held(list) },
    [one]: { ...verbs(kind, id, typeName(kind)), ...held(one) },
    ...actionPaths(kind, id, one),
  }
}

function versionedPaths(kind: Kind, list: string, id: string): JsonObject {
  const container = `${list}/{name}`
  const versions = `${container}/versions`
  const one = `${versions}/{version}`
  const label = `${container}/labels/{label}`
  const shown = (what: string, doc: string, type: string) => operation(kind, `${id}-${what}`, doc, { 200: ok(type) })
  return {
    [list]: { get: listing(kind, `${id}-list`, `List ${kind.plural} by name.`, 'AssetContainerList'), ...held(list) },
    [container]: {
      get: shown('container-show', `Show a ${kind.name} without its versions.`, 'AssetContainer'),
      put: {
        ...operation(kind, `${id}-container-create`, `Describe a ${kind.name}, or archive all its versions.`, {
          200: ok('AssetContainer'),
          201: ok('AssetContainer'),
        }),
        requestBody: body('AssetContainer'),
      },
      delete: operation(kind, `${id}-container-delete`, `Delete a ${kind.name} with all its versions.`, gone),
      ...held(container),
    },
    [versions]: { get: listing(kind, `${id}-versions`, `List the versions of a ${kind.name}.`), ...held(versions) },
    [one]: { ...verbs(kind, id, typeName(kind)), ...held(one) },
    [label]: {
      get: shown('label-show', `Show the version that a label stands at.`, typeName(kind)),
      ...held(label),
    },
    ...actionPaths(kind, id, one),
  }
}

function verbs(kind: Kind, id: string, type: string): JsonObject {
  const written = { 200: ok(type), 201: ok(type), ...(kind.lro ? { 202: ref('responses', 'Accepted') } : {}) }
  const put = operation(kind, `${id}-create`, `Create or replace ${a(kind.name)}.`, {
    ...written,
    409: ref('responses', 'Error'),
    412: ref('responses', 'Error'),
  })
  return {
    get: operation(kind, `${id}-show`, `Show ${a(kind.name)}.`, { 200: ok(type) }),
    put: { ...put, parameters: [ref('parameters', 'IfMatch')], requestBody: body(type) },
    patch: { ...operation(kind, `${id}-update`, `Change ${a(kind.name)}.`, written), requestBody: body(type, false) },
    delete: operation(kind, `${id}-delete`, `Delete ${a(kind.name)}.`, gone),
  }
}

function actionPaths(kind: Kind, id: string, one: string): JsonObject {
  return Object.fromEntries(
    Object.entries(kind.actions ?? {}).map(([action, method]) => {
      const path = `${one}/${action}`
      const answers = { 200: ref('responses', 'Done'), 202: ref('responses', 'Accepted') }
      const doc = kind.idle ? `${action}. Refused by name: ${kind.idle.why}.` : `${action} of ${a(kind.name)}.`
      const post = { ...operation(kind, `${id}-${action}`, doc, answers), requestBody: free }
      return [path, { [method.toLowerCase()]: post, ...held(path) }]
    }),
  )
}

function a(name: string): string {
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`
}

function operation(kind: Kind, id: string, doc: string, answers: Record<string, JsonObject>): JsonObject {
  return {
    operationId: id,
    tags: [kind.name],
    summary: doc.split('. ')[0] ?? doc,
    ...(doc.includes('. ') ? { description: doc } : {}),
    responses: { ...answers, default: ref('responses', 'Error') },
  }
}

function listing(kind: Kind, id: string, doc: string, type = `${typeName(kind)}List`): JsonObject {
  return {
    ...operation(kind, id, doc, { 200: ok(type) }),
    parameters: ['Skip', 'Top', 'OrderBy', 'ListViewType'].map((name) => ref('parameters', name)),
  }
}

/** What stands in a path, and what every request may say. */
function held(path: string): JsonObject {
  const names = [...path.matchAll(/\{(\w[\w-]*)\}/g)].map((m) => m[1] ?? '')
  return {
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ref('parameters', 'ApiVersion'),
    ],
  }
}

const json = (schema: JsonObject) => ({ content: { 'application/json': { schema } } })
const ok = (type: string): JsonObject => ({ description: type, ...json(ref('schemas', type)) })
const body = (type: string, required = true): JsonObject => ({ required, ...json(ref('schemas', type)) })
const free: JsonObject = { required: false, ...json({ type: 'object' }) }
const gone = {
  200: { description: 'Deleted.' },
  202: ref('responses', 'Accepted'),
  204: { description: 'Was not there.' },
}

const query = (name: string, description: string, schema: JsonObject): JsonObject => ({
  name,
  in: 'query',
  required: false,
  description,
  schema,
})
const parameters: JsonObject = {
  ApiVersion: query('api-version', 'Any is taken.', { type: 'string' }),
  Skip: query('$skip', 'Where the next page begins: the token of nextLink.', { type: 'string' }),
  Top: query('$top', 'Most items of a page.', { type: 'integer' }),
  OrderBy: query('$orderBy', 'createdtime desc, …', { type: 'string' }),
  ListViewType: query('listViewType', 'ActiveOnly unless said.', {
    type: 'string',
    enum: ['ActiveOnly', 'ArchivedOnly', 'All'],
  }),
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: false,
    description: 'ETag it must have.',
    schema: { type: 'string' },
  },
}
const responses: JsonObject = {
  Error: { description: 'What is wrong, where, and how to mend it.', ...json(ref('schemas', 'Error')) },
  Accepted: {
    description: 'Begun; the header Azure-AsyncOperation or Location says where to ask.',
    headers: {
      'Azure-AsyncOperation': { schema: { type: 'string' } },
      Location: { schema: { type: 'string' } },
      'Retry-After': { schema: { type: 'integer' } },
    },
  },
  Done: { description: 'Done.', ...json({ type: 'object' }) },
}

const readOnly = (schema: JsonObject): JsonObject => ({ ...schema, readOnly: true })
const string = { type: 'string' }
const texts = { type: 'object', additionalProperties: string }
const envelope: JsonObject = {
  id: readOnly(string),
  name: readOnly(string),
  type: readOnly(string),
  systemData: readOnly(ref('schemas', 'SystemData')),
}
const tracked: JsonObject = {
  location: string,
  tags: texts,
  identity: { type: 'object' },
  sku: { type: 'object' },
  kind: string,
}
const listOf = (type: string): JsonObject => ({
  type: 'object',
  properties: { value: { type: 'array', items: ref('schemas', type) }, nextLink: { type: ['string', 'null'] } },
  required: ['value'],
})

function schemasOf(kind: Kind): JsonObject {
  const type = typeName(kind)
  return {
    [`${type}Properties`]: { description: kind.doc, ...wireSchema(kind.wire ?? kind.fields) },
    [type]: {
      type: 'object',
      description: kind.doc,
      properties: { ...envelope, ...(kind.tracked ? tracked : {}), properties: ref('schemas', `${type}Properties`) },
      required: ['properties'],
    },
    [`${type}List`]: listOf(type),
  }
}

const data = (side: 'Input' | 'Output'): JsonObject => ({
  type: 'object',
  properties: {
    [`job${side}Type`]: {
      type: 'string',
      enum: ['literal', 'uri_file', 'uri_folder', 'mltable', 'custom_model', 'mlflow_model', 'triton_model'].slice(
        side === 'Input' ? 0 : 1,
      ),
    },
    uri: string,
    mode: string,
    description: string,
    ...(side === 'Input' ? { value: string } : { assetName: string, assetVersion: string }),
  },
})
const issue: JsonObject = {
  type: 'object',
  properties: { code: string, message: string, target: { type: ['string', 'null'] } },
  required: ['code', 'message'],
}
const sharedSchemas: Record<string, Json> = {
  JobInput: data('Input'),
  JobOutput: data('Output'),
  SystemData: {
    type: 'object',
    properties: Object.fromEntries(
      ['createdAt', 'createdBy', 'createdByType', 'lastModifiedAt', 'lastModifiedBy', 'lastModifiedByType'].map(
        (key) => [key, key.endsWith('At') ? { type: 'string', format: 'date-time' } : string],
      ),
    ),
  },
  AssetContainer: {
    type: 'object',
    properties: {
      ...envelope,
      properties: {
        type: 'object',
        properties: {
          description: { type: ['string', 'null'] },
          tags: texts,
          properties: texts,
          isArchived: { type: 'boolean' },
          latestVersion: readOnly({ type: ['string', 'null'] }),
          nextVersion: readOnly({ type: ['string', 'null'] }),
        },
      },
    },
    required: ['properties'],
  },
  AssetContainerList: listOf('AssetContainer'),
  Error: {
    type: 'object',
    properties: {
      error: {
        ...issue,
        properties: { ...(issue.properties as JsonObject), details: { type: 'array', items: issue } },
      }, // written just above
    },
    required: ['error'],
  },
}
