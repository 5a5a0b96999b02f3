/**
 * The gate in front of every face. It asks three things of a request: is it meant for this server (Host), does it come
 * from a page of this server or from no page at all (Origin), and who sends it (token). Routes say what they need in
 * their `config`; a route that says nothing needs the owner.
 */

import { fail } from '@lazurite/spec'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isForStorage, isOurAudience } from './audience.ts'
import { type Signer, sameText } from './signer.ts'

/** Who sent a request. `signed` callers carry a signature that the face itself checks. */
export interface Caller {
  kind: 'owner' | 'run' | 'anonymous' | 'signed'
  name: string
  run?: { scope: string; job: string }
  /** The owner, for looking alone: nothing that changes state is let through. */
  readOnly?: true
  /** For whom the caller's token is; absent for the owner's own, which is for nobody in particular. */
  audience?: string
  /** Epoch ms from which on the token opens nothing more; absent for the owner's own. */
  expiresAt?: number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Nobody needs a token: health, metadata, discovery, login. */
    open?: boolean
    /** The face checks a signature in the URL, or a token when there is none. */
    signed?: boolean
    /** A run's own token is let in; the face must then call `assertRun`. */
    runScoped?: boolean
    /** Blobs: tokens for storage open this address, and no other. */
    storage?: boolean
    /** The answer or the body is a long stream: no time limit on receiving it. */
    streams?: boolean
    /** Origin is checked on GET too (streams of events). */
    checkOrigin?: boolean
    /** It changes nothing, whatever its method: who may only look may ask it. */
    reads?: boolean
    /** Callers show a key that no browser sends by itself, and that the face checks: pages of any origin may call. */
    keyed?: boolean
    /** So many calls that the log has them at its finest level alone; the face counts them. */
    quiet?: boolean
  }
  interface FastifyRequest {
    caller: Caller
  }
}

export interface Gate {
  token: string
  signer: Signer
  ownerName: string
  /** Host names this server answers to beside the loopback names, lower case, without port. */
  hosts: readonly string[]
  /** Origins beside the server's own, e.g. a development server of the Studio. */
  origins: readonly string[]
  /** Whether a run has ended, or is no more: its token has ended with it. */
  isOver(run: { scope: string; job: string }): Promise<boolean>
}

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])
const anonymous: Caller = { kind: 'anonymous', name: 'anonymous' }

/** Puts the gate in front of every route of `app`, unknown ones included. */
export function guardApp(app: FastifyInstance, gate: Gate): void {
  app.decorateRequest('caller', null as unknown as Caller) // set by the hook below before any handler runs
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = anonymous
    checkHost(request, gate)
    // the face asks itself, and pages of any origin may call
    if (request.routeOptions.config?.keyed) return done()
    checkOrigin(request, gate)
    admit(request, gate).then((caller) => {
      request.caller = caller
      done()
    }, done)
  })
}

function checkHost(request: FastifyRequest, gate: Gate): void {
  const { rawHeaders, headers } = request.raw
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts += 1
  const name = hosts > 1 ? undefined : hostName(headers.host)
  if (name === undefined || !(loopbackHosts.has(name) || gate.hosts.includes(name))) {
    fail('HostRefused', { host: request.headers.host ?? '' })
  }
}

/** The host of a Host header without its port, lower case; undefined when it is not one host. */
function hostName(header: string | undefined): string | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header ?? '')
  return found?.[1]?.toLowerCase()
}

function checkOrigin(request: FastifyRequest, gate: Gate): void {
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (reads && !request.routeOptions.config?.checkOrigin) return
  const origin = request.headers.origin
  if (origin === undefined) {
    if (request.headers['sec-fetch-site'] === 'cross-site') fail('OriginRefused', { origin: 'another site' })
    return
  }
  const own = [`http://${request.headers.host}`, `https://${request.headers.host}`]
  if (!own.includes(origin) && !gate.origins.includes(origin)) fail('OriginRefused', { origin })
}

async function admit(request: FastifyRequest, gate: Gate): Promise<Caller> {
  const needs = request.routeOptions.config ?? {}
  const caller = callerOf(request.headers.authorization ?? cookieOf(request, gate), gate, needs.storage === true)
  if (needs.open) return caller ?? anonymous
  if (caller?.readOnly && needs.reads !== true && !harmless.has(request.method))
    fail('Forbidden', { what: 'changes with a login that is for reading alone' })
  if (needs.signed) return caller ?? { kind: 'signed', name: 'signed' }
  if (caller === undefined) fail('Unauthorized', {})
  if (caller.kind === 'run' && !needs.runScoped) fail('Forbidden', { what: 'this address with the token of a run' })
  if (caller.run && (await gate.isOver(caller.run))) fail('Unauthorized', {})
  return caller
}

const harmless = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * The session of a page, in the form of a header; a cookie travels by itself, so what it asks to be changed must come from
 * a page of this server: browsers say so.
 */
function cookieOf({ headers, method }: FastifyRequest, gate: Gate): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='))
  const value = pairs.find(([name]) => name === gate.signer.cookieName)?.[1]
  if (!value) return undefined
  if (!harmless.has(method) && headers.origin === undefined) return undefined
  return `Bearer ${value}`
}

/** Reads an Authorization header: the owner's token or a token signed here, as Bearer or as the password of Basic. */
export function callerOf(
  header: string | undefined,
  gate: Pick<Gate, 'token' | 'ownerName' | 'signer' | 'hosts'>,
  storage: boolean,
): Caller | undefined {
  const secret = secretOf(header)
  if (secret === undefined) return undefined
  if (sameText(secret, gate.token)) return { kind: 'owner', name: gate.ownerName }
  const opened = gate.signer.openToken(secret)
  if (opened === undefined || !isOurAudience(opened.audience, gate.hosts)) return undefined
  if (isForStorage(opened.audience) && !storage) return undefined
  const { audience, expiresAt } = opened
  if ('owner' in opened.bearer) {
    const { readOnly } = opened.bearer
    return { kind: 'owner', name: gate.ownerName, audience, expiresAt, ...(readOnly ? { readOnly } : {}) }
  }
  const cut = opened.bearer.run.lastIndexOf('|')
  if (cut < 0) return undefined
  const run = { scope: opened.bearer.run.slice(0, cut), job: opened.bearer.run.slice(cut + 1) }
  // what was made by the owner is told from what a job made by this name: a job called like the owner is not the owner
  const name = opened.name === gate.ownerName ? `job ${opened.name}` : opened.name
  return { kind: 'run', name, run, expiresAt }
}

function secretOf(header: string | undefined): string | undefined {
  const found = /^(bearer|basic)\s+(\S+)$/i.exec(header ?? '')
  if (!found?.[1] || !found[2]) return undefined
  if (found[1].toLowerCase() === 'bearer') return found[2]
  const pair = Buffer.from(found[2], 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon < 0 ? undefined : pair.slice(colon + 1)
}

/** Lets the owner and the run itself pass; raises Forbidden for another run's token, Unauthorized for nobody. */
export function assertRun(request: FastifyRequest, scope: string, job: string): void {
  const { caller } = request
  if (caller.kind === 'owner') return
  if (caller.kind !== 'run') fail('Unauthorized', {})
  if (caller.run?.scope !== scope || caller.run.job !== job) fail('Forbidden', { what: `run ${job}` })
}

/** Lets only the owner pass, in a route that also admits runs or signatures. */
export function assertOwner(request: FastifyRequest): void {
  if (request.caller.kind === 'owner') return
  if (request.caller.kind === 'run') fail('Forbidden', { what: 'this address with the token of a run' })
  fail('Unauthorized', {})
}
