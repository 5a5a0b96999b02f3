/**
 * What every Azure account has in common: where it answers and how to get in. An endpoint is a suffix of host names
 * (`core.windows.net`), or the address of an emulator or a gateway, where the account is the first part of the path.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import { shown } from './web.ts'

/** A datastore row on its way to becoming a storage. */
export interface Opening {
  /** Its name, for what is said of it. */
  name: string
  props: JsonObject
  /** The opened secrets: `key`, `sasToken`, `clientSecret`, `certificate`, `secretAccessKey`. */
  secrets: JsonObject
  /** Certificates to believe beside the usual ones, PEM; for gateways with a certificate of their own. */
  ca?: string
}

export type AzureService = 'blob' | 'file' | 'dfs'

const defaultSuffix = 'core.windows.net'

/** Where Azure itself answers: the only hosts that a token of this machine's own identity is shown to. */
const azureHosts = /\.(core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net|fabric\.microsoft\.com)$/i

/** URL of an account's service, no slash at the end. Raises BadArgument for an endpoint that is none. */
export function accountUrl({ name, props }: Opening, service: AzureService): URL {
  const account = asString(props.accountName) ?? ''
  const endpoint = (asString(props.endpoint) || defaultSuffix).replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '')
  const scheme = /^(http|wasb)$/i.test(asString(props.protocol) ?? '') ? 'http' : 'https'
  const host = endpoint.split('/')[0] ?? ''
  const pathStyle = endpoint.includes('/') || /:\d+$/.test(host) || isIP(host) !== 0 || !host.includes('.')
  const named = endpoint.split('/').slice(1).includes(account)
  const text = pathStyle
    ? `${scheme}://${endpoint}${named ? '' : `/${account}`}`
    : `${scheme}://${account}.${service}.${endpoint.replace(/^(blob|file|dfs)\./, '')}`
  if (!/^[a-z0-9][a-z0-9-]{1,62}$/.test(account) || !URL.canParse(text)) {
    fail('BadArgument', { what: `The datastore ${name} has no usable account name and endpoint.` })
  }
  return new URL(text)
}

/** URL of a host that a row names whole, always over TLS; no slash at the end. Raises BadArgument. */
export function hostUrl({ name, props }: Opening): URL {
  const endpoint = (asString(props.endpoint) ?? '').replace(/^https:\/\//i, '').replace(/\/+$/, '')
  const text = `https://${endpoint}`
  if (endpoint === '' || /[\s?#@\\]|:\/\//.test(endpoint) || !URL.canParse(text)) {
    fail('BadArgument', { what: `The datastore ${name} has no usable endpoint.` })
  }
  return new URL(text)
}

export type Access =
  | { how: 'key'; account: string; key: string }
  | { how: 'sas'; token: string }
  | { how: 'principal' }
  | { how: 'identity' }
  | { how: 'anonymous' }

/**
 * How the row's credentials open the account: a key, a signature, an application's token, else the identity of this
 * machine where Azure itself answers, else nothing. Raises BadArgument for credentials whose secret is not there.
 */
export function accessOf({ name, props, secrets }: Opening, url: URL): Access {
  const type = (asString(asObject(props.credentials).credentialsType) ?? 'None').toLowerCase()
  const need = (field: string): string =>
    asString(secrets[field]) ||
    fail('BadArgument', { what: `The datastore ${name} has no ${field}: set its credentials again.` })
  switch (type) {
    case 'accountkey':
      return { how: 'key', account: asString(props.accountName) ?? '', key: need('key') }
    case 'sas':
      return { how: 'sas', token: need('sasToken').replace(/^\?/, '') }
    case 'serviceprincipal':
      need('clientSecret')
      return { how: 'principal' }
    case 'certificate':
      need('certificate')
      return { how: 'principal' }
    case 'none':
      return url.protocol === 'https:' && azureHosts.test(url.hostname) ? { how: 'identity' } : { how: 'anonymous' }
    default:
      return fail('BadArgument', {
        what: `The datastore ${name} has credentials of a type that is not known: ${type}.`,
      })
  }
}

const forbidden = /^(169\.254\.|168\.63\.129\.16$|fe[89ab][0-9a-f]:|fd00:ec2::254$)|^metadata(\.google\.internal)?\.?$/i

/**
 * A datastore may lie in a private network, but never where a machine is handed its own credentials. Raises NotSupported.
 */
export async function checkHost(url: URL): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses =
    isIP(host) !== 0 ? [host] : (await lookup(host, { all: true }).catch(() => [])).map((a) => a.address)
  if ([host, ...addresses].some((each) => forbidden.test(each.replace(/^::ffff:/i, '')))) {
    fail('NotSupported', {
      what: `Storage at ${shown(url)}`,
      why: 'it is an address that hands out the credentials of a machine',
      instead: 'Give the address of a storage account.',
    })
  }
}
