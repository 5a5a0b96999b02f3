/**
 * What each kind shows beyond what its caller wrote: the status of its motion, and the fields without which the official
 * clients crash. One function a kind; a kind that needs nothing special has no line here.
 */
import { isSystemScope, shownAs, timelineOf } from '@lazurite/engine'
import { asObject, asString, canCancel, isObject, type Json, type JsonObject, type Kind } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { isNewerThan } from '../client-version.ts'
import { heldBytes, inRegistry } from '../registry/settle.ts'
import { dressCompute } from './dress-compute.ts'
import { dressBatchEndpoint, dressOnlineDeployment, dressOnlineEndpoint, loose } from './dress-serving.ts'
import type { Room } from './room.ts'

/** `lazurite` is what only our own clients read: it stands beside the properties, where others ignore it. */
export interface Dressed {
  properties: JsonObject
  lazurite?: JsonObject
}

type Dress = (props: JsonObject, row: Row, room: Room) => Dressed

/** Properties as ARM shows them, plus what stands beside them. */
export function dress(kind: Kind, props: JsonObject, row: Row, room: Room): Dressed {
  const common = kind.shape === 'versioned' ? asset(props, row) : kind.lro && !kind.moves ? still(props, row) : props
  const special = Object.hasOwn(dresses, kind.name) ? dresses[kind.name] : undefined
  const dressed = special ? special(common, row, room) : { properties: common }
  const held = inRegistry(room) ? heldBytes(kind, row, room) : undefined
  return held === undefined ? dressed : { ...dressed, lazurite: { ...dressed.lazurite, ...held } }
}

/** What nothing moves has come to rest by being written. */
function still(props: JsonObject, row: Row): JsonObject {
  return { ...props, provisioningState: row.state || 'Succeeded' }
}

function asset(props: JsonObject, row: Row): JsonObject {
  const container = row.version === ''
  return {
    description: null,
    ...props,
    tags: asObject(props.tags),
    properties: asObject(props.properties),
    isArchived: row.archived,
    ...(container ? {} : { isAnonymous: props.isAnonymous === true }),
    provisioningState: 'Succeeded',
  }
}

const dresses: Record<string, Dress> = {
  workspace: dressWorkspace,
  registry: dressRegistry,
  datastore: dressDatastore,
  compute: dressCompute,
  environment: (props, row) => ({
    properties:
      row.version === ''
        ? props
        : {
            osType: 'Linux',
            ...props,
            environmentType: curated(row) ? 'Curated' : 'UserCreated',
            autoRebuild: 'Disabled',
          },
  }),
  model: (props, row) => ({
    properties: row.version === '' ? props : { modelType: 'custom_model', ...props, flavors: asObject(props.flavors) },
  }),
  component: (props, row) => ({
    properties: row.version === '' ? props : { ...props, componentSpec: dressSpec(asObject(props.componentSpec), row) },
  }),
  code: (props, row) => {
    const hash = asString(row.status.hash)
    const files = row.status.files
    if (row.version === '' || hash === undefined) return { properties: props }
    return { properties: props, lazurite: { hash, files: files ?? null, sizeBytes: row.status.sizeBytes ?? null } }
  },
  job: dressJob,
  'online-endpoint': dressOnlineEndpoint,
  'batch-endpoint': dressBatchEndpoint,
  'online-deployment': dressOnlineDeployment,
  'batch-deployment': (props) => ({ properties: loose(props) }),
  schedule: dressSchedule,
  // the official client reads the parts of a plan without asking whether there is one
  'marketplace-subscription': (props) => ({
    properties: { ...props, marketplacePlan: asObject(props.marketplacePlan) },
  }),
}

/** When it starts its job next, what it started last, what it missed and why it could not. */
function dressSchedule(props: JsonObject, row: Row): Dressed {
  const { next, last, missed, error } = row.status
  const facts = Object.entries({ next, last, missed, error }).filter(
    (fact): fact is [string, Json] => fact[1] !== undefined,
  )
  const provisioningState = row.state || 'Succeeded'
  return {
    properties: { ...loose(props), tags: asObject(props.tags), provisioningState },
    ...(facts.length > 0 ? { lazurite: Object.fromEntries(facts) } : {}),
  }
}

function curated({ name, scope }: Row): boolean {
  return isSystemScope(scope) || name.startsWith('AzureML-')
}

function dressWorkspace(props: JsonObject, row: Row, room: Room): Dressed {
  const { workspace, origin } = room
  const group = `/subscriptions/${workspace.id.subscription}/resourceGroups/${workspace.id.resourceGroup}`
  return {
    properties: {
      description: '',
      hbiWorkspace: false,
      imageBuildCompute: null,
      publicNetworkAccess: 'Enabled',
      v1LegacyMode: false,
      storageHnsEnabled: false,
      managedNetwork: { isolationMode: 'Disabled' },
      containerRegistry: null,
      keyVault: null,
      applicationInsights: null,
      ...props,
      friendlyName: asString(props.friendlyName) ?? row.name,
      workspaceId: workspace.guid,
      provisioningState: 'Succeeded',
      discoveryUrl: `${origin}/discovery`,
      mlFlowTrackingUri: trackingUri(room),
      storageAccount: `${group}/providers/Microsoft.Storage/storageAccounts/${workspace.storage.account}`,
    },
    lazurite: {
      mlflow: `${origin}/mlflow/v1.0${room.base}`,
      blob: `${origin}/${workspace.storage.account}`,
    },
  }
}

function dressRegistry(props: JsonObject, row: Row, { origin, workspace }: Room): Dressed {
  return {
    properties: {
      publicNetworkAccess: 'Enabled',
      regionDetails: [],
      managedResourceGroup: null,
      mlFlowRegistryUri: null,
      ...props,
      provisioningState: 'Succeeded',
      discoveryUrl: `${origin}/registrymanagement/v1.0/registries/${encodeURIComponent(row.name)}/discovery`,
    },
    lazurite: { registryId: workspace.guid, blob: `${origin}/${workspace.storage.account}` },
  }
}

function trackingUri(room: Room): string {
  return `azureml://${room.request.headers.host}/mlflow/v1.0${room.base}`
}

function isOfficialSdk({ request }: Room): boolean {
  return /\bazure-ai-ml\//i.test(request.headers['user-agent'] ?? '')
}

function speaksHttp({ request }: Room): boolean {
  return request.protocol === 'http'
}

function dressDatastore(props: JsonObject, _row: Row, room: Room): Dressed {
  const { request, workspace, origin } = room
  const ours = props.accountName === workspace.storage.account
  const host = request.headers.host ?? ''
  const secure = !speaksHttp(room)
  // The official client builds https://{accountName}.blob.{suffix}; a name that ends in ? turns the rest into a query,
  // so that it finds this server without DNS. Over plain http it cannot come here at all, so the name stays plain.
  const disguised = ours && secure && isOfficialSdk(room)
  const properties: JsonObject = {
    description: null,
    isDefault: false,
    serviceDataAccessAuthIdentity: 'None',
    ...props,
    tags: asObject(props.tags),
    properties: asObject(props.properties),
    credentials: { credentialsType: 'None', ...asObject(props.credentials) },
    ...(ours ? { endpoint: host, protocol: secure ? 'https' : 'http' } : {}),
    ...(disguised ? { accountName: `${host}/${workspace.storage.account}?` } : {}),
  }
  const container = asString(props.containerName) ?? asString(props.fileShareName) ?? asString(props.filesystem)
  return ours && container
    ? { properties, lazurite: { url: `${origin}/${workspace.storage.account}/${container}` } }
    : { properties }
}

/** A component's spec is its YAML as a mapping; clients read name, version and the type of every input from it. */
function dressSpec(spec: JsonObject, row: Row): JsonObject {
  const ports = (value: Json | undefined): JsonObject =>
    Object.fromEntries(Object.entries(asObject(value)).map(([name, port]) => [name, isObject(port) ? port : {}]))
  const rest = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null))
  return {
    ...rest,
    name: asString(spec.name) ?? row.name,
    version: asString(spec.version) ?? row.version,
    type: asString(spec.type) ?? 'command',
    inputs: ports(spec.inputs),
    outputs: ports(spec.outputs),
  }
}

/** What the loop writes about a job that our own clients show; handles and process ids stay inside. */
const jobFacts = [
  'attempt',
  'phases',
  'waiting',
  'startedAt',
  'endedAt',
  'exitCode',
  'signal',
  'error',
  'environment',
  'node',
  'inputs',
  'outputs',
  'reuse',
  'children',
  'finished',
  'skipped',
  'experimentId',
  'rootRunId',
  'notes',
  'sweep',
  'trial',
  'attempts',
  'decisions',
  'loops',
  'problems',
]

function dressJob(props: JsonObject, row: Row, room: Room): Dressed {
  const facts: JsonObject = {}
  for (const name of jobFacts) {
    const value = row.status[name]
    if (value !== undefined) facts[name] = value
  }
  const { properties, own } = shownAs(props)
  return {
    properties: {
      description: null,
      computeId: null,
      componentId: null,
      identity: null,
      ...(row.outside ? { command: '', environmentId: '' } : {}),
      ...properties,
      displayName: asString(props.displayName) ?? row.name,
      experimentName: asString(props.experimentName) ?? 'Default',
      status: statusOf(row),
      isArchived: row.archived,
      tags: asObject(props.tags),
      properties: { ...asObject(props.properties), ...asObject(row.status.properties) },
      services: services(props, row, room),
      inputs: asObject(props.inputs),
      outputs: outputs(props, row, room),
      parameters: literals(asObject(props.inputs)),
    },
    lazurite: {
      ...{ ...own, ...facts, ...times(row, room), ...queued(row, room), parent: row.parent ?? null },
      ...(row.outside ? { outside: true } : {}),
    },
  }
}

/** Seconds under each heading so far; where each phase lies in them tells `…/timeline`. */
function times(row: Row, { deps }: Room): JsonObject {
  const { stages, totalSeconds } = timelineOf(row, deps.store.clock.now())
  return { stages: { ...stages }, totalSeconds }
}

/** A cancel that was asked for shows at once, also in the moment before the loop has taken it up. */
function statusOf(row: Row): string {
  return row.asks.cancel !== undefined && canCancel(row.state) ? 'CancelRequested' : row.state
}

function queued(row: Row, room: Room): JsonObject {
  const ahead = row.state === 'Queued' ? room.deps.engine.ahead(row) : undefined
  return ahead === undefined ? {} : { ahead }
}

function services(props: JsonObject, row: Row, room: Room): JsonObject {
  const id = room.base
  const service = (jobServiceType: string, endpoint: string): JsonObject => ({
    jobServiceType,
    endpoint,
    port: null,
    status: null,
    errorMessage: null,
    properties: null,
    nodes: null,
  })
  const own = Object.entries(asObject(props.services)).filter(([, value]) => isObject(value))
  return {
    ...Object.fromEntries(own),
    Tracking: service('Tracking', trackingUri(room)),
    // the client appends &tid=… to this address, so it must hold a ? already
    Studio: service('Studio', `${room.origin}/runs/${encodeURIComponent(row.name)}?wsid=${id}`),
  }
}

function outputs(props: JsonObject, row: Row, room: Room): JsonObject {
  const made = asObject(row.status.outputs)
  const given = Object.entries(asObject(props.outputs)).filter(([, output]) => isObject(output))
  const shown = given.map(([name, output]): [string, JsonObject] => {
    const known = asObject(output)
    return [name, { ...known, uri: known.uri ?? asObject(made[name]).uri ?? null }]
  })
  const artifacts: JsonObject = {
    jobOutputType: 'uri_folder',
    uri: `azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.${row.name}`,
    mode: 'ReadWriteMount',
  }
  // From 1.35 on the official client reads the logs of a job from this output, with links it signs by a key it does not
  // have; without the output it reads them from run history, as it always did.
  const signsLinks = isNewerThan(room.request.headers['user-agent'], 1, 34)
  return { ...Object.fromEntries(shown), ...(signsLinks ? {} : { default: artifacts }) }
}

function literals(inputs: JsonObject): JsonObject {
  const found = Object.entries(inputs).filter(([, input]) => asObject(input).jobInputType === 'literal')
  return Object.fromEntries(found.map(([name, input]) => [name, asObject(input).value ?? null]))
}
