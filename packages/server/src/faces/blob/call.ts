/** One storage request on its way through the face: what every operation is handed. */
import { fail } from '@lazurite/spec'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import type { Address } from './address.ts'
import type { Access } from './auth.ts'

export interface BlobCall {
  deps: FaceDeps
  request: FastifyRequest
  reply: FastifyReply
  account: string
  /** Empty at the level of the account; the table of operations sees to it that it is never read there. */
  container: string
  /** Empty above the level of a blob. */
  blob: string
  address: Address
  query: URLSearchParams
  access: Access
}

/** One header as a single text, undefined when absent or empty. */
export function headerOf(call: { request: FastifyRequest }, name: string): string | undefined {
  const value = call.request.headers[name]
  const text = Array.isArray(value) ? value.join(',') : value
  return text === undefined || text === '' ? undefined : text
}

/** The bytes of a request that must be small enough to hold. Raises TooLarge. */
export async function readSmallBody(call: BlobCall, limitBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  // Left early, the request must stay open: its connection carries the refusal.
  for await (const part of call.request.raw.iterator({ destroyOnReturn: false })) {
    const bytes = part as Buffer // no encoding is set on the request
    size += bytes.length
    if (size > limitBytes) fail('TooLarge', { what: 'The body of the request', limit: `${limitBytes} bytes` })
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}
