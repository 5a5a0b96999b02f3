/** POST actions, one line each, keyed by kind and action. What has no line is refused by name. */
import { randomUUID } from 'node:crypto'
import {
  asArray,
  asNumber,
  asObject,
  asString,
  canCancel,
  fail,
  isFinal,
  type Json,
  type JsonObject,
  type Kind,
} from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { FastifyReply } from 'fastify'
import { accept } from './lro.ts'
import type { Room } from './room.ts'
import { openSecrets } from './secrets.ts'

interface Asked {
  room: Room
  kind: Kind
  key: Key
  body: JsonObject
}

type Action = (asked: Asked) => Promise<JsonObject | FastifyReply>

const actions: Record<string, Action> = {
  'job.cancel': cancel,
  'code.startpendingupload': startPendingUpload,
  'data.startpendingupload': startPendingUpload,
  'model.startpendingupload': startPendingUpload,
  'environment.startpendingupload': startPendingUpload,
  'datastore.listsecrets': listDatastoreSecrets,
  'connection.listsecrets': listConnectionSecrets,
  'compute.start': (asked) => askCompute(asked, 'start'),
  'compute.stop': (asked) => askCompute(asked, 'stop'),
  'compute.restart': (asked) => askCompute(asked, 'restart'),
  'compute.listnodes': listNodes,
  'compute.enablesso': (asked) => setInner(asked, 'enableSSO', asked.body.enableSSO),
  'compute.updateidleshutdownsetting': (asked) =>
    setInner(asked, 'idleTimeBeforeShutdown', asked.body.idleTimeBeforeShutdown),
  'compute.listkeys': async ({ room, kind, key }) => ({
    computeType: (await needed(room, kind, key)).props.computeType ?? null,
  }),
}

/** Runs an action. Raises NotSupported for one that this version does not have. */
export function runAction(action: string, asked: Asked): Promise<JsonObject | FastifyReply> {
  const name = `${asked.kind.name}.${action.toLowerCase()}`
  const run = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (run) return run(asked)
  return fail('NotSupported', {
    what: `The action ${action} of a ${asked.kind.name}`,
    why: 'this version does not have it',
    instead: `A ${asked.kind.name} here has: ${known(asked.kind.name)}.`,
  })
}

function known(kind: string): string {
  const own = Object.keys(actions).filter((name) => name.startsWith(`${kind}.`))
  return own.length === 0 ? 'no actions' : own.map((name) => name.slice(kind.length + 1)).join(', ')
}

async function needed(room: Room, kind: Kind, key: Key): Promise<Row> {
  return (await room.deps.store.resources.get(key)) ?? fail('ResourceNotFound', { kind: kind.name, name: key.name })
}

/** Asking twice is the same as once; what has ended cannot be cancelled any more. */
async function cancel({ room, kind, key }: Asked): Promise<JsonObject> {
  const row = await needed(room, kind, key)
  if (row.state === 'Canceled' || row.asks.cancel !== undefined) return {}
  if (isFinal(row.state) || !canCancel(row.state)) {
    fail('InvalidTransition', { from: row.state, to: 'Canceled' })
  }
  await room.deps.store.resources.ask(key, { cancel: room.deps.store.clock.now() })
  return {}
}

const uploadHours = 24

/** A container of its own for one upload, and a signature that opens just that. */
async function startPendingUpload({ room, body }: Asked): Promise<JsonObject> {
  const type = asString(body.pendingUploadType) ?? 'TemporaryBlobReference'
  if (type.toLowerCase() !== 'temporaryblobreference') {
    fail('NotSupported', {
      what: `An upload of type ${type}`,
      why: 'uploads go to a container of their own',
      instead: 'Ask for TemporaryBlobReference.',
    })
  }
  const { account } = room.workspace.storage
  const pendingUploadId = asString(body.pendingUploadId) ?? randomUUID()
  const container = `${room.workspace.guid.slice(0, 8)}-${randomUUID()}`
  const { store, sign } = room.deps
  await store.bytes.createContainer(account, container)
  const blobUri = `${room.origin}/${account}/${container}`
  const expiresAt = store.clock.now() + uploadHours * 3_600_000
  const sas = sign.sas({ account, container, permissions: 'racwl', expiresAt })
  return {
    pendingUploadId,
    pendingUploadType: 'TemporaryBlobReference',
    blobReferenceForConsumption: {
      blobUri,
      storageAccountArmId: storageAccountId(room),
      credential: { credentialType: 'SAS', sasUri: `${blobUri}?${sas}` },
    },
  }
}

function storageAccountId(room: Room): string {
  const { subscription, resourceGroup } = room.workspace.id
  const { account } = room.workspace.storage
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/${account}`
}

/** The workspace's own containers are opened by a signature that ends; others by what their owner registered. */
async function listDatastoreSecrets({ room, kind, key, body }: Asked): Promise<JsonObject> {
  const row = await needed(room, kind, key)
  const { store, sign } = room.deps
  const { account } = room.workspace.storage
  const container = asString(row.props.containerName) ?? asString(row.props.fileShareName)
  room.deps.log.info({ datastore: key.name, scope: key.scope, by: room.request.caller.name }, 'secrets listed')
  if (row.props.accountName === account && container !== undefined) {
    const hours = Math.min(Math.max(asNumber(body.expireAfterHours) ?? 1, 1), 24)
    const expiresAt = store.clock.now() + hours * 3_600_000
    const sasToken = sign.sas({ account, container, permissions: 'racwdl', expiresAt })
    return { secretsType: 'Sas', sasToken, expiresAt: new Date(expiresAt).toISOString() }
  }
  const { secrets } = await openSecrets(store, kind, key)
  const credentialsType = asString(asObject(row.props.credentials).credentialsType) ?? 'None'
  if (secrets === undefined) {
    fail('NotSupported', {
      what: `Listing the secrets of the datastore ${key.name}`,
      why: 'it has none',
      instead: 'Access it with your own identity.',
    })
  }
  return { secretsType: credentialsType, ...asObject(secrets) }
}

async function listConnectionSecrets({ room, kind, key }: Asked): Promise<JsonObject> {
  const row = await needed(room, kind, key)
  const opened = await openSecrets(room.deps.store, kind, key)
  room.deps.log.info({ connection: key.name, scope: key.scope, by: room.request.caller.name }, 'secrets listed')
  return { id: null, name: key.name, properties: { ...row.props, ...opened } }
}

/** The compute's own loop does the work; the caller polls until it has come to rest. */
async function askCompute({ room, kind, key }: Asked, what: 'start' | 'stop' | 'restart'): Promise<FastifyReply> {
  const row = await needed(room, kind, key)
  if (row.props.computeType !== 'ComputeInstance') {
    fail('NotSupported', {
      what: `To ${what} a compute of type ${asString(row.props.computeType) ?? 'unknown'}`,
      why: 'only a compute instance is started and stopped; a cluster grows and shrinks by itself',
      instead: 'Set its minimum number of nodes.',
    })
  }
  await room.deps.store.resources.ask(key, { [what]: room.deps.store.clock.now() })
  return accept(room, key)
}

/** Sets one of the properties of the type; stored and shown. */
async function setInner({ room, kind, key }: Asked, name: string, value: Json | undefined): Promise<JsonObject> {
  const row = await needed(room, kind, key)
  const inner = { ...asObject(row.props.properties), ...(value === undefined ? {} : { [name]: value }) }
  const props = { ...row.props, properties: inner }
  await room.deps.store.resources.put({ key, props, by: room.request.caller.name, ifMatch: row.etag })
  return {}
}

/** Nodes at work, each with its job; then those the minimum keeps ready. */
async function listNodes({ room, kind, key }: Asked): Promise<JsonObject> {
  const row = await needed(room, kind, key)
  const { rows } = await room.deps.store.resources.list({
    scope: key.scope,
    kind: 'job',
    states: ['Starting', 'Running', 'CancelRequested', 'Finalizing'],
    archived: 'all',
    top: 1000,
  })
  const busy = rows.flatMap((job) => {
    const { compute, nodes } = asObject(job.status.node)
    return compute === row.name ? asArray(nodes).map((index) => ({ index: Number(index), runId: job.name })) : []
  })
  const least = asNumber(asObject(asObject(row.props.properties).scaleSettings).minNodeCount) ?? 0
  const taken = new Set(busy.map((node) => node.index))
  const ready = Array.from({ length: least }, (_, index) => index).filter((index) => !taken.has(index))
  const idle = ready.slice(0, Math.max(0, least - busy.length)).map((index) => ({ index, runId: null }))
  const nodes = [...busy, ...idle].sort((a, b) => a.index - b.index)
  return {
    nodes: nodes.map(
      ({ index, runId }): Json => ({
        nodeId: `${row.name}-${index}`,
        nodeState: runId === null ? 'idle' : 'running',
        port: null,
        publicIpAddress: null,
        privateIpAddress: '127.0.0.1',
        runId,
      }),
    ),
    nextLink: null,
  }
}
