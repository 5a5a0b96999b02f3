// What a pipeline's nodes take and give: names and types of their inputs and outputs, as far as the files tell. Used to
// type the components made of inline nodes, and to check bindings.
import { hasExpression, type Writing } from '../codec.ts'
import { joinPath } from '../context.ts'
import { asObject, isObject, type Json, type JsonObject, own, type Path } from '../json.ts'
import type { Look, Port, Ports } from '../look.ts'
import { pythonStr } from '../python.ts'
import { soleRef } from '../template.ts'
import { openFile } from './outside.ts'

const parameterTypes = ['string', 'number', 'integer', 'boolean']

/** The component a node names or holds: its YAML and the walk for its file; undefined when it lives on a server. */
export function componentOf(node: JsonObject, w: Writing): { value: JsonObject; walk: Writing } | undefined {
  const given = own(node, 'component') ?? own(node, 'trial')
  if (isObject(given)) return { value: given, walk: w }
  if (typeof given !== 'string' || given.startsWith('azureml:') || /flow\.dag\.ya?ml$/.test(given)) return undefined
  const quiet = w.with({ issues: [] })
  const opened = openFile(given.replace(/^file:/, ''), quiet, [])
  return opened && isObject(opened.value) ? { value: opened.value, walk: opened.walk } : undefined
}

/** The eyes of a kind's checks, for a document of this walk. */
export function lookFrom(w: Writing, pipeline: JsonObject, at: Path): Look {
  const inside = w.with({ pipeline })
  return {
    exists: (path) => w.ctx.exists?.(joinPath(w.folder, path)),
    issue: (path, message, hint, severity) => w.issue([...at, ...path], message, hint, severity),
    ports: (node) => portsOf(node, inside),
    component: (node) => {
      const found = componentOf(node, inside)
      return found && { value: found.value, look: lookFrom(found.walk, found.value, []) }
    },
  }
}

/** The ports of a node; undefined when its component lives on a server. */
export function portsOf(node: JsonObject, w: Writing): Ports | undefined {
  const remote = own(node, 'component') ?? own(node, 'trial')
  if (remote === undefined) return inlinePorts(node, w)
  const component = componentOf(node, w)
  if (!component) return undefined
  return { inputs: declared(component.value.inputs), outputs: declared(component.value.outputs) }
}

function declared(ports: Json | undefined): Record<string, Port> {
  return Object.fromEntries(
    Object.entries(asObject(ports)).map(([name, p]) => {
      const port = asObject(p)
      const type = typeof port.type === 'string' ? { type: port.type } : {}
      const mode = typeof port.mode === 'string' ? { mode: port.mode } : {}
      const preset = port.default === undefined || port.default === null ? {} : { default: port.default }
      return [name, { ...type, ...mode, ...preset, ...(port.optional === true ? { optional: true } : {}) }]
    }),
  )
}

function inlinePorts(node: JsonObject, w: Writing): Ports {
  const inputs = Object.entries(asObject(node.inputs)).map(([name, v]): [string, Port] => [name, inputPort(v, w, [])])
  const outputs = Object.entries(asObject(node.outputs)).map(([name, v]): [string, Port] => [name, outputPort(v, w)])
  return { inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) }
}

/** The port an inline node gets for an input: a parameter for a literal, a data port for data, else what is bound. */
export function inputPort(v: Json, w: Writing, at: Path): Port {
  if (typeof v === 'string' && hasExpression(v)) return { type: typeOf(v, w) ?? 'uri_folder' }
  if (v === null || typeof v !== 'object') return { type: literalType(v, w.numberText(at)), default: v }
  const map = asObject(v)
  const value = own(map, 'value')
  if (value !== undefined) return inputPort(value, w, [...at, 'value'])
  const mode = typeof map.mode === 'string' ? { mode: map.mode.toLowerCase() } : {}
  if (typeof map.path === 'string' && hasExpression(map.path)) {
    const type = typeof map.type === 'string' ? map.type.toLowerCase() : (typeOf(map.path, w) ?? 'uri_folder')
    return { type, ...mode }
  }
  return { type: typeof map.type === 'string' ? map.type.toLowerCase() : 'uri_folder', ...mode }
}

/** The port an inline node gets for an output; one bound to a pipeline output takes that one's type and mode. */
export function outputPort(v: Json, w: Writing): Port {
  const text = typeof v === 'string' ? v : asObject(v).path
  const bound = typeof text === 'string' ? soleRef(text) : undefined
  const outer =
    bound?.[0] === 'parent' && bound[1] === 'outputs' ? asObject(asObject(w.pipeline?.outputs)[bound[2] ?? '']) : {}
  const own_ = asObject(v)
  const pick = (key: string) => [own_[key], outer[key]].find((x) => typeof x === 'string')
  const [type, mode] = [pick('type'), pick('mode')]
  return {
    type: typeof type === 'string' ? type.toLowerCase() : 'uri_folder',
    ...(typeof mode === 'string' ? { mode: mode.toLowerCase() } : {}),
  }
}

/** The type of a literal; its source text tells 1.0, a number, from 1, an integer. */
function literalType(v: Json, numberText: string | undefined): string {
  if (typeof v === 'boolean') return 'boolean'
  if (typeof v !== 'number') return 'string'
  return Number.isInteger(v) && !/[.en]/.test(numberText ?? '') ? 'integer' : 'number'
}

/** The type behind one `${{parent…}}` expression; undefined when nothing here tells. */
function typeOf(expression: string, w: Writing): string | undefined {
  const path = soleRef(expression)
  if (!path) return 'string'
  const [root, section, name = '', side, port = ''] = path
  if (root !== 'parent' || !w.pipeline) return undefined
  if (section === 'inputs') return pipelineInputType(asObject(w.pipeline.inputs)[name] ?? null, name, w)
  const node = asObject(w.pipeline.jobs)[name]
  if (section !== 'jobs' || !isObject(node) || w.depth > 20) return undefined
  const ports = portsOf(node, w.with({ depth: w.depth + 1 }))
  return side === 'outputs' ? ports?.outputs[port]?.type : ports?.inputs[port]?.type
}

function pipelineInputType(v: Json, name: string, w: Writing): string | undefined {
  if (v === null) return undefined
  if (typeof v !== 'object') return literalType(v, w.numberText(['inputs', name]))
  const map = asObject(v)
  // in a pipeline component the inputs are declarations, in a pipeline job they are values
  if (typeof map.type === 'string') return map.type.toLowerCase()
  return own(map, 'value') === undefined ? 'uri_folder' : pipelineInputType(map.value ?? null, name, w)
}

/** A port as a componentSpec declares it; defaults are texts. */
export function printPort(port: Port, numberText?: string): JsonObject {
  const { type = 'uri_folder', mode, optional } = port
  const preset = port.default
  const parameter = parameterTypes.includes(type)
  return {
    type,
    ...(mode === undefined ? {} : { mode }),
    ...(optional ? { optional } : {}),
    ...(parameter && preset !== undefined && preset !== null && typeof preset !== 'object'
      ? { default: pythonStr(preset, numberText) }
      : {}),
  }
}
