/**
 * One file with every authority that this machine trusts and ours: clients take a file instead of their own list, and
 * must go on trusting the rest of the world.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'

/** Where systems keep their list; the first that is there counts. */
const systemFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]
/** Variables by which people add authorities of their company. */
const variables = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']

const pem = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+?-----END CERTIFICATE-----/g

/** Writes `<folder>/bundle.pem` unless it is right already, and tells its path. Files that cannot be read are left out. */
export function writeBundle(o: { folder: string; authority: string; env: NodeJS.ProcessEnv }): string {
  const path = join(o.folder, 'bundle.pem')
  const system = systemFiles.map(certificatesIn).find((found) => found.length > 0) ?? [...rootCertificates]
  const named = variables.flatMap((name) => o.env[name] ?? []).filter((file) => !isSame(file, path))
  const all = [...named.flatMap(certificatesIn), ...system, ...certificatesOf(o.authority)]
  // the same certificate may come by several ways, each wrapped at another width
  const once = new Map(all.map((text) => [text.replace(/\s/g, ''), text.trim()]))
  const text = `${[...once.values()].join('\n')}\n`
  if (read(path) === text) return path
  const draft = `${path}.draft`
  writeFileSync(draft, text, { mode: 0o644 })
  renameSync(draft, path)
  return path
}

function certificatesIn(file: string): string[] {
  return certificatesOf(read(file) ?? '').filter(isReadable)
}

function certificatesOf(text: string): string[] {
  return text.match(pem) ?? []
}

/** A list with one damaged certificate would make every client refuse the whole list. */
function isReadable(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0
  } catch {
    return false
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function isSame(file: string, path: string): boolean {
  try {
    return realpathSync(file) === realpathSync(path)
  } catch {
    return false
  }
}
