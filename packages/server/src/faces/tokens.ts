/**
 * How Azure's credentials come by a token here: the two forms of managed identity, and logins with a client secret. Both
 * want the identity secret of this home, which `laz connect` prints; wrong tries are counted and soon made to wait.
 */
import { asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../app.ts'
import { isOurAudience } from '../audience.ts'
import { originOf } from '../request-url.ts'
import { sameText } from '../signer.ts'

const tokenSeconds = 86_400
/** So many wrong secrets may come at once; after that one is forgiven a second, and everyone waits. */
const maxWrongTries = 20
const forgivenMs = 1_000

interface Lock {
  /** Whether the secret is right. Raises TooManyTries while there were too many wrong ones. */
  opens(given: string | undefined): boolean
}

/** Counts wrong tries over both doors, whoever makes them: all of them come from this machine. */
function makeLock(secret: string, now: () => number): Lock {
  let wrong = 0
  let at = now()
  return {
    opens(given) {
      const forgiven = Math.floor((now() - at) / forgivenMs)
      if (forgiven > 0) {
        wrong = Math.max(0, wrong - forgiven)
        at += forgiven * forgivenMs
      }
      if (wrong >= maxWrongTries) fail('TooManyTries', { seconds: String(1 + wrong - maxWrongTries) })
      const right = given !== undefined && sameText(given, secret)
      if (!right) wrong++
      return right
    },
  }
}

export function tokenRoutes(app: FastifyInstance, deps: FaceDeps): void {
  const lock = makeLock(deps.sign.identitySecret, () => deps.store.clock.now())
  app.get('/msi/token', { config: { open: true } }, async (request, reply) =>
    managedIdentityToken(deps, lock, { request, reply }),
  )
  logins(app, deps, lock)
}

interface Call {
  request: FastifyRequest
  reply: FastifyReply
}

/** No cache keeps a token. */
function keepOut(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
}

/** The header is one that no web page can set for another site without asking first. */
function managedIdentityToken(deps: FaceDeps, lock: Lock, { request, reply }: Call): JsonObject {
  keepOut(reply)
  const given = request.headers['x-identity-header'] ?? request.headers.secret
  if (!lock.opens(typeof given === 'string' ? given : undefined)) fail('Unauthorized')
  const resource = asString(asObject(request.query).resource) ?? originOf(request)
  const token = ownerJwt(deps, resource)
  if (token === undefined) {
    const what = `No tokens are given for ${resource.slice(0, 200)}: this server gives tokens for itself alone.`
    fail('BadArgument', { what })
  }
  const now = Math.floor(deps.store.clock.now() / 1000)
  return {
    access_token: token,
    expires_on: String(now + tokenSeconds),
    expires_in: String(tokenSeconds),
    not_before: String(now),
    resource,
    token_type: 'Bearer',
  }
}

/** A token for the owner whose audience is what was asked for, without the `/.default` of a scope. */
function ownerJwt(deps: FaceDeps, resource: string): string | undefined {
  const audience = resource.replace(/\/?\.default$/, '')
  if (!isOurAudience(audience, deps.settings.hosts)) return undefined
  const expiresAt = deps.store.clock.now() + tokenSeconds * 1000
  return deps.sign.token({ audience, expiresAt, bearer: { owner: true }, name: deps.ownerName })
}

/** `adfs` keeps clients from asking Azure whether we are known there; a tenant may go by any id, there is only one. */
const tenants = ['adfs', 'common', 'organizations', ':tenant(^[0-9a-fA-F-]{36}$)']

/** The OpenID documents and the token endpoint of client-credential logins. */
function logins(app: FastifyInstance, deps: FaceDeps, lock: Lock): void {
  app.register(async (login) => {
    login.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 65_536 },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))), // parseAs says so
    )
    for (const tenant of tenants) {
      for (const version of ['', '/v2.0']) {
        login.get(
          `/${tenant}${version}/.well-known/openid-configuration`,
          { config: { open: true } },
          async (request) => openId(originOf(request), asString(asObject(request.params).tenant) ?? tenant),
        )
      }
      login.get(`/${tenant}/discovery/v2.0/keys`, { config: { open: true } }, async () => ({ keys: [] }))
      for (const path of ['oauth2/token', 'oauth2/v2.0/token']) {
        login.post(`/${tenant}/${path}`, { config: { open: true } }, async (request, reply) =>
          issueToken(deps, lock, { request, reply }),
        )
      }
    }
  })
}

function openId(origin: string, tenant: string): JsonObject {
  const base = `${origin}/${tenant}`
  return {
    issuer: `${base}/`,
    token_endpoint: `${base}/oauth2/token`,
    authorization_endpoint: `${base}/oauth2/authorize`,
    device_authorization_endpoint: `${base}/oauth2/devicecode`,
    // clients insist on the address, though tokens signed with a secret have no public key to publish
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['HS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
    tenant_region_scope: null,
    cloud_instance_name: 'lazurite',
  }
}

async function issueToken(deps: FaceDeps, lock: Lock, { request, reply }: Call): Promise<JsonObject> {
  keepOut(reply)
  const form = asObject(request.body)
  const refuse = (status: number, error: string, description: string): JsonObject => {
    reply.code(status)
    return { error, error_description: description }
  }
  if (form.grant_type !== 'client_credentials')
    return refuse(400, 'unsupported_grant_type', 'Only client_credentials is understood here.')
  if (!lock.opens(asString(form.client_secret)))
    return refuse(401, 'invalid_client', 'The client secret must be the identity secret that `laz connect` prints.')
  const resource = asString(form.resource) ?? resourceOf(asString(form.scope)) ?? originOf(request)
  const token = ownerJwt(deps, resource)
  if (token === undefined)
    return refuse(400, 'invalid_target', 'This server gives tokens for itself alone, not for what was asked.')
  return {
    token_type: 'Bearer',
    expires_in: tokenSeconds,
    ext_expires_in: tokenSeconds,
    resource,
    access_token: token,
  }
}

/** The first scope that names a resource: `openid`, `profile` and `offline_access` stand beside it. */
function resourceOf(scope: string | undefined): string | undefined {
  return scope?.split(' ').find((word) => word.includes('/'))
}
