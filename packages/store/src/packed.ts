/**
 * Texts that are packed once and joined as they are: each is a run of deflate blocks that ends on a byte and refers to
 * nothing before it, so that several after one another are one stream, and one gzip file once the checksums are joined.
 * RFC 1951, RFC 1952; joining checksums as zlib does it.
 */
import { constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib'

/** A text, packed. */
export interface Packed {
  /** Of the bytes of the text. */
  crc: number
  /** Bytes of the text. */
  size: number
  body: Uint8Array
}

export function pack(text: string): Packed {
  const bytes = Buffer.from(text)
  const body = deflateRawSync(bytes, { level: 6, finishFlush: constants.Z_FULL_FLUSH })
  return { crc: crc32(bytes), size: bytes.length, body }
}

const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
/** A last block with nothing in it. */
const last = Buffer.from([3, 0])

/** A gzip file of these texts, one after another. */
export function joinAsGzip(parts: readonly Packed[]): Buffer {
  let crc = 0
  let size = 0
  for (const part of parts) {
    crc = multiply(powerOf(part.size), crc) ^ part.crc
    size += part.size
  }
  const foot = Buffer.alloc(8)
  foot.writeUInt32LE(crc >>> 0, 0)
  foot.writeUInt32LE(size % 2 ** 32, 4)
  return Buffer.concat([head, ...parts.map((part) => part.body), last, foot])
}

/** The texts themselves, one after another. */
export function joinAsBytes(parts: readonly Packed[]): Buffer {
  return inflateRawSync(Buffer.concat([...parts.map((part) => part.body), last]))
}

const polynomial = 0xedb88320

/** Product of two polynomials modulo that of the checksum; the highest bit is the lowest power. */
function multiply(a: number, b: number): number {
  let product = 0
  let rest = b
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= rest
    rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1
  }
  return product
}

/** x to the powers of two. */
const squares: number[] = [0x40000000]
while (squares.length < 32) {
  const before = squares.at(-1) ?? 0
  squares.push(multiply(before, before))
}

const powers = new Map<number, number>()

/** x to the number of bits in so many bytes; sizes come again and again. */
function powerOf(bytes: number): number {
  const known = powers.get(bytes)
  if (known !== undefined) return known
  let power = 0x80000000
  for (let at = 3, rest = bytes; rest > 0; at += 1, rest = Math.floor(rest / 2))
    if (rest % 2 === 1) power = multiply(squares[at & 31] ?? 0, power)
  if (powers.size > 10_000) powers.clear()
  powers.set(bytes, power)
  return power
}
