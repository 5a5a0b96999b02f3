/**
 * Integrity of bytes on their way in. MD5 is the store's to check, since it makes one anyway; CRC64 is checked here by
 * letting the bytes through and breaking the stream at its end, so that the write behind it is refused as a whole.
 */

import { createHash } from 'node:crypto'
import { type Readable, Transform } from 'node:stream'
import { fail, LazError } from '@lazurite/spec'
import { type BlobCall, headerOf } from './call.ts'
import { Crc64 } from './crc64.ts'

/** The MD5 a request claims for its body. Raises InvalidHeaderValue for what is no MD5, Md5Mismatch for two claims. */
export function claimedMd5(call: BlobCall): string | undefined {
  const transport = digestHeader(call, 'content-md5', 16)
  const property = digestHeader(call, 'x-ms-blob-content-md5', 16)
  if (transport !== undefined && property !== undefined && transport !== property) fail('Md5Mismatch', {})
  return transport ?? property
}

function digestHeader(call: BlobCall, header: string, sizeBytes: number): string | undefined {
  const text = headerOf(call, header)
  if (text === undefined) return undefined
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== sizeBytes || bytes.toString('base64') !== text) {
    fail('InvalidHeaderValue', { header, what: `it is not ${sizeBytes} bytes in base64` })
  }
  return text
}

/**
 * The body of a request, checked against `x-ms-content-crc64` where that was sent. Whoever writes it must not destroy it
 * when it refuses: the connection has to live to carry the answer.
 */
export function checkedBody(call: BlobCall): Readable {
  const claimed = digestHeader(call, 'x-ms-content-crc64', 8)
  const { raw } = call.request
  if (claimed === undefined) return raw
  const body = crcCheck(call, claimed)
  raw.once('error', (error) => body.destroy(error))
  raw.once('close', () => {
    if (!raw.complete) body.destroy(new Error('the upload was cut off'))
  })
  return raw.pipe(body)
}

/** The same for bytes that are here already. Raises Md5Mismatch, Crc64Mismatch. */
export function checkBuffer(call: BlobCall, bytes: Buffer): void {
  const md5 = digestHeader(call, 'content-md5', 16)
  if (md5 !== undefined && createHash('md5').update(bytes).digest('base64') !== md5) fail('Md5Mismatch', {})
  const crc = digestHeader(call, 'x-ms-content-crc64', 8)
  if (crc !== undefined && new Crc64().update(bytes).digest().toString('base64') !== crc) fail('Crc64Mismatch', {})
}

function crcCheck(call: BlobCall, claimed: string): Transform {
  const crc = new Crc64()
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      crc.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      const right = crc.digest().toString('base64') === claimed
      if (right) call.reply.header('x-ms-content-crc64', claimed)
      done(right ? null : new LazError('Crc64Mismatch'))
    },
  })
}
