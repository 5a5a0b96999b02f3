/**
 * Status codes that the official clients insist on, where they differ from what everything else answers: 201 for a PUT
 * that made something, 200 for one that did not, 200 for a DELETE. A collection that is not here is like everything else.
 */
import type { Kind } from '@lazurite/spec'

interface Codes {
  /** Of a PUT that made something. */
  made?: 200
  /** Of a DELETE that found something. */
  gone?: 202
}

const codes: Readonly<Record<string, Codes>> = {
  connections: { made: 200 },
  privateEndpointConnections: { made: 200 },
  outboundRules: { made: 200 },
  capabilityHosts: { gone: 202 },
  marketplaceSubscriptions: { gone: 202 },
}

export function codesOf({ collection }: Kind): Codes {
  return Object.hasOwn(codes, collection) ? (codes[collection] ?? {}) : {}
}
