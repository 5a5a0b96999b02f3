// What points outside the document: references to resources, code and data on disk, files with text in them.
import { type Codec, typeWord, type Writing } from '../codec.ts'
import { folderOf, joinPath, type UploadPurpose } from '../context.ts'
import type { Field, FieldType } from '../field.ts'
import { parseRef, parseUri } from '../ids.ts'
import { isObject, type Json, type JsonObject, type Path } from '../json.ts'
import { kindByName } from '../kinds/index.ts'
import { printYaml } from '../yaml-print.ts'

type OutsideType = Extract<FieldType, 'ref' | 'asset' | 'code' | 'compute' | 'path' | 'text'>

const text = (v: Json, w: Writing, at: Path): string | undefined => {
  if (typeof v === 'string' && !w.isDate(at)) return v
  w.issue(at, `must be a text, but is ${typeWord(v)}`)
  return undefined
}

/** Canonical wire values of references are any text: only the server can tell whether they lead anywhere. */
const canonText: Codec['canon'] = (_, v, c, at) => {
  if (typeof v !== 'string') c.issue(at, `must be a text, but is ${typeWord(v)}`)
  return v
}

const ref: Codec = {
  write(field, v, w, at) {
    const t = text(v, w, at)
    return t === undefined ? undefined : writeRef(field, t, w, at)
  },
  read: (_, v) => (typeof v === 'string' ? printRef(v) : v),
  canon: canonText,
  schema: () => ({ type: 'string' }),
}

/** A reference as the wire carries it; pushes an issue when the text cannot be one. */
function writeRef(field: Field, t: string, w: Writing, at: Path): string | undefined {
  if (/^azureml:\/\/(registries|feeds)\//.test(t)) return t
  const collection = `${field.kind}s`
  const parsed = t.startsWith('azureml:') ? parseRef(t, collection) : undefined
  if (!parsed) {
    const example = field.unversioned ? `azureml:<name>` : `azureml:<name>:<version>`
    w.issue(
      at,
      `${typeWord(t)} is no reference to a ${field.kind}`,
      `write ${example} or an ARM id with azureml: before it`,
    )
    return undefined
  }
  if (!field.unversioned && parsed.version === undefined && parsed.label === undefined) {
    w.issue(at, `${typeWord(t)} names no version of the ${field.kind}`, `write ${t}:<version> or ${t}@latest`)
    return undefined
  }
  // curated environments are left to the server, as the official client does
  const curated = field.kind === 'environment' && /^AzureML-/i.test(parsed.name)
  const id = curated ? undefined : w.ctx.ref?.(field.kind ?? '', t, at)
  if (id === undefined) return t
  return w.style === 'arm' ? id : prefixed(id, w)
}

/** Inside a componentSpec an ARM id stands behind azureml:. */
function prefixed(id: string, w: Writing): string {
  return w.style === 'spec' && id.startsWith('/') ? `azureml:${id}` : id
}

/** A wire reference as YAML: an ARM id gets azureml: before it. */
export function printRef(id: string): string {
  return id.startsWith('/') ? `azureml:${id}` : id
}

const asset: Codec = {
  write(field, v, w, at) {
    if (isObject(v)) return writeInline(field, v, w, at)
    const t = text(v, w, at)
    if (t === undefined) return undefined
    if (!t.startsWith('file:')) return writeRef(field, t, w, at)
    const opened = openFile(t.slice('file:'.length), w, at)
    return opened && isObject(opened.value) ? writeInline(field, opened.value, opened.walk, []) : undefined
  },
  read: (_, v) => (typeof v === 'string' ? printRef(v) : v),
  canon: canonText,
  schema: (field, schemaOf) => ({
    anyOf: [{ type: 'string' }, ...(inlineField(field).fields ? [schemaOf(inlineField(field))] : [{ type: 'object' }])],
  }),
}

/** The table of the kind, where nothing beside the properties (name, version) is asked for. */
function inlineField(field: Field): Field {
  const table = kindByName(field.kind ?? '')?.fields
  const fields = Object.entries(table?.fields ?? {}).map(([name, x]): [string, Field] => [
    name,
    x.beside ? { ...x, required: false } : x,
  ])
  return table?.t === 'object' ? { t: 'object', fields: Object.fromEntries(fields) } : { t: 'any' }
}

function writeInline(field: Field, v: JsonObject, w: Writing, at: Path): Json {
  const arm = w.with({ style: 'arm', bindings: false, ctx: besideNothing(w) })
  const props = arm.writeFields(inlineField(field), v, at)
  kindByName(field.kind ?? '')?.checkYaml?.(v, {
    issue: (path, message, hint, severity) => w.issue([...at, ...path], message, hint, severity),
    ports: () => undefined,
    component: () => undefined,
    exists: (path) => w.ctx.exists?.(joinPath(w.folder, path)),
    inline: true,
  })
  const id = w.ctx.register?.(field.kind ?? '', { ...props, isAnonymous: true }, at)
  return id === undefined ? props : prefixed(id, w)
}

/** Inline assets have no envelope: their name and version go nowhere. */
function besideNothing(w: Writing): Writing['ctx'] {
  return Object.create(w.ctx, { beside: { value: undefined } })
}

/** Opens another YAML file and gives the walk for it; issues name that file. */
export function openFile(path: string, w: Writing, at: Path): { value: Json; walk: Writing; path: string } | undefined {
  const full = joinPath(w.folder, path)
  if (w.ctx.exists?.(full) === 'nothing' || w.ctx.exists?.(full) === 'folder') {
    w.issue(at, `there is no file ${full}`)
    return undefined
  }
  const doc = w.ctx.include?.(full, at)
  if (!doc) return undefined
  if (w.depth > maxFiles) {
    w.issue(at, `${full} is included more than ${maxFiles} files deep: does it include itself?`)
    return undefined
  }
  for (const issue of doc.issues) w.issues.push({ ...issue, file: full })
  const walk = w.with({ folder: folderOf(full), doc: { ...doc, file: full }, depth: w.depth + 1 })
  return { value: doc.value, walk, path: full }
}

const maxFiles = 20

const code: Codec = {
  write(field, v, w, at) {
    const t = text(v, w, at)
    if (t === undefined) return undefined
    if (t.startsWith('azureml:')) return writeRef({ ...field, t: 'ref', kind: 'code' }, t, w, at)
    if (/^(https?:\/\/|git\+)/.test(t)) return t
    if (/^file:/.test(t)) {
      w.issue(at, `${typeWord(t)} is no folder`, `write the folder without file:`)
      return undefined
    }
    return writeLocal(t, { purpose: 'code', exists: true, warns: field.exists === false }, w, at)
  },
  read: (_, v) => (typeof v === 'string' ? printRef(v) : v),
  canon: canonText,
  schema: () => ({ type: 'string' }),
}

interface Local {
  purpose: UploadPurpose
  exists: boolean
  warns?: boolean
}

/** A local path → what the upload makes of it. */
function writeLocal(t: string, how: Local, w: Writing, at: Path): string {
  const full = joinPath(w.folder, t)
  if (how.exists && w.ctx.exists?.(full) === 'nothing')
    w.issue(at, `there is no file or folder ${full}`, undefined, how.warns ? 'warning' : undefined)
  const id = w.ctx.upload?.(full, at, how.purpose)
  return id === undefined ? t : prefixed(id, w)
}

const path: Codec = {
  write(field, v, w, at) {
    const t = text(v, w, at)
    if (t === undefined) return undefined
    const uri = parseUri(t, field.purpose === 'model' ? 'models' : 'data')
    if (uri.form === 'local')
      return writeLocal(uri.path, { purpose: field.purpose ?? 'data', exists: field.exists === true }, w, at)
    if (field.exists && uri.form !== 'external') {
      w.issue(at, `${typeWord(t)} is neither a local path nor a URL`)
      return undefined
    }
    if (uri.form === 'asset') return w.ctx.ref?.(field.purpose === 'model' ? 'model' : 'data', t, at) ?? t
    return t
  },
  read: (_, v) => (typeof v === 'string' ? printRef(v) : v),
  canon: canonText,
  schema: () => ({ type: 'string' }),
}

const compute: Codec = {
  write(_, v, w, at) {
    const t = text(v, w, at)
    if (t === undefined) return undefined
    if (t.toLowerCase() === 'local') return w.style === 'arm' ? undefined : 'local'
    // a virtual cluster is somebody else's scheduler: its id travels as it is
    if (/virtualclusters/i.test(t)) return t.replace(/^azureml:/, '')
    return w.ctx.ref?.('compute', t, at) ?? t
  },
  read: (_, v) => (typeof v === 'string' ? printRef(v) : v),
  canon: (_, v, c, at) => {
    if (typeof v !== 'string') c.issue(at, `must be a text, but is ${typeWord(v)}`)
    return v
  },
  schema: () => ({ type: 'string' }),
}

const fileText: Codec = {
  write(_, v, w, at) {
    if (Array.isArray(v)) {
      w.issue(at, 'must be a path or a mapping, but is a list')
      return undefined
    }
    if (typeof v === 'object') return v === null ? undefined : printSorted(v)
    const t = text(v, w, at)
    if (t === undefined) return undefined
    const full = joinPath(w.folder, t.replace(/^file:/, ''))
    const there = w.ctx.exists?.(full) ?? 'file'
    if (there !== 'file') w.issue(at, `there is no file ${full}`)
    return w.ctx.text?.(full, at) ?? t
  },
  read: (_, v) => v,
  canon: canonText,
  schema: () => ({ anyOf: [{ type: 'string' }, { type: 'object' }] }),
}

/** YAML with sorted keys, so that equal mappings make equal texts. */
function printSorted(v: Json): string {
  const sort = (x: Json): Json => {
    if (Array.isArray(x)) return x.map(sort)
    if (!isObject(x)) return x
    return Object.fromEntries(
      Object.keys(x)
        .sort()
        .map((k) => [k, sort(x[k] ?? null)]),
    )
  }
  return printYaml(sort(v))
}

export const outsideCodecs: Record<OutsideType, Codec> = { ref, asset, code, compute, path, text: fileText }
