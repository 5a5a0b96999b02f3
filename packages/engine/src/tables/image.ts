/** What an image file says of itself in its first bytes: its type and how large the picture is. */

export interface ImageFacts {
  type: 'png' | 'jpeg' | 'gif' | 'bmp' | 'webp' | 'tiff'
  width?: number
  height?: number
}

/** Undefined for bytes that are no image known here. Reads nothing beyond what it is given. */
export function readImage(head: Buffer): ImageFacts | undefined {
  if (head.length < 16) return undefined
  if (head.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) {
    return head.length < 24
      ? { type: 'png' }
      : { type: 'png', width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
  }
  const word = head.toString('latin1', 0, 4)
  if (word === 'GIF8') return { type: 'gif', width: head.readUInt16LE(6), height: head.readUInt16LE(8) }
  if (word.startsWith('BM') && head.length >= 26 && head.readUInt32LE(14) >= 40) {
    return { type: 'bmp', width: head.readInt32LE(18), height: Math.abs(head.readInt32LE(22)) }
  }
  if (word === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP') return readWebp(head)
  if (head[0] === 0xff && head[1] === 0xd8) return readJpeg(head)
  if (word === 'II*\0' || word === 'MM\0*') return readTiff(head, word === 'II*\0')
  return undefined
}

function readWebp(head: Buffer): ImageFacts {
  const chunk = head.toString('latin1', 12, 16)
  if (head.length < 30) return { type: 'webp' }
  if (chunk === 'VP8X') return { type: 'webp', width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 }
  if (chunk === 'VP8L') {
    const bits = head.readUInt32LE(21)
    return { type: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
  }
  return { type: 'webp', width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff }
}

/** Walks the segments to the first frame header. */
function readJpeg(head: Buffer): ImageFacts {
  for (let at = 2; at + 9 < head.length; ) {
    if (head[at] !== 0xff) return { type: 'jpeg' }
    const marker = head[at + 1] ?? 0
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (frame) return { type: 'jpeg', height: head.readUInt16BE(at + 5), width: head.readUInt16BE(at + 7) }
    const length = marker === 0xff ? -1 : head.readUInt16BE(at + 2)
    at += length === -1 ? 1 : 2 + Math.max(2, length)
  }
  return { type: 'jpeg' }
}

function readTiff(head: Buffer, little: boolean): ImageFacts {
  const u16 = (at: number) => (at + 2 > head.length ? 0 : little ? head.readUInt16LE(at) : head.readUInt16BE(at))
  const u32 = (at: number) => (at + 4 > head.length ? 0 : little ? head.readUInt32LE(at) : head.readUInt32BE(at))
  const facts: ImageFacts = { type: 'tiff' }
  const start = u32(4)
  for (let i = 0; i < Math.min(u16(start), 64); i++) {
    const at = start + 2 + i * 12
    const value = u16(at + 2) === 3 ? u16(at + 8) : u32(at + 8)
    if (u16(at) === 256) facts.width = value
    if (u16(at) === 257) facts.height = value
  }
  return facts
}
