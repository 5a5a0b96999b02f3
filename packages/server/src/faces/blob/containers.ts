/** Operations on containers and on the account: create, delete, look, list. */
import { stat } from 'node:fs/promises'
import { fail } from '@lazurite/spec'
import type { BlobStat } from '@lazurite/store'
import { originOf } from '../../request-url.ts'
import { type BlobCall, headerOf } from './call.ts'
import { md5Of, propertyOf, putVersionHeaders, userMetadata } from './headers.ts'
import { element, nameElement, textElement, xmlDocument } from './xml.ts'

const pageLimit = 5000
/** What a listing may be asked to include. Those without effect speak of things that no blob here has. */
const includable = new Set(
  'copy deleted metadata snapshots versions tags immutabilitypolicy legalhold deletedwithversions permissions system'.split(
    ' ',
  ),
)

/** Create Container. */
export async function createContainer(call: BlobCall): Promise<void> {
  refuseContainerExtras(call)
  if (!(await call.deps.store.bytes.createContainer(call.account, call.container))) {
    fail('ContainerAlreadyExists', { name: call.container })
  }
  putVersionHeaders(call, await versionOfContainer(call, call.container))
  call.reply.code(201).send()
}

function refuseContainerExtras(call: BlobCall): void {
  const access = headerOf(call, 'x-ms-blob-public-access')
  if (access !== undefined) {
    fail('NotSupported', {
      what: 'A public container',
      why: 'every read needs a token or a signature',
      instead: 'Leave x-ms-blob-public-access out.',
    })
  }
  const extra = Object.keys(call.request.headers).find((name) => name.startsWith('x-ms-meta-'))
  if (extra !== undefined) {
    fail('NotSupported', { what: `The header ${extra}`, why: 'containers keep no metadata', instead: 'Leave it out.' })
  }
}

/** Delete Container, with everything in it. */
export async function deleteContainer(call: BlobCall): Promise<void> {
  if (!(await call.deps.store.bytes.deleteContainer(call.account, call.container))) {
    fail('ContainerNotFound', { name: call.container })
  }
  call.reply.code(202).send()
}

/** Get Container Properties and Metadata. */
export async function getContainer(call: BlobCall): Promise<void> {
  await needContainer(call)
  putVersionHeaders(call, await versionOfContainer(call, call.container))
  call.reply
    .header('x-ms-lease-status', 'unlocked')
    .header('x-ms-lease-state', 'available')
    .header('x-ms-has-immutability-policy', 'false')
    .header('x-ms-has-legal-hold', 'false')
    .send()
}

/** Get Container ACL: always private, no stored policies. */
export async function getContainerAcl(call: BlobCall): Promise<void> {
  await needContainer(call)
  putVersionHeaders(call, await versionOfContainer(call, call.container))
  call.reply.type('application/xml').send(xmlDocument(element('SignedIdentifiers', [])))
}

async function needContainer(call: BlobCall): Promise<void> {
  if (!(await call.deps.store.bytes.hasContainer(call.account, call.container))) {
    fail('ContainerNotFound', { name: call.container })
  }
}

/** A container is a folder; the folder's own birth is the version that clients see. */
async function versionOfContainer(call: BlobCall, name: string): Promise<{ etag: string; lastModified: number }> {
  const about = await stat(call.deps.store.bytes.folder(call.account, name))
  const lastModified = Math.floor(about.birthtimeMs || about.ctimeMs)
  return { etag: `0x${lastModified.toString(16).toUpperCase()}`, lastModified }
}

/** List Blobs, flat or by hierarchy. */
export async function listBlobs(call: BlobCall): Promise<void> {
  const { query } = call
  const text = (name: string) => query.get(name) || undefined
  const include = includeOf(query)
  const max = pageSize(query)
  const asked = { prefix: text('prefix'), delimiter: text('delimiter'), marker: text('marker') }
  const page = await call.deps.store.bytes.list(call.account, call.container, {
    max: max ?? pageLimit,
    ...(asked.prefix === undefined ? {} : { prefix: asked.prefix }),
    ...(asked.delimiter === undefined ? {} : { delimiter: asked.delimiter }),
    ...(asked.marker === undefined ? {} : { marker: asked.marker }),
  })
  const blobs = page.blobs.map((stat) => blobElement(stat, include.has('metadata')))
  const prefixes = page.prefixes.map((name) => element('BlobPrefix', [nameElement(name)]))
  const root = element(
    'EnumerationResults',
    [
      textElement('Prefix', asked.prefix),
      textElement('Marker', asked.marker),
      textElement('MaxResults', max),
      textElement('Delimiter', asked.delimiter),
      element('Blobs', [...blobs, ...prefixes]),
      textElement('NextMarker', page.next ?? ''),
    ],
    { ServiceEndpoint: endpointOf(call), ContainerName: call.container },
  )
  call.reply.type('application/xml').send(xmlDocument(root))
}

function includeOf(query: URLSearchParams): Set<string> {
  const words = (query.get('include') ?? '').split(',').filter((word) => word !== '')
  const unknown = words.find((word) => !includable.has(word.toLowerCase()))
  if (unknown !== undefined) {
    fail('InvalidQueryParameter', { parameter: 'include', what: `${unknown} is nothing that can be listed here` })
  }
  return new Set(words.map((word) => word.toLowerCase()))
}

function pageSize(query: URLSearchParams): number | undefined {
  const text = query.get('maxresults')
  if (text === null) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text))
    fail('InvalidQueryParameter', { parameter: 'maxresults', what: 'it must be above 0' })
  return Math.min(Number(text), pageLimit)
}

function blobElement(stat: BlobStat, withMetadata: boolean): string {
  const properties = element('Properties', [
    textElement('Last-Modified', new Date(stat.lastModified).toUTCString()),
    textElement('Etag', stat.etag),
    textElement('Content-Length', stat.sizeBytes),
    textElement('Content-Type', stat.contentType),
    textElement('Content-Encoding', propertyOf(stat, ':content-encoding')),
    textElement('Content-Language', propertyOf(stat, ':content-language')),
    textElement('Content-MD5', md5Of(stat)),
    textElement('Cache-Control', propertyOf(stat, ':cache-control')),
    textElement('Content-Disposition', propertyOf(stat, ':content-disposition')),
    textElement('BlobType', 'BlockBlob'),
    textElement('AccessTier', propertyOf(stat, ':access-tier')),
    textElement('LeaseStatus', 'unlocked'),
    textElement('LeaseState', 'available'),
    textElement('ServerEncrypted', 'false'),
  ])
  const pairs = withMetadata ? userMetadata(stat).map(([name, value]) => textElement(name, value)) : []
  return element('Blob', [nameElement(stat.name), properties, withMetadata ? element('Metadata', pairs) : undefined])
}

/** List Containers of the account. */
export async function listContainers(call: BlobCall): Promise<void> {
  const prefix = call.query.get('prefix') ?? ''
  const after = call.query.get('marker') ?? ''
  includeOf(call.query)
  const max = pageSize(call.query) ?? pageLimit
  const all = await call.deps.store.bytes.containers(call.account)
  const names = all.filter((name) => name.startsWith(prefix) && name >= after).sort()
  const shown = await Promise.all(names.slice(0, max).map((name) => containerElement(call, name)))
  const root = element(
    'EnumerationResults',
    [textElement('Prefix', prefix), element('Containers', shown), textElement('NextMarker', names[max] ?? '')],
    { ServiceEndpoint: endpointOf(call) },
  )
  call.reply.type('application/xml').send(xmlDocument(root))
}

async function containerElement(call: BlobCall, name: string): Promise<string> {
  const version = await versionOfContainer(call, name)
  const properties = [
    textElement('Last-Modified', new Date(version.lastModified).toUTCString()),
    textElement('Etag', version.etag),
    textElement('LeaseStatus', 'unlocked'),
    textElement('LeaseState', 'available'),
    textElement('HasImmutabilityPolicy', 'false'),
    textElement('HasLegalHold', 'false'),
  ]
  return element('Container', [textElement('Name', name), element('Properties', properties)])
}

/** Get Account Information. */
export async function getAccount(call: BlobCall): Promise<void> {
  call.reply
    .header('x-ms-sku-name', 'Standard_LRS')
    .header('x-ms-account-kind', 'StorageV2')
    .header('x-ms-is-hns-enabled', 'false')
    .send()
}

function endpointOf(call: BlobCall): string {
  return `${originOf(call.request)}/${call.account}/`
}
