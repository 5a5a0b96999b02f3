/** Uploads in pieces: blocks sent in any order and at once, joined by a list of their ids. */
import { createHash } from 'node:crypto'
import { fail } from '@lazurite/spec'
import { writeOptions } from './blobs.ts'
import { type BlobCall, headerOf, readSmallBody } from './call.ts'
import { checkedBody, claimedMd5 } from './digest.ts'
import { putVersionHeaders, putWriteHeaders } from './headers.ts'
import { element, parseBlockList, textElement, xmlDocument } from './xml.ts'

const listLimitBytes = 8 * 1024 * 1024
const blockLimitBytes = 4000 * 1024 * 1024
const idLimitBytes = 64
const countLimit = 50_000

/** Put Block. */
export async function putBlock(call: BlobCall): Promise<void> {
  if (headerOf(call, 'x-ms-copy-source') !== undefined) {
    fail('OperationNotSupported', {
      what: 'Put Block From URL',
      why: 'the server never fetches from addresses it is told',
      instead: 'Send the bytes of the block.',
    })
  }
  const id = call.query.get('blockid') ?? ''
  const bytes = Buffer.from(id, 'base64')
  if (bytes.length === 0 || bytes.length > idLimitBytes || bytes.toString('base64') !== id) {
    fail('InvalidQueryParameter', { parameter: 'blockid', what: 'it is not base64 of 1 to 64 bytes' })
  }
  const md5 = claimedMd5(call)
  const declared = headerOf(call, 'content-length')
  await call.deps.store.bytes.stageBlock(call.account, call.container, call.blob, {
    id,
    body: checkedBody(call),
    maxBytes: blockLimitBytes,
    ...(md5 === undefined ? {} : { md5 }),
    ...(declared === undefined ? {} : { sizeBytes: Number(declared) }),
  })
  if (md5 !== undefined) call.reply.header('content-md5', md5)
  call.reply.header('x-ms-request-server-encrypted', 'false').code(201).send()
}

/** Put Block List. */
export async function putBlockList(call: BlobCall): Promise<void> {
  const body = await readSmallBody(call, listLimitBytes)
  const sent = headerOf(call, 'content-md5')
  if (sent !== undefined && createHash('md5').update(body).digest('base64') !== sent) fail('Md5Mismatch', {})
  const choices = parseBlockList(body.toString('utf8'))
  if (choices.length > countLimit) fail('TooLarge', { what: 'The block list', limit: `${countLimit} blocks` })
  if (choices.some((choice) => choice.source === 'Committed')) {
    fail('OperationNotSupported', {
      what: 'A <Committed> block',
      why: 'a blob is kept as one plain file, not as its blocks',
      instead: 'Send the block again and name it <Latest>.',
    })
  }
  const options = await writeOptions(call, false)
  const md5 = headerOf(call, 'x-ms-blob-content-md5')
  const ids = choices.map((choice) => choice.id)
  const stat = await call.deps.store.bytes.commitBlocks(call.account, call.container, call.blob, ids, {
    ...options,
    ...(md5 === undefined ? {} : { md5 }),
  })
  putWriteHeaders(call, stat)
  call.reply.code(201).send()
}

/** Get Block List: what was staged and waits; a committed blob is one file and lists no blocks. */
export async function getBlockList(call: BlobCall): Promise<void> {
  const { bytes } = call.deps.store
  const stat = await bytes.stat(call.account, call.container, call.blob)
  const staged = await bytes.blockList(call.account, call.container, call.blob)
  if (!stat && staged.length === 0) fail('BlobNotFound', { name: call.blob })
  if (stat) {
    putVersionHeaders(call, stat)
    call.reply.header('x-ms-blob-content-length', stat.sizeBytes)
  }
  const wanted = call.query.get('blocklisttype')?.toLowerCase() ?? 'committed'
  if (!['committed', 'uncommitted', 'all'].includes(wanted)) {
    fail('InvalidQueryParameter', { parameter: 'blocklisttype', what: 'it is committed, uncommitted or all' })
  }
  const blocks = staged.map(({ id, sizeBytes }) =>
    element('Block', [textElement('Name', id), textElement('Size', sizeBytes)]),
  )
  const committed = wanted === 'uncommitted' ? undefined : element('CommittedBlocks', [])
  const uncommitted = wanted === 'committed' ? undefined : element('UncommittedBlocks', blocks)
  call.reply.type('application/xml').send(xmlDocument(element('BlockList', [committed, uncommitted])))
}
