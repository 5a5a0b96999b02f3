/**
 * Everything this server signs: tokens (HS256 JWTs, because the Azure clients insist on parsing one) and shared access
 * signatures for the blob face. Both keys are derived from the home's one key, so deleting that file revokes them all.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { asObject, asString, fail, isObject, type Json, type JsonObject } from '@lazurite/spec'

/** Who a token speaks for: the owner of the home, perhaps for reading alone, or one run (`<scope>|<job>`). */
export type Bearer = { owner: true; readOnly?: true } | { run: string }

interface TokenGrant {
  audience: string
  /** Epoch milliseconds. */
  expiresAt: number
  bearer: Bearer
  name: string
}

interface OpenedToken {
  bearer: Bearer
  name: string
  audience: string
  /** Epoch milliseconds. */
  expiresAt: number
}

/** What a shared access signature allows. `permissions` is a subset of the letters `racwdl`. */
export interface SasGrant {
  account: string
  container: string
  /** Absent: the whole container. */
  blob?: string
  permissions: string
  /** Epoch milliseconds. */
  expiresAt: number
}

export interface Signer {
  /** Name of the cookie of this home's pages: browsers send cookies to every port of a host. */
  cookieName: string
  /** What whoever asks the identity endpoint for a token must know. Its own secret: it opens nothing else. */
  identitySecret: string
  /** A JWT with `aud, exp, nbf, iat, tid, oid, sub, name, laz`. */
  token(grant: TokenGrant): string
  /** The claims of a token this server signed and that has not expired; undefined for anything else. */
  openToken(text: string): OpenedToken | undefined
  /** The query string (no leading `?`) that opens a container or one blob. */
  sas(grant: SasGrant): string
  /**
   * Checks a request's query against the blob it wants. `need` is one permission letter; for `w` a signature with `c`
   * alone is accepted only through `anyOf`. Raises AuthenticationFailed; never says which part was wrong.
   */
  checkSas(query: URLSearchParams, want: { account: string; container: string; blob?: string; anyOf: string }): void
}

export const tenantId = '00000000-0000-0000-0000-00000000000a'
export const ownerId = '00000000-0000-0000-0000-0000000000bb'
const sasVersion = '2021-12-02'

/** Builds a signer over the 32-byte home key. `now` is epoch milliseconds. */
export function makeSigner(homeKey: Buffer, now: () => number): Signer {
  const tokenKey = createHmac('sha256', homeKey).update('lazurite token').digest()
  const sasKey = createHmac('sha256', homeKey).update('lazurite sas').digest()
  return {
    cookieName: `laz_${createHmac('sha256', homeKey).update('lazurite cookie').digest('hex').slice(0, 8)}`,
    identitySecret: createHmac('sha256', homeKey).update('lazurite identity').digest('base64url'),
    token: (grant) => signToken(tokenKey, grant, now()),
    openToken: (text) => openToken(tokenKey, text, now()),
    sas: (grant) => signSas(sasKey, grant),
    checkSas: (query, want) => checkSas(sasKey, query, want, now()),
  }
}

const base64url = (value: string) => Buffer.from(value).toString('base64url')
const tokenHead = base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))

function signToken(key: Buffer, grant: TokenGrant, now: number): string {
  const subject = 'owner' in grant.bearer ? 'owner' : grant.bearer.run
  const claims = {
    aud: grant.audience,
    iss: 'lazurite',
    iat: Math.floor(now / 1000),
    nbf: Math.floor(now / 1000) - 60,
    exp: Math.floor(grant.expiresAt / 1000),
    tid: tenantId,
    oid: ownerId,
    sub: subject,
    name: grant.name,
    laz: grant.bearer,
  }
  const body = `${tokenHead}.${base64url(JSON.stringify(claims))}`
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`
}

function openToken(key: Buffer, text: string, now: number): OpenedToken | undefined {
  if (text.length > 8192) return undefined
  const [head, body, signature, ...rest] = text.split('.')
  if (head !== tokenHead || !body || !signature || rest.length > 0) return undefined
  if (!sameText(signature, createHmac('sha256', key).update(`${head}.${body}`).digest('base64url'))) return undefined
  const claims = asObject(parseJson(Buffer.from(body, 'base64url').toString('utf8')))
  const expiry = claims.exp
  if (typeof expiry !== 'number' || expiry * 1000 <= now) return undefined
  const bearer = bearerOf(claims.laz)
  if (!bearer) return undefined
  const [name, audience] = [asString(claims.name) ?? 'lazurite', asString(claims.aud) ?? '']
  return { bearer, name, audience, expiresAt: expiry * 1000 }
}

function bearerOf(laz: Json | undefined): Bearer | undefined {
  if (!isObject(laz)) return undefined
  if (laz.owner === true) return laz.readOnly === true ? { owner: true, readOnly: true } : { owner: true }
  return typeof laz.run === 'string' && laz.run !== '' ? { run: laz.run } : undefined
}

function parseJson(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function stringToSign(grant: { account: string; container: string; blob?: string }, sp: string, se: string): string {
  const resource = grant.blob === undefined ? 'c' : 'b'
  return [sp, se, grant.account, grant.container, grant.blob ?? '', resource, sasVersion].join('\n')
}

function signSas(key: Buffer, grant: SasGrant): string {
  const se = new Date(grant.expiresAt).toISOString().replace(/\.\d{3}Z$/, 'Z')
  const sig = createHmac('sha256', key)
    .update(stringToSign(grant, grant.permissions, se))
    .digest('base64')
  const sr = grant.blob === undefined ? 'c' : 'b'
  return new URLSearchParams({ sv: sasVersion, sr, sp: grant.permissions, se, sig }).toString()
}

function checkSas(
  key: Buffer,
  query: URLSearchParams,
  want: { account: string; container: string; blob?: string; anyOf: string },
  now: number,
): void {
  const read = (name: string) => query.get(name) ?? ''
  const [sv, sr, sp, se, sig] = [read('sv'), read('sr'), read('sp'), read('se'), read('sig')] as const
  const grant = { account: want.account, container: want.container, ...(sr === 'b' ? { blob: want.blob ?? '' } : {}) }
  const right = createHmac('sha256', key)
    .update(stringToSign(grant, sp, se))
    .digest('base64')
  const until = Date.parse(se)
  const fine =
    sameText(sig, right) &&
    sv === sasVersion &&
    (sr === 'c' || (sr === 'b' && want.blob !== undefined)) &&
    until > now &&
    [...want.anyOf].some((letter) => sp.includes(letter))
  if (!fine) fail('AuthenticationFailed', {})
}

/** Compares two texts in time that does not depend on where they differ. */
export function sameText(given: string, right: string): boolean {
  return timingSafeEqual(digest(given), digest(right))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
