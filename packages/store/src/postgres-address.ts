/**
 * The address of a PostgreSQL database, and what may be said of it: `postgres://user:password@host:port/database` with
 * the parameters of libpq, and `schema` (default `lazurite`), so that several homes can share a database.
 */
import { createHash } from 'node:crypto'
import { type ErrorCode, fail, isLazError, LazError } from '@lazurite/spec'

export interface Address {
  /** For the driver; holds the password. */
  connection: string
  schema: string
  /** For people: without user, password and parameters. */
  shown: string
  /** Settings of sessions that the address asks for; they win over ours. */
  options: string
  /** Of the advisory lock. */
  lockKey: number
}

const schemaName = /^[a-z_][a-z0-9_]{0,59}$/

/** Raises BadArgument; the message never holds the address itself. */
export function readAddress(url: string): Address {
  let parsed: URL
  try {
    // a socket's address has a user and no host, which URLs do not know; the parameter `host` wins
    parsed = new URL(url.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=\/)/, '$1localhost'))
  } catch {
    return fail('BadArgument', {
      what: 'The address of the database is no URL: postgres://user:password@host/database.',
    })
  }
  if (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:')
    fail('NotSupported', {
      what: `A database at an address that begins with ${parsed.protocol}`,
      why: 'rows are kept in SQLite inside the home folder or in PostgreSQL',
      instead: 'Give postgres://user:password@host/database, or leave the address out.',
    })
  const schema = parsed.searchParams.get('schema') ?? 'lazurite'
  if (!schemaName.test(schema))
    fail('BadArgument', { what: 'The schema of the database must be lower-case letters, digits and underscores.' })
  if (parsed.pathname.length < 2)
    fail('BadArgument', { what: 'The address of the database names none: postgres://user:password@host/database.' })
  const host = parsed.searchParams.get('host') ?? parsed.host
  const shown = `postgres://${host || 'local'}${parsed.pathname}${schema === 'lazurite' ? '' : ` (schema ${schema})`}`
  parsed.searchParams.delete('schema')
  const options = parsed.searchParams.get('options') ?? ''
  // the driver would take these alone
  parsed.searchParams.delete('options')
  const lockKey = createHash('sha256').update(`lazurite/${schema}`).digest().readUInt32BE(0) >>> 1
  return { connection: parsed.href, schema, shown, options, lockKey }
}

const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EAI_AGAIN',
])

/** The code of an error of the server (five characters) or of the network; '' for any other. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** The connection is gone, or never was: another one may do better. */
export function isLost(error: unknown): boolean {
  const code = codeOf(error)
  if (/^(08|57P0|25006)/.test(code) || network.has(code)) return true
  return (
    error instanceof Error && /terminat|not queryable|timeout exp|read timeout|Connection ended/i.test(error.message)
  )
}

/** Two transactions stood in each other's way and this one was taken back: it may be tried again as it is. */
export function isClash(error: unknown): boolean {
  return ['40001', '40P01'].includes(codeOf(isLazError(error) ? error.cause : error))
}

/** Errors of the driver in the words of the house. https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function translate(error: unknown, shown: string): unknown {
  if (isLazError(error)) return error
  const as = (code: ErrorCode, facts: Record<string, string>) => new LazError(code, facts, { cause: error })
  const code = codeOf(error)
  if (isLost(error)) return as('ServerBusy', { what: `reaching its database ${shown} (${whyOf(error)})` })
  if (isClash(error) || code === '55P03') return as('ServerBusy', { what: 'other work on the same rows' })
  if (code === '53100') return as('InsufficientStorage', { path: shown })
  if (/^53/.test(code)) return as('ServerBusy', { what: `its database ${shown} (${whyOf(error)})` })
  if (code === '54000')
    return as('BadArgument', { what: 'A name is longer than the database can look up (2700 bytes).' })
  if (code === '22021' || code === '22P05') return as('BadArgument', { what: 'Text must not hold the character NUL.' })
  if (/^XX00[12]/.test(code)) return as('DatabaseCorrupt', { path: shown, why: whyOf(error) })
  return error
}

/** What the database or the network says, which never holds the password. */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || codeOf(error) || error.name
}
