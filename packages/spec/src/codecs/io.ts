// Inputs, outputs and search spaces of jobs. A literal travels as text in Python's spelling; data as a typed URI; what
// is bound by an expression travels as a literal that holds the expression.
import { type Canonizing, type Codec, hasExpression, type Reading, typeWord, type Writing } from '../codec.ts'
import { joinPath } from '../context.ts'
import { type Field, type FieldType, f } from '../field.ts'
import { parseUri } from '../ids.ts'
import { asObject, isObject, type Json, type JsonObject, own, type Path } from '../json.ts'
import { pythonStr } from '../python.ts'
import { printRef } from './outside.ts'
import { listWords } from './scalar.ts'

const dataTypes = ['uri_file', 'uri_folder', 'mltable']
const modelTypes = ['custom_model', 'mlflow_model', 'triton_model']
const assetTypes = [...dataTypes, ...modelTypes]

const inputModes = {
  ro_mount: 'ReadOnlyMount',
  download: 'Download',
  direct: 'Direct',
  eval_mount: 'EvalMount',
  eval_download: 'EvalDownload',
  rw_mount: 'ReadWriteMount',
} as const
const outputModes = { rw_mount: 'ReadWriteMount', mount: 'ReadWriteMount', upload: 'Upload', direct: 'Direct' } as const

const plainModes = ['ro_mount', 'download', 'direct']
const inputMode = (type: string | undefined): Field =>
  f.enum(type === undefined || type === 'mltable' ? [...plainModes, 'eval_mount', 'eval_download'] : plainModes, {
    map: inputModes,
  })
const outputMode: Field = f.enum(['rw_mount', 'mount', 'upload', 'direct'], { map: outputModes })
const typeField: Field = f.enum(assetTypes)

const dataKeys = ['type', 'path', 'mode', 'path_on_compute', 'datastore']
const modelKeys = ['type', 'path', 'mode', 'datastore']

/** Names of the two discriminators where the walk stands. */
const tagOf = (side: 'Input' | 'Output', style: Writing['style']) =>
  style === 'arm' ? `job${side}Type` : `job_${side.toLowerCase()}_type`

const input: Codec = {
  write(_, v, w, at) {
    if (typeof v === 'string' && w.isDate(at)) {
      w.issue(at, `must be a text, a number or a boolean, but is a date`, `write "${v}" in quotes`)
      return undefined
    }
    if (typeof v !== 'object') return literal(pythonStr(v, w.numberText(at)), w)
    if (!isObject(v)) {
      w.issue(at, `must be a value or a mapping with a path, but is ${typeWord(v)}`)
      return undefined
    }
    return own(v, 'value') !== undefined ? writeValue(v, w, at) : writeData(v, w, at)
  },
  read(_, v, r) {
    if (!isObject(v)) return v
    const tag = own(v, tagOf('Input', r.style))
    if (tag === 'literal' || tag === undefined) {
      const value = own(v, 'value')
      const mode = own(v, 'mode')
      if (mode === undefined || mode === null) return value ?? undefined
      return { path: value ?? null, mode: r.read(inputMode('mltable'), mode) ?? null }
    }
    return readIo(v, tag, r)
  },
  canon: (_, v, c, at) => canonIo(v, 'Input', c, at),
  schema: () => ({
    anyOf: [
      { type: ['string', 'number', 'boolean'] },
      {
        type: 'object',
        properties: {
          type: { type: 'string', enum: assetTypes },
          path: { type: 'string' },
          mode: { type: 'string', enum: Object.keys(inputModes).filter((m) => m !== 'rw_mount') },
          path_on_compute: { type: 'string' },
          datastore: { type: 'string' },
          value: { type: ['string', 'number', 'boolean'] },
        },
        additionalProperties: false,
      },
    ],
  }),
}

function literal(value: string, w: Writing): JsonObject {
  return { [tagOf('Input', w.style)]: 'literal', value }
}

function writeValue(v: JsonObject, w: Writing, at: Path): Json | undefined {
  const value = v.value ?? null
  for (const key of Object.keys(v)) {
    if (key !== 'value') w.issue([...at, key], `unknown key ${typeWord(key)} beside value`)
  }
  if (value !== null && typeof value !== 'object') return literal(pythonStr(value, w.numberText([...at, 'value'])), w)
  w.issue([...at, 'value'], `must be a text, a number or a boolean, but is ${typeWord(value)}`)
  return undefined
}

function writeData(v: JsonObject, w: Writing, at: Path): JsonObject {
  const given = own(v, 'type')
  const binding = w.bindings && hasExpression(given)
  const type = given === undefined ? 'uri_folder' : binding ? 'uri_folder' : w.write(typeField, given, [...at, 'type'])
  checkKeys(v, typeof type === 'string' && modelTypes.includes(type) ? modelKeys : dataKeys, w, at)
  const store = own(v, 'datastore')
  if (store !== undefined) w.write(f.string(), store, [...at, 'datastore'])
  const mode = own(v, 'mode')
  const wireMode =
    mode === undefined
      ? undefined
      : w.write(inputMode(given === undefined ? undefined : String(type)), mode, [...at, 'mode'])
  const path = own(v, 'path')
  const modeKey = wireMode === undefined ? {} : { mode: wireMode }
  if (path === undefined) return { [tagOf('Input', w.style)]: type ?? null, ...modeKey }
  if (typeof path !== 'string') {
    w.issue([...at, 'path'], `must be a text, but is ${typeWord(path)}`)
    return {}
  }
  if (hasExpression(path)) return { ...literal(path, w), ...modeKey }
  const uri = writeUri(v, String(type), w, [...at, 'path'])
  return { [tagOf('Input', w.style)]: type ?? null, uri, ...modeKey }
}

function writeUri(v: JsonObject, type: string, w: Writing, at: Path): string {
  const path = String(v.path)
  const model = modelTypes.includes(type)
  const uri = parseUri(path, model ? 'models' : 'data')
  if (uri.form === 'asset') {
    if (uri.version === undefined && uri.label === undefined) {
      w.issue(
        at,
        `${typeWord(path)} names no version of the ${model ? 'model' : 'data'}`,
        `write ${path}:<version> or ${path}@latest`,
      )
    }
    return w.ctx.ref?.(model ? 'model' : 'data', path, at) ?? path
  }
  if (uri.form === 'invalid') w.issue(at, `${typeWord(path)} is no reference: ${uri.why}`)
  if (uri.form !== 'local') return path
  const store = typeof v.datastore === 'string' ? v.datastore : undefined
  const uploaded = w.ctx.upload?.(joinPath(w.folder, uri.path), at, model ? 'model' : 'data', store)
  if (uploaded === undefined) return path
  return type === 'uri_folder' && !uploaded.endsWith('/') ? `${uploaded}/` : uploaded
}

function checkKeys(v: JsonObject, known: string[], w: Writing, at: Path): void {
  for (const key of Object.keys(v)) {
    if (!known.includes(key)) w.issue([...at, key], `unknown key ${typeWord(key)}`, `known here: ${listWords(known)}`)
  }
}

function readIo(v: JsonObject, type: Json, r: Reading): JsonObject {
  const uri = own(v, 'uri')
  const mode = own(v, 'mode')
  const name = own(v, 'assetName') ?? own(v, 'asset_name') ?? own(v, 'name')
  const version = own(v, 'assetVersion') ?? own(v, 'asset_version') ?? own(v, 'version')
  return {
    type,
    ...(typeof uri === 'string' ? { path: printRef(uri) } : {}),
    ...(mode === undefined || mode === null ? {} : { mode: readMode(mode, r) }),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof version === 'string' ? { version } : {}),
  }
}

function readMode(mode: Json, r: Reading): Json {
  return r.read(f.enum(['ro_mount'], { map: { ...inputModes, upload: 'Upload' } }), mode) ?? null
}

function canonIo(v: Json, side: 'Input' | 'Output', c: Canonizing, at: Path): Json {
  if (!isObject(v)) {
    c.issue(at, `must be an object, but is ${typeWord(v)}`)
    return v
  }
  const key = tagOf(side, c.style)
  const out: JsonObject = Object.fromEntries(Object.entries(v).filter(([, x]) => x !== null))
  const tag = own(out, key) ?? own(out, 'type')
  if (tag !== undefined) {
    const types = f.enum([...assetTypes, 'literal', 'string', 'number', 'integer', 'boolean'])
    out[own(out, key) === undefined ? 'type' : key] = c.canon(types, tag, [...at, key])
  } else if (side === 'Input') c.issue([...at, key], 'is required')
  else out[key] = 'uri_folder'
  const modes = side === 'Input' ? inputModes : outputModes
  const mode = own(out, 'mode')
  if (mode !== undefined) out.mode = c.canon(f.enum(Object.keys(modes), { map: modes }), mode, [...at, 'mode'])
  return out
}

const output: Codec = {
  write(_, v, w, at) {
    if (v === null) return w.style === 'node' ? undefined : { jobOutputType: 'uri_folder' }
    if (typeof v === 'string' && w.style === 'node') return writeBinding(v, w, at)
    if (!isObject(v)) {
      w.issue(
        at,
        `must be a mapping or nothing, but is ${typeWord(v)}`,
        w.bindings ? 'bind it with ${{parent.outputs.<name>}}' : undefined,
      )
      return undefined
    }
    const path = own(v, 'path')
    if (own(v, 'version') !== undefined && !v.name)
      w.issue([...at, 'version'], 'needs a name', 'add name, or leave the version out')
    const out = w.writeFields(w.style === 'node' ? nodeOutput : jobOutput, v, at)
    // only the exact spelling binds; with blanks inside the braces it is an ordinary path
    if (w.style === 'node' && typeof path === 'string' && /^\$\{\{parent\.outputs\.[^}\s]+\}\}$/.test(path)) {
      return { value: path, type: 'literal', ...(out.mode === undefined ? {} : { mode: out.mode }) }
    }
    return w.style === 'node' ? { job_output_type: 'uri_folder', ...out } : out
  },
  read(_, v, r) {
    if (!isObject(v)) return v
    const tag = own(v, tagOf('Output', r.style)) ?? own(v, 'type')
    const value = own(v, 'value')
    if (tag === 'literal' && typeof value === 'string') {
      const mode = own(v, 'mode')
      return mode === undefined || mode === null ? value : { path: value, mode: readMode(mode, r) }
    }
    return readIo(v, tag ?? 'uri_folder', r)
  },
  canon: (_, v, c, at) => canonIo(v, 'Output', c, at),
  schema: (_, schemaOf) => ({ anyOf: [{ type: 'null' }, { type: 'string' }, schemaOf(jobOutput)] }),
}

function writeBinding(v: string, w: Writing, at: Path): Json | undefined {
  if (hasExpression(v)) return { value: v, type: 'literal' }
  w.issue(at, `${typeWord(v)} is no binding`, 'bind it with ${{parent.outputs.<name>}}, or give a mapping')
  return undefined
}

const outputFields = (name: string, version: string): Field =>
  f.object({
    type: f.enum(assetTypes, {
      wire: 'jobOutputType',
      def: 'uri_folder',
      doc: 'What is written: a file, a folder, a table or a model.',
    }),
    mode: { ...outputMode, doc: 'How it leaves the node: rw_mount, upload or direct.' },
    path: f.string({ wire: 'uri', doc: 'Where it goes: a datastore URI, expressions allowed.' }),
    name: f.string({
      wire: name,
      pattern: '^[A-Za-z0-9_-]{1,255}$',
      says: 'letters, digits, - and _ only, at most 255',
      doc: 'Registers it under this name when the job completes.',
    }),
    version: f.string({
      wire: version,
      numbers: true,
      bools: true,
      doc: 'Version it is registered as; the next one when absent.',
    }),
  })
const jobOutput = outputFields('assetName', 'assetVersion')
const nodeOutput = outputFields('name', 'version')

const space: Codec = {
  write(_, v, w, at) {
    const written = w.write(distribution, v, at)
    if (!isObject(written) || w.style !== 'arm') return isObject(written) ? asYaml(written) : written
    return toList(written)
  },
  read(_, v, r) {
    if (r.style !== 'arm' || !Array.isArray(v)) return isObject(v) ? fromMap(v) : v
    const [type, args] = v
    const names = order[String(type)]
    if (!names || !Array.isArray(args)) return v
    return { type: type ?? null, ...Object.fromEntries(names.map((name, i) => [name, args[i] ?? null])) }
  },
  canon: (_, v) => v,
  schema: (_, schemaOf) => schemaOf(distribution),
}

const amount = f.number({ required: true, loose: true })
const bounds = { min_value: amount, max_value: amount }
const bell = { mu: amount, sigma: amount }
const step = { q: f.int({ required: true, loose: true }) }
const candidate = f.union([f.string(), f.number({ strict: true }), f.map(f.any({ nullable: true }))])
const variant = (wire: string, fields: Field['fields'] & object) => ({ wire, fields })
/** Distributions a parameter can be drawn from. */
const distribution: Field = f.oneOf(
  'type',
  'type',
  {
    choice: variant('choice', { values: f.list(candidate) }),
    uniform: variant('uniform', bounds),
    loguniform: variant('loguniform', bounds),
    quniform: variant('quniform', { ...bounds, ...step }),
    qloguniform: variant('qloguniform', { ...bounds, ...step }),
    normal: variant('normal', bell),
    lognormal: variant('lognormal', bell),
    qnormal: variant('qnormal', { ...bell, ...step }),
    qlognormal: variant('qlognormal', { ...bell, ...step }),
    randint: variant('randint', { upper: f.int({ required: true }) }),
  },
  { doc: 'The distribution values are drawn from.' },
)

/** The arguments of each distribution, in the order of the wire's list form. */
export const distributionArguments = {
  choice: ['values'],
  randint: ['upper'],
  uniform: ['min_value', 'max_value'],
  loguniform: ['min_value', 'max_value'],
  quniform: ['min_value', 'max_value', 'q'],
  qloguniform: ['min_value', 'max_value', 'q'],
  normal: ['mu', 'sigma'],
  lognormal: ['mu', 'sigma'],
  qnormal: ['mu', 'sigma', 'q'],
  qlognormal: ['mu', 'sigma', 'q'],
} as const satisfies Readonly<Record<string, readonly string[]>>

const order: Readonly<Record<string, readonly string[]>> = distributionArguments

function toList(written: JsonObject): Json {
  const type = String(written.type)
  const yaml = asYaml(written)
  return [type, (order[type] ?? []).map((name) => yaml[name] ?? null)]
}

/** Back to the names of the table: the arm walk wrote minValue. */
function asYaml(written: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(written).map(([k, v]) => [k.replace(/Value$/, '_value'), v]))
}

function fromMap(v: JsonObject): JsonObject {
  return asObject(v)
}

export const ioCodecs: Record<Extract<FieldType, 'input' | 'output' | 'space'>, Codec> = { input, output, space }
