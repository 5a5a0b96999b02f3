// A folder as one tar stream: ten thousand small files cross in one request. POSIX ustar, with a pax record where a
// path is too long or not ASCII. Entries keep nothing but their path, size and executable bit, so equal folders are equal bytes.
import { joinBytes, utf8 } from './bytes.ts'
import { checkSize, type FolderFile, readFileParts } from './folder.ts'

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
        yield joinBytes(waiting)
        waiting = []
        waitingBytes = 0
      }
    }
    checkSize(file, sizeBytes)
    waiting.push(new Uint8Array((block - (sizeBytes % block)) % block))
    waitingBytes += block
  }
  yield joinBytes([...waiting, new Uint8Array(2 * block)])
}

function headerOf(file: FolderFile): Uint8Array {
  const path = utf8(file.path)
  if (path.length <= 100 && /^[\x20-\x7e]+$/.test(file.path) && file.sizeBytes < 8 ** 11) {
    return entry(path, file.sizeBytes, file.executable ? 0o755 : 0o644, '0')
  }
  const records = joinBytes([paxRecord('path', file.path), paxRecord('size', String(file.sizeBytes))])
  const pad = new Uint8Array((block - (records.length % block)) % block)
  const size = file.sizeBytes < 8 ** 11 ? file.sizeBytes : 0
  return joinBytes([
    entry(utf8('pax'), records.length, 0o644, 'x'),
    records,
    pad,
    entry(path.subarray(0, 100), size, file.executable ? 0o755 : 0o644, '0'),
  ])
}

/** `<length> key=value\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = utf8(` ${key}=${value}\n`).length
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return utf8(`${length} ${key}=${value}\n`)
}

function entry(path: Uint8Array, sizeBytes: number, mode: number, type: string): Uint8Array {
  const header = new Uint8Array(block)
  header.set(path, 0)
  const write = (text: string, at: number) => header.set(utf8(text), at)
  const octal = (value: number, at: number, length: number) =>
    write(`${value.toString(8).padStart(length - 1, '0')}\0`, at)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(sizeBytes, 124, 12)
  octal(0, 136, 12)
  write('        ', 148)
  write(type, 156)
  write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
