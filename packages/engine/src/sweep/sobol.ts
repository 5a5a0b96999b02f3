/**
 * Points of a Sobol sequence, each dimension scrambled by its own seed as Owen proposed (by hash: Laine and Karras 2011,
 * with the constants of Burley, "Practical Hash-based Owen Scrambling", 2020). Any 2^k points from the first one on are
 * spread evenly over 2^k equal parts of every axis, and the seed makes the sequence another one without changing that.
 */
import { randomNumbers } from './draw.ts'
import { sobolNumbers } from './sobol-numbers.ts'

const bits = 32

/** Direction numbers of the dimensions met so far. */
const directions: number[][] = []

/** Number `index` (from 0) of a dimension (from 0), between 0 and 1, neither of them included. */
export function sobolNumber(seed: number, index: number, dimension: number): number {
  directions[dimension] ??= directionsOf(dimension)
  const own = directions[dimension]
  let point = 0
  for (let i = 0; i < bits && index >>> i !== 0; i++) if ((index >>> i) & 1) point ^= own[i] ?? 0
  return (scramble(point, scrambleSeed(seed, dimension)) + 0.5) / 2 ** bits
}

function directionsOf(dimension: number): number[] {
  if (dimension === 0) return Array.from({ length: bits }, (_, i) => 1 << (31 - i))
  const [polynomial = 0, ...first] = (sobolNumbers[dimension - 1] ?? '').split(' ').map(Number)
  const degree = first.length
  const found = first.map((number, i) => number << (31 - i))
  for (let i = degree; i < bits; i++) {
    const before = found[i - degree] ?? 0
    let direction = before ^ (before >>> degree)
    for (let k = 1; k < degree; k++) if ((polynomial >>> (degree - k)) & 1) direction ^= found[i - k] ?? 0
    found.push(direction)
  }
  return found
}

const scrambleSeed = (seed: number, dimension: number) => Math.floor(randomNumbers(seed, -1 - dimension)() * 2 ** bits)

function scramble(point: number, seed: number): number {
  let x = reverse(point)
  x = (x ^ Math.imul(x, 0x3d20adea)) | 0
  x = (x + seed) | 0
  x = Math.imul(x, (seed >>> 16) | 1)
  x = (x ^ Math.imul(x, 0x05526c56)) | 0
  x = (x ^ Math.imul(x, 0x53a22864)) | 0
  return reverse(x) >>> 0
}

function reverse(x: number): number {
  let y = x
  y = ((y >>> 1) & 0x55555555) | ((y & 0x55555555) << 1)
  y = ((y >>> 2) & 0x33333333) | ((y & 0x33333333) << 2)
  y = ((y >>> 4) & 0x0f0f0f0f) | ((y & 0x0f0f0f0f) << 4)
  y = ((y >>> 8) & 0x00ff00ff) | ((y & 0x00ff00ff) << 8)
  return (y >>> 16) | (y << 16)
}
