// Where some bytes stand among very many, in two cases of letters at once. The engine jumps from one rare byte to the next,
// which is many times as fast as looking at each.

const sampleBytes = 1 << 16

/**
 * Calls `found` for every place of the bytes from a place on; it answers where to go on. `lower` and `other` are as long as
 * each other: at every place either will do.
 */
export function findBytes(
  bytes: Uint8Array,
  [lower, other]: readonly [Uint8Array, Uint8Array],
  from: number,
  found: (at: number) => number,
): void {
  const size = lower.length
  if (size === 0) return
  const pivot = rarestOf(bytes, lower, other)
  const [a, b] = [lower[pivot] ?? 0, other[pivot] ?? 0]
  const next = (byte: number, at: number) => {
    const place = bytes.indexOf(byte, at)
    return place < 0 ? bytes.length : place
  }
  let x = next(a, from + pivot)
  let y = a === b ? bytes.length : next(b, from + pivot)
  for (;;) {
    const place = Math.min(x, y)
    const at = place - pivot
    if (at + size > bytes.length) return
    let i = 0
    while (i < size && (bytes[at + i] === lower[i] || bytes[at + i] === other[i])) i++
    const on = Math.max(place + 1, i === size ? found(at) + pivot : 0)
    if (x < on) x = next(a, on)
    if (y < on) y = next(b, on)
  }
}

/** Which of the bytes is the rarest where they are looked for, by a part of them. */
function rarestOf(bytes: Uint8Array, lower: Uint8Array, other: Uint8Array): number {
  const counts = new Uint32Array(256)
  // what stands at the beginning is often not like the rest
  const middle = Math.max(0, (bytes.length >> 1) - (sampleBytes >> 1))
  for (const byte of bytes.subarray(middle, middle + sampleBytes)) counts[byte] = (counts[byte] ?? 0) + 1
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < lower.length; i++) {
    const [a, b] = [lower[i] ?? 0, other[i] ?? 0]
    const count = (counts[a] ?? 0) + (a === b ? 0 : (counts[b] ?? 0))
    if (count < least) [best, least] = [i, count]
  }
  return best
}
