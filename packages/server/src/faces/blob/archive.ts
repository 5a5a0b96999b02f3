/** The two operations of ours in the storage dialect: a folder in and a folder out, as one tar. */
import { fail } from '@lazurite/spec'
import { archiveLimits, insidePath, unpackArchive } from './archive-in.ts'
import { packArchive } from './archive-out.ts'
import { type BlobCall, headerOf } from './call.ts'
import { checkedBody } from './digest.ts'

const tarTypes = new Set([
  'application/x-tar',
  'application/x-tar+gzip',
  'application/gzip',
  'application/x-gzip',
  'application/x-gtar',
])

/** Put Folder: `PUT /account/container/prefix?comp=archive` with a tar, gzipped or not; answers what it holds. */
export async function unpackFolder(call: BlobCall): Promise<void> {
  const type = (headerOf(call, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!tarTypes.has(type)) fail('UnsupportedMediaType', { type: type || 'no name' })
  await needContainer(call)
  const { store, settings } = call.deps
  const totalBytes = settings.archiveMiB === undefined ? archiveLimits.totalBytes : settings.archiveMiB * 1024 ** 2
  const target = {
    bytes: store.bytes,
    account: call.account,
    container: call.container,
    prefix: folderOf(call),
    limits: { ...archiveLimits, totalBytes },
  }
  const done = await unpackArchive(checkedBody(call), target)
  call.reply.code(201).type('application/json').send(done)
}

/** Get Folder: `GET /account/container/prefix?comp=archive` answers a tar of every blob under the prefix. */
export async function packFolder(call: BlobCall): Promise<void> {
  await needContainer(call)
  const { bytes } = call.deps.store
  const prefix = folderOf(call)
  const page = await bytes.list(call.account, call.container, { prefix: prefix === '' ? '' : `${prefix}/`, max: 1 })
  if (page.blobs.length === 0) fail('BlobNotFound', { name: `${prefix}/` })
  const source = { bytes, account: call.account, container: call.container, prefix }
  call.reply.type('application/x-tar').send(packArchive(source))
}

function folderOf(call: BlobCall): string {
  return insidePath(call.blob)
}

async function needContainer(call: BlobCall): Promise<void> {
  if (!(await call.deps.store.bytes.hasContainer(call.account, call.container))) {
    fail('ContainerNotFound', { name: call.container })
  }
}
