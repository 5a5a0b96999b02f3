/** What the replicas of a deployment said, and what became of laying out its model, code and environment. */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { deploymentFolder, readServing, tailOf } from '@lazurite/engine'
import { asNumber, asObject, asString, fail, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { type Asked, needed } from '../arm/asked.ts'

/** What the official client asks for when it says nothing. */
const defaultLines = 5000
const mostLines = 100_000

/** POST getLogs: `{containerType, tail}` → `{content}`. */
export async function getLogs(asked: Asked): Promise<JsonObject> {
  const row = await needed(asked)
  const word = containerOf(asString(asked.body.containerType))
  const lines = asNumber(asked.body.tail) ?? defaultLines
  if (!Number.isInteger(lines) || lines < 0)
    fail('BadArgument', { what: 'tail must be a whole number of lines.' }, { target: 'tail' })
  const it = readServing(row.status)
  if (!it) return { content: '' }
  const folder = deploymentFolder(asked.room.deps.store.home, it.uuid)
  const most = Math.min(lines, mostLines)
  if (word === 'storageinitializer') return { content: tailOf(folder.prepareLog, most) }
  return { content: replicaLogs(folder.logs, most) }
}

function containerOf(said: string | undefined): 'inferenceserver' | 'storageinitializer' {
  const word = (said ?? 'InferenceServer').toLowerCase().replace(/[^a-z]/g, '')
  if (word === 'inferenceserver' || word === 'storageinitializer') return word
  const what = 'containerType must be InferenceServer or StorageInitializer.'
  return fail('BadArgument', { what }, { target: 'containerType' })
}

/** Numbers of the replicas that have a log, the newest last. */
function numbersIn(folder: string): number[] {
  return list(folder)
    .flatMap((name) => /^r(\d+)\.log$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}

/** One after the other, the newest replica last, each with its name above when there are several. */
function replicaLogs(folder: string, lines: number): string {
  const names = numbersIn(folder)
  const texts = names.map((n) => ({ n, text: tailOf(`${folder}/r${n}.log`, lines) })).filter(({ text }) => text !== '')
  if (texts.length <= 1) return texts[0]?.text ?? ''
  return texts.map(({ n, text }) => `Instance r${n}:\n${text}`).join('\n')
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Most of one log that one answer has. */
const mostAtOnceBytes = 256 << 10

export interface Following {
  /** As for the logs that are asked for once. */
  container?: string | undefined
  /** What an earlier answer said: go on from there. Without it the last lines come, and where they end. */
  cursor?: string | undefined
  lines: number
}

/** Whole lines since the last look, by replica, in the order of the replicas. Raises BadArgument for a cursor of nobody. */
export function followLogs(home: string, row: Row, { container, cursor, lines }: Following) {
  const word = containerOf(container)
  const it = readServing(row.status)
  const folder = it && deploymentFolder(home, it.uuid)
  const files = !folder
    ? []
    : word === 'storageinitializer'
      ? [{ name: '', file: folder.prepareLog }]
      : numbersIn(folder.logs).map((n) => ({ name: `r${n}`, file: folder.replicaLog(`r${n}`) }))
  const known = cursor === undefined ? undefined : readCursor(cursor)
  const places: JsonObject = {}
  const parts = files.flatMap(({ name, file }) => {
    const { text, end } = known ? readOn(file, asNumber(known[name]) ?? 0) : readLast(file, lines)
    places[name] = end
    return text === '' ? [] : [{ instance: name, text }]
  })
  return { parts, cursor: Buffer.from(JSON.stringify(places)).toString('base64url') }
}

function readCursor(text: string): JsonObject {
  try {
    return asObject(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    return fail('BadArgument', { what: 'The cursor is none that an earlier answer gave.' }, { target: 'cursor' })
  }
}

/** The last whole lines, and where they end. */
function readLast(file: string, lines: number): { text: string; end: number } {
  const read = reach(file, (fd, size) => {
    const bytes = Buffer.alloc(Math.min(size, mostAtOnceBytes))
    const got = bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, size - bytes.length))
    const whole = got.lastIndexOf(10) + 1
    const all = got.toString('utf8', 0, whole).split('\n').slice(0, -1)
    if (size > got.length) all.shift()
    const last = lines === 0 ? [] : all.slice(-lines)
    return { text: last.map((line) => `${line}\n`).join(''), end: size - got.length + whole }
  })
  return read ?? { text: '', end: 0 }
}

/** Whole lines from a place on; of a line that is longer than an answer, a part. One that was set aside begins anew. */
function readOn(file: string, from: number): { text: string; end: number } {
  const read = reach(file, (fd, size) => {
    const start = from > size || from < 0 ? 0 : from
    const bytes = Buffer.alloc(Math.min(size - start, mostAtOnceBytes))
    const got = bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start))
    const whole = got.lastIndexOf(10) + 1
    const cut = whole === 0 && got.length === mostAtOnceBytes ? got.length : whole
    return { text: got.toString('utf8', 0, cut), end: start + cut }
  })
  return read ?? { text: '', end: 0 }
}

function reach<T>(file: string, work: (fd: number, size: number) => T): T | undefined {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    return undefined
  }
  try {
    return work(fd, fstatSync(fd).size)
  } finally {
    closeSync(fd)
  }
}
