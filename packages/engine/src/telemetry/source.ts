/** What running jobs leave in files for the server to read: where, and how far it was read. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asObject, asString, type Json } from '@lazurite/spec'
import type { Key } from '@lazurite/store'
import { sampleFile } from '../computes/sampler.ts'
import { folderOf } from '../computes/task-files.ts'
import type { NodeProcesses } from './system.ts'

/** One attempt of a job. */
export interface Source {
  key: Key
  /** Who is told to have set the tags that it sets. */
  by: string
  /** Folder of the attempt, absolute. */
  dir: string
  /** The log that is told about lines nobody understands, absolute. */
  logFile: string
  nodes: NodeProcesses[]
}

/** The file that LAZ_METRICS names. */
export const linesOf = (dir: string): string => join(dir, 'metrics.jsonl')
export const samplesOf = (dir: string): string => join(folderOf({ dir }), sampleFile)
const bookOf = (dir: string) => join(dir, 'telemetry.json')

/** How far the files were read; on disk before and after what was read is written to the store. */
export interface Book {
  lines: {
    offset: number
    skipping: boolean
    /** How many lines were read, and how many of them made no sense. */
    count: number
    bad: number
    /** The step that a metric without one gets next. */
    steps: Record<string, number>
    /** Read and perhaps not written: up to where, and when. Reading it again gives the same points. */
    pending?: { until: number; at: number; last: boolean }
  }
  system: { offset: number; looks: number; first: string; before: string }
}

function emptyBook(): Book {
  return {
    lines: { offset: 0, skipping: false, count: 0, bad: 0, steps: Object.create(null) as Record<string, number> },
    system: { offset: 0, looks: 0, first: '', before: '' },
  }
}

/** The job could write into it too: what is no such book is none. */
export function readBook(dir: string): Book {
  const empty = emptyBook()
  try {
    const found = asObject(JSON.parse(readFileSync(bookOf(dir), 'utf8')))
    const [lines, system] = [asObject(found.lines), asObject(found.system)]
    const steps = Object.entries(asObject(lines.steps)).filter(([, step]) => Number.isSafeInteger(step))
    const { until, at, last } = asObject(lines.pending)
    const pending = countOf(until) === until && countOf(at) === at ? { until, at, last: last === true } : undefined
    return {
      lines: {
        offset: countOf(lines.offset),
        skipping: lines.skipping === true,
        count: countOf(lines.count),
        bad: countOf(lines.bad),
        steps: Object.assign(empty.lines.steps, Object.fromEntries(steps)),
        ...(pending ? { pending } : {}),
      },
      system: {
        offset: countOf(system.offset),
        looks: countOf(system.looks),
        first: asString(system.first) ?? '',
        before: asString(system.before) ?? '',
      },
    }
  } catch {
    return empty
  }
}

function countOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0
}

/** Raises what the disk says. */
export function writeBook(dir: string, book: Book): void {
  const draft = `${bookOf(dir)}.${process.pid}`
  writeFileSync(draft, JSON.stringify(book), { mode: 0o600 })
  renameSync(draft, bookOf(dir))
}
