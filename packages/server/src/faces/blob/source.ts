/**
 * Where something is copied or moved from. A URL from outside is hostile: only our own address is taken, and nothing is
 * ever fetched from elsewhere.
 */
import { fail } from '@lazurite/spec'
import { originOf } from '../../request-url.ts'
import { type Address, parseAddress, splitTarget } from './address.ts'
import type { BlobCall } from './call.ts'

/** Reads the URL of a blob of this server. Raises NotSupported for any other server, InvalidHeaderValue. */
export function sourceAddress(call: BlobCall, text: string): Required<Address> & { query: URLSearchParams } {
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
  const { account, container, blob } = parseAddress(path)
  if (container === undefined || blob === undefined) {
    fail('InvalidHeaderValue', { header: 'x-ms-copy-source', what: 'it does not name a blob' })
  }
  if (query.has('snapshot') || query.has('versionid')) {
    fail('NotSupported', { what: 'Copying a snapshot', why: 'blobs have none', instead: 'Copy the blob itself.' })
  }
  return { account, container, blob, query }
}
