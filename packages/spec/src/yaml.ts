// The official client's YAML dialect: PyYAML's safe_load (YAML 1.1), with line and column for every node. The library
// only cuts the text into nodes; what a plain scalar means, merge keys and aliases are settled here, by PyYAML's rules,
// within bounds that a hostile file cannot cross.
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
} from 'yaml'
import type { Issue } from './issue.ts'
import { isObject, type Json, type JsonObject, type Path, setKey } from './json.ts'
import { pythonFloat } from './python.ts'
import { type Resolved, resolvePlain, resolveTagged } from './scalar.ts'

export { printYaml } from './yaml-print.ts'

/** A parsed YAML file: its value, and where everything in it stands. */
export interface YamlDoc {
  value: Json
  /** The file it came from, when known. */
  file?: string
  /** 1-based place of the value at a path (of its key, for a value in a mapping); undefined when there is none. */
  position(path: Path): { line: number; column: number } | undefined
  /** Python's str() of the number at a path (1.0 stays "1.0", 1e16 as "1e+16"); undefined when it is no number. */
  numberText(path: Path): string | undefined
  /** True when PyYAML reads the plain scalar at a path as a date, which no string field takes. */
  isDate(path: Path): boolean
  issues: Issue[]
}

export interface YamlLimits {
  /** Name kept in the document and in its issues. */
  file?: string
  /** Longest text read, in UTF-16 units (default 8 Mi). */
  maxBytes?: number
  /** How many values aliases may repeat altogether (default 100,000). */
  maxAliases?: number
  /** Deepest nesting (default 100). */
  maxDepth?: number
}

interface Mark {
  /** Offset of the key (in a mapping) or item (in a list). */
  readonly offset: number
  readonly text?: string
  readonly date?: boolean
}

/** Raised inside this file only, to leave the walk at the first thing that PyYAML would raise for. */
class Refusal extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/**
 * Reads one YAML document. Never throws: when the text is not YAML, holds several documents or crosses a limit, `value`
 * is null and `issues` says what and where. An empty text reads as null.
 */
export function parseYaml(text: string, limits: YamlLimits = {}): YamlDoc {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text
  const lines = new LineCounter()
  const walk = new Walk(limits)
  const issues: Issue[] = []
  let value: Json = null
  try {
    const root = composeOne(body, lines, limits)
    if (root) value = walk.read(root, 0)
  } catch (e) {
    value = null
    issues.push(issueOf(e, lines, limits.file))
  }
  const place = (path: Path) => {
    const mark = walk.markAt(value, path)
    if (!mark) return undefined
    const { line, col } = lines.linePos(mark.offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  return {
    value,
    ...(limits.file === undefined ? {} : { file: limits.file }),
    position: place,
    numberText: (path) => walk.markAt(value, path)?.text,
    isDate: (path) => walk.markAt(value, path)?.date === true,
    issues,
  }
}

function issueOf(e: unknown, lines: LineCounter, file: string | undefined): Issue {
  const named = file === undefined ? {} : { file }
  if (e instanceof Refusal) {
    const { line, col } = lines.linePos(Math.max(0, e.offset))
    return { path: [], message: e.message, line: Math.max(1, line), column: Math.max(1, col), ...named }
  }
  // the composer recurses; a text nested deeper than the stack ends there
  const message = e instanceof RangeError ? 'is nested too deeply' : `cannot be read as YAML: ${String(e)}`
  return { path: [], message, line: 1, column: 1, ...named }
}

function composeOne(text: string, lines: LineCounter, limits: YamlLimits): Node | null {
  const maxBytes = limits.maxBytes ?? 8 * 1024 * 1024
  if (text.length > maxBytes) {
    throw new Refusal(`is larger than the ${Math.floor(maxBytes / 1024)} KiB a YAML file may have`, 0)
  }
  const strange = nonPrintable.exec(text)
  if (strange) {
    lineStarts(text.slice(0, strange.index), lines)
    const code = (strange[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0')
    throw new Refusal(`holds the character U+${code.toUpperCase()}, which YAML does not allow`, strange.index)
  }
  if (text.trim() === '') return null
  const docs = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    strict: false,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'silent',
  })
  if (!Array.isArray(docs)) return null
  const [first, second] = docs as Document.Parsed[]
  if (!first) return null
  refuseErrors(first)
  if (second) throw new Refusal('holds several YAML documents; one is expected', Math.max(0, second.range[0]))
  return first.contents
}

const nonPrintable =
  /[^\t\n\r\x20-\x7E\x85\xA0-\uFFFD]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

function lineStarts(text: string, lines: LineCounter): void {
  lines.addNewLine(0)
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lines.addNewLine(i + 1)
}

/** Complaints of the library that PyYAML does not share. */
const tolerated = new Set(['BAD_PROP_ORDER', 'TAG_RESOLVE_FAILED'])

function refuseErrors(doc: Document.Parsed): void {
  for (const error of doc.errors) {
    // PyYAML reads a quoted scalar whose later lines are indented less than its parent
    if (tolerated.has(error.code) || /Missing indentation for multi-line|must be indented/.test(error.message)) continue
    throw new Refusal(`is not valid YAML: ${error.message}`, error.pos[0])
  }
}

/** Nodes → JSON by PyYAML's rules, remembering where each value stood. */
class Walk {
  readonly #maxDepth: number
  #aliasBudget: number
  readonly #marks = new WeakMap<object, Map<string | number, Mark>>()
  #rootMark: Mark | undefined
  readonly #anchors = new Map<string, { node: Node; value?: Json; size: number; mark: Mark }>()
  #size = 0

  constructor(limits: YamlLimits) {
    this.#maxDepth = limits.maxDepth ?? 100
    this.#aliasBudget = limits.maxAliases ?? 100_000
  }

  read(root: Node, depth: number): Json {
    const [value, mark] = this.#node(root, depth)
    this.#rootMark = mark
    return value
  }

  markAt(root: Json, path: Path): Mark | undefined {
    let here: Json = root
    let mark = this.#rootMark
    for (const step of path) {
      if (typeof here !== 'object' || here === null) return undefined
      const found: Mark | undefined = this.#marks.get(here)?.get(step)
      if (!found) return undefined
      mark = found
      here = (Array.isArray(here) ? here[Number(step)] : here[String(step)]) ?? null
    }
    return mark
  }

  #node(node: Node, depth: number): [Json, Mark] {
    const offset = node.range?.[0] ?? 0
    if (depth > this.#maxDepth) throw new Refusal(`is nested deeper than ${this.#maxDepth} levels`, offset)
    this.#size++
    if (isAlias(node)) return this.#alias(node.source, offset)
    const anchor = 'anchor' in node && typeof node.anchor === 'string' ? node.anchor : undefined
    const entry = { node, size: 0, mark: { offset } as Mark, value: undefined as Json | undefined }
    // exactOptionalPropertyTypes: an open entry has no value yet
    if (anchor !== undefined) this.#anchors.set(anchor, { node, size: 0, mark: { offset } })
    const before = this.#size
    const [value, mark] = this.#plainNode(node, depth, offset)
    if (anchor !== undefined) this.#anchors.set(anchor, { ...entry, value, size: this.#size - before + 1, mark })
    return [value, mark]
  }

  #plainNode(node: Node, depth: number, offset: number): [Json, Mark] {
    if (isScalar(node)) return this.#scalar(node, offset)
    if (isMap(node)) return [this.#map(node, depth), { offset }]
    if (!isSeq(node)) return [null, { offset }]
    checkTag(node.tag, ['tag:yaml.org,2002:seq'], offset)
    const list: Json[] = []
    const marks = new Map<string | number, Mark>()
    this.#marks.set(list, marks)
    for (const item of node.items) {
      // a pair among list items is a one-key mapping in flow style: [a: 1]
      const [value, mark] = isPair(item) ? this.#pairItem(item, depth) : this.#node(item as Node, depth + 1)
      marks.set(list.length, mark)
      list.push(value)
    }
    return [list, { offset }]
  }

  #pairItem(pair: { key: unknown; value: unknown }, depth: number): [Json, Mark] {
    const object: JsonObject = {}
    const marks = new Map<string | number, Mark>()
    this.#marks.set(object, marks)
    const offset = this.#pair(pair, depth, (key, value, mark) => {
      setKey(object, key, value)
      marks.set(key, mark)
    })
    return [object, { offset }]
  }

  #alias(name: string, offset: number): [Json, Mark] {
    const anchor = this.#anchors.get(name)
    if (!anchor) throw new Refusal(`uses the alias *${name}, which no anchor &${name} above it defines`, offset)
    if (anchor.value === undefined) throw new Refusal(`defines &${name} by itself`, offset)
    this.#aliasBudget -= anchor.size
    if (this.#aliasBudget < 0) throw new Refusal('repeats too many values through aliases', offset)
    this.#size += anchor.size
    return [anchor.value, { ...anchor.mark, offset }]
  }

  #scalar(node: Scalar, offset: number): [Json, Mark] {
    const text = typeof node.value === 'string' ? node.value : ''
    const plain = node.type === Scalar.PLAIN || node.type === undefined
    let resolved: Resolved
    if (node.tag !== undefined) resolved = resolveTagged(node.tag, text)
    else resolved = plain ? resolvePlain(text) : { value: text }
    if (resolved.error !== undefined) throw new Refusal(resolved.error, offset)
    const { value } = resolved
    if (typeof value === 'number') return [value, { offset, text: resolved.text ?? pythonFloat(value) }]
    return [value, resolved.date ? { offset, date: true } : { offset }]
  }

  #map(node: YAMLMap, depth: number): Json {
    checkTag(node.tag, ['tag:yaml.org,2002:map', 'tag:yaml.org,2002:set'], node.range?.[0] ?? 0)
    const object: JsonObject = {}
    const marks = new Map<string | number, Mark>()
    const merged: [string, Json, Mark][] = []
    const own: [string, Json, Mark][] = []
    for (const pair of node.items) {
      const key: unknown = pair.key
      if (isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN && key.tag === undefined) {
        merged.push(...this.#merge(pair.value as Node | null, depth, key.range?.[0] ?? 0))
      } else this.#pair(pair, depth, (k, v, mark) => own.push([k, v, mark]))
    }
    for (const [key, value, mark] of [...merged, ...own]) {
      setKey(object, key, value)
      marks.set(key, mark)
    }
    this.#marks.set(object, marks)
    return object
  }

  #pair(pair: { key: unknown; value: unknown }, depth: number, put: (k: string, v: Json, m: Mark) => void): number {
    // the composer gives nodes or null for both
    const keyNode = pair.key as Node | null
    const offset = keyNode?.range?.[0] ?? (pair.value as Node | null)?.range?.[0] ?? 0
    const key = keyNode ? this.#node(keyNode, depth + 1) : ([null, { offset }] as [Json, Mark])
    if (typeof key[0] === 'object' && key[0] !== null) throw new Refusal('has a mapping or list as a key', offset)
    const [value, mark] = pair.value ? this.#node(pair.value as Node, depth + 1) : [null, { offset }]
    put(keyText(key[0], key[1]), value, { ...mark, offset })
    return offset
  }

  #merge(node: Node | null, depth: number, offset: number): [string, Json, Mark][] {
    const [value] = node ? this.#node(node, depth + 1) : [null]
    const sources = Array.isArray(value) ? [...value].reverse() : [value]
    return sources.flatMap((source) => {
      if (!isObject(source)) throw new Refusal('merges (<<) something that is not a mapping', offset)
      const marks = this.#marks.get(source)
      return Object.entries(source).map(([k, v]): [string, Json, Mark] => [k, v, marks?.get(k) ?? { offset }])
    })
  }
}

function checkTag(tag: string | undefined, allowed: string[], offset: number): void {
  if (tag === undefined || tag === '!' || allowed.includes(tag)) return
  throw new Refusal(`could not determine a constructor for the tag '${tag}'`, offset)
}

/** Python's str() of a key that is no string. */
function keyText(key: Json, mark: Mark): string {
  if (typeof key === 'string') return key
  if (key === null) return 'None'
  if (typeof key === 'boolean') return key ? 'True' : 'False'
  return mark.text ?? String(key)
}
