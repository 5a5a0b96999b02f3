// A folder as one tar stream: ten thousand small files cross in one request. POSIX ustar, with a pax record where a
// path is too long or not ASCII. Entries keep nothing but their path, size and executable bit, so equal folders are equal bytes.
import { fail } from '@lazurite/spec'
import { type FolderFile, readFileParts } from './folder.ts'

const block = 512
const flushBytes = 2 ** 18

/** The tar stream of these files. Raises BadArgument when a file changes while it is read. */
export async function* tarOf(
  files: readonly FolderFile[],
  sent?: (sizeBytes: number) => void,
): AsyncIterable<Uint8Array> {
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  for (const file of files) {
    waiting.push(headerOf(file))
    let sizeBytes = 0
    for await (const part of readFileParts(file)) {
      waiting.push(part)
      sizeBytes += part.length
      waitingBytes += part.length
      sent?.(part.length)
      if (waitingBytes >= flushBytes) {
        yield Buffer.concat(waiting)
        waiting = []
        waitingBytes = 0
      }
    }
    if (sizeBytes !== file.sizeBytes)
      fail('BadArgument', { what: `${file.absolute} changed while it was read; submit again.` })
    waiting.push(Buffer.alloc((block - (sizeBytes % block)) % block))
    waitingBytes += block
  }
  yield Buffer.concat([...waiting, Buffer.alloc(2 * block)])
}

function headerOf(file: FolderFile): Uint8Array {
  const path = Buffer.from(file.path)
  if (path.length <= 100 && /^[\x20-\x7e]+$/.test(file.path) && file.sizeBytes < 8 ** 11) {
    return entry(path, file.sizeBytes, file.executable ? 0o755 : 0o644, '0')
  }
  const records = Buffer.concat([paxRecord('path', file.path), paxRecord('size', String(file.sizeBytes))])
  const pad = Buffer.alloc((block - (records.length % block)) % block)
  const size = file.sizeBytes < 8 ** 11 ? file.sizeBytes : 0
  return Buffer.concat([
    entry(Buffer.from('pax'), records.length, 0o644, 'x'),
    records,
    pad,
    entry(path.subarray(0, 100), size, file.executable ? 0o755 : 0o644, '0'),
  ])
}

/** `<length> key=value\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return Buffer.from(`${length} ${key}=${value}\n`)
}

function entry(path: Uint8Array, sizeBytes: number, mode: number, type: string): Buffer {
  const header = Buffer.alloc(block)
  header.set(path, 0)
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(sizeBytes, 124, 12)
  octal(0, 136, 12)
  header.write('        ', 148, 'latin1')
  header.write(type, 156, 'latin1')
  header.write('ustar\u000000', 257, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}
