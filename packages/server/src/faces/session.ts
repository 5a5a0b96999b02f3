/**
 * Logins of the pages. A browser shows a token once and holds a cookie from then on, which no script can read, no other
 * site can send and which opens nothing but this server. `laz studio` hands out an address that logs in by itself, once.
 */
import { randomUUID } from 'node:crypto'
import { asObject, asString, fail, type JsonObject, type WorkspaceId } from '@lazurite/spec'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../app.ts'
import { defaultWorkspace } from '../default-workspace.ts'
import { version } from '../version.ts'

const sessionSeconds = 7 * 86_400
const ticketSeconds = 120
const ticketAudience = 'lazurite-ticket'
const mostWorkspaces = 1000

export function sessionFace(deps: FaceDeps): FastifyPluginAsync {
  // which tickets were used is known to this run of the server alone, so they end with it
  const run = randomUUID()
  const used = new Map<string, number>()
  return async (app) => {
    app.get('/lazurite/v1/session', async (request) => describe(deps, request))
    app.post('/lazurite/v1/session', { config: { reads: true } }, async (request, reply) => {
      begin(deps, { request, reply }, request.caller.readOnly === true)
      return { name: request.caller.name }
    })
    app.delete('/lazurite/v1/session', { config: { open: true } }, async (request, reply) => {
      reply.header('set-cookie', cookie(deps, request, { value: '', seconds: 0 }))
      return reply.code(204).send()
    })
    app.post('/lazurite/v1/session/tickets', { config: { reads: true } }, async (request) => {
      const readOnly = request.caller.readOnly === true || asObject(request.body).readOnly === true
      const expiresAt = deps.store.clock.now() + ticketSeconds * 1000
      const bearer = readOnly ? ({ owner: true, readOnly: true } as const) : ({ owner: true } as const)
      // two tickets of one second are two tickets
      const name = `${run} ${randomUUID()}`
      const ticket = deps.sign.token({ audience: ticketAudience, expiresAt, bearer, name })
      return { path: `/login?ticket=${ticket}`, expiresAt }
    })
    app.get('/login', { config: { open: true } }, async (request, reply) => {
      const { ticket, to } = asObject(request.query)
      const readOnly = redeem(deps, { run, used }, asString(ticket) ?? '')
      if (readOnly === undefined && !(request.headers.accept ?? '').includes('text/html')) fail('Unauthorized', {})
      const known = readOnly !== undefined || request.caller.kind === 'owner'
      if (readOnly !== undefined) begin(deps, { request, reply }, readOnly)
      const path = local(asString(to))
      const goal = known ? path : `${path}${path.includes('?') ? '&' : '?'}ticket=over`
      return reply.header('referrer-policy', 'no-referrer').redirect(goal)
    })
  }
}

interface Call {
  request: FastifyRequest
  reply: FastifyReply
}

function begin(deps: FaceDeps, { request, reply }: Call, readOnly: boolean): void {
  const bearer = readOnly ? ({ owner: true, readOnly: true } as const) : ({ owner: true } as const)
  const expiresAt = deps.store.clock.now() + sessionSeconds * 1000
  const value = deps.sign.token({ audience: 'lazurite', expiresAt, bearer, name: deps.ownerName })
  reply
    .header('set-cookie', cookie(deps, request, { value, seconds: sessionSeconds }))
    .header('cache-control', 'no-store')
}

function cookie(deps: FaceDeps, request: FastifyRequest, o: { value: string; seconds: number }): string {
  const secure = request.protocol === 'https' ? '; Secure' : ''
  return `${deps.sign.cookieName}=${o.value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${o.seconds}${secure}`
}

/** Whether the login is for reading alone; undefined for a ticket that is not ours, is old or was used. */
function redeem(deps: FaceDeps, o: { run: string; used: Map<string, number> }, ticket: string): boolean | undefined {
  const { run, used } = o
  const now = deps.store.clock.now()
  for (const [old, until] of used) if (until <= now) used.delete(old)
  const opened = deps.sign.openToken(ticket)
  const ours = opened?.audience === ticketAudience && opened.name.startsWith(`${run} `)
  if (!ours || !('owner' in opened.bearer) || used.has(ticket)) return undefined
  used.set(ticket, now + ticketSeconds * 1000)
  return opened.bearer.readOnly === true
}

/** A path of this server; anything else is the first page. */
function local(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])[\w./?=&%:~-]*$/.test(to) ? to : '/'
}

async function describe(deps: FaceDeps, request: FastifyRequest): Promise<JsonObject> {
  const { rows } = await deps.store.resources.list({ kind: 'workspace', archived: 'all', top: mostWorkspaces })
  const workspaces = rows.map(({ scope, name }): WorkspaceId => {
    const [subscription = '', resourceGroup = ''] = scope.split('/')
    return { subscription, resourceGroup, workspace: name }
  })
  return {
    name: request.caller.name,
    readOnly: request.caller.readOnly === true,
    version,
    workspace: { ...defaultWorkspace },
    workspaces: workspaces.map((id) => ({ ...id })),
  }
}
