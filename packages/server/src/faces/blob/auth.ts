/**
 * Who may do what to which blob. Four proofs are taken: the owner's token, a shared access signature of ours, a service
 * SAS or a SharedKey header made with the account key. A run's own token opens nothing here: what a job reads and
 * writes is brought to it, and a token that reached storage would reach the code of other jobs.
 */
import { fail } from '@lazurite/spec'
import type { FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import type { Address } from './address.ts'
import { accountKey, openServiceSas, type SignedRequest, sharedKeyFits } from './shared-key.ts'

/** What the proof of a request opens. */
export interface Access {
  /** True for the owner and for the account key: every operation. */
  whole: boolean
  /** Letters of a signature: r a c w d l (and others, which open nothing here). */
  permissions: string
}

const everything: Access = { whole: true, permissions: 'racwdl' }
const letters = 'racwdlxytmeofi'

/** Reads the proof. Raises Unauthorized when there is none, AuthenticationFailed when it is wrong, Forbidden for a run. */
export function openAccess(deps: FaceDeps, request: FastifyRequest, address: Address, signed: SignedRequest): Access {
  const { caller } = request
  if (caller.kind === 'owner') return everything
  if (caller.kind === 'run')
    fail('Forbidden', { what: 'storage; a job reads its inputs and writes its outputs as files' })
  const scheme = /^\s*(\S*)/.exec(request.headers.authorization ?? '')?.[1]?.toLowerCase()
  if (scheme === 'sharedkey') {
    const key = accountKey(deps.store.secrets.key(), address.account)
    if (!sharedKeyFits(key, address.account, signed, deps.store.clock.now())) fail('AuthenticationFailed', {})
    return everything
  }
  if (signed.query.has('sig')) return openSignature(deps, address, signed.query)
  if (scheme) fail('AuthenticationFailed', {})
  return fail('Unauthorized', {})
}

/** The access that a signature in a query gives to an address. Raises AuthenticationFailed. */
export function openSignature(deps: FaceDeps, address: Address, query: URLSearchParams): Access {
  const { account, container, blob } = address
  const key = accountKey(deps.store.secrets.key(), account)
  const service = openServiceSas(key, address, query, deps.store.clock.now())
  if (service) return { whole: false, permissions: service.permissions }
  if (container === undefined) fail('AuthenticationFailed', {})
  deps.sign.checkSas(query, { account, container, anyOf: letters, ...(blob === undefined ? {} : { blob }) })
  return { whole: false, permissions: query.get('sp') ?? '' }
}

export function allows(access: Access, anyOf: string): boolean {
  return access.whole || [...anyOf].some((letter) => access.permissions.includes(letter))
}

/** Raises PermissionMismatch unless one of the letters is granted; no letters means that the whole account is needed. */
export function requireAccess(access: Access, anyOf: string, what: string): void {
  if (!allows(access, anyOf)) fail('PermissionMismatch', { what })
}
