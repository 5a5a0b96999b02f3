/**
 * The CRC-64 that storage clients may send beside an upload (reflected polynomial 0x9A6C9329AC4BC9B5, all ones in and
 * out, written little-endian in base64). Two 32-bit halves and eight tables, because BigInt costs a hundred times more.
 */
const polyLow = 0xac4bc9b5
const polyHigh = 0x9a6c9329
const slices = 8

const [low, high] = makeTables()

function makeTables(): [Uint32Array, Uint32Array] {
  const lows = new Uint32Array(256 * slices)
  const highs = new Uint32Array(256 * slices)
  for (let byte = 0; byte < 256; byte++) {
    let l = byte
    let h = 0
    for (let bit = 0; bit < 8; bit++) {
      const carry = l & 1
      l = (l >>> 1) | (h << 31)
      h >>>= 1
      if (carry) {
        l ^= polyLow
        h ^= polyHigh
      }
    }
    lows[byte] = l
    highs[byte] = h
  }
  for (let slice = 1; slice < slices; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const at = (slice - 1) * 256 + byte
      const l = lows[at]!
      const h = highs[at]!
      const index = l & 0xff
      lows[slice * 256 + byte] = ((l >>> 8) | (h << 24)) ^ lows[index]!
      highs[slice * 256 + byte] = (h >>> 8) ^ highs[index]!
    }
  }
  return [lows, highs]
}

export class Crc64 {
  #low = 0xffffffff
  #high = 0xffffffff

  update(data: Uint8Array): this {
    let l = this.#low
    let h = this.#high
    let at = 0
    for (const end = data.length - (data.length % 8); at < end; at += 8) {
      const a = (l & 0xff) ^ data[at]!
      const b = ((l >>> 8) & 0xff) ^ data[at + 1]!
      const c = ((l >>> 16) & 0xff) ^ data[at + 2]!
      const d = (l >>> 24) ^ data[at + 3]!
      const e = (h & 0xff) ^ data[at + 4]!
      const f = ((h >>> 8) & 0xff) ^ data[at + 5]!
      const g = ((h >>> 16) & 0xff) ^ data[at + 6]!
      const i = (h >>> 24) ^ data[at + 7]!
      l = low[1792 + a]! ^ low[1536 + b]! ^ low[1280 + c]! ^ low[1024 + d]!
      l ^= low[768 + e]! ^ low[512 + f]! ^ low[256 + g]! ^ low[i]!
      h = high[1792 + a]! ^ high[1536 + b]! ^ high[1280 + c]! ^ high[1024 + d]!
      h ^= high[768 + e]! ^ high[512 + f]! ^ high[256 + g]! ^ high[i]!
    }
    for (; at < data.length; at++) {
      const index = (l ^ data[at]!) & 0xff
      l = ((l >>> 8) | (h << 24)) ^ low[index]!
      h = (h >>> 8) ^ high[index]!
    }
    this.#low = l >>> 0
    this.#high = h >>> 0
    return this
  }

  digest(): Buffer {
    const out = Buffer.alloc(8)
    out.writeUInt32LE(~this.#low >>> 0, 0)
    out.writeUInt32LE(~this.#high >>> 0, 4)
    return out
  }
}
