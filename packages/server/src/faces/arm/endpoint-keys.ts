/**
 * The keys of an endpoint: made when it is, sealed like every secret, given back when they are asked for by name. A token
 * is signed with the first key, so a new key ends every token of the old one.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { asObject, asString, fail, type JsonObject, type Kind, own } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { tableOf } from '../score/table.ts'
import { type Asked, needed } from './asked.ts'
import { openSecrets, sealSecrets } from './secrets.ts'

const field = 'keys'

/** The properties of a new resource, with the keys it did not bring itself where its kind has some. */
export function withKeys(kind: Kind, props: JsonObject): JsonObject {
  if (!kind.secrets?.some((path) => path.length === 1 && path[0] === field)) return props
  const { primaryKey, secondaryKey } = asObject(props[field])
  return {
    ...props,
    [field]: { primaryKey: asString(primaryKey) || newKey(), secondaryKey: asString(secondaryKey) || newKey() },
  }
}

function newKey(): string {
  return randomBytes(32).toString('base64url')
}

async function keysOf(asked: Asked): Promise<JsonObject> {
  const { room, kind, key } = asked
  await needed(asked)
  const keys = asObject((await openSecrets(room.deps.store, kind, key))[field])
  if (keys.primaryKey === undefined) fail('ResourceNotFound', { kind: `key of the ${kind.name}`, name: key.name })
  return keys
}

function note({ room, kind, key }: Asked, what: string): void {
  room.deps.log.info({ kind: kind.name, name: key.name, scope: key.scope, by: room.request.caller.name }, what)
}

/** Both keys. */
export async function listKeys(asked: Asked): Promise<JsonObject> {
  const { primaryKey = null, secondaryKey = null } = await keysOf(asked)
  note(asked, 'keys listed')
  return { primaryKey, secondaryKey }
}

const fieldOf: Record<string, string> = { primary: 'primaryKey', secondary: 'secondaryKey' }

/** Replaces one key by the one the body brings, or by a new one. */
export async function regenerateKeys(asked: Asked): Promise<JsonObject> {
  const { room, kind, key, body } = asked
  const word = asString(body.keyType)?.toLowerCase() ?? ''
  const which = asString(own(fieldOf, word))
  if (which === undefined) fail('BadArgument', { what: 'keyType must be Primary or Secondary.' }, { target: 'keyType' })
  const given = body.keyValue ?? null
  if (given !== null && (typeof given !== 'string' || !/^[\x21-\x7e]{1,512}$/.test(given)))
    fail(
      'BadArgument',
      { what: 'keyValue must be a text of 1 to 512 characters without spaces.' },
      { target: 'keyValue' },
    )
  await inTurn(room.deps.store, async () => {
    const keys = await keysOf(asked)
    // azure-ai-ml sends the key that is to be replaced along: whoever asks for another one gets another one
    const next = given === null || given === keys[which] ? newKey() : given
    await sealSecrets(room.deps.store, kind, key, { [field]: { ...keys, [which]: next } })
  })
  await tableOf(room.deps.store).renew(key)
  note(asked, 'key replaced')
  return {}
}

/** Both keys are sealed as one secret, so those who replace one wait for each other. */
const turns = new WeakMap<Store, Promise<void>>()

function inTurn(store: Store, work: () => Promise<void>): Promise<void> {
  const mine = (turns.get(store) ?? Promise.resolve()).then(work)
  turns.set(
    store,
    mine.catch(() => {}),
  )
  return mine
}

const tokenSeconds = 3600

/** A token for callers of the endpoint alone: it opens nothing else of this server. */
export async function getToken(asked: Asked): Promise<JsonObject> {
  const row = await needed(asked)
  const mode = asString(row.props.authMode) ?? 'Key'
  if (mode.toLowerCase() === 'key') {
    fail('NotSupported', {
      what: `A token for the ${asked.kind.name} ${asked.key.name}`,
      why: 'it lets callers in by key',
      instead: 'Ask for its keys, or create it with auth_mode aml_token.',
    })
  }
  const { primaryKey } = await keysOf(asked)
  const issued = Math.floor(asked.room.deps.store.clock.now() / 1000)
  const expires = issued + tokenSeconds
  const part = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: 'lazurite', aud: `${asked.key.scope}/${asked.key.name}`, iat: issued, exp: expires }
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  const signature = createHmac('sha256', String(primaryKey)).update(body).digest('base64url')
  note(asked, 'token issued')
  return {
    accessToken: `${body}.${signature}`,
    expiryTimeUtc: expires,
    refreshAfterTimeUtc: issued + tokenSeconds / 2,
    tokenType: 'Bearer',
  }
}
