/**
 * Copies within one storage account, done at once. The source is a URL, so it is hostile: only our own address and the
 * same account are taken, and it must be readable by the proof it brings or by that of the request itself. Nothing is
 * ever fetched from elsewhere.
 */
import { randomUUID } from 'node:crypto'
import { fail } from '@lazurite/spec'
import { originOf } from '../../request-url.ts'
import { type Address, parseAddress, splitTarget } from './address.ts'
import { allows, openSignature } from './auth.ts'
import { writeOptions } from './blobs.ts'
import { type BlobCall, headerOf } from './call.ts'
import { notModified, parseConditions } from './conditions.ts'
import { keptProperties, putVersionHeaders, userMetadata } from './headers.ts'

/** Copy Blob, Copy Blob From URL and Put Blob From URL: the same act here, told apart by the status of the answer. */
export async function copyBlob(call: BlobCall): Promise<void> {
  const { bytes } = call.deps.store
  const source = sourceOf(call)
  const options = await writeOptions(call, false)
  const { stat, body } = await bytes.read(call.account, source.container, source.blob)
  try {
    const conditions = parseConditions(call.request.headers, 'x-ms-source-')
    if (notModified(conditions, { etag: stat.etag, modifiedAt: stat.lastModified })) fail('PreconditionFailed', {})
    const given = Object.entries(options.metadata ?? {}).filter(([name]) => !name.startsWith(':'))
    const kept = keptProperties(stat)
    const written = await bytes.write(call.account, call.container, call.blob, body, {
      ...options,
      contentType: headerOf(call, 'x-ms-blob-content-type') ?? stat.contentType,
      metadata: { ...Object.fromEntries(given.length > 0 ? given : userMetadata(stat)), ...kept },
      ...(stat.md5 === undefined ? {} : { md5: stat.md5 }),
    })
    putVersionHeaders(call, written)
    call.reply.header('x-ms-copy-id', randomUUID()).header('x-ms-copy-status', 'success')
    call.reply.code(headerOf(call, 'x-ms-blob-type') === undefined ? 202 : 201).send()
  } finally {
    body.destroy()
  }
}

function sourceOf(call: BlobCall): Required<Address> {
  const text = headerOf(call, 'x-ms-copy-source') ?? ''
  const origins = [`${originOf(call.request)}/`, `${call.deps.baseUrl()}/`]
  const origin = origins.find((one) => text.toLowerCase().startsWith(one.toLowerCase()))
  if (origin === undefined) {
    fail('NotSupported', {
      what: 'Copying from another server',
      why: 'the server never fetches from addresses it is told',
      instead: 'Download it and upload it here.',
    })
  }
  const { path, query } = splitTarget(text.slice(origin.length - 1))
  const address = parseAddress(path)
  const { account, container, blob } = address
  if (container === undefined || blob === undefined) {
    fail('InvalidHeaderValue', { header: 'x-ms-copy-source', what: 'it does not name a blob' })
  }
  if (query.has('snapshot') || query.has('versionid')) {
    fail('NotSupported', { what: 'Copying a snapshot', why: 'blobs have none', instead: 'Copy the blob itself.' })
  }
  if (account !== call.account) {
    fail('NotSupported', {
      what: 'Copying between accounts',
      why: 'each belongs to its workspace',
      instead: 'Download it and upload it there.',
    })
  }
  const readable = query.has('sig') ? allows(openSignature(call.deps, address, query), 'r') : ownReach(call, container)
  if (!readable) fail('PermissionMismatch', { what: 'read the source of the copy' })
  return { account, container, blob }
}

/** Without a signature of its own, a source is read with the proof of the request, which must cover it. */
function ownReach(call: BlobCall, container: string): boolean {
  if (call.access.whole) return true
  return container === call.container && call.query.get('sr') === 'c' && allows(call.access, 'r')
}
