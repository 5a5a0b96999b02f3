/**
 * How a client of Azure storage gets in: with a key, a signature, or a token of the application that a datastore names or
 * of the machine the server runs on.
 */
import { asObject, asString, fail } from '@lazurite/spec'
import { accessOf, checkHost, type Opening } from './account.ts'

/** What every client of Azure storage takes as a token credential. */
export interface TokenSource {
  getToken(scopes: string | string[], options?: object): Promise<{ token: string; expiresOnTimestamp: number } | null>
}

/** What every package of Azure storage has of its own. */
interface StoragePackage<K, A> {
  StorageSharedKeyCredential: new (account: string, key: string) => K
  AnonymousCredential: new () => A
}

/** What the service client of a package is made with. Raises what `accessOf` and `principalOf` raise. */
export async function entranceOf<K, A>(
  o: Opening,
  url: URL,
  sdk: StoragePackage<K, A>,
): Promise<{ href: string; credential: K | A | TokenSource }> {
  const { href } = url
  const access = accessOf(o, url)
  switch (access.how) {
    case 'key':
      return { href, credential: new sdk.StorageSharedKeyCredential(access.account, access.key) }
    case 'sas':
      return { href: `${href}?${access.token}`, credential: new sdk.AnonymousCredential() }
    case 'principal':
      return { href, credential: await principalOf(o) }
    case 'identity':
      return { href, credential: (await machineIdentity()) ?? new sdk.AnonymousCredential() }
    case 'anonymous':
      return { href, credential: new sdk.AnonymousCredential() }
  }
}

/** Patience and trust of every client. */
export function clientOptions({ ca }: Opening) {
  return { retryOptions: { maxTries: 4, retryDelayInMs: 400 }, ...(ca === undefined ? {} : { tlsOptions: { ca } }) }
}

const storageScope = 'https://storage.azure.com/.default'

/**
 * The application of a service principal or certificate. Raises BadArgument when the tenant or the application is not
 * named, NotSupported for an authority that is not reached over TLS.
 */
async function principalOf({ name, props, secrets, ca }: Opening): Promise<TokenSource> {
  const given = asObject(props.credentials)
  const need = (field: string): string =>
    asString(given[field]) ||
    fail('BadArgument', { what: `The credentials of the datastore ${name} name no ${field}.` })
  const [tenant, client] = [need('tenantId'), need('clientId')]
  const authority = asString(given.authorityUrl)
  const identity = await import('@azure/identity')
  const options = {
    ...(authority ? { authorityHost: await authorityHost(authority), disableInstanceDiscovery: true } : {}),
    ...(ca === undefined ? {} : { tlsOptions: { ca } }),
    retryOptions: { maxRetries: 2 },
  }
  const certificate = asString(secrets.certificate)
  if (certificate !== undefined) {
    return new identity.ClientCertificateCredential(tenant, client, { certificate }, options)
  }
  return new identity.ClientSecretCredential(tenant, client, asString(secrets.clientSecret) ?? '', options)
}

async function authorityHost(text: string): Promise<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:') {
    fail('NotSupported', {
      what: 'An authority_url that is not https',
      why: 'the password of the application would cross the network readable',
      instead: 'Give an https address.',
    })
  }
  await checkHost(url)
  return url.origin
}

/**
 * The identity of this machine (environment, workload, managed identity, the Azure command line), when it has one: asked
 * once, and undefined where nothing answers, so that public containers can be read without any.
 */
async function machineIdentity(): Promise<TokenSource | undefined> {
  const { DefaultAzureCredential } = await import('@azure/identity')
  const credential = new DefaultAzureCredential()
  const token = await credential.getToken(storageScope).catch(() => null)
  return token === null ? undefined : credential
}
