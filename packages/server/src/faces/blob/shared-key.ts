/**
 * Storage's own two ways to prove possession of an account key: the SharedKey header over a request, and a service SAS
 * in a URL. The key of an account is derived from the key of the home, so that deleting that file revokes every one.
 * Official clients sign log links and uploads with it whenever a datastore hands out its key.
 */
import { createHmac } from 'node:crypto'
import { sameText } from '../../signer.ts'
import type { Address } from './address.ts'

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

/** Whether an Authorization header of the form `SharedKey account:signature` is right for this request, now. */
export function sharedKeyFits(key: Buffer, account: string, request: SignedRequest, now: number): boolean {
  const header = single(request.headers.authorization)
  const found = /^SharedKey ([^:\s]+):(\S+)$/.exec(header)
  if (!found || found[1] !== account || found[2] === undefined) return false
  const sent = Date.parse(single(request.headers['x-ms-date']) || single(request.headers.date))
  if (!(Math.abs(now - sent) <= clockSkewMs)) return false
  const given = found[2]
  const fits = orders.map((order) => sameText(given, hmac(key, stringToSign(account, request, order))))
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
  const custom = Object.keys(request.headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((name) => `${name}:${single(request.headers[name]).trim()}\n`)
  const names = [...new Set([...request.query.keys()].map((name) => name.toLowerCase()))].sort()
  const parameters = names.map((name) => `\n${name}:${valuesOf(request.query, name).join(',')}`)
  const head = `${[request.method, ...standard].join('\n')}\n`
  return `${head}${custom.join('')}/${account}${request.path}${parameters.join('')}`
}

function valuesOf(query: URLSearchParams, name: string): string[] {
  return [...query].filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
}

/** What a service SAS that proved right allows. */
export interface SasAccess {
  permissions: string
  /** Present when it opens this blob alone. */
  blobOnly: boolean
}

/**
 * Checks a service SAS signed with the account key (string to sign of the service's versions 2018-11-09 and later).
 * Undefined for a wrong signature, a time outside its span, or a resource it does not cover.
 */
export function openServiceSas(
  key: Buffer,
  address: Address,
  query: URLSearchParams,
  now: number,
): SasAccess | undefined {
  const read = (name: string) => query.get(name) ?? ''
  const version = read('sv')
  const resource = read('sr')
  if (version < '2018-11-09' || (resource !== 'c' && resource !== 'b') || address.container === undefined)
    return undefined
  if (resource === 'b' && address.blob === undefined) return undefined
  const path = resource === 'b' ? `${address.container}/${address.blob}` : address.container
  const fields = [
    ...[read('sp'), read('st'), read('se'), `/blob/${address.account}/${path}`],
    ...[read('si'), read('sip'), read('spr'), version, resource, ''],
    ...(version >= '2020-12-06' ? [read('ses')] : []),
    ...[read('rscc'), read('rscd'), read('rsce'), read('rscl'), read('rsct')],
  ]
  const right = sameText(read('sig'), hmac(key, fields.join('\n')))
  const starts = read('st') === '' || Date.parse(read('st')) <= now
  // A stored access policy or an address range is nothing this server keeps, so a SAS that leans on one is not honoured.
  const plain = read('si') === '' && read('sip') === ''
  if (!right || !plain || !starts || !(Date.parse(read('se')) > now)) return undefined
  return { permissions: read('sp'), blobOnly: resource === 'b' }
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64')
}

function single(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}
