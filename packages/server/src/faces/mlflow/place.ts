/**
 * Where the files behind an artifact address lie. Runs and logged models live in the workspace's artifact container, so
 * that job download, MLflow and Studio see the same files; a version of a registered model may lie in any datastore that
 * this workspace keeps itself.
 */

import { type Workspace, workspaceOf } from '@lazurite/engine'
import { asString, datastoreUri, fail, parseUri, scopeOf } from '@lazurite/spec'
import type { LoggedModel } from '@lazurite/store'
import { type Call, workspaceOfCall } from './call.ts'
import { readableModel, readableRun, readableTrace, writableModel, writableRun, writableTrace } from './rights.ts'

export interface Place {
  account: string
  container: string
  /** Inside the container, no slash at either end. */
  path: string
}

/** A place found for a caller, and the folder its address starts at. */
export interface Found extends Place {
  root: string
  /** It is inside the run of a job, where the logs of the job itself lie too. */
  ofJob: boolean
}

const jobsOwn = /^(user_logs|system_logs|azureml-logs)(\/|$)/

export function runFolder(runId: string): string {
  return `ExperimentRun/dcid.${runId}`
}

/** The folder of a run. */
export async function artifactsOfRun(call: Call, runId: string): Promise<Place> {
  const { storage } = await workspaceOfCall(call)
  return { account: storage.account, container: storage.artifacts, path: runFolder(runId) }
}

/** A path inside a logged model. Raises PathNotAllowed. */
export async function placeOfLoggedModel(call: Call, model: LoggedModel, path: string): Promise<Place> {
  const { storage } = await workspaceOfCall(call)
  return { account: storage.account, container: storage.artifacts, path: under(model.folder, path) }
}

/** A path among the files of a trace. Raises PathNotAllowed. */
export async function placeOfTrace(
  call: Call,
  trace: { experimentId: string; traceId: string },
  path: string,
): Promise<Place> {
  const { storage } = await workspaceOfCall(call)
  const folder = under('ExperimentTraces', `${trace.experimentId}/${trace.traceId}`)
  return { account: storage.account, container: storage.artifacts, path: under(folder, path) }
}

/** Joins a path of a caller to a folder. What climbs or could be read as anything but a name is refused. */
export function under(folder: string, path: string): string {
  const inner = path.replace(/^\/+|\/+$/g, '')
  if (inner === '') return folder
  const decoded = decodedFully(inner)
  const segments = decoded.split('/')
  if (
    // names of clients hold percent signs: what would decode to a control character was none
    /[\u0000-\u001f\u007f]/.test(inner) ||
    /[\\;#\0]/.test(decoded) ||
    segments.some((s) => s === '' || s === '.' || s === '..')
  ) {
    fail('PathNotAllowed', { path: JSON.stringify(inner.slice(0, 200)) })
  }
  return `${folder}/${inner}`
}

/** What a path becomes when it is decoded again and again, as some readers do. */
function decodedFully(path: string): string {
  let text = path
  for (let i = 0; i < 8; i += 1) {
    const next = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    if (next === text) return text
    text = next
  }
  return fail('PathNotAllowed', { path: JSON.stringify(path.slice(0, 200)) })
}

/**
 * The place an artifact address names: `<experiment>/<run>/artifacts/…`, `<experiment>/models/<id>/artifacts/…`,
 * `<experiment>/traces/<id>/artifacts/…`, `models/<name>/<version>/…`, or a place of the owner's own. Raises PathNotAllowed, ArtifactNotFound, RunNotFound, Forbidden and the like.
 */
export async function findPlace(call: Call, address: string, access: 'read' | 'write'): Promise<Found> {
  const segments = address.replace(/^\/+|\/+$/g, '').split('/')
  const [first = '', second = '', third = '', fourth = ''] = segments
  under('x', address)
  if (first === 'models') return findVersion(call, { name: second, version: third, rest: segments.slice(3), access })
  if (third === 'artifacts')
    return findInRun(call, { experiment: first, runId: second, rest: segments.slice(3), access })
  if (second === 'models' && fourth === 'artifacts') {
    const model = await (access === 'read' ? readableModel : writableModel)(call, third)
    if (model.experimentId !== first) fail('ArtifactNotFound', { path: address })
    const place = await placeOfLoggedModel(call, model, segments.slice(4).join('/'))
    return { ...place, root: model.folder, ofJob: false }
  }
  if (second === 'traces' && fourth === 'artifacts') {
    const trace = await (access === 'read' ? readableTrace : writableTrace)(call, third)
    if (trace.experimentId !== first) fail('ArtifactNotFound', { path: address })
    const place = await placeOfTrace(call, trace, segments.slice(4).join('/'))
    return { ...place, root: (await placeOfTrace(call, trace, '')).path, ofJob: false }
  }
  if (access === 'write' && address.replaceAll('/', '') === '') fail('PathNotAllowed', { path: '(none)' })
  return findUpload(call, address)
}

/** Any other address is a place of the owner's own, beside the runs: what is put there is found there. */
async function findUpload(call: Call, address: string): Promise<Found> {
  if (call.caller.kind !== 'owner') fail('ArtifactNotFound', { path: address })
  const { storage } = await workspaceOfCall(call)
  const path = under(uploads, address)
  return { account: storage.account, container: storage.artifacts, path, root: uploads, ofJob: false }
}

const uploads = 'Uploads'

async function findInRun(
  call: Call,
  o: { experiment: string; runId: string; rest: string[]; access: 'read' | 'write' },
): Promise<Found> {
  const run = await (o.access === 'read' ? readableRun : writableRun)(call, o.runId)
  if (run.experimentId !== o.experiment) fail('ArtifactNotFound', { path: `${o.experiment}/${o.runId}` })
  const inner = o.rest.join('/')
  if (o.access === 'write' && run.isJob && jobsOwn.test(inner))
    fail('PathNotAllowed', { path: `${inner} (the logs of the job itself)` })
  const home = await artifactsOfRun(call, run.runId)
  return { ...home, path: under(home.path, inner), root: home.path, ofJob: run.isJob }
}

async function findVersion(
  call: Call,
  o: { name: string; version: string; rest: string[]; access: 'read' | 'write' },
): Promise<Found> {
  if (o.access === 'write') fail('Forbidden', { what: 'the files of a registered model: a version never changes' })
  const row = await call.store.resources.get({ scope: call.scope, kind: 'model', name: o.name, version: o.version })
  if (!row || o.version === '') fail('VersionNotFound', { kind: 'model', name: o.name, version: o.version })
  const place = await placeOfModel(call, { uri: asString(row.props.modelUri) ?? '', name: `${o.name}:${o.version}` })
  return { ...place, path: under(place.path, o.rest.join('/')), root: place.path, ofJob: false }
}

/** Where the files of a model are. Raises NotSupported for storage that is not the workspace's own. */
export async function placeOfModel(call: Call, model: { uri: string; name: string }): Promise<Place> {
  const uri = parseUri(model.uri)
  const workspace = await workspaceOf(call.store, call.scope)
  if (uri.form === 'datastore' && (!uri.workspace || scopeOf(uri.workspace) === workspace.scope)) {
    const store = await call.store.resources.get({ scope: call.scope, kind: 'datastore', name: uri.datastore })
    const container = asString(store?.props.containerName) ?? asString(store?.props.fileShareName)
    if (store?.props.accountName === workspace.storage.account && container !== undefined) {
      return { account: workspace.storage.account, container, path: uri.path.replace(/^\/+|\/+$/g, '') }
    }
  }
  fail('NotSupported', {
    what: `Reading model ${model.name} through MLflow`,
    why: 'its files are not in a datastore of this workspace',
    instead: 'Download it with: laz model download',
  })
}

/** The datastore address of a place in the artifact container: what an asset keeps. */
export function uriOfArtifact(workspace: Workspace, path: string): string {
  return datastoreUri(workspace.id, 'workspaceartifactstore', path)
}
