/**
 * Copies within one server, done at once. The source must be readable by the proof it brings or by that of the request
 * itself; another account's always by its own. What a copy was made from stays known, without the proof in its address.
 */
import { randomUUID } from 'node:crypto'
import { fail } from '@lazurite/spec'
import type { Address } from './address.ts'
import { allows, openSignature } from './auth.ts'
import { writeOptions } from './blobs.ts'
import { type BlobCall, headerOf } from './call.ts'
import { notModified, parseConditions } from './conditions.ts'
import { copyNotes, keptProperties, putCopyHeaders, putVersionHeaders, userMetadata } from './headers.ts'
import { sourceAddress } from './source.ts'

/** Copy Blob, Copy Blob From URL and Put Blob From URL: the same act here, told apart by the status of the answer. */
export async function copyBlob(call: BlobCall): Promise<void> {
  const { bytes } = call.deps.store
  const source = await sourceOf(call)
  const options = await writeOptions(call, false)
  const { stat, body } = await bytes.read(source.account, source.container, source.blob)
  try {
    const conditions = parseConditions(call.request.headers, 'x-ms-source-')
    if (notModified(conditions, { etag: stat.etag, modifiedAt: stat.lastModified })) fail('PreconditionFailed', {})
    const given = Object.entries(options.metadata ?? {}).filter(([name]) => !name.startsWith(':'))
    const md5 = headerOf(call, 'x-ms-source-content-md5') ?? stat.md5
    const notes = copyNotes({
      id: randomUUID(),
      source: (headerOf(call, 'x-ms-copy-source') ?? '').split('?')[0] ?? '',
      sizeBytes: stat.sizeBytes,
      at: call.deps.store.clock.now(),
    })
    const written = await bytes.write(call.account, call.container, call.blob, body, {
      ...options,
      contentType: headerOf(call, 'x-ms-blob-content-type') ?? stat.contentType,
      metadata: {
        ...Object.fromEntries(given.length > 0 ? given : userMetadata(stat)),
        ...keptProperties(stat),
        ...notes,
      },
      ...(md5 === undefined ? {} : { md5 }),
    })
    putVersionHeaders(call, written)
    putCopyHeaders(call, written, ['x-ms-copy-id', 'x-ms-copy-status'])
    call.reply.code(headerOf(call, 'x-ms-blob-type') === undefined ? 202 : 201).send()
  } finally {
    body.destroy()
  }
}

async function sourceOf(call: BlobCall): Promise<Required<Address>> {
  const { query, ...address } = sourceAddress(call, headerOf(call, 'x-ms-copy-source') ?? '')
  const readable = query.has('sig')
    ? allows(await openSignature(call.deps, call.request, address, query), 'r')
    : ownReach(call, address)
  if (!readable) fail('PermissionMismatch', { what: 'read the source of the copy' })
  return address
}

/** Without a signature of its own, a source is read with the proof of the request, which must cover it. */
function ownReach(call: BlobCall, { account, container }: Required<Address>): boolean {
  if (account !== call.account) return call.request.caller.kind === 'owner'
  if (call.access.whole) return true
  const inReach = call.access.reach === 'account' || (call.access.reach === 'container' && container === call.container)
  return inReach && allows(call.access, 'r')
}
