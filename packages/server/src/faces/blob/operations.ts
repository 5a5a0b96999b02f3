/**
 * Every operation of the storage dialect, told by method, level and the words of its query: which permission it needs,
 * which parameters it reads, who carries it out. What is not in the table but exists in Azure is refused by its name.
 */
import { fail } from '@lazurite/spec'
import type { Level } from './address.ts'
import { packFolder, unpackFolder } from './archive.ts'
import { deleteBlob, getBlob, getMetadata, headBlob, putBlob, setMetadata, setProperties } from './blobs.ts'
import { getBlockList, putBlock, putBlockList } from './blocks.ts'
import type { BlobCall } from './call.ts'
import {
  createContainer,
  deleteContainer,
  getAccount,
  getContainer,
  getContainerAcl,
  listBlobs,
  listContainers,
} from './containers.ts'
import { copyBlob } from './copy.ts'

export interface Operation {
  /** What it does, for the sentence `does not allow to …`. */
  act: string
  /** Permission letters, one of which is enough; empty: the whole account. */
  needs: string
  /** Query parameters beside those every operation has. */
  reads: string[]
  run(call: BlobCall): Promise<void>
}

const op = (act: string, needs: string, run: Operation['run'], ...reads: string[]): Operation => ({
  act,
  needs,
  run,
  reads,
})

const listing = ['prefix', 'delimiter', 'marker', 'maxresults', 'include']
const putOrCopy = (call: BlobCall) =>
  call.request.headers['x-ms-copy-source'] === undefined ? putBlob(call) : copyBlob(call)

/** `METHOD level [restype] [comp]`. */
const operations: Record<string, Operation> = {
  'GET account list': op('list the containers', '', listContainers, 'prefix', 'marker', 'maxresults', 'include'),
  'GET account account properties': op('read the account', 'rl', getAccount),
  'HEAD account account properties': op('read the account', 'rl', getAccount),
  'GET container account properties': op('read the account', 'rl', getAccount),
  'HEAD container account properties': op('read the account', 'rl', getAccount),
  'GET blob account properties': op('read the account', 'rl', getAccount),
  'HEAD blob account properties': op('read the account', 'rl', getAccount),
  'PUT container container': op('create a container', '', createContainer),
  'DELETE container container': op('delete the container', '', deleteContainer),
  'GET container container': op('read the container', 'rl', getContainer),
  'HEAD container container': op('read the container', 'rl', getContainer),
  'GET container container metadata': op('read the container', 'rl', getContainer),
  'HEAD container container metadata': op('read the container', 'rl', getContainer),
  'GET container container acl': op('read the access policy', '', getContainerAcl),
  'HEAD container container acl': op('read the access policy', '', getContainerAcl),
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
  batch: ['A batch of requests', 'requests are cheap on one machine'],
  userdelegationkey: ['A user delegation key', 'signatures are made by the workspace'],
  expiry: ['The expiry of a blob', 'nothing is deleted by itself'],
  immutabilitypolicies: ['An immutability policy', 'a blob is a plain file'],
  legalhold: ['A legal hold', 'a blob is a plain file'],
  stats: ['The statistics of a second region', 'there is one machine'],
  properties: ['Settings of the storage service', 'it has none'],
  metadata: ['Metadata of a container', 'containers keep none'],
  acl: ['An access policy', 'access is given by the workspace'],
  rename: ['Renaming a container', 'the workspace names its containers'],
  copy: ['Stopping a copy', 'copies are done at once'],
}

const always = new Set(
  'timeout comp restype sv ss srt sr st se sp sip spr sig si sdd ses rscc rscd rsce rscl rsct api-version _'.split(' '),
)

/** Finds the operation of a request. Raises OperationNotSupported, MethodNotAllowed, InvalidQueryParameter. */
export function operationOf(method: string, level: Level, query: URLSearchParams): Operation {
  const restype = query.get('restype')?.toLowerCase()
  const comp = query.get('comp')?.toLowerCase()
  const key = [method, level, restype, comp].filter((word) => word).join(' ')
  const found = Object.hasOwn(operations, key) ? operations[key] : undefined
  if (!found) return refuseOperation(method, key, comp)
  for (const name of query.keys()) {
    if (name === 'snapshot' || name === 'versionid') {
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

function refuseOperation(method: string, key: string, comp: string | undefined): never {
  const known = comp !== undefined && Object.hasOwn(refused, comp) ? refused[comp] : undefined
  if (known)
    fail('OperationNotSupported', { what: known[0], why: known[1], instead: 'Upload, read, list, copy or delete.' })
  if (comp !== undefined) fail('InvalidQueryParameter', { parameter: 'comp', what: `${comp} is no operation here` })
  return fail('MethodNotAllowed', { method, path: `this address (${key})` })
}

/** Headers of the dialect that are honoured, or that say nothing to honour. */
const honoured = new Set(
  `version date client-request-id return-client-request-id correlation-request-id useragent range range-get-content-md5
  range-get-content-crc64 blob-type blob-content-type blob-content-encoding blob-content-language blob-content-md5
  blob-cache-control blob-content-disposition content-crc64 copy-source requires-sync source-if-match
  source-if-none-match source-if-modified-since source-if-unmodified-since delete-snapshots access-tier
  blob-public-access`.split(/\s+/),
)

/** A header of the dialect that would be dropped in silence is an error that names it. */
export function refuseHeaders(names: string[]): void {
  for (const name of names) {
    if (!name.startsWith('x-ms-') || name.startsWith('x-ms-meta-')) continue
    if (honoured.has(name.slice('x-ms-'.length))) continue
    fail('NotSupported', { what: `The header ${name}`, why: 'nothing here honours it', instead: 'Leave it out.' })
  }
}
