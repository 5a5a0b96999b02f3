/**
 * Brings what running jobs leave in files into the store: the looks at their machine, and what they log without any
 * library into the file named by LAZ_METRICS. Files outlive the server, how far they were read is on disk, and a point
 * that is written twice is there once: so nothing is lost and nothing doubled, whenever the server dies.
 */
import { statSync } from 'node:fs'
import { isLazError } from '@lazurite/spec'
import type { SeriesPoint, Store } from '@lazurite/store'
import type { EngineContext } from '../context.ts'
import { tellJob } from './job-tags.ts'
import { readLine, type Said } from './line.ts'
import { type Book, linesOf, readBook, type Source, samplesOf, writeBook } from './source.ts'
import { pointsOf, readLook } from './system.ts'
import { readPiece } from './tail.ts'

const everyMs = 1_000
const mostAtOnce = 5_000
/** Metrics without a step are counted for so many names. */
const mostSteps = 10_000
/** Errors that pass by themselves: what was read is read again. */
const passing = new Set(['ServerBusy', 'Stopping', 'InsufficientStorage'])

interface Reading {
  source: Source
  book: Book
  /** Sizes at the last look: a file that did not grow is not opened. */
  sizes: number[]
  busy: Promise<void>
}

export class Intake {
  readonly #ctx: Pick<EngineContext, 'store' | 'clock' | 'log'>
  readonly #readings = new Map<string, Reading>()
  #timer: NodeJS.Timeout | undefined

  constructor(ctx: Pick<EngineContext, 'store' | 'clock' | 'log'>) {
    this.#ctx = ctx
  }

  /** From now on the files of this attempt are looked at every second. */
  follow(source: Source): void {
    this.#open(source)
    this.#timer ??= setInterval(() => this.#look(), everyMs).unref()
  }

  /** The process is over: reads what there is, half a line at the end too. Raises what keeps the store from taking it. */
  async drain(source: Source): Promise<void> {
    const reading = this.#open(source)
    try {
      await this.#after(reading, () => this.#pull(reading, true))
    } finally {
      this.drop(source.dir)
    }
  }

  drop(dir: string): void {
    this.#readings.delete(dir)
    if (this.#readings.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    const all = [...this.#readings.values()].map(({ busy }) => busy)
    this.#readings.clear()
    await Promise.all(all)
  }

  #open(source: Source): Reading {
    const known = this.#readings.get(source.dir)
    if (known) return known
    const fresh: Reading = { source, book: readBook(source.dir), sizes: [], busy: Promise.resolve() }
    this.#readings.set(source.dir, fresh)
    return fresh
  }

  #look(): void {
    for (const reading of this.#readings.values()) {
      const sizes = [linesOf(reading.source.dir), samplesOf(reading.source.dir)].map(sizeOf)
      if (sizes.every((size, i) => size === (reading.sizes[i] ?? 0))) continue
      reading.sizes = sizes
      this.#after(reading, () => this.#pull(reading, false)).catch((error: unknown) => {
        reading.sizes = []
        this.#ctx.log.warn({ err: error, name: reading.source.key.name }, 'could not take in metrics; trying again')
      })
    }
  }

  /** One at a time for each attempt. */
  #after(reading: Reading, act: () => Promise<void>): Promise<void> {
    const mine = reading.busy.then(act)
    reading.busy = mine.catch(() => {})
    return mine
  }

  async #pull(reading: Reading, last: boolean): Promise<void> {
    for (let more = true; more; ) more = await this.#pullLines(reading, last)
    for (let more = true; more; ) more = await this.#pullLooks(reading)
  }

  async #pullLines({ source, book }: Reading, last: boolean): Promise<boolean> {
    const { lines } = book
    const before = lines.pending
    const piece = readPiece(linesOf(source.dir), lines, last || before?.last === true)
    if (piece.next === lines.offset) return false
    // what was read before a crash is told from what came later: its lines keep their time
    const at = before && piece.next >= before.until ? before.at : this.#ctx.clock.now()
    if (before === undefined) {
      lines.pending = { until: piece.next, at, last }
      writeBook(source.dir, book)
    }
    const steps = { ...lines.steps }
    const bad: string[] = []
    const said = piece.lines.map((line, i) => understood(line, lines.count + i + 1, bad))
    if (piece.tooLong > 0) bad.push(`line ${lines.count + piece.lines.length + 1}: it is longer than a megabyte`)
    const points = said
      .flatMap((one) => stepped(one, steps, at))
      .filter(({ key, step }) => {
        if (Number.isSafeInteger(step)) return true
        bad.push(`the metric '${key}' has no next step after ${Number.MAX_SAFE_INTEGER}`)
        return false
      })
    await this.#write(source, points, said, bad)
    if (lines.bad === 0 && bad.length > 0) await this.#complain(source, bad)
    book.lines = {
      offset: piece.next,
      skipping: piece.skipping,
      count: lines.count + piece.lines.length + piece.tooLong,
      bad: lines.bad + bad.length,
      steps,
    }
    writeBook(source.dir, book)
    return piece.more
  }

  async #pullLooks({ source, book }: Reading): Promise<boolean> {
    const { system } = book
    const piece = readPiece(samplesOf(source.dir), { offset: system.offset, skipping: false }, false)
    if (piece.next === system.offset) return false
    const next = { ...system, offset: piece.next }
    const points: SeriesPoint[] = []
    for (const line of piece.lines) {
      const now = readLook(line)
      if (!now) continue
      const [first, before] = [readLook(next.first), readLook(next.before)]
      if (first && before) {
        points.push(...pointsOf(now, before, { first, step: next.looks, nodes: source.nodes }))
        next.looks++
      }
      next.first ||= line
      next.before = line
    }
    await this.#write(source, points, [], [])
    book.system = next
    writeBook(source.dir, book)
    return piece.more
  }

  /** What the store refuses for good is told; what passes is raised. */
  async #write(source: Source, points: SeriesPoint[], said: readonly Said[], bad: string[]): Promise<void> {
    const { store } = this.#ctx
    const { scope, name } = source.key
    const attempt = async (act: () => Promise<unknown>) => {
      try {
        await act()
      } catch (error) {
        if (!isLazError(error) || passing.has(error.code)) throw error
        bad.push(error.message.replace(/\.$/, ''))
      }
    }
    for (let from = 0; from < points.length; from += mostAtOnce)
      await attempt(() => store.series.append(scope, name, points.slice(from, from + mostAtOnce)))
    for (const { params } of said)
      if (Object.keys(params).length > 0) await attempt(() => store.runs.logParams(scope, name, params))
    const tags = Object.assign({}, ...said.map((one) => one.tags)) as Record<string, string> // of what each line said
    if (Object.keys(tags).length === 0) return
    await attempt(() => store.runs.setTags(scope, name, tags))
    await attempt(() => tellJob({ store, scope, by: source.by }, { runId: name, isJob: true }, tags))
  }

  /** Once a job: what is wrong with the first of them shows how all of them are to be mended. */
  async #complain(source: Source, bad: readonly string[]): Promise<void> {
    const more = bad.length > 1 ? ` (and ${bad.length - 1} more)` : ''
    await complain(this.#ctx.store, source, `LAZ_METRICS: ${bad[0]}${more}; what cannot be understood is left out.`)
  }
}

async function complain(store: Store, source: Source, text: string): Promise<void> {
  try {
    await store.logs.append(source.logFile, `${text}\n`)
  } catch (error) {
    if (!isLazError(error) || error.code !== 'PathNotAllowed') throw error
  }
}

function understood(line: string, number: number, bad: string[]): Said {
  const said = readLine(line)
  if (!('wrong' in said)) return said
  bad.push(`line ${number}: ${said.wrong}`)
  return { metrics: [], params: {}, tags: {} }
}

/** Points of a line; a metric without a step gets the one after its last. */
function stepped({ metrics }: Said, steps: Record<string, number>, at: number): SeriesPoint[] {
  return metrics.map(({ key, value, step, timestamp }) => {
    const known = Object.hasOwn(steps, key)
    const mine = step ?? (known ? (steps[key] ?? 0) : 0)
    if (known || Object.keys(steps).length < mostSteps) steps[key] = mine + 1
    return { key, value, timestamp: timestamp ?? at, step: mine }
  })
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
