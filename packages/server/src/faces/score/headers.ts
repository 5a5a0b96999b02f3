/** Which headers pass in front of a replica, and which end here. */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/** Of one connection alone (RFC 9110, 7.6.1), or said anew on the next. */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
  'content-length',
])
/** The key of the endpoint is none of the replica's business. */
const kept = new Set([
  'authorization',
  'x-request-id',
  'x-ms-request-id',
  'azureml-model-deployment',
  'x-ms-client-request-id',
])
const isForReplica = (name: string) => !kept.has(name)

export interface CallIds {
  'x-request-id': string
  'x-ms-client-request-id'?: string
}

/** Every call has an id of ours; what the client calls it is kept as far as it is a plain word. */
export function idsOf(headers: IncomingHttpHeaders): CallIds {
  const said = headers['x-ms-client-request-id']
  const word = (Array.isArray(said) ? said[0] : said)?.replace(/[^A-Za-z0-9_-]/g, '').slice(0, 40)
  return { 'x-request-id': randomUUID(), ...(word ? { 'x-ms-client-request-id': word } : {}) }
}

/** What is sent to the replica. */
export function toReplica(headers: IncomingHttpHeaders, ids: CallIds): OutgoingHttpHeaders {
  return Object.assign(pass(headers, isForReplica), ids)
}

/** What is sent back; the ids are ours. */
export function toCaller(headers: IncomingHttpHeaders, ids: CallIds): OutgoingHttpHeaders {
  const length = headers['content-length']
  const own = {
    ...ids,
    'x-ms-request-id': ids['x-request-id'],
    ...(length === undefined ? {} : { 'content-length': length }),
  }
  return Object.assign(
    pass(headers, (name) => !(name in own)),
    own,
  )
}

function pass(headers: IncomingHttpHeaders, wanted: (name: string) => boolean): OutgoingHttpHeaders {
  const { connection } = headers
  const plain = connection === undefined || /^(?:keep-alive|close)$/i.test(connection)
  const named = plain ? undefined : new Set(connection.toLowerCase().split(/\s*,\s*/))
  const passed: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !ofConnection.has(name) && !named?.has(name) && wanted(name)) passed[name] = value
  return passed
}
