/**
 * Addresses of storage elsewhere that a datastore of the workspace is registered for: they are opened with what that
 * datastore knows, its credentials above all.
 */
import { asString } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { type AzureService, accountUrl } from './account.ts'

export interface Registered {
  datastore: string
  path: string
}

/** More datastores than a workspace has. */
const mostRows = 1000

const azureTypes: Record<string, { container: string; services: readonly AzureService[] }> = {
  azureblob: { container: 'containerName', services: ['blob', 'dfs'] },
  azuredatalakegen2: { container: 'filesystem', services: ['dfs', 'blob'] },
  azurefile: { container: 'fileShareName', services: ['file'] },
}

/**
 * The datastore of the workspace that an address lies in, the first by name when there are several: `wasb(s)://` and
 * `abfs(s)://` of its account and container, `http(s)://` without a signature of its own, `s3://` of its bucket.
 */
export async function findRegistered(store: Store, scope: string, url: string): Promise<Registered | undefined> {
  const asked = readAddress(url)
  if (asked === undefined) return undefined
  const { rows } = await store.resources.list({ scope, kind: 'datastore', top: mostRows })
  for (const row of rows.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = asked(row)
    if (path !== undefined) return { datastore: row.name, path }
  }
  return undefined
}

type Ask = (row: Row) => string | undefined

/** A test of rows: the path in the datastore, or undefined for a datastore of other storage. */
function readAddress(text: string): Ask | undefined {
  const s3 = /^s3[an]?:\/\/([^/]+)\/*(.*)$/is.exec(text)
  if (s3) return (row) => (typeOf(row) === 's3' && asString(row.props.bucketName) === s3[1] ? (s3[2] ?? '') : undefined)
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const path = decoded(url.pathname.replace(/^\/+/, ''))
  if (path === undefined) return undefined
  if (/^(wasbs?|abfss?):$/.test(url.protocol)) {
    const container = decoded(url.username)
    return (row) => (placesOf(row).some((p) => p.host === url.host && p.container === container) ? path : undefined)
  }
  // an address that brings its own key is read with that one
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.username !== '') return undefined
  return (row) => {
    for (const { scheme, host, above, container } of placesOf(row)) {
      const start = `${above}${container}`
      if (scheme !== url.protocol || host !== url.host) continue
      if (path === start) return ''
      if (path.startsWith(`${start}/`)) return path.slice(start.length + 1)
    }
    return undefined
  }
}

const typeOf = (row: Row): string => (asString(row.props.datastoreType) ?? '').toLowerCase()

interface AzurePlace {
  scheme: string
  host: string
  /** What stands before the container in the path: the account, at an emulator. */
  above: string
  container: string
}

function placesOf(row: Row): AzurePlace[] {
  const type = typeOf(row)
  const known = Object.hasOwn(azureTypes, type) ? azureTypes[type] : undefined
  const container = known && asString(row.props[known.container])
  if (known === undefined || !container) return []
  return known.services.flatMap((service): AzurePlace[] => {
    try {
      const url = accountUrl({ name: row.name, props: row.props, secrets: {} }, service)
      const above = url.pathname.replace(/^\/+|\/+$/g, '')
      return [{ scheme: url.protocol, host: url.host, above: above === '' ? '' : `${above}/`, container }]
    } catch {
      // a row that does not say enough is nobody's place
      return []
    }
  })
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
