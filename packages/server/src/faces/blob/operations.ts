/**
 * Every operation of the storage dialect, told by method, level and the words of its query: which permission it needs,
 * which parameters it reads, who carries it out. What is not in the table but exists in Azure is refused by its name.
 */
import { fail } from '@lazurite/spec'
import type { FastifyRequest } from 'fastify'
import type { Level } from './address.ts'
import { packFolder, unpackFolder } from './archive.ts'
import type { Need } from './auth.ts'
import { runBatch } from './batch.ts'
import { deleteBlob, getBlob, getMetadata, headBlob, putBlob, setMetadata, setProperties } from './blobs.ts'
import { getBlockList, putBlock, putBlockList } from './blocks.ts'
import type { BlobCall } from './call.ts'
import {
  createContainer,
  deleteContainer,
  getContainer,
  getContainerAcl,
  listBlobs,
  listContainers,
  setContainerAcl,
  setContainerMetadata,
} from './containers.ts'
import { copyBlob } from './copy.ts'
import { appendPath, createPath, deletePath, flushPath, listPaths, renamePath, statusOfPath } from './lake.ts'
import { getAccount, getDelegationKey, getServiceProperties, getServiceStats } from './service.ts'
import * as share from './shares.ts'

export interface Operation extends Need {
  /** Query parameters beside those every operation has. */
  reads: string[]
  run(call: BlobCall): Promise<void>
}

/** Blob Storage, Data Lake Storage, Azure Files: three ways to speak of the same files. */
export type Dialect = 'blob' | 'lake' | 'file'

const op = (act: string, needs: string, run: Operation['run'], ...reads: string[]): Operation => ({
  act,
  needs,
  run,
  reads,
})
/** One that a signature of a container does not open, but one of the whole account with these letters. */
const wide = (act: string, account: string, run: Operation['run'], ...reads: string[]): Operation => ({
  ...op(act, '', run, ...reads),
  account,
})

const listing = ['prefix', 'delimiter', 'marker', 'maxresults', 'include', 'showonly']
const putOrCopy = (call: BlobCall) =>
  call.request.headers['x-ms-copy-source'] === undefined ? putBlob(call) : copyBlob(call)

/** `METHOD level [restype] [comp]`. */
const operations: Record<string, Operation> = {
  'GET account list': wide('list the containers', 'l', listContainers, 'prefix', 'marker', 'maxresults', 'include'),
  'GET account account properties': op('read the account', 'rl', getAccount),
  'HEAD account account properties': op('read the account', 'rl', getAccount),
  'GET container account properties': op('read the account', 'rl', getAccount),
  'HEAD container account properties': op('read the account', 'rl', getAccount),
  'GET blob account properties': op('read the account', 'rl', getAccount),
  'HEAD blob account properties': op('read the account', 'rl', getAccount),
  'GET account service properties': wide('read the settings', 'r', getServiceProperties),
  'GET account service stats': wide('read the statistics', 'r', getServiceStats),
  'POST account service userdelegationkey': wide('get a user delegation key', '', getDelegationKey),
  'POST account batch': op('delete blobs', 'd', runBatch),
  // with the account in the path, the client takes it for the container
  'POST account container batch': op('delete blobs', 'd', runBatch),
  'POST container container batch': op('delete blobs', 'd', runBatch),
  'PUT container container': op('create a container', 'cw', createContainer),
  'DELETE container container': wide('delete the container', 'd', deleteContainer),
  'GET container container': op('read the container', 'rl', getContainer),
  'HEAD container container': op('read the container', 'rl', getContainer),
  'GET container container metadata': op('read the container', 'rl', getContainer),
  'HEAD container container metadata': op('read the container', 'rl', getContainer),
  'PUT container container metadata': wide('change the container', 'w', setContainerMetadata),
  'GET container container acl': wide('read the access policy', '', getContainerAcl),
  'HEAD container container acl': wide('read the access policy', '', getContainerAcl),
  'PUT container container acl': wide('change the access policy', '', setContainerAcl),
  'GET container container list': op('list the container', 'l', listBlobs, ...listing),
  'PUT container archive': op('write to the container', 'w', unpackFolder),
  'GET container archive': op('read the container', 'r', packFolder),
  'PUT blob': op('write the blob', 'wc', putOrCopy),
  'GET blob': op('read the blob', 'r', getBlob),
  'HEAD blob': op('read the blob', 'r', headBlob),
  'DELETE blob': op('delete the blob', 'd', deleteBlob),
  'PUT blob block': op('write the blob', 'wc', putBlock, 'blockid'),
  'PUT blob blocklist': op('write the blob', 'wc', putBlockList),
  'GET blob blocklist': op('read the blob', 'r', getBlockList, 'blocklisttype'),
  'PUT blob metadata': op('change the blob', 'w', setMetadata),
  'GET blob metadata': op('read the blob', 'r', getMetadata),
  'HEAD blob metadata': op('read the blob', 'r', getMetadata),
  'PUT blob properties': op('change the blob', 'w', setProperties),
  'PUT blob archive': op('write to the folder', 'w', unpackFolder),
  'GET blob archive': op('read the folder', 'r', packFolder),
}

const paths = ['directory', 'recursive', 'continuation', 'maxResults', 'upn', 'resource', 'timeout', 'beginFrom']
const append = ['position', 'flush', 'action']

/** `METHOD level [resource] [action]`, of Data Lake. */
const lakeOperations: Record<string, Operation> = {
  'PUT container filesystem': op('create a container', 'cw', createContainer, 'resource'),
  'DELETE container filesystem': wide('delete the container', 'd', deleteContainer, 'resource'),
  'HEAD container filesystem': op('read the container', 'rl', getContainer, 'resource'),
  'GET container filesystem': op('list the container', 'l', listPaths, ...paths),
  'PUT blob directory': op('make the folder', 'wc', createPath, 'resource'),
  'PUT blob file': op('write the file', 'wc', createPath, 'resource'),
  'PUT blob': op('move to this path', 'w', renamePath, 'mode'),
  'PATCH blob append': op('write the file', 'wca', appendPath, ...append),
  'PATCH blob flush': op('write the file', 'wca', flushPath, ...append, 'close', 'retainUncommittedData'),
  'DELETE blob': op('delete the path', 'd', deletePath, 'recursive', 'continuation', 'paginated'),
  'HEAD blob getStatus': op('read the path', 'r', statusOfPath, 'action', 'upn'),
}

/** `METHOD level [restype] [comp]`, of Azure Files. */
const fileOperations: Record<string, Operation> = {
  'PUT container share': op('create a share', 'cw', createContainer),
  'DELETE container share': wide('delete the share', 'd', deleteContainer),
  'GET container share': op('read the share', 'rl', share.getShare),
  'HEAD container share': op('read the share', 'rl', share.getShare),
  'GET container share metadata': op('read the share', 'rl', share.getShare),
  'PUT container share metadata': wide('change the share', 'w', setContainerMetadata),
  'GET container directory': op('read the share', 'rl', share.getFolder),
  'GET container directory list': op('list the share', 'l', share.listFolder, ...listing),
  'PUT blob directory': op('make the folder', 'wc', share.createFolder),
  'GET blob directory': op('read the folder', 'r', share.getFolder),
  'HEAD blob directory': op('read the folder', 'r', share.getFolder),
  'DELETE blob directory': op('delete the folder', 'd', share.deleteFolder),
  'GET blob directory list': op('list the folder', 'l', share.listFolder, ...listing),
  'GET blob directory metadata': op('read the folder', 'r', share.getFolder),
  'PUT blob directory metadata': op('change the folder', 'w', share.setFolderMetadata),
  'PUT blob directory properties': op('change the folder', 'w', share.setFolderProperties),
  'PUT blob directory rename': op('move to this path', 'w', share.renameFile),
  'PUT blob': op('write the file', 'wc', share.createFile),
  'PUT blob range': op('write the file', 'w', share.putRange),
  'GET blob rangelist': op('read the file', 'r', share.listRanges),
  'PUT blob properties': op('change the file', 'w', share.setFileProperties),
  'PUT blob rename': op('move to this path', 'w', share.renameFile),
}

const tables: Record<Dialect, Record<string, Operation>> = {
  blob: operations,
  lake: lakeOperations,
  file: fileOperations,
}

const fileWords = new Set(['range', 'rangelist', 'rename', 'listhandles', 'forceclosehandles'])
const fileMarks = ['x-ms-type', 'x-ms-file-attributes', 'x-ms-content-length']

/** In which dialect a request is, by the words that only one of them has. */
export function dialectOf(request: FastifyRequest, level: Level, query: URLSearchParams): Dialect {
  const { headers, method } = request
  const restype = query.get('restype')?.toLowerCase()
  if (restype === 'share' || restype === 'directory' || fileWords.has(query.get('comp')?.toLowerCase() ?? '')) {
    return 'file'
  }
  if (method === 'PUT' && fileMarks.some((name) => headers[name] !== undefined)) return 'file'
  const moves = headers['x-ms-rename-source'] !== undefined
  if (method === 'PATCH' || moves || query.has('resource') || query.has('action')) return 'lake'
  const deletes = method === 'DELETE' && level === 'blob'
  return deletes && (query.has('recursive') || query.has('paginated')) ? 'lake' : 'blob'
}

/** Words of Azure's dialect that mean something this server does not have. */
const refused: Record<string, [what: string, why: string]> = {
  lease: ['A lease', 'a blob is kept as one plain file without locks'],
  snapshot: ['A snapshot of a blob', 'a blob is kept as one plain file'],
  page: ['A page blob', 'a blob is kept as one plain file, uploaded whole'],
  pagelist: ['A page blob', 'a blob is kept as one plain file, uploaded whole'],
  appendblock: ['An append blob', 'a blob is kept as one plain file, uploaded whole'],
  seal: ['An append blob', 'a blob is kept as one plain file, uploaded whole'],
  tags: ['Blob tags', 'blobs keep metadata but no index'],
  blobs: ['A search by tags', 'blobs keep metadata but no index'],
  tier: ['Changing the access tier', 'there is one disk'],
  undelete: ['Undelete', 'what is deleted is gone'],
  query: ['A query over the content of a blob', 'the server does not read what it keeps'],
  expiry: ['The expiry of a blob', 'nothing is deleted by itself'],
  immutabilitypolicies: ['An immutability policy', 'a blob is a plain file'],
  legalhold: ['A legal hold', 'a blob is a plain file'],
  rename: ['Renaming a container', 'the workspace names its containers'],
  copy: ['Stopping a copy', 'copies are done at once'],
  incrementalcopy: ['An incremental copy', 'a blob is kept as one plain file'],
  properties: ['Changing settings of the storage service', 'everything there is to switch on is off'],
  stats: ['The statistics of a share', 'it is a folder of this disk'],
  acl: ['An access policy here', 'only containers keep policies'],
  metadata: ['Metadata here', 'containers, folders and blobs keep it'],
  filepermission: ['A Windows permission', 'files have the rights of the one who runs the server'],
  listhandles: ['Open handles', 'no file of a share is ever held open'],
  forceclosehandles: ['Open handles', 'no file of a share is ever held open'],
  link: ['A link', 'a share keeps plain files'],
  symboliclink: ['A link', 'a share keeps plain files'],
  setaccesscontrol: ['Rights of a single file', 'files have the rights of the one who runs the server'],
  setaccesscontrolrecursive: ['Rights of single files', 'files have the rights of the one who runs the server'],
  getaccesscontrol: ['Rights of a single file', 'files have the rights of the one who runs the server'],
  setproperties: ['Setting properties in this dialect', 'the blob dialect sets metadata'],
  setexpiry: ['The expiry of a file', 'nothing is deleted by itself'],
  undeletepath: ['Undelete', 'what is deleted is gone'],
}

const always = new Set(
  'timeout comp restype sv ss srt sr st se sp sip spr sig si sdd ses rscc rscd rsce rscl rsct api-version skoid sktid skt ske sks skv saoid suoid scid skdutid sduoid _'.split(
    ' ',
  ),
)

/** Finds the operation of a request. Raises OperationNotSupported, MethodNotAllowed, InvalidQueryParameter. */
export function operationOf(
  { method }: { method: string },
  level: Level,
  { query, dialect }: { query: URLSearchParams; dialect: Dialect },
): Operation {
  const words =
    dialect === 'lake' ? [query.get('resource'), query.get('action')] : [query.get('restype'), query.get('comp')]
  const key = [method, level, ...words.map((word) => (dialect === 'lake' ? word : word?.toLowerCase()))]
    .filter((word) => word)
    .join(' ')
  const table = tables[dialect]
  const found = Object.hasOwn(table, key) ? table[key] : undefined
  if (!found) return refuseOperation(method, key, words[1]?.toLowerCase())
  for (const name of query.keys()) {
    if (name === 'snapshot' || name === 'versionid' || name === 'sharesnapshot') {
      fail('OperationNotSupported', {
        what: `The parameter ${name}`,
        why: 'a blob has one version',
        instead: 'Leave it out.',
      })
    }
    if (!always.has(name) && !found.reads.includes(name)) {
      fail('InvalidQueryParameter', { parameter: name, what: 'nothing here reads it' })
    }
  }
  return found
}

function refuseOperation(method: string, key: string, word: string | undefined): never {
  const known = word !== undefined && Object.hasOwn(refused, word) ? refused[word] : undefined
  if (known)
    fail('OperationNotSupported', { what: known[0], why: known[1], instead: 'Upload, read, list, copy or delete.' })
  if (word !== undefined) fail('InvalidQueryParameter', { parameter: 'comp', what: `${word} is no operation here` })
  return fail('MethodNotAllowed', { method, path: `this address (${key})` })
}

/** Headers that are honoured, or that say nothing to honour, whatever the dialect. */
const common = `version date client-request-id return-client-request-id correlation-request-id useragent range
  range-get-content-md5 range-get-content-crc64 blob-type blob-content-type blob-content-encoding blob-content-language
  blob-content-md5 blob-cache-control blob-content-disposition content-crc64 copy-source requires-sync source-if-match
  source-if-none-match source-if-modified-since source-if-unmodified-since source-content-md5 delete-snapshots access-tier
  blob-public-access file-request-intent allow-trailing-dot`
const honoured: Record<Dialect, Set<string>> = {
  blob: new Set(common.split(/\s+/)),
  lake: new Set(
    `${common} properties content-type content-encoding content-language content-disposition cache-control content-md5
    rename-source`.split(/\s+/),
  ),
  file: new Set(
    `${common} type content-length content-type content-encoding content-language content-disposition cache-control
    content-md5 write share-quota file-extended-info file-rename-source file-rename-replace-if-exists
    source-allow-trailing-dot file-rename-ignore-readonly`.split(/\s+/),
  ),
}

/** Words that leave an attribute of a file as it would be without them. */
const sayNothing: Record<string, RegExp> = {
  'x-ms-file-attributes': /^(?:none|preserve|archive|normal|directory)$/i,
  'x-ms-file-permission': /^(?:inherit|preserve)$/i,
  'x-ms-file-creation-time': /^(?:now|preserve)$/i,
  'x-ms-file-last-write-time': /^(?:now|preserve)$/i,
  'x-ms-file-change-time': /^(?:now|preserve)$/i,
}

/**
 * A header of the dialect that would be dropped in silence is an error that names it. Clients also send empty ones, and a
 * bare `x-ms-meta` beside the metadata itself: those say nothing.
 */
export function refuseHeaders(headers: FastifyRequest['headers'], dialect: Dialect): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-ms-') || /^x-ms-meta(?:-|$)/.test(name) || value === '') continue
    if (honoured[dialect].has(name.slice('x-ms-'.length)) || sayNothing[name]?.test(String(value))) continue
    fail('NotSupported', { what: `The header ${name}`, why: 'nothing here honours it', instead: 'Leave it out.' })
  }
}
