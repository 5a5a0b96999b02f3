/**
 * Where a storage request points: `/account/container/blob…` as it stood on the wire. The path is read from the raw URL
 * and decoded exactly once, because every second decoding is a way to smuggle a climb past the first check.
 */
import { fail } from '@lazurite/spec'

export interface Address {
  account: string
  container?: string
  /** Decoded once, slashes kept. Not yet checked: the store's resolver does that. */
  blob?: string
}

export type Level = 'account' | 'container' | 'blob'

const accountName = /^laz[0-9a-f]{12}$/
const containerName = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/

function isAccount(text: string): boolean {
  return accountName.test(text)
}

/** Splits a path (no query). Raises BadUri for broken percent-encoding, InvalidName for a container nobody can have. */
export function parseAddress(path: string): Address {
  const [, account = '', container = '', ...rest] = path.split('/')
  if (!isAccount(account)) fail('ResourceNotFound', { kind: 'storage account', name: account })
  if (container === '') {
    if (rest.length > 0) fail('BadUri', { what: 'the container has no name' })
    return { account }
  }
  const name = decode(container)
  if (!containerName.test(name)) {
    fail('InvalidName', { kind: 'container', name, why: 'use 3 to 63 lower-case letters, digits and single hyphens' })
  }
  const blob = rest.join('/')
  return blob === '' ? { account, container: name } : { account, container: name, blob: decode(blob) }
}

export function levelOf(address: Address): Level {
  if (address.blob !== undefined) return 'blob'
  return address.container === undefined ? 'account' : 'container'
}

/** Path and query of a request target. A parameter that matters must not come twice: which one would count? */
export function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const cut = target.indexOf('?')
  const path = cut < 0 ? target : target.slice(0, cut)
  const query = new URLSearchParams(cut < 0 ? '' : target.slice(cut + 1))
  const seen = new Set<string>()
  for (const name of query.keys()) {
    if (seen.has(name)) fail('InvalidQueryParameter', { parameter: name, what: 'it is given twice' })
    seen.add(name)
  }
  return { path, query }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return fail('BadUri', { what: 'its percent-encoding is broken' })
  }
}
