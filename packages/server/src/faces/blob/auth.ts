/**
 * Who may do what to which blob. The proofs that are taken: the owner's token, a shared access signature of ours, those of
 * storage itself, and a SharedKey header made with the account key. A run's own token opens nothing here: what a job reads
 * and writes is brought to it, and a token that reached storage would reach the code of other jobs.
 */
import { fail } from '@lazurite/spec'
import type { FastifyRequest } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { type Address, levelOf } from './address.ts'
import { openStorageSas } from './sas.ts'
import { accountKey, type SignedRequest, sharedKeyFits } from './shared-key.ts'

/** What the proof of a request opens. */
export interface Access {
  /** True for the owner and for the account key: every operation. */
  whole: boolean
  /** Letters of a signature: r a c w d l (and others, which open nothing here). */
  permissions: string
  /** How far a signature reaches. */
  reach: 'account' | 'container' | 'blob'
  /** Headers that a signature wants on the answer to a read. */
  overrides: Record<string, string>
}

/** What an operation asks of a proof. */
export interface Need {
  /** For the sentence `does not allow to …`. */
  act: string
  /** Letters, one of which is enough; empty: no signature of a container is. */
  needs: string
  /** Letters that are enough in a signature of the whole account, where those differ. */
  account?: string
}

const everything: Access = { whole: true, permissions: 'racwdl', reach: 'account', overrides: {} }
const letters = 'racwdlxytmeofi'

/** The headers and the address line of a request, or of one that stands inside a batch. */
export interface Knock {
  request: FastifyRequest
  address: Address
  signed: SignedRequest
}

/** Reads the proof. Raises Unauthorized when there is none, AuthenticationFailed when it is wrong, Forbidden for a run. */
export async function openAccess(deps: FaceDeps, knock: Knock): Promise<Access> {
  const { request, address, signed } = knock
  const { caller } = request
  if (caller.kind === 'owner') return everything
  if (caller.kind === 'run')
    fail('Forbidden', { what: 'storage; a job reads its inputs and writes its outputs as files' })
  const authorization = signed.headers.authorization
  const scheme = typeof authorization === 'string' ? /^\s*(\S*)/.exec(authorization)?.[1]?.toLowerCase() : undefined
  if (scheme === 'sharedkey' || scheme === 'sharedkeylite') {
    const key = accountKey(deps.store.secrets.key(), address.account)
    if (!sharedKeyFits(key, address.account, signed, deps.store.clock.now())) fail('AuthenticationFailed', {})
    return everything
  }
  if (signed.query.has('sig')) return openSignature(deps, request, address, signed.query)
  if (scheme) fail('AuthenticationFailed', {})
  return fail('Unauthorized', {})
}

/** The access that a signature in a query gives to an address. Raises AuthenticationFailed, PermissionMismatch. */
export async function openSignature(
  deps: FaceDeps,
  request: FastifyRequest,
  address: Address,
  query: URLSearchParams,
): Promise<Access> {
  const { account, container, blob } = address
  const key = accountKey(deps.store.secrets.key(), account)
  const presented = {
    ...{ address, level: levelOf(address), query, now: deps.store.clock.now() },
    ...{ ip: request.ip, secure: request.protocol === 'https' },
  }
  const policies = async () => {
    const stat = container === undefined ? undefined : await deps.store.bytes.statContainer(account, container)
    return stat?.metadata[policiesNote]
  }
  const found = await openStorageSas(key, presented, policies)
  if (found) return { whole: false, ...found }
  if (container === undefined) fail('AuthenticationFailed', {})
  deps.sign.checkSas(query, { account, container, anyOf: letters, ...(blob === undefined ? {} : { blob }) })
  const reach = query.get('sr') === 'c' ? 'container' : 'blob'
  return { whole: false, permissions: query.get('sp') ?? '', reach, overrides: {} }
}

/** Under this name a container keeps its stored access policies. */
export const policiesNote = ':policies'

export function allows(access: Access, anyOf: string): boolean {
  return access.whole || [...anyOf].some((letter) => access.permissions.includes(letter))
}

/** Raises PermissionMismatch unless one of the letters is granted; no letters means that the whole account is needed. */
export function requireAccess(access: Access, need: Need): void {
  const wanted = access.reach === 'account' ? (need.account ?? need.needs) : need.needs
  if (!allows(access, wanted)) fail('PermissionMismatch', { what: need.act })
}
