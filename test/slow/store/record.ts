// What the writer says and the checker understands.
import { createHash } from 'node:crypto'

export const scope = 'sub/rg/ws'
export const account = 'laz0123456789ab'

export interface Said {
  what: 'open' | 'nothing' | 'row' | 'batch' | 'status' | 'blob' | 'secret' | 'log' | 'point'
  name: string
  n: number
}

/** A body of a length and content that follow from the number. */
export function bodyOf(n: number): Buffer {
  const block = createHash('sha256').update(String(n)).digest()
  const head = Buffer.from(`${n}:`)
  return Buffer.concat([head, Buffer.alloc((n * 7919) % 300_000, block)])
}

/** The number of a body that is whole; undefined for any other bytes. */
export function numberOf(body: Buffer): number | undefined {
  const n = Number.parseInt(body.toString('latin1', 0, 20), 10)
  return Number.isInteger(n) && bodyOf(n).equals(body) ? n : undefined
}
