// A value of a YAML text set in place: comments and the look of everything else stay as people wrote them.
import { isObject, type Json, type JsonObject, type Path, parseYaml, printYaml, type YamlDoc } from '@lazurite/spec'

/**
 * The text with the value at a path set, or taken out when it is undefined. What stands inside braces or in a list is
 * printed anew together with the key that holds it. A text that is not YAML is answered as it is.
 */
export function setInYaml(text: string, path: Path, value: Json | undefined): string {
  const doc = parseYaml(text)
  if (doc.issues.length > 0 || path.length === 0) return text
  const root = isObject(doc.value) ? doc.value : {}
  // lists have no keys to stand at: the key that holds the list is set
  const firstIndex = path.findIndex((step) => typeof step === 'number')
  const keyed = firstIndex < 0 ? path : path.slice(0, firstIndex)
  const whole = setIn(root, path, value)
  return setAt({ doc, lines: text.split('\n'), root, whole }, keyed)
}

interface Edit {
  doc: YamlDoc
  lines: string[]
  root: JsonObject
  /** The document as it shall be. */
  whole: JsonObject
}

function setAt(edit: Edit, path: Path): string {
  const { lines, root, whole } = edit
  const value = valueAt(whole, path)
  if (path.length === 0) return Object.keys(whole).length === 0 ? '' : printYaml(whole)
  const key = path.at(-1) ?? ''
  const block = blockOf(edit, path)
  const around = path.slice(0, -1)
  if (block) {
    // a mapping that loses its last key is printed as {}
    if (value === undefined && around.length > 0 && sizeOf(whole, around) === 0) return setAt(edit, around)
    const printed =
      value === undefined
        ? []
        : printedKey(String(key), value, block.indent, tailOf(lines[block.from] ?? '', valueAt(root, path), value))
    return joined([...lines.slice(0, block.from), ...printed, ...lines.slice(block.to)])
  }
  if (valueAt(root, path) !== undefined || value === undefined)
    return around.length === 0 ? printYaml(whole) : setAt(edit, around)
  const holder = placeForNew(edit, around)
  if (!holder) return setAt(edit, around)
  const printed = printedKey(String(key), value, holder.indent, '')
  return joined([...lines.slice(0, holder.at), ...printed, ...lines.slice(holder.at)])
}

function printedKey(key: string, value: Json, indent: number, tail: string): string[] {
  const lines = printYaml({ [key]: value })
    .replace(/\n$/, '')
    .split('\n')
  const shifted = lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line))
  return shifted.length === 1 ? [`${shifted[0]}${tail}`] : shifted
}

/** The comment behind a value of one line, which stays where it is. */
function tailOf(line: string, before: Json | undefined, after: Json): string {
  if (typeof before === 'object' || (typeof after === 'object' && after !== null)) return ''
  const quoted = /^(\s*[^\s:]+:\s+(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^"'#\s](?:[^#]|(?<=\S)#)*?))(\s+#.*)$/.exec(line)
  return quoted?.[2] ?? ''
}

interface Block {
  /** First line and the one after the last, from 0. */
  from: number
  to: number
  indent: number
}

/** The lines of a key in a block mapping; undefined when it shares its lines with others, or is not there. */
function blockOf({ doc, lines }: Edit, path: Path): Block | undefined {
  const place = doc.position(path)
  if (!place || path.some((step) => typeof step === 'number')) return undefined
  const from = place.line - 1
  const indent = place.column - 1
  const line = lines[from] ?? ''
  const parent = path.length > 1 ? doc.position(path.slice(0, -1)) : undefined
  if (line.slice(0, indent).trim() !== '' || (parent && parent.line === place.line)) return undefined
  return { from, to: endOf(lines, from, indent), indent }
}

/** The first line behind a block; blank lines and comments at its end belong to what follows. */
function endOf(lines: readonly string[], from: number, indent: number): number {
  let end = from + 1
  for (let at = from + 1; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const depth = line.length - line.trimStart().length
    const isOpen = line.trim() === '' || (line.trimStart().startsWith('#') && depth <= indent)
    if (isOpen) continue
    const isItem = depth === indent && /^\s*-(\s|$)/.test(line)
    if (depth <= indent && !isItem) break
    end = at + 1
  }
  return end
}

/** Where a new key of a mapping goes: behind its last one. */
function placeForNew(edit: Edit, around: Path): { at: number; indent: number } | undefined {
  const { lines, root, doc } = edit
  const holder = valueAt(root, around)
  if (around.length === 0 && Object.keys(root).length === 0) return { at: lastLine(lines), indent: 0 }
  if (!isObject(holder ?? null)) return undefined
  const keys = Object.keys(holder as JsonObject) // it is an object: asked above
  const last = keys
    .map((key) => blockOf({ ...edit, doc }, [...around, key]))
    .reduce<Block | undefined>((low, block) => (block && (!low || block.from > low.from) ? block : low), undefined)
  return last && { at: last.to, indent: last.indent }
}

function lastLine(lines: readonly string[]): number {
  let end = lines.length
  while (end > 0 && (lines[end - 1] ?? '').trim() === '') end--
  return end
}

function joined(lines: string[]): string {
  return `${lines.join('\n').replace(/\n+$/, '')}\n`.replace(/^\n$/, '')
}

function valueAt(value: Json, path: Path): Json | undefined {
  let now: Json | undefined = value
  for (const step of path) {
    if (Array.isArray(now)) now = now[Number(step)]
    else if (isObject(now ?? null)) {
      const holder = now as JsonObject // asked above
      now = Object.hasOwn(holder, step) ? holder[step] : undefined
    } else return undefined
  }
  return now
}

function sizeOf(value: Json, path: Path): number {
  const found = valueAt(value, path)
  return isObject(found ?? null) ? Object.keys(found as JsonObject).length : 0
}

/** A copy with the value at the path set, or without it. Mappings that are missing on the way are made. */
export function setIn(root: JsonObject, path: Path, value: Json | undefined): JsonObject {
  return setInside(root, path, value) as JsonObject // a path that is not empty keeps the root a mapping
}

function setInside(now: Json | undefined, [step, ...rest]: Path, value: Json | undefined): Json | undefined {
  if (step === undefined) return value
  if (typeof step === 'number') {
    const list = Array.isArray(now) ? [...now] : []
    const inner = setInside(list[step], rest, value)
    if (inner === undefined) list.splice(step, 1)
    else list[step] = inner
    return list
  }
  const holder: JsonObject = isObject(now ?? null) ? { ...(now as JsonObject) } : {}
  const inner = setInside(Object.hasOwn(holder, step) ? holder[step] : undefined, rest, value)
  if (inner === undefined) delete holder[step]
  else Object.defineProperty(holder, step, { value: inner, enumerable: true, writable: true, configurable: true })
  return holder
}
