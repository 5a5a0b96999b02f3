/**
 * What Azure clients ask before they ask for anything of a workspace: the cloud they are in, a token, their
 * subscriptions and resource groups, where the data plane is, which providers are registered.
 */
import { asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../app.ts'
import { portalHost } from '../audience.ts'
import { originOf } from '../request-url.ts'
import { tenantId } from '../signer.ts'
import { tokenRoutes } from './tokens.ts'

export function identityFace(deps: FaceDeps): FastifyPluginAsync {
  return async (app) => {
    const open = { config: { open: true } }
    app.get('/health', open, async () => ({ status: 'ok' }))
    app.get('/metadata/endpoints', open, async (request) => metadata(request))
    app.get('/discovery', open, async (request) => discovery(request))
    app.get('/discovery/*', open, async (request) => discovery(request))
    tokenRoutes(app, deps)
    directory(app, deps)
    providers(app)
  }
}

/** One document in two shapes: a list for most clients, a single object for `az cloud register`. */
function metadata(request: FastifyRequest): JsonObject | JsonObject[] {
  const origin = `${originOf(request)}/`
  const host = request.headers.host ?? 'localhost'
  const document: JsonObject = {
    name: 'Lazurite',
    // clients derive their token audience from what follows the second dot: https://ml.azure.laz.test
    portal: `https://${portalHost}`,
    resourceManager: origin,
    authentication: { loginEndpoint: loginOf(origin), audiences: [origin], tenant: 'common', identityProvider: 'AAD' },
    suffixes: {
      storage: host,
      keyVaultDns: 'vault.laz.test',
      acrLoginServer: 'azurecr.laz.test',
      sqlServerHostname: 'database.laz.test',
      azureDataLakeStorageFileSystem: 'azuredatalakestore.laz.test',
    },
    graph: `${origin}graph/`,
    graphAudience: `${origin}graph/`,
    gallery: origin,
    batch: origin,
    media: origin,
    sqlManagement: origin,
    vmImageAliasDoc: `${origin}aliases.json`,
    activeDirectoryDataLake: origin,
  }
  const version = asString(asObject(request.query)['api-version'])
  return version === '2022-09-01' ? document : [document]
}

/** Some clients take the host and port alone, and `localhost:80` reads as an address with the scheme `localhost`. */
function loginOf(origin: string): string {
  return origin.replace(/^(https?:\/\/)localhost(?=[:/])/, '$1127.0.0.1')
}

function discovery(request: FastifyRequest): JsonObject {
  const origin = originOf(request)
  const names =
    'api catalog experimentation gallery history hyperdrive labeling modelmanagement modelregistry pipelines studio data artifact metric'
  return Object.fromEntries(names.split(' ').map((name) => [name, origin]))
}

/** Subscriptions, tenants and resource groups: names under which workspaces are kept, nothing more. */
function directory(app: FastifyInstance, deps: FaceDeps): void {
  app.get('/tenants', async () => ({
    value: [
      { id: `/tenants/${tenantId}`, tenantId, displayName: 'Lazurite', defaultDomain: 'laz.test', tenantType: 'AAD' },
    ],
  }))
  app.get('/subscriptions', async () => {
    const groups = await groupsOf(deps)
    return { value: [...new Set(groups.map((group) => group.subscription))].map(subscription) }
  })
  app.get('/subscriptions/:subscription', async (request) => subscription((request.params as Params).subscription))
  app.get('/subscriptions/:subscription/resourceGroups', async (request) => {
    const wanted = (request.params as Params).subscription.toLowerCase()
    const groups = (await groupsOf(deps)).filter((group) => group.subscription.toLowerCase() === wanted)
    return { value: groups.map((group) => group.body) }
  })
  app.route({
    method: ['GET', 'PUT', 'HEAD', 'PATCH'],
    url: '/subscriptions/:subscription/resourceGroups/:group',
    handler: async (request, reply) => resourceGroup(deps, request, reply),
  })
}

interface Params {
  subscription: string
  group: string
}

function subscription(id: string): JsonObject {
  return {
    id: `/subscriptions/${id}`,
    subscriptionId: id,
    tenantId,
    displayName: 'Lazurite',
    state: 'Enabled',
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionPolicies: { locationPlacementId: 'Public_2014-09-01', quotaId: 'Lazurite', spendingLimit: 'Off' },
  }
}

interface Group {
  subscription: string
  name: string
  body: JsonObject
}

const groupKind = 'resourceGroup'

function groupBody(subscriptionId: string, name: string, props: JsonObject): JsonObject {
  return {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${name}`,
    name,
    type: 'Microsoft.Resources/resourceGroups',
    location: asString(props.location) ?? 'local',
    tags: asObject(props.tags),
    properties: { provisioningState: 'Succeeded' },
  }
}

/** Groups that were made, and groups that workspaces are in. */
async function groupsOf(deps: FaceDeps): Promise<Group[]> {
  const { resources } = deps.store
  const made = await resources.list({ kind: groupKind, top: 1000 })
  const groups = new Map<string, Group>()
  const add = (subscriptionId: string, name: string, props: JsonObject) => {
    const key = `${subscriptionId}/${name}`.toLowerCase()
    if (!groups.has(key))
      groups.set(key, { subscription: subscriptionId, name, body: groupBody(subscriptionId, name, props) })
  }
  for (const row of made.rows) add(row.scope, row.name, row.props)
  for (const row of (await resources.list({ kind: 'workspace', archived: 'all', top: 1000 })).rows) {
    const [subscriptionId = '', name = ''] = row.scope.split('/')
    add(asString(row.status.subscription) ?? subscriptionId, asString(row.status.resourceGroup) ?? name, {})
  }
  return [...groups.values()]
}

async function resourceGroup(
  deps: FaceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<JsonObject | FastifyReply> {
  const { subscription: subscriptionId, group } = request.params as Params
  if (request.method === 'PUT' || request.method === 'PATCH') {
    if (!/^[\p{L}\p{N}_().-]{1,90}$/u.test(group) || group.endsWith('.') || !/^[\w.-]{1,90}$/.test(subscriptionId)) {
      fail('InvalidName', {
        name: group.slice(0, 60),
        kind: 'resource group',
        why: 'letters, digits, _ ( ) . and - only, at most 90 characters',
      })
    }
    const { location, tags } = asObject(request.body)
    const key = { scope: subscriptionId.toLowerCase(), kind: groupKind, name: group }
    const { created } = await deps.store.resources.put({
      key,
      props: { location: location ?? 'local', tags: asObject(tags) },
      by: request.caller.name,
    })
    reply.code(created ? 201 : 200)
  }
  const found = (await groupsOf(deps)).find(
    (each) =>
      each.subscription.toLowerCase() === subscriptionId.toLowerCase() &&
      each.name.toLowerCase() === group.toLowerCase(),
  )
  if (!found) fail('ResourceNotFound', { kind: 'resource group', name: group })
  return found.body
}

const namespaces = ['Microsoft.MachineLearningServices', 'Microsoft.Resources', 'Microsoft.Storage']

/** Clients look whether the providers they need are registered; here they always are. */
function providers(app: FastifyInstance): void {
  const body = (subscriptionId: string, namespace: string): JsonObject => ({
    id: `/subscriptions/${subscriptionId}/providers/${namespace}`,
    namespace,
    registrationState: 'Registered',
    registrationPolicy: 'RegistrationRequired',
    resourceTypes: [],
  })
  app.get('/subscriptions/:subscription/providers', async (request) => {
    const { subscription: id } = request.params as Params
    return { value: namespaces.map((namespace) => body(id, namespace)) }
  })
  app.route({
    method: ['GET', 'POST'],
    url: '/subscriptions/:subscription/providers/:namespace',
    handler: async (request) => answerProvider(request, body),
  })
  app.post('/subscriptions/:subscription/providers/:namespace/register', async (request) =>
    answerProvider(request, body),
  )
}

function answerProvider(request: FastifyRequest, body: (id: string, namespace: string) => JsonObject): JsonObject {
  const { subscription: id, namespace } = request.params as Params & { namespace: string } // the route's own parameters
  const known = namespaces.find((each) => each.toLowerCase() === namespace.toLowerCase())
  return known ? body(id, known) : fail('ResourceNotFound', { kind: 'provider', name: namespace })
}
