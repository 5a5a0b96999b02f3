/** Operations on containers: create, delete, look, note, list. */
import { fail } from '@lazurite/spec'
import type { BlobStat, ContainerStat } from '@lazurite/store'
import { originOf } from '../../request-url.ts'
import { policiesNote } from './auth.ts'
import { type BlobCall, headerOf, readSmallBody } from './call.ts'
import { checkWrite, parseConditions } from './conditions.ts'
import { md5Of, propertyOf, putVersionHeaders, readMetadata, userMetadata } from './headers.ts'
import { parsePolicies, printPolicies, readPolicies } from './policies.ts'
import { element, nameElement, textElement, xmlDocument } from './xml.ts'

const pageLimit = 5000
const aclLimitBytes = 64 * 1024
/** What a listing may be asked to include. Those without effect speak of things that no blob here has. */
const includable = new Set(
  'copy deleted metadata snapshots versions tags immutabilitypolicy legalhold deletedwithversions permissions system uncommittedblobs timestamps etag attributes permissionkey'.split(
    ' ',
  ),
)

/**
 * Create Container. A signature of one container is told that it is there, and may not make it: clients that begin by
 * making what they write to can go on.
 */
export async function createContainer(call: BlobCall): Promise<void> {
  refusePublic(call)
  const { account, container, access } = call
  if (!access.whole && access.reach !== 'account' && !(await call.deps.store.bytes.hasContainer(account, container))) {
    fail('PermissionMismatch', { what: 'create a container' })
  }
  if (!(await call.deps.store.bytes.createContainer(account, container, readMetadata(call)))) {
    fail('ContainerAlreadyExists', { name: container })
  }
  putVersionHeaders(call, await needContainer(call))
  call.reply.header('x-ms-namespace-enabled', 'true').code(201).send()
}

function refusePublic(call: BlobCall): void {
  if (headerOf(call, 'x-ms-blob-public-access') === undefined) return
  fail('NotSupported', {
    what: 'A public container',
    why: 'every read needs a token or a signature',
    instead: 'Leave x-ms-blob-public-access out.',
  })
}

/** Delete Container, with everything in it. */
export async function deleteContainer(call: BlobCall): Promise<void> {
  judge(call, await needContainer(call))
  if (!(await call.deps.store.bytes.deleteContainer(call.account, call.container))) {
    fail('ContainerNotFound', { name: call.container })
  }
  call.reply.code(202).send()
}

/** Get Container Properties and Metadata. */
export async function getContainer(call: BlobCall): Promise<void> {
  const stat = await needContainer(call)
  putVersionHeaders(call, stat)
  for (const [name, value] of userMetadata(stat)) call.reply.header(`x-ms-meta-${name}`, value)
  call.reply
    .header('x-ms-lease-status', 'unlocked')
    .header('x-ms-lease-state', 'available')
    .header('x-ms-has-immutability-policy', 'false')
    .header('x-ms-has-legal-hold', 'false')
    .header('x-ms-namespace-enabled', 'true')
    .send()
}

/** Set Container Metadata. */
export async function setContainerMetadata(call: BlobCall): Promise<void> {
  const before = await needContainer(call)
  judge(call, before)
  await note(call, { ...readMetadata(call), ...notesOf(before) })
}

/** Get Container ACL: always private, with the stored policies. */
export async function getContainerAcl(call: BlobCall): Promise<void> {
  const stat = await needContainer(call)
  putVersionHeaders(call, stat)
  call.reply.type('application/xml').send(printPolicies(readPolicies(stat.metadata[policiesNote])))
}

/** Set Container ACL: replaces the stored policies. */
export async function setContainerAcl(call: BlobCall): Promise<void> {
  refusePublic(call)
  const before = await needContainer(call)
  judge(call, before)
  const policies = parsePolicies((await readSmallBody(call, aclLimitBytes)).toString('utf8'))
  await note(call, { ...before.metadata, [policiesNote]: JSON.stringify(policies) })
}

async function note(call: BlobCall, metadata: Record<string, string>): Promise<void> {
  const stat = await call.deps.store.bytes.setContainerMetadata(call.account, call.container, metadata)
  putVersionHeaders(call, stat)
  call.reply.code(200).send()
}

function judge(call: BlobCall, stat: ContainerStat): void {
  const version = { etag: stat.etag, modifiedAt: stat.lastModified }
  checkWrite(parseConditions(call.request.headers), version, call.container)
}

function notesOf(stat: ContainerStat): Record<string, string> {
  return Object.fromEntries(Object.entries(stat.metadata).filter(([name]) => name.startsWith(':')))
}

async function needContainer(call: BlobCall): Promise<ContainerStat> {
  const stat = await call.deps.store.bytes.statContainer(call.account, call.container)
  return stat ?? fail('ContainerNotFound', { name: call.container })
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
    uncommitted: include.has('uncommittedblobs'),
    ...(asked.prefix === undefined ? {} : { prefix: asked.prefix }),
    ...(asked.delimiter === undefined ? {} : { delimiter: asked.delimiter }),
    ...(asked.marker === undefined ? {} : { marker: asked.marker }),
  })
  const blobs = [
    ...page.blobs.map((stat): [string, string] => [stat.name, blobElement(stat, include.has('metadata'))]),
    ...(page.uploads ?? []).map((name): [string, string] => [name, uploadElement(name)]),
  ]
  if (page.uploads?.length) blobs.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const prefixes = page.prefixes.map((name) => element('BlobPrefix', [nameElement(name)]))
  const root = element(
    'EnumerationResults',
    [
      textElement('Prefix', asked.prefix),
      textElement('Marker', asked.marker),
      textElement('MaxResults', max),
      textElement('Delimiter', asked.delimiter),
      element('Blobs', [...blobs.map(([, xml]) => xml), ...prefixes]),
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

/** A blob to come: it has blocks, and no content yet. */
function uploadElement(name: string): string {
  const properties = [textElement('Content-Length', 0), textElement('BlobType', 'BlockBlob')]
  return element('Blob', [nameElement(name), element('Properties', properties)])
}

export function pageSize(query: URLSearchParams, name = 'maxresults'): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) fail('InvalidQueryParameter', { parameter: name, what: 'it must be above 0' })
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

/** List Containers of the account, also in the words of Azure Files: the request is the same, and so are the folders. */
export async function listContainers(call: BlobCall): Promise<void> {
  const prefix = call.query.get('prefix') ?? ''
  const after = call.query.get('marker') ?? ''
  const withMetadata = includeOf(call.query).has('metadata')
  const max = pageSize(call.query) ?? pageLimit
  const all = await call.deps.store.bytes.containers(call.account)
  const names = all.filter((name) => name.startsWith(prefix) && name >= after).sort()
  const found = await Promise.all(
    names.slice(0, max).map((name) => call.deps.store.bytes.statContainer(call.account, name)),
  )
  const shown = ['Container', 'Share'].map((word) => {
    const each = found.map((stat) => (stat === undefined ? '' : containerElement(word, stat, withMetadata)))
    return element(`${word}s`, each)
  })
  const root = element(
    'EnumerationResults',
    [textElement('Prefix', prefix), ...shown, textElement('NextMarker', names[max] ?? '')],
    { ServiceEndpoint: endpointOf(call) },
  )
  call.reply.type('application/xml').send(xmlDocument(root))
}

function containerElement(word: string, stat: ContainerStat, withMetadata: boolean): string {
  const properties = [
    textElement('Last-Modified', new Date(stat.lastModified).toUTCString()),
    textElement('Etag', stat.etag),
    ...(word === 'Share' ? [textElement('Quota', 5120)] : []),
    textElement('LeaseStatus', 'unlocked'),
    textElement('LeaseState', 'available'),
    ...(word === 'Share' ? [] : [textElement('HasImmutabilityPolicy', 'false'), textElement('HasLegalHold', 'false')]),
  ]
  const pairs = userMetadata(stat).map(([name, value]) => textElement(name, value))
  return element(word, [
    textElement('Name', stat.name),
    element('Properties', properties),
    withMetadata ? element('Metadata', pairs) : undefined,
  ])
}

function endpointOf(call: BlobCall): string {
  return `${originOf(call.request)}/${call.account}/`
}
