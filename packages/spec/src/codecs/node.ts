// Pipeline nodes. A node names a component, or holds its job in place; either way the wire carries the id of a
// component version, so a job in place is first made into an anonymous component.
import { type Codec, type Reading, typeWord, type Writing } from '../codec.ts'
import { asAnonymous } from '../component-spec.ts'
import type { Field, FieldType, Variant } from '../field.ts'
import { nearest } from '../field.ts'
import { parseRef } from '../ids.ts'
import { asObject, isObject, type Json, type JsonObject, own, type Path } from '../json.ts'
import { kindByName } from '../kinds/index.ts'
import type { Ports } from '../look.ts'
import { promote, writeComponent } from './component.ts'
import { openFile, printRef } from './outside.ts'
import { componentOf, lookFrom, portsOf } from './ports.ts'
import { listWords } from './scalar.ts'
import { wireName } from './structure.ts'

const node: Codec = {
  write(field, v, w, at) {
    if (!isObject(v)) {
      w.issue(at, `must be a mapping, but is ${typeWord(v)}`)
      return undefined
    }
    const variant = pickType(field, withType(v, w), w, at)
    return variant && writeNode(v, variant, w.with({ style: 'node' }), at)
  },
  read(field, v, r) {
    if (!isObject(v)) return v
    const type = typeof v.type === 'string' ? v.type : 'command'
    const variant = own(field.variants ?? {}, type)
    if (!variant) return v
    if (variant.control) return readControl(v, variant, r.with('node'))
    const { componentId, _source: _, name: __, trial, ...rest } = v
    const id = isObject(trial) ? own(trial, 'componentId') : componentId
    const component = typeof id === 'string' ? { [isObject(trial) ? 'trial' : 'component']: printRef(id) } : {}
    const table: Field = {
      t: 'object',
      fields: leaveOut({ ...variant.inline, ...variant.fields }, inComponent),
      open: true,
    }
    const { type: ___, ...keys } = r.with('node').readFields(table, rest)
    return { type, ...component, ...keys }
  },
  canon(field, v, c, at) {
    if (!isObject(v)) {
      c.issue(at, `must be an object, but is ${typeWord(v)}`)
      return v
    }
    const type = typeof v.type === 'string' ? v.type : 'command'
    const variant = own(field.variants ?? {}, type)
    if (!variant) {
      c.issue([...at, 'type'], `must be ${listWords(Object.keys(field.variants ?? {}))}, but is ${typeWord(type)}`)
      return v
    }
    const { trial: _, component: __, ...fields } = variant.fields
    return c
      .with('node')
      .canonFields(withoutRequired({ t: 'object', fields, open: true }, 'component'), { ...v, type }, at)
  },
  schema: (field, schemaOf) => ({
    anyOf: Object.entries(field.variants ?? {}).flatMap(([type, variant]) => {
      const by: Field = { t: 'enum', values: [type], required: type !== field.otherwise }
      const forms: Field[] = [{ t: 'object', fields: { type: by, ...variant.fields }, open: true }]
      if (variant.inline) forms.push({ t: 'object', fields: { type: by, ...variant.inline } })
      return forms.map(schemaOf)
    }),
  }),
}

/** What only the component holds, not its node. */
const inComponent = ['command', 'code', 'environment']

function writeNode(v: JsonObject, variant: Variant, outer: Writing, at: Path): JsonObject {
  if (variant.control) return writeControl(v, variant, outer.with({ bindings: true }), at)
  const key = own(v, 'trial') !== undefined && 'trial' in variant.fields ? 'trial' : 'component'
  const byComponent = own(v, key) !== undefined || !variant.inline
  const w = outer.with({ bindings: byComponent || variant.inlineBindings === true })
  const fields = byComponent ? variant.fields : (variant.inline ?? {})
  const { type: _, [key]: component, ...rest } = v
  const table: Field = { t: 'object', fields, ...(byComponent ? { open: true, warns: true } : {}) }
  const ports = byComponent ? portsOf(v, w) : undefined
  const written = withDeclared(w.writeFields(withoutRequired(table, key), rest, at), ports)
  const gone = inComponent.map((name) => wireName(name, own(fields, name) ?? { t: 'any' }, 'node'))
  const node: JsonObject = { ...leaveOut(written, gone), name: String(at.at(-1)), type: variant.wire }
  if (variant.promoted === undefined && !byComponent) return { ...node, _source: 'YAML.JOB' }
  const found = byComponent ? namedComponent(component, variant, w, [...at, key]) : inlineComponent(v, variant, w, at)
  if (!found) return node
  const place = key === 'trial' ? { trial: { componentId: found.id } } : { componentId: found.id }
  return { ...node, ...place, _source: found.source }
}

/** A node that decides about others has no component. */
function writeControl(v: JsonObject, variant: Variant, w: Writing, at: Path): JsonObject {
  const { type: _, ...rest } = v
  const written = w.writeFields({ t: 'object', fields: variant.fields }, rest, at)
  const texts = (variant.control?.asText ?? []).flatMap((key): [string, Json][] => {
    const value = own(written, key)
    return value === undefined || typeof value === 'string' ? [] : [[key, JSON.stringify(plainItems(value, v[key]))]]
  })
  return { ...written, ...Object.fromEntries(texts), type: variant.wire, _source: 'YAML.JOB' }
}

/** Values of items travel as they were written, data as data. */
function plainItems(written: Json, given: Json | undefined): Json {
  if (Array.isArray(written)) return written.map((item, i) => plainItems(item, Array.isArray(given) ? given[i] : given))
  if (!isObject(written)) return written
  if (own(written, 'job_input_type') === 'literal')
    return isObject(given) ? (given.value ?? given.path ?? null) : (given ?? null)
  if (own(written, 'job_input_type') !== undefined) return written
  return Object.fromEntries(Object.entries(written).map(([key, item]) => [key, plainItems(item, asObject(given)[key])]))
}

function readControl(v: JsonObject, variant: Variant, r: Reading): JsonObject {
  const { type, _source: _, name: __, ...rest } = v
  const parsed = Object.entries(rest).map(([key, value]): [string, Json] => {
    if (!variant.control?.asText.includes(key) || typeof value !== 'string' || !/^\s*[[{]/.test(value))
      return [key, value]
    try {
      return [key, JSON.parse(value) as Json] // what JSON.parse answers is JSON
    } catch {
      return [key, value]
    }
  })
  return {
    type: type ?? null,
    ...r.readFields({ t: 'object', fields: variant.fields, open: true }, Object.fromEntries(parsed)),
  }
}

/** Inputs and outputs its component does not declare are left out without a word, as the official client does. */
function withDeclared(written: JsonObject, ports: Ports | undefined): JsonObject {
  if (!ports) return written
  const keep = (side: 'inputs' | 'outputs'): JsonObject => {
    const given = written[side]
    if (!isObject(given) || Object.keys(ports[side]).length === 0) return {}
    return {
      [side]: Object.fromEntries(
        Object.entries(given).filter(([name]) => Object.hasOwn(ports[side], name.split('.')[0] ?? name)),
      ),
    }
  }
  return { ...written, ...keep('inputs'), ...keep('outputs') }
}

/** A component where no node is around it: the whole graph of a pipeline job. */
const component: Codec = {
  write(field, v, w, at) {
    if (field.literal || typeof v !== 'string' || v.startsWith('azureml:'))
      return namedComponent(v, undefined, w, at)?.id
    const opened = openFile(v.replace(/^file:/, ''), w, at)
    if (!opened) return v
    if (isObject(opened.value)) return expand(opened.value, opened.walk)
    opened.walk.issue([], `must be a mapping, but is ${typeWord(opened.value)}`)
    return undefined
  },
  read: (_, v) => (typeof v === 'string' ? printRef(v) : v),
  canon: (_, v) => v,
  schema: () => ({ type: 'string' }),
}

/** A pipeline component in a file becomes the graph of the job; the kind's last touch merges it in. */
function expand(value: JsonObject, w: Writing): JsonObject {
  const component = kindByName('component')
  const checked = checkType(value, undefined, w, [])
  component?.checkYaml?.(checked, lookFrom(w, checked, []))
  const spec = w
    .with({ style: 'spec', bindings: false })
    .write(component?.fields ?? { t: 'any' }, { ...checked, name: 'graph' }, [])
  const { jobs = {}, inputs = {}, outputs = {} } = asObject(spec)
  return { graph: { jobs, inputs, outputs } }
}

/** A node without a type has the type of its component, where a file tells. */
function withType(v: JsonObject, w: Writing): JsonObject {
  if (own(v, 'type') !== undefined) return v
  if (own(v, 'component') === undefined) {
    if (own(v, 'trial') !== undefined) return { ...v, type: 'sweep' }
    return isObject(v.task) && own(v, 'command') === undefined ? { ...v, type: 'parallel' } : v
  }
  const type = componentOf(v, w)?.value.type
  return typeof type === 'string' ? { ...v, type } : v
}

function pickType(field: Field, v: JsonObject, w: Writing, at: Path): Variant | undefined {
  const given = own(v, 'type') === undefined ? (field.otherwise ?? '') : (v.type ?? null)
  const types = Object.keys(field.variants ?? {})
  const type = typeof given === 'string' ? given.toLowerCase() : ''
  const variant = own(field.variants ?? {}, type)
  if (variant) return variant
  const near = nearest(type, types)
  w.issue([...at, 'type'], `must be ${listWords(types)}, but is ${typeWord(given)}`, near && `did you mean ${near}?`)
  return undefined
}

interface Found {
  readonly id: Json
  readonly source: string
}

function namedComponent(v: Json | undefined, variant: Variant | undefined, w: Writing, at: Path): Found | undefined {
  const key = String(at.at(-1))
  const missing = () =>
    w.issue(at, 'is required', `name a component, e.g. ${key}: ./component.yml or azureml:<name>:<version>`)
  if (v === undefined || v === null) {
    missing()
    return undefined
  }
  if (isObject(v)) return register(checkType(v, variant, w, at), w, at, { source: 'YAML.JOB', asked: at })
  if (typeof v !== 'string') {
    w.issue(at, `must be a reference, a path or a mapping, but is ${typeWord(v)}`)
    return undefined
  }
  if (v.startsWith('azureml:')) return remoteComponent(v, w, at)
  if (/^[a-z0-9_]+:[a-zA-Z0-9._-]+$/i.test(v) && !v.startsWith('file:')) {
    w.issue(at, `${typeWord(v)} is neither a file nor a reference`, `write azureml:${v}`)
    return undefined
  }
  // a prompt flow is no component file; what runs it reads it
  if (/flow\.dag\.ya?ml$/.test(v)) return { id: v, source: 'YAML.COMPONENT' }
  const opened = openFile(v.replace(/^file:/, ''), w, at)
  if (!opened) return { id: v, source: 'YAML.COMPONENT' }
  if (isObject(opened.value)) {
    const value = checkType(opened.value, variant, opened.walk, [])
    const source = v.startsWith('file:') ? 'YAML.JOB' : 'YAML.COMPONENT'
    return register(value, opened.walk, [], { source, asked: at })
  }
  opened.walk.issue([], `must be a mapping, but is ${typeWord(opened.value)}`)
  return undefined
}

function remoteComponent(v: string, w: Writing, at: Path): Found | undefined {
  if (v.startsWith('azureml://registries/')) return { id: v, source: 'REMOTE.REGISTRY' }
  if (!parseRef(v, 'components')) {
    w.issue(at, `${typeWord(v)} is no reference to a component`, 'write azureml:<name>:<version>')
    return undefined
  }
  return { id: w.ctx.ref?.('component', v, at) ?? v, source: 'REMOTE.WORKSPACE.COMPONENT' }
}

/** A component of another type cannot stand in this node; a sweep tries commands. */
function checkType(value: JsonObject, variant: Variant | undefined, w: Writing, at: Path): JsonObject {
  const wanted = variant === undefined ? 'pipeline' : variant.wire === 'sweep' ? 'command' : variant.wire
  const given = own(value, 'type')
  if (given === undefined) return { type: wanted, ...value }
  if (given !== wanted) w.issue([...at, 'type'], `must be ${wanted} here, but is ${typeWord(given)}`)
  return value
}

function register(value: JsonObject, w: Writing, at: Path, from: { source: string; asked: Path }): Found {
  const { source, asked } = from
  const { name: _, version: __, ...rest } = value
  const props = asAnonymous(writeComponent({ ...rest, name: 'azureml_anonymous' }, w, at, source))
  kindByName('component')?.checkYaml?.(value, lookFrom(w, value, at))
  return { id: w.ctx.register?.('component', props, asked) ?? props, source }
}

function inlineComponent(v: JsonObject, variant: Variant, w: Writing, at: Path): Found {
  const props = promote(v, variant, w, at)
  return { id: w.ctx.register?.('component', props, at) ?? props, source: 'YAML.JOB' }
}

function withoutRequired(table: Field, key: string): Field {
  const fields = Object.entries(table.fields ?? {}).filter(([name]) => name !== key && name !== 'type')
  return { ...table, fields: Object.fromEntries(fields) }
}

function leaveOut<T>(v: { readonly [key: string]: T }, keys: readonly string[]): { [key: string]: T } {
  return Object.fromEntries(Object.entries(v).filter(([k]) => !keys.includes(k)))
}

export const nodeCodecs: Record<Extract<FieldType, 'node' | 'component'>, Codec> = { node, component }
