// Bytes to the server: code snapshots by their content hash, data and models into a datastore. What is there already is
// not sent again. Small files cross as one tar stream; a store that does not take one gets them file by file.
import { asObject, asString, datastoreUri, fail, LazError } from '@lazurite/spec'
import { blobPath, findContainer } from './blobs.ts'
import { type Folder, type Hashed, hashFolder, type Include } from './folder.ts'
import type { Lazurite } from './lazurite.ts'
import { needFiles } from './platform.ts'
import { type Progress, type Sending, sendFolder } from './send-folder.ts'

/** What is uploaded: the path of a file or folder, or files that are at hand (see filesOf). */
export type Source = string | Folder

/** The files of a source. */
export async function folderOf(
  client: Lazurite,
  source: Source | undefined,
  includes: readonly Include[] = [],
): Promise<Folder> {
  if (typeof source === 'object') return source
  return needFiles(client.platform, 'Uploading from a path').scan(source, includes)
}

async function hashOf(client: Lazurite, folder: Folder): Promise<Hashed> {
  const { files } = client.platform
  if (files && folder.origin !== undefined) return files.hash(folder)
  const digest = client.platform.digest('sha256') ?? fail('InternalError')
  return { hash: await hashFolder(folder, digest), read: true }
}

/** What an upload is going to do, told before its first byte. */
export interface UploadPlan {
  hash: string
  files: number
  sizeBytes: number
  /** The server has all of it: nothing is sent. */
  known: boolean
  /** Paths that are not as they were when this folder was looked at before; absent the first time. */
  changed?: readonly string[]
}

export type Planned = (plan: UploadPlan) => void

export interface CodeUpload {
  /** ARM id of the code version. */
  id: string
  hash: string
  files: number
  sizeBytes: number
  /** The server had it. */
  known: boolean
}

export interface CodeOptions {
  /** Brought into the snapshot beside the folder's own files. */
  includes?: readonly Include[]
  /** The name and version to register under; default a fresh guid and 1. */
  name?: string | undefined
  version?: string | undefined
  description?: string | undefined
  tags?: Record<string, string> | undefined
  progress?: Progress | undefined
  /** Told what will be sent, before anything is. */
  planned?: Planned | undefined
}

/** A folder as the code it would be. */
export interface CodePlan extends UploadPlan {
  folder: Folder
  /** ARM id of the code version that holds the same content. */
  id?: string
}

/** Looks at a folder, and whether the server has its content. Nothing is sent. */
export async function planCode(
  client: Lazurite,
  source: Source | undefined,
  options: Pick<CodeOptions, 'includes' | 'name'> = {},
): Promise<CodePlan> {
  const folder = await folderOf(client, source, options.includes)
  const { hash, changed } = await hashOf(client, folder)
  const facts = { hash, files: folder.files.length, sizeBytes: folder.sizeBytes, ...(changed ? { changed } : {}) }
  if (options.name === undefined) {
    const name = crypto.randomUUID()
    const filter = { hash, hashVersion: '202208' }
    for await (const code of client.of('code').list({ name, filter, max: 1, archived: 'all' }))
      return { ...facts, folder, known: true, id: code.id }
  }
  return { ...facts, folder, known: false }
}

/** Registers a folder (or, without a path, its includes alone) as code and answers its ARM id; the same content is sent once. */
export async function uploadCode(
  client: Lazurite,
  source: Source | undefined,
  options: CodeOptions = {},
): Promise<CodeUpload> {
  const { folder, id, ...plan } = await planCode(client, source, options)
  const { hash, files, sizeBytes } = plan
  const facts = { hash, files, sizeBytes }
  options.planned?.(plan)
  if (id !== undefined) return { ...facts, id, known: true }
  const codes = client.of('code')
  const name = options.name ?? crypto.randomUUID()
  const version = options.version ?? '1'
  const which = { name, version }
  const pending = asObject(
    await codes.act(which, 'startPendingUpload', { pendingUploadType: 'TemporaryBlobReference' }),
  )
  const place = asObject(pending.blobReferenceForConsumption)
  const sas =
    asString(asObject(place.credential).sasUri) ??
    fail('BadArgument', { what: 'The server gave no place to upload to.' })
  await sendFolder(client, { ...splitSas(sas), prefix: 'code/', folder }, options.progress)
  const beside = {
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(options.tags ? { tags: options.tags } : {}),
  }
  const made = await codes.put(which, {
    ...beside,
    properties: { hash_sha256: hash, hash_version: '202208' },
    isAnonymous: options.name === undefined,
    isArchived: false,
    codeUri: `${asString(place.blobUri) ?? splitSas(sas).base}/code`,
  })
  return { ...facts, id: made.id, known: false }
}

export interface DataUpload {
  /** Short datastore URI; a folder's ends with a slash. */
  uri: string
  /** The long form, with the workspace. */
  longUri: string
  /** http address of the blob or folder, as a build context is named. */
  url: string
  hash: string
  single: boolean
  known: boolean
}

export interface DataOptions {
  /** The datastore it goes to; workspaceblobstore by default. */
  datastore?: string | undefined
  progress?: Progress | undefined
  /** Told what will be sent, before anything is. */
  planned?: Planned | undefined
}

/** Where a file or folder would lie, by its content. Nothing is sent. */
export type DataPlan = Omit<DataUpload, 'known' | 'url'>

export async function planData(client: Lazurite, source: Source, datastore = 'workspaceblobstore'): Promise<DataPlan> {
  return (await placeData(client, source, datastore)).plan
}

async function placeData(client: Lazurite, source: Source, datastore: string) {
  const folder = await folderOf(client, source)
  const { hash, changed } = await hashOf(client, folder)
  const prefix = `LocalUpload/${hash}/${folder.single ? '' : `${folder.name}/`}`
  const first = folder.files[0] ?? fail('BadArgument', { what: `${folder.name} has no files.` })
  const tail = folder.single ? `LocalUpload/${hash}/${first.path}` : prefix
  const longUri = datastoreUri(client.workspace, datastore, tail)
  const plan: DataPlan = { uri: datastoreUri(undefined, datastore, tail), longUri, hash, single: folder.single }
  return { plan, folder, prefix, tail, first: first.path, changed }
}

/** Puts a file or folder under `LocalUpload/<hash>/<name>` of a datastore. */
export async function uploadData(client: Lazurite, source: Source, options: DataOptions = {}): Promise<DataUpload> {
  const datastore = options.datastore ?? 'workspaceblobstore'
  const { plan, folder, prefix, tail, first, changed } = await placeData(client, source, datastore)
  const { hash, longUri } = plan
  const container = await findContainer(client, datastore)
  const { progress } = options
  const facts = { hash, files: folder.files.length, sizeBytes: folder.sizeBytes, ...(changed ? { changed } : {}) }
  const planned = (known: boolean) => options.planned?.({ ...facts, known })
  const known = container
    ? await putHere(client, { ...container, prefix, folder }, { hash, first, progress, planned })
    : await putElsewhere(client, { datastore, prefix, folder, progress, planned })
  return { ...plan, url: container ? `${container.base}/${tail}` : longUri, known }
}

/** The first file carries the mark that all of them arrived, as the official client sets it. True when it was there. */
async function putHere(
  client: Lazurite,
  sending: Sending,
  o: { hash: string; first: string; progress: Progress | undefined; planned: (known: boolean) => void },
): Promise<boolean> {
  const path = blobPath(sending.base, sending.prefix + o.first, sending.query)
  const known = await isThere(client, path)
  o.planned(known)
  if (known) return true
  await sendFolder(client, sending, o.progress)
  const done = { 'x-ms-meta-upload_status': 'completed', 'x-ms-meta-name': o.hash, 'x-ms-meta-version': '1' }
  await (await client.ask({ method: 'PUT', path: `${path}&comp=metadata`, headers: done, signed: true })).text()
  return false
}

/** A store elsewhere keeps no marks: what lies under the hash with the right sizes is what was sent. */
async function putElsewhere(
  client: Lazurite,
  o: {
    datastore: string
    prefix: string
    folder: Folder
    progress: Progress | undefined
    planned: (known: boolean) => void
  },
): Promise<boolean> {
  const { datastore, prefix, folder, progress } = o
  const sizes = new Map<string, number>()
  try {
    for await (const { path, sizeBytes } of client.datastores.browse(datastore, prefix, { recursive: true }))
      sizes.set(path, sizeBytes ?? -1)
  } catch (error) {
    if (!(error instanceof LazError) || error.http !== 404) throw error
  }
  const known = folder.files.every((file) => sizes.get(prefix + file.path) === file.sizeBytes)
  o.planned(known)
  if (known) return true
  await client.datastores.upload(datastore, folder, prefix, progress ? { progress } : {})
  return false
}

async function isThere(client: Lazurite, path: string): Promise<boolean> {
  const answer = await client.ask({ method: 'HEAD', path, signed: true, accept: [404] })
  await answer.text()
  return answer.status === 200 && answer.headers['x-ms-meta-upload_status'] === 'completed'
}

function splitSas(sasUri: string): { base: string; query: string } {
  const cut = sasUri.indexOf('?')
  return cut < 0 ? { base: sasUri, query: '' } : { base: sasUri.slice(0, cut), query: sasUri.slice(cut + 1) }
}
