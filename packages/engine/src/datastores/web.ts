/**
 * The one client that fetches what a user's URL names. http and https alone, public addresses alone (unless the
 * administrator allows others), the same checks after every redirect, bounded in size and in silence.
 */
import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getSecure } from 'node:https'
import { isIP } from 'node:net'
import { fail } from '@lazurite/spec'
import { codeOf } from '../disk.ts'
import { guardedLookup, isPublicAddress, type Resolve } from './address.ts'

export interface WebOptions {
  /** Lets requests reach private addresses too. */
  privateHosts?: boolean
  maxBytes?: number
  /** How long the other side may be silent. */
  idleMs?: number
  signal?: AbortSignal
  /** Name service, for tests. */
  resolve?: Resolve
}

const maxRedirects = 5
const defaultMaxBytes = 64 * 1024 ** 3

/**
 * Opens a URL for reading. The body ends with an error when it grows over the limit or falls silent.
 * Raises NotSupported (scheme), Forbidden (inner address), Unreachable, FileNotFound, TooLarge.
 */
export async function openUrl(text: string, o: WebOptions = {}): Promise<IncomingMessage> {
  let url = parse(text)
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await request(url, o)
    const status = response.statusCode ?? 0
    const location = response.headers.location
    if (status >= 300 && status < 400 && location !== undefined) {
      response.destroy()
      url = parse(new URL(location, url).href)
      continue
    }
    return accept(response, url, o)
  }
  return fail('Unreachable', { url: shown(url), why: `more than ${maxRedirects} redirects` })
}

function accept(response: IncomingMessage, url: URL, o: WebOptions): IncomingMessage {
  const status = response.statusCode ?? 0
  const maxBytes = o.maxBytes ?? defaultMaxBytes
  const refuse = (act: () => never): never => {
    response.destroy()
    return act()
  }
  if (status === 404 || status === 410) refuse(() => fail('FileNotFound', { path: shown(url) }))
  if (status !== 200) refuse(() => fail('Unreachable', { url: shown(url), why: `it answered ${status}` }))
  const tooLarge = () => fail('TooLarge', { what: shown(url), limit: `${maxBytes} bytes` })
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) refuse(tooLarge)
  let seen = 0
  response.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen > maxBytes) {
      try {
        tooLarge()
      } catch (e) {
        if (e instanceof Error) response.destroy(e)
      }
    }
  })
  response.pause()
  return response
}

function request(url: URL, o: WebOptions): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (o.privateHosts !== true && (isIP(host) !== 0 ? !isPublicAddress(host) : /(^|\.)localhost\.?$/i.test(host))) {
    refuseInner(url)
  }
  const idleMs = o.idleMs ?? 60_000
  const get = url.protocol === 'https:' ? getSecure : getPlain
  return new Promise((resolve, reject) => {
    const outgoing = get(
      url,
      {
        headers: { 'user-agent': 'lazurite', accept: '*/*', 'accept-encoding': 'identity' },
        agent: false,
        timeout: idleMs,
        ...(o.privateHosts === true ? {} : { lookup: guardedLookup(o.resolve) }),
        ...(o.signal === undefined ? {} : { signal: o.signal }),
      },
      resolve,
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error(`it was silent for ${idleMs / 1000} s`)))
    outgoing.on('error', (e) => {
      try {
        explain(e, url, o)
      } catch (explained) {
        reject(explained)
      }
    })
  })
}

function explain(e: Error, url: URL, o: WebOptions): never {
  if (o.signal?.aborted) throw e
  const code = codeOf(e)
  if (code === 'EINNER') refuseInner(url, e)
  const why =
    code === 'ENOTFOUND' || code === 'EAI_AGAIN'
      ? `the name ${url.hostname} cannot be looked up (is this machine offline?)`
      : e.message || String(code)
  fail('Unreachable', { url: shown(url), why }, { cause: e })
}

function refuseInner(url: URL, cause?: unknown): never {
  fail(
    'NotSupported',
    {
      what: `Reading ${shown(url)}`,
      why: 'it is an address of this machine or of a private network',
      instead: 'Upload the file, or allow private addresses with compute.private_hosts in laz.toml.',
    },
    { cause },
  )
}

function parse(text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    fail('BadArgument', { what: `${text.slice(0, 200)} is not a URL.` })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    fail('NotSupported', {
      what: `Reading ${url.protocol}//`,
      why: 'only http and https are fetched',
      instead: 'Give an http or https address.',
    })
  }
  return url
}

/** A URL as it may be shown: query strings hold signatures, user names hold passwords. */
export function shown(url: URL | string): string {
  const text = typeof url === 'string' ? url : url.href
  return text.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/s, '')
}
