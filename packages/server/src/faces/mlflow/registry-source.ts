/**
 * The `source` of a new model version. Only addresses of this workspace's own files are taken: nothing of the server's
 * disk, nothing fetched from elsewhere. What is registered is kept as the same datastore address that ARM keeps.
 */
import { asString, datastoreUri, fail, type Json, type JsonObject, parseUri, parseYaml, scopeOf } from '@lazurite/spec'
import { refuse } from './args.ts'
import { hasFiles } from './artifacts.ts'
import { type Call, workspaceOfCall } from './call.ts'
import { findPlace, type Place, placeOfModel, under, uriOfArtifact } from './place.ts'
import { fields, needVersion } from './registry-rows.ts'
import { readableModel, readableRun } from './rights.ts'
import { loggedModelUri } from './translate.ts'

interface Source {
  /** Absent where only clients reach the files. */
  place?: Place
  uri: string
  /** The address as MLflow shows it back. */
  shown: string
  runId?: string
  modelId?: string
}

/** The properties of a version that follow from its source: where, what type, which run. Raises BadArgument. */
export async function settleSource(call: Call): Promise<JsonObject> {
  const text = call.args.needText('source')
  const askedRun = call.args.text('run_id') || undefined
  const askedModel = call.args.text('model_id') || undefined
  const source = await readSource(call, text)
  const runId = askedRun ?? source.runId
  if (runId !== undefined) await checkRun(call, runId)
  const modelId = askedModel ?? source.modelId
  if (modelId !== undefined) await readableModel(call, modelId)
  if (source.place && !(await hasFiles(call, source.place)))
    refuse(`Invalid model version source: '${shorten(text)}'. There are no files there.`)
  const runLink = call.args.text('run_link')
  const properties: JsonObject = {
    [fields.source]: source.shown,
    ...(modelId === undefined ? {} : { [fields.modelId]: modelId }),
    ...(runLink ? { [fields.runLink]: runLink } : {}),
  }
  const flavors = source.place ? await readFlavors(call, source.place) : undefined
  return {
    modelUri: source.uri,
    modelType: flavors ? 'mlflow_model' : 'custom_model',
    ...(flavors ? { flavors } : {}),
    properties,
    ...(runId === undefined ? {} : { jobName: runId }),
  }
}

/** A source beside the runs of an experiment whose files are in a store of the clients' own: it is kept as it is. */
async function ofClients(call: Call, text: string): Promise<Source | undefined> {
  const asked = { run: call.args.text('run_id'), model: call.args.text('model_id') }
  const known = asked.run ? await call.store.runs.head(call.scope, asked.run) : undefined
  const run = known && (await readableRun(call, known.runId))
  const model = asked.model ? await readableModel(call, asked.model) : undefined
  const homes = [run?.artifactUri, model && loggedModelUri(model)]
  const inside = homes.some((home) => home && isInside(text, home))
  if (!inside || /^mlflow-artifacts:/.test(text)) return undefined
  return { uri: text, shown: text, ...(run ? { runId: run.runId } : {}) }
}

/** Told by the texts alone: nothing of such a place is ever opened here. */
function isInside(text: string, home: string): boolean {
  const bare = (uri: string) => uri.replace(/^file:\/*(?=\/)/i, '').replace(/\/+$/, '')
  return (bare(text) === bare(home) || bare(text).startsWith(`${bare(home)}/`)) && !/\.\.|[%\\#?\0]/.test(text)
}

async function readSource(call: Call, text: string): Promise<Source> {
  const kept = await ofClients(call, text)
  if (kept) return kept
  const workspace = await workspaceOfCall(call)
  const artifact = async (address: string, shown: string): Promise<Source> => {
    const found = await findPlace(call, address, 'read')
    const runId = /^[^/]+\/([^/]+)\/artifacts(?:\/|$)/.exec(address)?.[1]
    const uri = found.container === workspace.storage.artifacts ? uriOfArtifact(workspace, found.path) : undefined
    if (uri === undefined) refuseSource(text)
    return { place: found, uri, shown, ...(runId ? { runId } : {}) }
  }
  const proxied = /^mlflow-artifacts:\/+(.+)$/.exec(text)?.[1]
  if (proxied !== undefined) return artifact(proxied, text)
  const model = /^models:\/+([^/@]+)(?:\/([^/@]+))?$/.exec(text)
  if (model?.[1]) return model[2] === undefined ? ofLoggedModel(call, model[1]) : ofVersion(call, model[1], model[2])
  const uri = parseUri(text, 'model')
  if (uri.form === 'run') {
    const found = await ofRun(call, uri, text)
    return 'address' in found ? artifact(found.address, text) : found
  }
  if (uri.form === 'datastore' && (!uri.workspace || scopeOf(uri.workspace) === workspace.scope)) {
    if (call.caller.kind !== 'owner')
      fail('Forbidden', { what: 'models from datastores: register what the run logged' })
    const long = datastoreUri(workspace.id, uri.datastore, uri.path)
    return { place: await placeOfModel(call, { uri: long, name: text }), uri: long, shown: text }
  }
  return refuseSource(text)
}

/**
 * What a run logged, or will log: the owner may register a model before its files, or its run, are there. Nothing is read
 * of it then, and its address says where it will be.
 */
async function ofRun(
  call: Call,
  { run: runId, path }: { run: string; path: string },
  text: string,
): Promise<Source | { address: string }> {
  if (!/^[A-Za-z0-9][\w-]*$/.test(runId)) refuseSource(text)
  const inner = path.replace(/^\/+|\/+$/g, '')
  const later = { uri: `${jobUri}${runId}${jobPaths}${inner}`, shown: text }
  const head = await call.store.runs.head(call.scope, runId)
  if (!head && call.caller.kind === 'owner') {
    under('x', inner)
    return later
  }
  const run = await readableRun(call, runId)
  const address = `${run.experimentId}/${run.runId}/artifacts/${inner}`
  const place = await findPlace(call, address, 'read')
  if (call.caller.kind !== 'owner' || (await hasFiles(call, place))) return { address }
  return { ...later, runId: run.runId }
}

const jobUri = 'azureml://jobs/'
const jobPaths = '/outputs/artifacts/paths/'

/** Where clients find the files of a version that the proxy does not have; undefined when it has them. */
export function farUri(uri: string): string | undefined {
  if (!uri.startsWith(jobUri)) return isOfClients(uri) ? uri : undefined
  const [run, path] = uri.slice(jobUri.length).split(jobPaths)
  return `runs:/${run}/${path}`
}

/** The run a version says it is from: one the caller reads; for the owner also one that is not there any more. */
async function checkRun(call: Call, runId: string): Promise<void> {
  if (call.caller.kind === 'owner' && !(await call.store.runs.head(call.scope, runId))) return
  await readableRun(call, runId)
}

async function ofLoggedModel(call: Call, id: string): Promise<Source> {
  const model = await readableModel(call, id)
  if (model.location !== undefined) {
    const [uri, runId] = [loggedModelUri(model), model.sourceRunId]
    return { uri, shown: uri, modelId: model.modelId, ...(runId === undefined ? {} : { runId }) }
  }
  const workspace = await workspaceOfCall(call)
  const place = { account: workspace.storage.account, container: workspace.storage.artifacts, path: model.folder }
  return {
    place,
    uri: uriOfArtifact(workspace, model.folder),
    shown: loggedModelUri(model),
    modelId: model.modelId,
    ...(model.sourceRunId === undefined ? {} : { runId: model.sourceRunId }),
  }
}

/** Copies of a version share its files. */
async function ofVersion(call: Call, name: string, version: string): Promise<Source> {
  const row = await needVersion(call, name, version)
  const runId = asString(row.props.jobName)
  const uri = asString(row.props.modelUri) ?? ''
  return {
    ...(farUri(uri) !== undefined ? {} : { place: await placeOfModel(call, { uri, name: `${name}:${version}` }) }),
    uri,
    shown: `models:/${name}/${version}`,
    ...(runId ? { runId } : {}),
  }
}

/** Whether only clients reach what lies at the address of a version. */
function isOfClients(uri: string): boolean {
  return !/^azureml:/i.test(uri)
}

function refuseSource(text: string): never {
  if (/^(file:|[/.])/i.test(text)) {
    refuse(
      `Invalid model version source: '${shorten(text)}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
    )
  }
  refuse(
    `Invalid model version source: '${shorten(text)}'. To register a model from files that are not in this workspace, log them to a run first, or use: laz model create.`,
  )
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

const mlmodelLimitBytes = 1024 * 1024

/** The flavors of an MLflow model, from its MLmodel file; undefined when it is none. Nothing of the model is loaded. */
async function readFlavors(call: Call, place: Place): Promise<JsonObject | undefined> {
  const path = `${place.path}/MLmodel`
  const stat = await call.store.bytes.stat(place.account, place.container, path)
  if (!stat || stat.sizeBytes > mlmodelLimitBytes) return undefined
  const { body } = await call.store.bytes.read(place.account, place.container, path)
  const parts: Buffer[] = []
  for await (const part of body) parts.push(Buffer.from(part))
  const { value, issues } = parseYaml(Buffer.concat(parts).toString('utf8'), { file: 'MLmodel' })
  if (issues.some((issue) => issue.severity !== 'warning')) return undefined
  const flavors = mappingAt(value, 'flavors')
  if (!flavors) return undefined
  return Object.fromEntries(Object.entries(flavors).map(([name, data]) => [name, { data: textsOf(data) }]))
}

function mappingAt(value: Json, key: string): JsonObject | undefined {
  const found =
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
      ? value[key]
      : undefined
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? found : undefined
}

/** ARM keeps the data of a flavor as texts. */
function textsOf(data: Json): JsonObject {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return {}
  return Object.fromEntries(
    Object.entries(data).map(([key, v]) => [key, typeof v === 'string' ? v : JSON.stringify(v)]),
  )
}
