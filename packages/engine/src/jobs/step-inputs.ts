/** What the inputs of a node become once everything they are bound to is known. */
import { asObject, asString, fail, fillTemplate, isObject, type Json, type JsonObject, own } from '@lazurite/spec'
import { pythonText } from '../bind.ts'
import { type Binding, field, type Graph, soleBinding } from './graph.ts'
import { valueTypes } from './step-values.ts'

/** What a node can refer to. */
export interface Sources {
  graph: Graph
  /** Wire inputs of the pipeline. */
  inputs: JsonObject
  /**
   * Where a finished step put an output, and how to read it when it is a value. Undefined for a step that a condition
   * left out. Raises when there is no such output.
   */
  output(node: string, output: string): Promise<Source | undefined>
}

export interface Source {
  uri: string
  type: string
  value?: () => Promise<string>
}

/** How far a binding was followed, and whether its place takes a value rather than data. */
interface How {
  depth: number
  literal: boolean
}

/** Wire inputs of the step's job. */
export async function stepInputs(sources: Sources, given: JsonObject, declared: JsonObject): Promise<JsonObject> {
  const bound: JsonObject = {}
  for (const [name, raw] of Object.entries(declared)) {
    const port = asObject(raw)
    const literal = valueTypes.has(asString(port.type) ?? '')
    const value = (await resolve(sources, own(given, name), { depth: 0, literal })) ?? defaultOf(port)
    if (value) bound[name] = shape(name, value, port)
    else if (port.optional !== true && Object.keys(port).length > 0) {
      fail('BadArgument', { what: `The required input ${name} has no value` })
    }
  }
  return bound
}

/** A wire input for what a node says about one of its inputs; undefined when it says nothing. */
async function resolve(sources: Sources, raw: Json | undefined, how: How): Promise<JsonObject | undefined> {
  if (raw === undefined || raw === null) return undefined
  if (how.depth > 50) fail('BadArgument', { what: 'The inputs of the steps refer to each other in a circle' })
  if (!isObject(raw)) return resolveText(sources, pythonText(raw), how)
  const type = asString(field(raw, 'jobInputType', 'job_input_type', 'type'))
  const mode = asString(raw.mode)
  const uri = asString(field(raw, 'uri', 'path'))
  if (uri === undefined || type === 'literal') {
    if (raw.value === undefined || raw.value === null) return undefined
    const value = await resolveText(sources, pythonText(raw.value), how)
    return value && mode ? { ...value, mode } : value
  }
  const through = soleBinding(uri) ? await resolveText(sources, uri, how) : undefined
  const plain: JsonObject = through ?? { jobInputType: type ?? 'uri_folder', uri: await fillText(sources, uri) }
  return mode ? { ...plain, mode } : plain
}

async function resolveText(sources: Sources, text: string, how: How): Promise<JsonObject | undefined> {
  const binding = soleBinding(text)
  if (!binding) return { jobInputType: 'literal', value: await fillText(sources, text) }
  return resolveBinding(sources, binding, how)
}

async function resolveBinding(sources: Sources, binding: Binding, how: How): Promise<JsonObject | undefined> {
  const deeper = { ...how, depth: how.depth + 1 }
  const [area, name = '', side, ...rest] = binding
  if (area === 'inputs') {
    const input = own(sources.inputs, binding.slice(1).join('.'))
    return isObject(input) ? { ...input } : resolve({ ...sources, inputs: {} }, input, deeper)
  }
  if (area === 'jobs' && side === 'inputs') {
    return resolve(sources, own(asObject(sources.graph.get(name)?.wire.inputs), rest.join('.')), deeper)
  }
  if (area === 'jobs' && side === 'outputs') {
    const found = await sources.output(name, rest.join('.'))
    if (how.literal && found?.value) return { jobInputType: 'literal', value: await found.value() }
    return found && { jobInputType: found.type, uri: found.uri }
  }
  return fail('BadArgument', { what: `The expression \${{parent.${binding.join('.')}}} is none a step can use` })
}

/** Text around expressions: literals as they are, data as its URI. */
export async function fillText(sources: Sources, text: string): Promise<string> {
  const values = new Map<string, string>()
  // first pass names what is needed, second fills it in: finding an output takes time, filling does not
  fillTemplate(text, (path) => {
    values.set(path.join('.'), '')
    return ''
  })
  if (values.size === 0) return text
  for (const key of values.keys()) {
    const path = key.split('.')
    const input = await resolveBinding(sources, path[0] === 'parent' ? path.slice(1) : path, {
      depth: 0,
      literal: true,
    })
    values.set(key, asString(input?.uri) ?? pythonText(input?.value ?? ''))
  }
  return fillTemplate(text, (path) => values.get(path.join('.'))).text
}

function defaultOf(port: JsonObject): JsonObject | undefined {
  if (port.default === undefined || port.default === null) return undefined
  return { jobInputType: 'literal', value: pythonText(port.default) }
}

/** Fits a value to what the component declares for the input. */
function shape(name: string, value: JsonObject, port: JsonObject): JsonObject {
  const type = asString(port.type)
  if (!type) return value
  if (valueTypes.has(type)) {
    const text = asString(value.uri) ?? pythonText(value.value ?? null)
    const read = readLiteral(port, text)
    if ('problem' in read) fail('BadArgument', { what: `The input ${name} ${read.problem}` })
    return { jobInputType: 'literal', value: read.text }
  }
  const uri = asString(value.uri) ?? pythonText(value.value ?? '')
  const mode = asString(value.mode) ?? asString(port.mode)
  const jobInputType =
    type === 'path' ? (asString(value.uri) ? (value.jobInputType ?? 'uri_folder') : 'uri_folder') : type
  return { jobInputType, uri, ...(mode ? { mode } : {}) }
}

/** A literal as the type of its port reads it, or what is wrong with it. */
export function readLiteral(port: JsonObject, text: string): { text: string } | { problem: string } {
  const type = asString(port.type)
  if (type === 'boolean') return { text: text.toLowerCase() === 'true' ? 'True' : 'False' }
  if (type === 'string') return inEnum(port, text)
  const number = Number(text)
  if (text.trim() === '' || Number.isNaN(number))
    return { problem: `must be ${type === 'integer' ? 'an' : 'a'} ${type}, not ${JSON.stringify(text)}` }
  const least = limitOf(port.min)
  const most = limitOf(port.max)
  if (least !== undefined && number < least) return { problem: `must be at least ${least}, not ${text}` }
  if (most !== undefined && number > most) return { problem: `must be at most ${most}, not ${text}` }
  return { text: type === 'integer' ? String(Math.trunc(number)) : text.trim() }
}

function inEnum(port: JsonObject, text: string): { text: string } | { problem: string } {
  const words = Array.isArray(port.enum) ? port.enum.map(pythonText) : []
  if (words.length === 0 || words.includes(text)) return { text }
  return { problem: `must be one of ${words.join(', ')}, not ${JSON.stringify(text)}` }
}

function limitOf(value: Json | undefined): number | undefined {
  const number = value === undefined || value === null || value === '' ? Number.NaN : Number(value)
  return Number.isNaN(number) ? undefined : number
}
