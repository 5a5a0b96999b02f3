// SHA-256 over a stream (FIPS 180-4): browsers only offer it over bytes that are all there, and a data set is not.
import { hexOf } from './bytes.ts'
import type { Digest } from './platform.ts'

const blockBytes = 64

/** The first 32 bits of the fraction of the square or cube roots of the first primes. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) {
    let prime = true
    for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0
    if (prime) found.push(Math.floor((root(n) % 1) * 2 ** 32))
  }
  return Int32Array.from(found)
}

const rounds = fractions(64, Math.cbrt)
const seeds = fractions(8, Math.sqrt)

/** A running SHA-256. */
export function sha256(): Digest {
  const state = seeds.slice()
  const held = new Uint8Array(blockBytes)
  const words = new Int32Array(64)
  let heldBytes = 0
  let totalBytes = 0

  const take = (bytes: Uint8Array): void => {
    let at = 0
    while (at < bytes.length) {
      const room = Math.min(blockBytes - heldBytes, bytes.length - at)
      held.set(bytes.subarray(at, at + room), heldBytes)
      heldBytes += room
      at += room
      if (heldBytes < blockBytes) return
      mix(state, held, words)
      heldBytes = 0
    }
  }
  return {
    update(bytes) {
      totalBytes += bytes.length
      take(bytes)
    },
    hex() {
      const bits = totalBytes * 8
      const zeros = (2 * blockBytes - 9 - heldBytes) % blockBytes
      const tail = new Uint8Array(1 + zeros + 8)
      tail[0] = 0x80
      const view = new DataView(tail.buffer)
      view.setUint32(1 + zeros, Math.floor(bits / 2 ** 32))
      view.setUint32(1 + zeros + 4, bits >>> 0)
      take(tail)
      const out = new Uint8Array(32)
      const end = new DataView(out.buffer)
      state.forEach((word, i) => {
        end.setInt32(4 * i, word)
      })
      return hexOf(out)
    },
  }
}

const turn = (word: number, by: number) => (word >>> by) | (word << (32 - by))

function mix(state: Int32Array, block: Uint8Array, w: Int32Array): void {
  const view = new DataView(block.buffer)
  const word = (i: number) => w[i] ?? 0
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(4 * i)
  for (let i = 16; i < 64; i++) {
    const [x, y] = [word(i - 15), word(i - 2)]
    const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)
    const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10)
    w[i] = word(i - 16) + s0 + word(i - 7) + s1
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (rounds[i] ?? 0) + word(i)) | 0
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = ((state[i] ?? 0) + value) | 0
}
