// What a component must hold beyond its table: names, presets and expressions that fit each other.
import { asArray, asObject, isObject, type Json, type JsonObject, own } from '../json.ts'
import type { Look } from '../look.ts'

/** Expressions in a component's command must name its declared inputs and outputs. */
export function checkDeclared(component: JsonObject, look: Look): void {
  const { command } = component
  if (typeof command !== 'string') return
  for (const path of new Set(expressionsOf(command))) {
    if (isDeclared(path.split('.'), component)) continue
    look.issue(['command'], `Invalid data binding expression: ${path}`, 'declare it under inputs or outputs')
  }
}

function expressionsOf(text: string): string[] {
  return [...text.matchAll(/\$\{\{\s*(\S*?)\s*\}\}/g)].map((m) => m[1] ?? '')
}

function isDeclared([root, ...rest]: string[], component: JsonObject): boolean {
  const [name = ''] = rest
  if (root === 'inputs') return own(asObject(component.inputs), rest.join('.')) !== undefined
  return root === 'outputs' && own(asObject(component.outputs), name) !== undefined && rest.length === 1
}

const portName = /^[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*$/

/** Inputs and outputs: names of letters, digits, underscores, no two that differ in case only; presets that parse. */
export function checkPorts(component: JsonObject, look: Look): void {
  for (const side of ['inputs', 'outputs'] as const) {
    const seen = new Map<string, string>()
    for (const [name, port] of Object.entries(asObject(component[side]))) {
      if (!portName.test(name)) {
        look.issue([side, name], `${JSON.stringify(name)} cannot be a name here: letters, digits and underscores only`)
      }
      const twin = seen.get(name.toLowerCase())
      if (twin !== undefined) look.issue([side, name], `'${name}' and '${twin}' differ in case only`)
      seen.set(name.toLowerCase(), name)
      if (isObject(port)) checkPresets(port, [side, name], look)
    }
  }
}

function checkPresets(port: JsonObject, place: string[], look: Look): void {
  for (const key of ['default', 'min', 'max']) {
    const value = own(port, key)
    if (value === undefined || value === null || parses(value, port.type ?? null)) continue
    look.issue([...place, key], `${JSON.stringify(value)} is no ${String(port.type)}`)
  }
}

function parses(value: Json, type: Json): boolean {
  const text = String(value).trim()
  if (type === 'number')
    return typeof value === 'boolean' || /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$|^[-+]?(inf|infinity|nan)$/i.test(text)
  if (type === 'integer') return typeof value !== 'string' || /^[-+]?\d+$/.test(text)
  return type !== 'boolean' || /^(true|false)$/i.test(text)
}

/** Files and folders put into the code folder must be there. A .zip may also be a folder that gets zipped. */
export function checkIncludes(component: JsonObject, look: Look): void {
  asArray(component.additional_includes).forEach((path, i) => {
    if (typeof path !== 'string' || path === '') return
    const found = [path, path.replace(/\.zip$/, '')].some((p) => (look.exists?.(p) ?? 'file') !== 'nothing')
    if (!found) look.issue(['additional_includes', i], `Unable to find additional include ${path}`)
  })
}
