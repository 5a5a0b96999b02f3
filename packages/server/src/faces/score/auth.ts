/** Who may call an endpoint: keys compared in constant time, tokens by their signature and time. Neither is ever logged. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { asNumber, asObject, asString } from '@lazurite/spec'
import { digest, type Endpoint } from './table.ts'

interface Asker {
  /** Whether the caller shows a token of this server that is the owner's. */
  isOwner(): boolean
  /** Epoch ms. */
  now(): number
}

/** Whether the header opens the endpoint. */
export function mayCall(endpoint: Endpoint, header: string | undefined, o: Asker): boolean {
  if (endpoint.mode === 'aadtoken') return o.isOwner()
  const secret = /^bearer\s+(\S+)$/i.exec(header ?? '')?.[1]
  if (secret === undefined) return false
  if (endpoint.mode === 'amltoken') return isToken(endpoint, secret, o.now())
  if (endpoint.mode !== 'key') return false
  const shown = digest(secret)
  let same = false
  // every key is compared, whichever fits
  for (const key of endpoint.keys) same = timingSafeEqual(key, shown) || same
  return same
}

function isToken({ tokenKey, scope, name }: Endpoint, token: string, now: number): boolean {
  const [head, body, signature, ...more] = token.split('.')
  if (!tokenKey || !head || !body || !signature || more.length > 0) return false
  const right = createHmac('sha256', tokenKey).update(`${head}.${body}`).digest()
  const shown = Buffer.from(signature, 'base64url')
  if (shown.length !== right.length || !timingSafeEqual(shown, right)) return false
  try {
    const claims = asObject(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
    const until = asNumber(claims.exp) ?? 0
    return asString(claims.aud)?.toLowerCase() === `${scope}/${name}`.toLowerCase() && until * 1000 > now
  } catch {
    return false
  }
}
