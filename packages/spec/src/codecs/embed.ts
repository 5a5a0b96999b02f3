// A whole definition inside another: the job of a schedule, the import of a data import schedule. It stands in place or
// in a file of its own; a job may also be one that exists already, or either of them with some keys changed.
import { type Codec, typeWord, type Writing } from '../codec.ts'
import type { Field } from '../field.ts'
import { asObject, isObject, type Json, type JsonObject, own, type Path, setKey } from '../json.ts'
import { kindByName } from '../kinds/index.ts'
import { openFile, printRef } from './outside.ts'
import { lookFrom } from './ports.ts'

/** A mapping by the table of a kind, with all that its file would be checked for. */
function writeWhole(kind: string, v: JsonObject, w: Writing, at: Path): JsonObject {
  const table = kindByName(kind)
  if (!table) return v
  const inner = w.with({ style: table.style ?? 'arm', bindings: false, ctx: besideNothing(w) })
  const written = asObject(inner.write(table.fields, v, at))
  table.checkYaml?.(v, lookFrom(inner, v, at))
  return table.toProps?.(written, v) ?? written
}

function besideNothing(w: Writing): Writing['ctx'] {
  return Object.create(w.ctx, { beside: { value: undefined } })
}

function readWhole(kind: string, v: JsonObject, read: (field: Field, v: Json) => Json | undefined): Json {
  const table = kindByName(kind)
  if (!table) return v
  return read(table.fields, table.fromProps?.(v) ?? v) ?? v
}

/** The file of another definition: its mapping and the walk inside it. */
function openMapping(path: string, w: Writing, at: Path): { value: JsonObject; walk: Writing } | undefined {
  const opened = openFile(path.replace(/^file:/, ''), w, at)
  if (!opened) return undefined
  if (isObject(opened.value)) return { value: opened.value, walk: opened.walk }
  opened.walk.issue([], `must be a mapping, but is ${typeWord(opened.value)}`)
  return undefined
}

export const embed: Codec = {
  write(field, v, w, at) {
    const kind = field.kind ?? ''
    if (isObject(v)) return writeWhole(kind, v, w, at)
    if (typeof v !== 'string') {
      w.issue(at, `must be a path or a mapping, but is ${typeWord(v)}`)
      return undefined
    }
    const opened = openMapping(v, w, at)
    return opened && writeWhole(kind, opened.value, opened.walk, [])
  },
  read: (field, v, r) => (isObject(v) ? readWhole(field.kind ?? '', v, r.read) : v),
  canon: (field, v, c, at) => {
    const table = kindByName(field.kind ?? '')
    return table ? c.canon(table.wire ?? table.fields, v, at) : v
  },
  schema: () => ({ anyOf: [{ type: 'string' }, { type: 'object' }] }),
}

/** Types of jobs that a schedule may start, and those that the official client lets it start. */
const schedulable = ['pipeline', 'command', 'spark']

export const scheduled: Codec = {
  write(_, v, w, at) {
    if (typeof v === 'string') return isRef(v) ? fromExisting(v, {}, w, at) : fromFile(v, {}, w, at)
    if (!isObject(v)) {
      w.issue(at, `must be a path, azureml:<job>, or a mapping with the key job, but is ${typeWord(v)}`)
      return undefined
    }
    const { job, ...changes } = v
    if (job === undefined) return inPlace(v, w, at)
    if (typeof job !== 'string') {
      w.issue([...at, 'job'], `must be a path or azureml:<job>, but is ${typeWord(job)}`)
      return undefined
    }
    return isRef(job) ? fromExisting(job, changes, w, at) : fromFile(job, changes, w, [...at, 'job'])
  },
  read(_, v, r) {
    if (!isObject(v)) return v
    const source = own(v, 'sourceJobId')
    if (typeof source === 'string' && v.jobs === undefined) return printRef(source)
    return readWhole('job', v, r.read)
  },
  canon: (_, v, c, at) => {
    const table = kindByName('job')
    if (!table) return v
    const given = asObject(v)
    return given.sourceJobId === undefined ? c.canon(table.fields, v, at) : v
  },
  schema: () => ({ anyOf: [{ type: 'string' }, { type: 'object', required: ['job'] }] }),
}

/** What `show` prints of a schedule: the whole job. Only here can a file hold it so. */
function inPlace(v: JsonObject, w: Writing, at: Path): JsonObject | undefined {
  const hint = 'give the path of a job file, or azureml:<job>'
  if (['jobs', 'command', 'entry'].every((key) => v[key] === undefined)) {
    w.issue([...at, 'job'], 'is required', hint)
    return undefined
  }
  w.issue([...at, 'job'], 'the official client takes no job in place here', hint, 'warning')
  return writeWhole('job', v, w, at)
}

function isRef(text: string): boolean {
  return text.startsWith('azureml:')
}

function fromExisting(text: string, changes: JsonObject, w: Writing, at: Path): JsonObject {
  const sourceJobId = w.ctx.ref?.('job', text, at) ?? text
  if (Object.keys(changes).length === 0) {
    return { jobType: 'Pipeline', sourceJobId, experimentName: '', isArchived: false }
  }
  if (changes.type === undefined) w.issue([...at, 'type'], 'is required beside a job that exists')
  // what an existing job brings along need not be said
  const quiet = w.with({ issues: [] })
  return { ...writeWhole('job', changes, quiet, at), sourceJobId }
}

function fromFile(path: string, changes: JsonObject, w: Writing, at: Path): JsonObject | undefined {
  const opened = openMapping(path, w, at)
  if (!opened) return undefined
  const merged = merge(opened.value, changes)
  const type = typeof merged.type === 'string' ? merged.type : 'command'
  if (!schedulable.includes(type)) {
    w.issue(at, `a schedule starts pipelines, commands and Spark jobs, but ${path} is of type ${type}`)
    return undefined
  }
  if (type !== 'pipeline') {
    const hint = 'put the job into a pipeline if other clients must read the file'
    w.issue(at, `the official client schedules pipelines alone, but ${path} is of type ${type}`, hint, 'warning')
  }
  return writeWhole('job', merged, opened.walk, [])
}

function merge(base: JsonObject, changes: JsonObject): JsonObject {
  const out: JsonObject = { ...base }
  for (const [key, value] of Object.entries(changes)) {
    const before = own(base, key)
    setKey(out, key, isObject(before) && isObject(value) ? merge(before, value) : value)
  }
  return out
}
