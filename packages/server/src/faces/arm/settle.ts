/**
 * What happens to an asset's properties once they are well-formed and before they are kept: code is hashed where it
 * lies, URIs that name the output of a job become the place of the bytes, odd addresses become plain ones. One function
 * a kind.
 */
import { stat } from 'node:fs/promises'
import { hashFolder, keepInWorkspace } from '@lazurite/engine'
import {
  asObject,
  asString,
  datastoreUri,
  fail,
  type Issue,
  type JsonObject,
  type Kind,
  parseUri,
  type Uri,
} from '@lazurite/spec'
import { inRegistry, settleInRegistry } from '../registry/settle.ts'
import { placeOf } from './place.ts'
import type { Room } from './room.ts'
import { settleDatastore } from './settle-datastore.ts'

export interface Settled {
  props: JsonObject
  status?: JsonObject
  /** The job that made the bytes, and which of its outputs they are. */
  from?: { job: string; as: string }
}

type Settle = (props: JsonObject, room: Room, name: string) => Promise<Settled>

/** Raises ValidationFailed, SnapshotIntegrity, ResourceNotFound. */
export async function settle(kind: Kind, props: JsonObject, room: Room, name: string): Promise<Settled> {
  if (inRegistry(room) && kind.registry) return settleInRegistry(kind, props, room, name)
  const special = Object.hasOwn(settles, kind.name) ? settles[kind.name] : undefined
  return special ? special(props, room, name) : { props }
}

const settles: Record<string, Settle> = {
  code: settleCode,
  data: (props, room) => settleUri(props, room, 'dataUri', 'data'),
  model: (props, room) => settleUri(props, room, 'modelUri', 'model'),
  environment: settleEnvironment,
  datastore: settleDatastore,
  registry: async (props, { workspace }) => ({
    props,
    status: {
      registryId: workspace.guid,
      subscription: workspace.id.subscription,
      resourceGroup: workspace.id.resourceGroup,
    },
  }),
}

function refuse(kind: string, path: string, message: string, hint?: string): never {
  const issue: Issue = { path: path.split('.'), message, ...(hint === undefined ? {} : { hint }) }
  fail('ValidationFailed', { kind }, { target: path, details: [issue] })
}

/** Bytes of a registry are copied into the workspace; undefined for an address that leads to no registry. */
function takeOut({ deps, workspace }: Room, uri: string): Promise<string | undefined> {
  return keepInWorkspace({ store: deps.store, signal: deps.closing }, workspace, uri)
}

/** Code is what will run: it must lie here, and its hash is taken now so that the runner can tell a later change. */
async function settleCode(props: JsonObject, room: Room, name: string): Promise<Settled> {
  const given = asString(props.codeUri) ?? ''
  const uri = (await takeOut(room, given)) ?? given
  const place = await placeOf(room, uri)
  if (!place) {
    refuse('code', 'codeUri', 'the code must lie in the storage of this workspace', 'upload it with startPendingUpload')
  }
  const folder = room.deps.store.bytes.path(place.account, place.container, place.path)
  if (!(await stat(folder).catch(() => undefined))) {
    refuse('code', 'codeUri', 'nothing was uploaded to this address', 'upload the files first, then register them')
  }
  const { hash, files, sizeBytes } = await hashFolder(folder)
  const declared = asObject(props.properties)
  if (declared.hash_sha256 !== undefined && declared.hash_version === '202208' && declared.hash_sha256 !== hash) {
    fail('SnapshotIntegrity', { name }, { target: 'properties.hash_sha256' })
  }
  // also what uploads by older clients, which send no hash, are found by
  const properties: JsonObject = { ...declared, hash_sha256: hash, hash_version: '202208' }
  return { props: { ...props, codeUri: uri, properties }, status: { hash, files, sizeBytes } }
}

/** Build contexts may arrive with the text that the account-name disguise leaves in a URL. */
async function settleEnvironment(props: JsonObject, room: Room): Promise<Settled> {
  const build = asObject(props.build)
  const given = asString(build.contextUri)
  const contextUri = given === undefined ? undefined : ((await takeOut(room, given)) ?? given)
  const place = contextUri === undefined ? undefined : await placeOf(room, contextUri)
  if (!place) return { props }
  const plain = `${room.origin}/${place.account}/${place.container}/${place.path}/`
  return { props: { ...props, build: { ...build, contextUri: plain } } }
}

/** An asset keeps the place of its bytes in long form, whatever form its caller knew them by. */
async function settleUri(props: JsonObject, room: Room, field: string, kind: string): Promise<Settled> {
  const text = asString(props[field])
  if (text === undefined) return { props }
  const uri = parseUri(text)
  const { workspace } = room
  const kept = await takeOut(room, text)
  if (kept !== undefined) return { props: { ...props, [field]: kept } }
  switch (uri.form) {
    case 'local':
      return refuse(
        kind,
        field,
        'a path of your machine means nothing here',
        'upload the files and give their azureml:// address',
      )
    case 'invalid':
      return refuse(kind, field, uri.why)
    case 'datastore':
      return { props: { ...props, [field]: datastoreUri(uri.workspace ?? workspace.id, uri.datastore, uri.path) } }
    case 'jobOutput':
    case 'run':
    case 'artifact': {
      const { uri: made, job } = await outputOf(uri, room)
      const from = { job, as: uri.form === 'jobOutput' ? uri.output : 'artifacts' }
      return { props: { ...props, [field]: made, ...(kind === 'model' ? { jobName: job } : {}) }, from }
    }
    default:
      return { props }
  }
}

type Produced = Extract<Uri, { form: 'jobOutput' | 'run' | 'artifact' }>

/** The datastore URI behind the output of a job, a run's artifact, or an artifact's own address. */
async function outputOf(uri: Produced, room: Room): Promise<{ uri: string; job: string }> {
  const { id, scope } = room.workspace
  const artifacts = (job: string, path: string) => ({
    uri: datastoreUri(id, 'workspaceartifactstore', join(`ExperimentRun/dcid.${job}`, path)),
    job,
  })
  if (uri.form === 'run') return artifacts(uri.run, uri.path)
  if (uri.form === 'artifact') return artifacts(uri.container.replace(/^dcid\./, ''), uri.path)
  const job = await room.deps.store.resources.get({ scope, kind: 'job', name: uri.job })
  if (!job) fail('ResourceNotFound', { kind: 'job', name: uri.job })
  const made = asString(asObject(asObject(job.status.outputs)[uri.output]).uri)
  if (made !== undefined) return { uri: long(made, uri.path, room), job: uri.job }
  if (uri.output === 'artifacts' || uri.output === 'default') return artifacts(uri.job, uri.path)
  return fail('OutputMissing', { output: uri.output })
}

function long(base: string, path: string, room: Room): string {
  const uri = parseUri(base)
  if (uri.form !== 'datastore') return path === '' ? base : join(base, path)
  return datastoreUri(uri.workspace ?? room.workspace.id, uri.datastore, path === '' ? uri.path : join(uri.path, path))
}

function join(base: string, path: string): string {
  return path === '' ? base : `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
}
