/**
 * Lines of log files by their numbers, however long the file: where every so-many-th line begins is remembered, and what
 * was added since is read on from where the last look ended.
 */
import type { Logs } from '@lazurite/store'

/** Lines between two remembered places. */
const stride = 256
const chunkBytes = 1 << 20
const newline = 10
/** What is longer is cut where it is shown. */
const mostLineBytes = 64 * 1024
const mostWindowBytes = 8 << 20
const mostFiles = 200

export interface Window {
  /** Number of the first line, from 0. */
  from: number
  lines: string[]
  /** All lines of the file, the unfinished last one too. */
  total: number
  sizeBytes: number
}

export interface Hits {
  total: number
  sizeBytes: number
  /** Numbers of lines count from 0. */
  hits: { line: number; text: string }[]
  /** There are others behind them. */
  more: boolean
}

interface Index {
  /** Bytes that were looked through. */
  size: number
  /** Ends of lines among them. */
  ends: number
  /** Bytes stand behind the last end. */
  open: boolean
  /** Offset of line `i * stride`. */
  marks: number[]
}

export class LineIndexes {
  readonly #logs: Logs
  readonly #known = new Map<string, Index>()
  readonly #busy = new Map<string, Promise<Index>>()

  constructor(logs: Logs) {
    this.#logs = logs
  }

  /** Lines from a number on; a number below zero counts from the end. */
  async window(path: string, o: { from: number; count: number }): Promise<Window> {
    const index = await this.#look(path)
    const total = index.ends + (index.open ? 1 : 0)
    const from = Math.min(total, o.from < 0 ? Math.max(0, total + o.from) : o.from)
    const lines = await this.#lines(path, index, { from, count: Math.min(o.count, total - from) })
    return { from, lines, total, sizeBytes: index.size }
  }

  /** Lines that hold a text, from a line on, up to so many; the case of letters counts when `exact`, of others always. */
  async search(path: string, o: { text: string; exact: boolean; from: number; most: number }): Promise<Hits> {
    const index = await this.#look(path)
    const total = index.ends + (index.open ? 1 : 0)
    const mark = Math.floor(o.from / stride)
    let [offset, line] = [index.marks[mark] ?? index.size, mark * stride]
    const hits: Hits['hits'] = []
    let rest = Buffer.alloc(0)
    while (offset < index.size) {
      const { bytes } = await this.#logs.read(path, { from: offset, max: Math.min(chunkBytes, index.size - offset) })
      if (bytes.length === 0) break
      offset += bytes.length
      const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
      // lines are looked through whole; one without an end is so when there is no more, or when it is very long
      const end = offset >= index.size || all.length > mostWindowBytes ? all.length : all.lastIndexOf(newline) + 1
      for (const [at, found] of linesWith(all.subarray(0, end), o))
        if (line + at >= o.from) hits.push({ line: line + at, text: textOf([found]) })
      if (hits.length > o.most) return { total, sizeBytes: index.size, hits: hits.slice(0, o.most), more: true }
      line += count(all.subarray(0, end))
      rest = Buffer.from(all.subarray(end))
    }
    return { total, sizeBytes: index.size, hits, more: false }
  }

  /** Brings the index up to the end of the file; those who ask at once share the look. */
  #look(path: string): Promise<Index> {
    const busy = this.#busy.get(path)
    if (busy) return busy
    const look = this.#extend(path).finally(() => this.#busy.delete(path))
    this.#busy.set(path, look)
    return look
  }

  async #extend(path: string): Promise<Index> {
    let index = this.#known.get(path) ?? { size: 0, ends: 0, open: false, marks: [0] }
    for (;;) {
      const { bytes, size } = await this.#logs.read(path, { from: index.size, max: chunkBytes })
      // it was written anew
      if (size < index.size) index = { size: 0, ends: 0, open: false, marks: [0] }
      else if (bytes.length === 0) break
      else extend(index, bytes)
    }
    this.#known.delete(path)
    this.#known.set(path, index)
    for (const old of this.#known.keys()) {
      if (this.#known.size <= mostFiles) break
      this.#known.delete(old)
    }
    return index
  }

  async #lines(path: string, index: Index, o: { from: number; count: number }): Promise<string[]> {
    if (o.count <= 0) return []
    const mark = Math.floor(o.from / stride)
    let offset = index.marks[mark] ?? 0
    let skip = o.from - mark * stride
    const lines: string[] = []
    let held: Buffer[] = []
    const stop = offset + mostWindowBytes
    while (lines.length < o.count && offset < Math.min(index.size, stop)) {
      const { bytes } = await this.#logs.read(path, { from: offset, max: Math.min(chunkBytes, index.size - offset) })
      if (bytes.length === 0) break
      offset += bytes.length
      let start = 0
      for (let end = bytes.indexOf(newline); end >= 0 && lines.length < o.count; end = bytes.indexOf(newline, start)) {
        if (skip > 0) skip--
        else lines.push(textOf([...held, bytes.subarray(start, end)]))
        held = []
        start = end + 1
      }
      held.push(bytes.subarray(start))
    }
    if (lines.length < o.count && skip === 0 && held.some((part) => part.length > 0)) lines.push(textOf(held))
    return lines
  }
}

function extend(index: Index, bytes: Buffer): void {
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) {
    index.ends++
    if (index.ends % stride === 0) index.marks.push(index.size + at + 1)
  }
  index.size += bytes.length
  index.open = bytes.at(-1) !== newline
}

/** Lines that hold the text: how many ends are before each, and its bytes. A byte is a letter here: cases of ASCII alone. */
function* linesWith(bytes: Buffer, o: { text: string; exact: boolean }): Generator<[number, Buffer]> {
  const letters = (part: Buffer) => (o.exact ? part.toString('latin1') : part.toString('latin1').toLowerCase())
  const [hay, needle] = [letters(bytes), letters(Buffer.from(o.text))]
  let [ends, counted] = [0, 0]
  for (let at = hay.indexOf(needle); at >= 0; ) {
    const start = bytes.lastIndexOf(newline, at) + 1
    const stop = bytes.indexOf(newline, at)
    ends += count(bytes.subarray(counted, start))
    counted = start
    yield [ends, bytes.subarray(start, stop < 0 ? bytes.length : stop)]
    if (stop < 0) return
    at = hay.indexOf(needle, stop + 1)
  }
}

function count(bytes: Buffer): number {
  let ends = 0
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) ends++
  return ends
}

function textOf(parts: readonly Buffer[]): string {
  const bytes = Buffer.concat(parts)
  if (bytes.length <= mostLineBytes) return bytes.toString('utf8')
  return `${bytes.subarray(0, mostLineBytes).toString('utf8')} … ${bytes.length - mostLineBytes} bytes more`
}
