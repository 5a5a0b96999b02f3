// What the first or last bytes of a file tell of the rest, which is not read.

export interface Tensor {
  name: string
  type: string
  shape: readonly number[]
  sizeBytes?: number
}

/** The header of an `.npy`: `{'descr': '<f4', 'fortran_order': False, 'shape': (100, 8), }`. */
export function readNumpy(bytes: Uint8Array): Tensor | undefined {
  if (bytes.length < 10 || new TextDecoder('latin1').decode(bytes.subarray(1, 6)) !== 'NUMPY') return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [start, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, start + length))
  const type = /'descr':\s*'([^']*)'/.exec(text)?.[1]
  const shape = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1]
  if (type === undefined || shape === undefined) return undefined
  const numbers = shape.split(',').flatMap((one) => (one.trim() === '' ? [] : [Number(one)]))
  return { name: 'array', type, shape: numbers }
}

/** Length of the header of a safetensors file, which begins with it; 8 bytes are enough. */
export function tensorHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < 8) return 0
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
}

export function readTensors(header: string): Tensor[] {
  const told = JSON.parse(header) as Record<string, { dtype?: string; shape?: number[]; data_offsets?: number[] }> // as the format says
  return Object.entries(told)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, { dtype = '', shape = [], data_offsets: [from = 0, to = 0] = [] }]) => ({
      name,
      type: dtype,
      shape,
      sizeBytes: to - from,
    }))
}

export interface Entry {
  path: string
  sizeBytes: number
}

/** What the directory at the end of a zip lists; undefined when these bytes do not hold all of it. */
export function readZip(tail: Uint8Array, fileSize: number): Entry[] | undefined {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  let end = tail.length - 22
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < 0) return undefined
  const count = view.getUint16(end + 10, true)
  let at = view.getUint32(end + 16, true) - (fileSize - tail.length)
  const entries: Entry[] = []
  for (let i = 0; i < count; i++) {
    if (at < 0 || at + 46 > tail.length || view.getUint32(at, true) !== 0x02014b50) return undefined
    const nameLength = view.getUint16(at + 28, true)
    const path = new TextDecoder().decode(tail.subarray(at + 46, at + 46 + nameLength))
    entries.push({ path, sizeBytes: view.getUint32(at + 24, true) })
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return entries
}

/** Bytes as pairs of digits, and as the letters they might be. */
export function hexOf(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)]
    const digits = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const letters = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(6, '0')}  ${digits.padEnd(48)} ${letters}`)
  }
  return lines.join('\n')
}
