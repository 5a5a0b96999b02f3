/**
 * Whole lines of a file that a process of somebody else appends to. The file may be missing, be replaced by a link or a
 * pipe, end in half a line, or hold a line without end: only what is a plain file is read, and never more than a piece of
 * it at once.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

export interface Piece {
  lines: string[]
  /** Offset after the last whole line. */
  next: number
  /** Bytes from here on belong to a line that is too long. */
  skipping: boolean
  /** How many lines were too long. */
  tooLong: number
  /** There is more to be read now. */
  more: boolean
}

const pieceBytes = 1 << 20
const newline = 10

/** Reads on from an offset. With `last`, what stands after the last newline is a line too. */
export function readPiece(path: string, from: { offset: number; skipping: boolean }, last: boolean): Piece {
  const nothing: Piece = { lines: [], next: from.offset, skipping: from.skipping, tooLong: 0, more: false }
  let fd: number | undefined
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    const stat = fstatSync(fd)
    if (!stat.isFile()) return nothing
    // a file that was emptied begins anew
    const offset = stat.size < from.offset ? 0 : from.offset
    if (stat.size === offset) return { ...nothing, next: offset }
    const buffer = Buffer.alloc(Math.min(pieceBytes, stat.size - offset))
    const bytes = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, offset))
    return cut(bytes, { offset, skipping: from.skipping, last, ended: offset + bytes.length >= stat.size })
  } catch {
    return nothing
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function cut(bytes: Buffer, o: { offset: number; skipping: boolean; last: boolean; ended: boolean }): Piece {
  let start = 0
  let { skipping } = o
  if (skipping) {
    const end = bytes.indexOf(newline)
    if (end < 0) return { lines: [], next: o.offset + bytes.length, skipping, tooLong: 0, more: !o.ended }
    start = end + 1
    skipping = false
  }
  const whole = bytes.lastIndexOf(newline) + 1
  const lines = whole > start ? bytes.toString('utf8', start, whole - 1).split('\n') : []
  let next = Math.max(start, whole)
  let tooLong = 0
  if (next < bytes.length && o.last && o.ended) {
    lines.push(bytes.toString('utf8', next))
    next = bytes.length
  } else if (next === 0 && bytes.length >= pieceBytes) {
    tooLong = 1
    skipping = true
    next = bytes.length
  }
  return { lines, next: o.offset + next, skipping, tooLong, more: !o.ended }
}
