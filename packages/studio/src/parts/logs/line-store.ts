// The bytes of a log and where its lines begin. Nothing is decoded before it is shown; searching goes over bytes.
import { findBytes } from './find-bytes.ts'

const newline = 10

export interface Search {
  text: string
  regex: boolean
  /** Whether the case of letters counts. */
  exact: boolean
}

/** Lines that hit are listed up to this many. */
export const mostHits = 100_000

export class LineStore {
  #bytes: Uint8Array
  #size = 0
  #starts = new Uint32Array(1024)
  /** Lines that have begun. */
  #count = 0

  constructor(expected = 1 << 16) {
    this.#bytes = new Uint8Array(Math.max(1 << 12, expected))
  }

  get size(): number {
    return this.#size
  }

  get lines(): number {
    // a line that only would begin is none yet
    return this.#count > 0 && this.#starts[this.#count - 1] === this.#size ? this.#count - 1 : this.#count
  }

  append(part: Uint8Array): void {
    if (part.length === 0) return
    if (this.#count === 0) this.#begin(0)
    this.#make(this.#size + part.length)
    this.#bytes.set(part, this.#size)
    for (let at = part.indexOf(newline); at >= 0; at = part.indexOf(newline, at + 1)) this.#begin(this.#size + at + 1)
    this.#size += part.length
  }

  #begin(at: number): void {
    if (this.#count === this.#starts.length) {
      const more = new Uint32Array(this.#starts.length * 2)
      more.set(this.#starts)
      this.#starts = more
    }
    this.#starts[this.#count++] = at
  }

  #make(size: number): void {
    if (size <= this.#bytes.length) return
    const more = new Uint8Array(Math.max(size, Math.ceil(this.#bytes.length * 1.5)))
    more.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = more
  }

  line(index: number, mostBytes = 1 << 20): string {
    const from = this.#starts[index] ?? this.#size
    const next = index + 1 < this.#count ? (this.#starts[index + 1] ?? this.#size) - 1 : this.#size
    return new TextDecoder().decode(this.#bytes.subarray(from, Math.max(from, Math.min(next, from + mostBytes))))
  }

  window(from: number, count: number): string[] {
    const last = Math.min(this.lines, from + count)
    return Array.from({ length: Math.max(0, last - from) }, (_, i) => this.line(from + i))
  }

  /** Numbers of lines that hold the text, ascending, from a line on. A pattern that is no pattern hits nothing. */
  search(search: Search, from = 0): Uint32Array {
    if (search.text === '') return new Uint32Array()
    return search.regex ? this.#searchPattern(search, from) : this.#searchText(search, from)
  }

  #searchText({ text, exact }: Search, from: number): Uint32Array {
    const lower = new TextEncoder().encode(exact ? text : text.toLowerCase())
    const upper = new TextEncoder().encode(exact ? text : text.toUpperCase())
    // letters whose cases have other lengths are looked for as they are
    const other = upper.length === lower.length ? upper : lower
    const hits: number[] = []
    const bytes = this.#bytes.subarray(0, this.#size)
    let line = from
    findBytes(bytes, [lower, other], this.#starts[from] ?? this.#size, (at) => {
      while (line + 1 < this.#count && (this.#starts[line + 1] ?? 0) <= at) line++
      hits.push(line)
      // what else is on this line does not matter
      const next = line + 1 < this.#count ? (this.#starts[line + 1] ?? 0) : this.#size
      return hits.length < mostHits ? next : this.#size
    })
    return Uint32Array.from(hits)
  }

  #searchPattern({ text, exact }: Search, from: number): Uint32Array {
    let pattern: RegExp
    try {
      pattern = new RegExp(text, exact ? '' : 'i')
    } catch {
      return new Uint32Array()
    }
    const hits: number[] = []
    for (let line = from; line < this.lines && hits.length < mostHits; line++)
      if (pattern.test(this.line(line, 1 << 16))) hits.push(line)
    return Uint32Array.from(hits)
  }
}

/** Lines with so many around each, without one twice. */
export function withContext(hits: Uint32Array, around: number, lines: number): Uint32Array {
  if (around === 0) return hits
  const all: number[] = []
  let next = 0
  for (const hit of hits) {
    for (let line = Math.max(next, hit - around); line <= Math.min(lines - 1, hit + around); line++) {
      all.push(line)
      next = line + 1
    }
  }
  return Uint32Array.from(all)
}

/** First of the ascending numbers that is above a number; its index. */
export function firstAbove(numbers: Uint32Array, value: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}
