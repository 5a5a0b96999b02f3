/**
 * Storage's own way to prove possession of an account key with each request: the SharedKey header, and its shorter form
 * SharedKeyLite. Signatures in a URL are read in sas.ts. The key of an account is derived from the key of the home, so that deleting that file revokes every one.
 * Official clients sign log links and uploads with it whenever a datastore hands out its key.
 */
import { createHmac } from 'node:crypto'
import { sameText } from '../../signer.ts'

/** What of a request is signed. Header names in lower case. */
export interface SignedRequest {
  method: string
  /** As on the wire, without the query. */
  path: string
  query: URLSearchParams
  headers: Record<string, string | string[] | undefined>
}

const standardHeaders = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
]
const clockSkewMs = 15 * 60_000

/** The 64-byte key of a storage account, as clients expect it: base64 text is what they are handed. */
export function accountKey(homeKey: Buffer, account: string): Buffer {
  return createHmac('sha512', homeKey).update(`lazurite account ${account}`).digest()
}

/** Whether an Authorization header of the form `SharedKey[Lite] account:signature` is right for this request, now. */
export function sharedKeyFits(key: Buffer, account: string, request: SignedRequest, now: number): boolean {
  const header = single(request.headers.authorization)
  const found = /^(SharedKey|SharedKeyLite) ([^:\s]+):(\S+)$/.exec(header)
  if (!found || found[2] !== account || found[3] === undefined) return false
  const sent = Date.parse(single(request.headers['x-ms-date']) || single(request.headers.date))
  if (!(Math.abs(now - sent) <= clockSkewMs)) return false
  const given = found[3]
  const textOf = found[1] === 'SharedKeyLite' ? shortText : stringToSign
  const fits = orders.map((order) => sameText(given, hmac(key, textOf(account, request, order))))
  return fits.includes(true)
}

/**
 * Clients order the x-ms headers as the service's own culture-aware sort does: hyphens do not count and an underscore
 * comes before digits. Plain order is accepted beside it, for signatures made by hand.
 */
const orders: ((name: string) => string)[] = [(name) => name.replaceAll('-', '').replaceAll('_', ' '), (name) => name]

function stringToSign(account: string, request: SignedRequest, order: (name: string) => string): string {
  const standard = standardHeaders.map((name) => {
    const value = single(request.headers[name])
    return name === 'content-length' && value === '0' ? '' : value
  })
  const names = [...new Set([...request.query.keys()].map((name) => name.toLowerCase()))].sort()
  const parameters = names.map((name) => `\n${name}:${valuesOf(request.query, name).join(',')}`)
  const head = `${[request.method, ...standard].join('\n')}\n`
  return `${head}${customHeaders(request, order)}/${account}${request.path}${parameters.join('')}`
}

/** Of the query, only the word that names the operation is signed. */
function shortText(account: string, request: SignedRequest, order: (name: string) => string): string {
  const read = (name: string) => single(request.headers[name])
  const date = request.headers['x-ms-date'] === undefined ? read('date') : ''
  const head = [request.method, read('content-md5'), read('content-type'), date].join('\n')
  const comp = request.query.get('comp')
  const resource = `/${account}${request.path}${comp === null ? '' : `?comp=${comp}`}`
  return `${head}\n${customHeaders(request, order)}${resource}`
}

function customHeaders(request: SignedRequest, order: (name: string) => string): string {
  return Object.keys(request.headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((name) => `${name}:${single(request.headers[name]).trim()}\n`)
    .join('')
}

function valuesOf(query: URLSearchParams, name: string): string[] {
  return [...query].filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64')
}

function single(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}
