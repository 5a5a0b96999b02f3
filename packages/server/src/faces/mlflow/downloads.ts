/** The addresses by which pages fetch and bring single files, and the signed address of one upload. */
import type { Readable } from 'node:stream'
import { asString, fail, type JsonObject } from '@lazurite/spec'
import { refuse } from './args.ts'
import { sendFile, signedUrl } from './artifacts.ts'
import type { Call } from './call.ts'
import { artifactsOfRun, placeOfLoggedModel, placeOfModel, under } from './place.ts'
import { needVersion } from './registry-rows.ts'
import { readableModel, readableRun, writableRun } from './rights.ts'

const uploadLimitBytes = 10 * 1024 * 1024
const jobsOwn = /^\/*(user_logs|system_logs|azureml-logs)(\/|$)/

/** `get-artifact?run_id=&path=`. */
export async function sendRunFile(call: Call): Promise<void> {
  const run = await readableRun(call, call.args.runId())
  const path = call.args.needText('path')
  const home = await artifactsOfRun(call, run.runId)
  await sendFile(call, { ...home, path: inside(home.path, path) }, path)
}

/** `model-versions/get-artifact?name=&version=&path=`. */
export async function sendVersionFile(call: Call): Promise<void> {
  const path = call.args.needText('path')
  inside('x', path)
  const row = await needVersion(call, call.args.needText('name'), call.args.needText('version'))
  const uri = asString(row.props.modelUri) ?? ''
  const place = await placeOfModel(call, { uri, name: `${row.name}:${row.version}` })
  await sendFile(call, { ...place, path: inside(place.path, path) }, path)
}

/** `logged-models/<id>/artifacts/files?artifact_file_path=`. */
export async function sendLoggedModelFile(call: Call): Promise<void> {
  const model = await readableModel(call, call.parts[0] ?? '')
  const path = call.args.needText('artifact_file_path')
  inside(model.folder, path)
  await sendFile(call, await placeOfLoggedModel(call, model, path), path)
}

/** `upload-artifact?run_uuid=&path=`: a small file, as the body. */
export async function takeRunFile(call: Call, body: Readable | undefined): Promise<void> {
  const path = call.args.text('path')
  if (!call.args.text('run_uuid') && !call.args.text('run_id')) refuse('Request must specify run_uuid.')
  if (!path) refuse('Request must specify path.')
  const run = await writableRun(call, call.args.runId())
  const home = await artifactsOfRun(call, run.runId)
  const file = inside(home.path, path)
  if (run.isJob && jobsOwn.test(path)) fail('PathNotAllowed', { path: `${path} (the logs of the job itself)` })
  const length = Number(call.request.headers['content-length'] ?? Number.NaN)
  if (length === 0 || body === undefined) refuse('Request must specify data.')
  if (!(length <= uploadLimitBytes)) refuse('Artifact size is too large. Max size is 10MB.')
  await call.store.bytes.write(home.account, home.container, file, body, {})
}

/** `artifacts/presigned-upload-url`: an address that takes this one file, for a while, without a token. */
export async function presignUpload(call: Call): Promise<JsonObject> {
  const run = await writableRun(call, call.args.runId())
  const path = call.args.needText('path')
  const home = await artifactsOfRun(call, run.runId)
  const place = { ...home, path: inside(home.path, path) }
  if (run.isJob && jobsOwn.test(path)) fail('PathNotAllowed', { path: `${path} (the logs of the job itself)` })
  return { presigned_url: signedUrl(call, place, 'w'), headers: { 'x-ms-blob-type': 'BlockBlob' } }
}

/** A path of a file in a folder; what begins at a root is refused here, where elsewhere its slashes are taken off. */
function inside(folder: string, path: string): string {
  if (/^(\/|%2f|[a-z][a-z0-9+.-]*:)/i.test(path)) fail('PathNotAllowed', { path: JSON.stringify(path.slice(0, 200)) })
  return under(folder, path)
}
