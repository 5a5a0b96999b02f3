// Connections: which credentials go with which type, and that there is an address.

import { listWords } from '../codecs/scalar.ts'
import { asObject, isObject, type JsonObject, own } from '../json.ts'
import type { Look } from '../look.ts'

/** What a type takes where its table does not say; types that are not here take anything. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  azure_data_lake_gen2: ['service_principal', 'aad', 'managed_identity'],
}
const targets = ['target', 'api_base', 'url', 'azure_endpoint', 'endpoint']
const withoutTarget = ['open_ai', 'serp']

export function checkConnection(yaml: JsonObject, look: Look): void {
  const type = typeof yaml.type === 'string' ? yaml.type.toLowerCase() : ''
  checkAddress(type, yaml, look)
  const given = asObject(yaml.credentials).type
  const word = typeof given === 'string' ? given.toLowerCase() : 'none'
  const known = own(allowed, type)
  const meant = word === 'none' && known?.includes('aad') ? 'aad' : word
  if (known && !known.includes(meant)) {
    look.issue(
      isObject(yaml.credentials) ? ['credentials', 'type'] : ['credentials'],
      isObject(yaml.credentials)
        ? `a connection of type ${type} takes ${listWords(known)}, not ${word}`
        : 'is required',
    )
  }
}

function checkAddress(type: string, yaml: JsonObject, look: Look): void {
  if (type === 'azure_one_lake') {
    if (!yaml.endpoint) look.issue(['endpoint'], 'is required')
    if (own(yaml, 'target') !== undefined) return
    for (const key of ['artifact', 'one_lake_workspace_name'])
      if (!yaml[key]) look.issue([key], 'is required when there is no target')
    return
  }
  if (withoutTarget.includes(type) || targets.some((key) => own(yaml, key) !== undefined)) return
  look.issue(['target'], 'is required')
}
