/**
 * Shared access signatures of storage itself: for a service (a container or one blob, a share or one file), for the whole
 * account, and by a user delegation key. Each is text signed with the account's key, or with a key derived from it; what
 * is signed depends on the version the signature names. What one allows beside its letters (an address range, a protocol,
 * a span of time, a stored policy) is judged here too.
 */
import { createHmac } from 'node:crypto'
import { fail } from '@lazurite/spec'
import { sameText } from '../../signer.ts'
import type { Address, Level } from './address.ts'
import { readPolicies, type StoredPolicy } from './policies.ts'

/** What a request must fit, beside its signature. */
export interface Presented {
  address: Address
  level: Level
  query: URLSearchParams
  /** Epoch ms. */
  now: number
  /** Of the caller, as the connection has it. */
  ip: string
  secure: boolean
}

export interface SasGrantRead {
  permissions: string
  /** `account` may also do what concerns containers as wholes. */
  reach: 'account' | 'container' | 'blob'
  /** Headers of an answer that the signature asks for, by name. */
  overrides: Record<string, string>
}

const overrideHeaders: Record<string, string> = {
  rscc: 'cache-control',
  rscd: 'content-disposition',
  rsce: 'content-encoding',
  rscl: 'content-language',
  rsct: 'content-type',
}

/**
 * Checks a signature made with the account key. Undefined when it is none of storage's own (the text does not match).
 * Raises AuthenticationFailed outside its time, PermissionMismatch for another address, protocol or kind of resource.
 */
export async function openStorageSas(
  key: Buffer,
  asked: Presented,
  policiesOf: () => Promise<string | undefined>,
): Promise<SasGrantRead | undefined> {
  const { query } = asked
  if (query.has('ss')) return openAccountSas(key, asked)
  const found = textsToSign(asked)
  const delegated = query.has('skoid')
  const signingKey = delegated ? delegatedKey(key, delegationOf(query)) : key
  const sig = query.get('sig') ?? ''
  if (!found.map((text) => sameText(sig, hmac(signingKey, text))).includes(true)) return undefined
  const policy = query.has('si') ? policyOf(await policiesOf(), query.get('si') ?? '') : undefined
  const read = (name: string, kept: string | undefined) => query.get(name) || kept || ''
  checkTime(read('st', policy?.start), read('se', policy?.expiry), asked.now)
  if (delegated) checkTime(query.get('skt') ?? '', query.get('ske') ?? '', asked.now)
  checkCaller(asked)
  return {
    permissions: read('sp', policy?.permissions),
    reach: 'bf'.includes(query.get('sr') ?? '') ? 'blob' : 'container',
    overrides: overridesIn(query),
  }
}

function policyOf(kept: string | undefined, id: string): StoredPolicy {
  return readPolicies(kept).find((one) => one.id === id) ?? fail('AuthenticationFailed', {})
}

function overridesIn(query: URLSearchParams): Record<string, string> {
  const found = Object.entries(overrideHeaders).flatMap(([name, header]): [string, string][] => {
    const value = query.get(name)
    return value ? [[header, value]] : []
  })
  return Object.fromEntries(found)
}

/** The texts that may have been signed: one for each resource that covers the address. None for what cannot be right. */
function textsToSign({ address, query }: Presented): string[] {
  const { account, container, blob } = address
  const resource = query.get('sr') ?? ''
  if (container === undefined) return []
  const place = `${account}/${container}`
  switch (resource) {
    case 'c':
      return [serviceText(query, `/blob/${place}`)]
    case 'b':
      return blob === undefined ? [] : [serviceText(query, `/blob/${place}/${blob}`)]
    case 'd':
      return foldersAbove(blob ?? '', query.get('sdd') ?? '').map((path) => serviceText(query, `/blob/${place}${path}`))
    case 's':
      return [shareText(query, `/file/${place}`)]
    case 'f':
      return blob === undefined ? [] : [shareText(query, `/file/${place}/${blob}`)]
    default:
      return []
  }
}

/** The folder `sdd` levels deep that the path is in or is. */
function foldersAbove(path: string, depth: string): string[] {
  const parts = path === '' ? [] : path.split('/')
  const deep = Number(depth)
  if (!/^\d{1,3}$/.test(depth) || deep > parts.length) return []
  return [deep === 0 ? '' : `/${parts.slice(0, deep).join('/')}`]
}

const overrideNames = Object.keys(overrideHeaders)

/** The text of a signature for a container, a folder or a blob; the snapshot that some versions name is never there. */
function serviceText(query: URLSearchParams, name: string): string {
  const of = (...names: string[]) => names.map((each) => query.get(each) ?? '')
  const version = query.get('sv') ?? ''
  const delegated = query.has('skoid')
  const who = delegated
    ? [
        ...of('skoid', 'sktid', 'skt', 'ske', 'sks', 'skv'),
        ...(version >= '2020-02-10' ? of('saoid', 'suoid', 'scid') : []),
        ...(version >= '2025-07-05' ? of('skdutid', 'sduoid') : []),
      ]
    : of('si')
  const what = version >= '2018-11-09' ? [...of('sr'), ''] : []
  return [
    ...[...of('sp', 'st', 'se'), name, ...who, ...of('sip', 'spr', 'sv'), ...what],
    ...(version >= '2020-12-06' ? of('ses') : []),
    ...(delegated && version >= '2026-04-06' ? ['', ''] : []), // headers and parameters that are signed along: none here
    ...of(...overrideNames),
  ].join('\n')
}

function shareText(query: URLSearchParams, name: string): string {
  const of = (...names: string[]) => names.map((each) => query.get(each) ?? '')
  const who = query.has('skoid') ? of('skoid', 'sktid', 'skt', 'ske', 'sks', 'skv', 'skdutid', 'sduoid') : of('si')
  return [...of('sp', 'st', 'se'), name, ...who, ...of('sip', 'spr', 'sv'), ...of(...overrideNames)].join('\n')
}

const levelLetters: Record<Level, string> = { account: 's', container: 'c', blob: 'o' }

function openAccountSas(key: Buffer, asked: Presented): SasGrantRead | undefined {
  const { address, level, query } = asked
  const of = (...names: string[]) => names.map((each) => query.get(each) ?? '')
  const [services = '', types = '', permissions = '', starts = '', ends = ''] = of('ss', 'srt', 'sp', 'st', 'se')
  const text = [
    ...[address.account, permissions, services, types, starts, ends, ...of('sip', 'spr', 'sv')],
    ...((query.get('sv') ?? '') >= '2020-12-06' ? of('ses') : []),
    '',
  ].join('\n')
  if (!sameText(query.get('sig') ?? '', hmac(key, text))) return undefined
  checkTime(starts, ends, asked.now)
  checkCaller(asked)
  if (!/[bf]/.test(services)) fail('PermissionMismatch', { what: 'use this service' })
  if (!types.includes(levelLetters[level])) fail('PermissionMismatch', { what: `act on a whole ${level}` })
  return { permissions, reach: 'account', overrides: {} }
}

function checkTime(starts: string, ends: string, now: number): void {
  if (starts !== '' && !(Date.parse(starts) <= now)) fail('AuthenticationFailed', {})
  if (!(Date.parse(ends) > now)) fail('AuthenticationFailed', {})
}

function checkCaller({ query, ip, secure }: Presented): void {
  const protocols = query.get('spr') ?? ''
  if (protocols !== '' && !protocols.split(',').includes(secure ? 'https' : 'http')) {
    fail('PermissionMismatch', { what: `come by ${secure ? 'https' : 'http'}` })
  }
  const range = query.get('sip') ?? ''
  if (range === '') return
  const [first = '', last = first] = range.split('-')
  const [from, to, here] = [first, last, ip.replace(/^::ffff:/, '')].map(numberOfIp)
  const inside = from !== undefined && to !== undefined && here !== undefined && from <= here && here <= to
  if (!inside) fail('PermissionMismatch', { what: 'come from this address' })
}

/** The loopback address of the newer protocol counts as that of the older: it is the same machine. */
function numberOfIp(text: string): number | undefined {
  const parts = (text === '::1' ? '127.0.0.1' : text).split('.').map(Number)
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256)) return undefined
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

/** What a user delegation key was made for. */
export interface Delegation {
  oid: string
  tid: string
  start: string
  expiry: string
  service: string
  version: string
}

function delegationOf(query: URLSearchParams): Delegation {
  const read = (name: string) => query.get(name) ?? ''
  const [oid, tid, start, expiry] = [read('skoid'), read('sktid'), read('skt'), read('ske')]
  return { oid, tid, start, expiry, service: read('sks'), version: read('skv') }
}

/** The key itself: derived, so that nothing is kept and nothing but the key of the home revokes it. */
export function delegatedKey(key: Buffer, d: Delegation): Buffer {
  const text = [d.oid, d.tid, d.start, d.expiry, d.service, d.version].join('\n')
  return createHmac('sha256', key).update(`lazurite delegation\n${text}`).digest()
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64')
}
