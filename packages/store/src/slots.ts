// Blocks of one blob that lie in one file already, each in a slot of equal length: when the list of a commit names them in
// the order they lie in, that file is the blob, and nothing is copied. Clients number their blocks or send them in turn,
// so this is the usual case; a block that fits no slot is kept as a file of its own.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileCode, storageError } from './files.ts'

export interface Slot {
  at: number
  offset: number
}

interface Laid {
  at: number
  sizeBytes: number
}

const most = 50_000
const markEnd = '.at'

/** Where the blocks of one upload lie. One object a folder as long as the process lives; the marks on disk outlive it. */
export class Slots {
  readonly file: string
  readonly #folder: string
  #unit: number | undefined
  readonly #laid = new Map<string, Laid>()
  /** Slots that are being written or hold a block: none is given out twice, since its bytes are in use. */
  readonly #taken = new Set<number>()
  #next = 0
  #writing = 0
  #closed = false

  constructor(folder: string) {
    this.#folder = folder
    this.file = join(folder, 'slots')
    for (const name of namesIn(folder)) if (name.endsWith(markEnd)) this.#recall(name)
  }

  /** A slot for a block nobody has sent before, by the number its id ends with, else the next. Undefined: none fits. */
  take(hexId: string, id: string, sizeBytes: number): Slot | undefined {
    if (this.#closed || sizeBytes === 0 || this.#laid.has(hexId)) return undefined
    const unit = this.#unit ?? sizeBytes
    if (sizeBytes > unit) return undefined
    const named = numberOf(id, unit)
    const at = named !== undefined && !this.#taken.has(named) ? named : this.#next
    if (at >= most || this.#taken.has(at)) return undefined
    if (this.#unit === undefined) this.#begin(unit)
    this.#taken.add(at)
    this.#next = Math.max(this.#next, at + 1)
    this.#writing++
    return { at, offset: at * unit }
  }

  /** The body broke off, and nobody writes to the slot any more. */
  release(slot: Slot): void {
    this.#writing--
    this.#taken.delete(slot.at)
  }

  /** The bytes of a slot are written. Raises InsufficientStorage, and the slot is free again. */
  fill(hexId: string, slot: Slot, sizeBytes: number): void {
    this.#writing--
    if (this.#closed) return
    const mark = join(this.#folder, hexId + markEnd)
    try {
      writeFileSync(mark, `${slot.at} ${this.#unit} ${sizeBytes}`)
    } catch (error) {
      rmSync(mark, { force: true, recursive: true })
      this.#taken.delete(slot.at)
      throw storageError(error, mark)
    }
    this.#laid.set(hexId, { at: slot.at, sizeBytes })
  }

  get(hexId: string): { offset: number; sizeBytes: number } | undefined {
    const laid = this.#laid.get(hexId)
    return laid && { offset: laid.at * (this.#unit ?? 0), sizeBytes: laid.sizeBytes }
  }

  /** A newer block of that id has a file of its own. */
  forget(hexId: string): void {
    if (this.#laid.delete(hexId)) rmSync(join(this.#folder, hexId + markEnd), { force: true })
  }

  ids(): Iterable<[hexId: string, sizeBytes: number]> {
    return [...this.#laid].map(([hexId, { sizeBytes }]): [string, number] => [hexId, sizeBytes])
  }

  /** The length of the file when it is just these blocks in this order and nobody writes to it. */
  inOrder(hexIds: readonly string[]): number | undefined {
    if (this.#writing > 0 || hexIds.length === 0 || hexIds.length !== this.#taken.size) return undefined
    let end = 0
    for (const hexId of hexIds) {
      const here = this.get(hexId)
      if (here === undefined || here.offset !== end) return undefined
      end += here.sizeBytes
    }
    return end
  }

  get busy(): boolean {
    return this.#writing > 0
  }

  /** From now on nobody gets a slot. */
  close(): void {
    this.#closed = true
  }

  /** The commit came to nothing: slots are given out again. */
  reopen(): void {
    this.#closed = false
  }

  #begin(unit: number): void {
    mkdirSync(this.#folder, { recursive: true })
    closeSync(openSync(this.file, 'a'))
    this.#unit = unit
  }

  #recall(name: string): void {
    const [at = -1, unit = 0, sizeBytes = 0] = readFileSync(join(this.#folder, name), 'utf8').split(' ').map(Number)
    if (!(at >= 0 && unit > 0 && sizeBytes > 0) || (this.#unit !== undefined && this.#unit !== unit)) return
    this.#unit = unit
    this.#taken.add(at)
    this.#next = Math.max(this.#next, at + 1)
    this.#laid.set(name.slice(0, -markEnd.length), { at, sizeBytes })
  }
}

/** The slot an id names: clients end their ids with the number of the block or with its offset. */
function numberOf(id: string, unit: number): number | undefined {
  const digits = /(\d{1,12})$/.exec(Buffer.from(id, 'base64').toString('latin1'))?.[1]
  if (digits === undefined) return undefined
  const number = Number(digits)
  if (number < most) return number
  return number % unit === 0 && number / unit < most ? number / unit : undefined
}

/** Names in a folder; none when it is not there. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (fileCode(error) === 'ENOENT') return []
    throw error
  }
}
