/**
 * The certificates of a home, in `<home>/tls/`. The authority is made once and never replaced: clients trust it by file.
 * The leaf is ours to renew: when it runs out, when a name is missing, when its files are damaged.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { fail } from '@lazurite/spec'
import { writeBundle } from './bundle.ts'
import { issueAuthority, issueLeaf, type Pair } from './issue.ts'

export interface CertificateOptions {
  home: string
  /** Host names and addresses beside the loopback ones. */
  names: readonly string[]
  /** Epoch milliseconds. */
  now: number
  /** Where further authorities of this machine are named (SSL_CERT_FILE and the like). */
  env: NodeJS.ProcessEnv
}

export interface Certificates {
  leaf: Pair
  /** Path of our authority's certificate. */
  ca: string
  /** Path of a file with the authorities of this machine and ours. */
  bundle: string
  /** Whether the leaf was made just now. */
  renewed: boolean
  /** Epoch milliseconds. */
  leafUntil: number
}

const dayMs = 86_400_000
const authorityDays = 3650
const leafDays = 365
/** A leaf that ends within this time is renewed. */
export const renewalDays = 30
/** Clocks of containers and virtual machines may be behind. */
const backdatedMs = dayMs
const loopbackNames = ['localhost', '127.0.0.1', '::1']

/**
 * Reads what is there, makes what is missing. Raises CertificateUnusable for an authority that is damaged, incomplete or
 * at its end: replacing it would cut off every client that trusts it, so a person decides. BadArgument for a bad name.
 */
export async function openCertificates(options: CertificateOptions): Promise<Certificates> {
  const { home, now } = options
  const folder = join(home, 'tls')
  const names = [...new Set([...loopbackNames, ...options.names.map(checkName)])]
  if (!existsSync(folder)) await makeAuthority(home, folder, now)
  const authority = readAuthority(folder, now)
  const place = { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') }
  const known = readLeaf(place)
  const good = known !== undefined && isGood(known, new X509Certificate(authority.cert), names, now)
  const leaf = good ? known : await issueLeaf(authority, names, leafValidity(authority, now))
  if (!good) {
    writeWhole(place.key, leaf.key, 0o600)
    writeWhole(place.cert, leaf.cert, 0o644)
  }
  const ca = join(folder, 'ca.pem')
  const bundle = writeBundle({ folder, authority: authority.cert, env: options.env })
  return { leaf, ca, bundle, renewed: !good, leafUntil: endOf(new X509Certificate(leaf.cert)) }
}

function endOf(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo)
}

/** Never outlives its authority. */
function leafValidity(authority: Pair, now: number): { from: number; until: number } {
  const end = endOf(new X509Certificate(authority.cert))
  return { from: now - backdatedMs, until: Math.min(now + leafDays * dayMs, end) }
}

/** Both files appear at once: the folder is filled under another name and renamed. */
async function makeAuthority(home: string, folder: string, now: number): Promise<void> {
  const { cert, key } = await issueAuthority({ from: now - backdatedMs, until: now + authorityDays * dayMs })
  const draft = mkdtempSync(join(home, 'tls-'))
  try {
    chmodSync(draft, 0o700)
    writeFileSync(join(draft, 'ca.key'), key, { mode: 0o600 })
    writeFileSync(join(draft, 'ca.pem'), cert, { mode: 0o644 })
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw error
  }
}

function readAuthority(folder: string, now: number): Pair {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const [certFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'ca.key')]
  const cert = readFile(certFile)
  const key = readFile(keyFile)
  chmodSync(keyFile, 0o600)
  const parsed = parse(certFile, () => new X509Certificate(cert))
  const secret = parse(keyFile, () => createPrivateKey(key))
  if (!parsed.ca || !parsed.checkIssued(parsed)) refuse(certFile, 'it is no authority')
  if (!parsed.checkPrivateKey(secret)) refuse(keyFile, 'it does not belong to ca.pem')
  if (Date.parse(parsed.validFrom) > now)
    refuse(certFile, `it is valid from ${parsed.validFrom} on, and the clock is before that`)
  if (endOf(parsed) - now < renewalDays * dayMs) refuse(certFile, `it ends on ${parsed.validTo}`)
  return { cert, key }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return refuse(path, `it cannot be read (${(error as NodeJS.ErrnoException).code})`) // fs errors carry a code
  }
}

function parse<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch {
    return refuse(path, 'it is damaged')
  }
}

function refuse(path: string, why: string): never {
  fail('CertificateUnusable', { path, why })
}

/** The leaf's files as they are; undefined when one is missing. */
function readLeaf({ cert, key }: Pair): Pair | undefined {
  try {
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } catch {
    return undefined
  }
}

/** Whether a leaf is ours, whole, has every name and lasts long enough. A damaged one counts as not good. */
function isGood(leaf: Pair, authority: X509Certificate, names: readonly string[], now: number): boolean {
  try {
    const parsed = new X509Certificate(leaf.cert)
    return (
      parsed.checkIssued(authority) &&
      parsed.verify(authority.publicKey) &&
      parsed.checkPrivateKey(createPrivateKey(leaf.key)) &&
      endOf(parsed) - now > renewalDays * dayMs &&
      Date.parse(parsed.validFrom) <= now &&
      names.every((name) => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name)) !== undefined)
    )
  } catch {
    return false
  }
}

const hostName = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

function checkName(text: string): string {
  const name = text.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (isIP(name) || hostName.test(name)) return name
  return fail('BadArgument', { what: `server.hosts: ${text} is no host name or address.` })
}

/** Written beside its place and renamed, so that a reader finds the old file or the new one. */
function writeWhole(path: string, text: string, mode: number): void {
  const draft = `${path}.draft`
  rmSync(draft, { force: true })
  writeFileSync(draft, text, { mode })
  renameSync(draft, path)
}
