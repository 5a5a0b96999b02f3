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
  type Node,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
} from 'yaml'
import type { Issue } from './issue.ts'
import { isObject, type Json, type JsonObject, type Path, setKey } from './json.ts'
import { pythonFloat } from './python.ts'
import { type Resolved, resolvePlain, resolveTagged } from './scalar.ts'
import { type Repaired, repairQuotes, untouched } from './yaml-quotes.ts'

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
  const starts = lineStarts(body)
  const issues: Issue[] = []
  let walk = new Walk(limits, untouched(body))
  let value: Json = null
  try {
    const { root, source } = composeOne(body, limits)
    walk = new Walk(limits, source)
    if (root) value = walk.read(root, 0)
  } catch (e) {
    value = null
    issues.push(issueOf(e, starts, limits.file))
  }
  return {
    value,
    ...(limits.file === undefined ? {} : { file: limits.file }),
    position: (path) => {
      const mark = walk.markAt(value, path)
      return mark && placeOf(mark.offset, starts)
    },
    numberText: (path) => walk.markAt(value, path)?.text,
    isDate: (path) => walk.markAt(value, path)?.date === true,
    issues,
  }
}

/** Offsets at which lines begin. */
function lineStarts(text: string): number[] {
  const starts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  return starts
}

function placeOf(offset: number, starts: number[]): { line: number; column: number } {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
}

function issueOf(e: unknown, starts: number[], file: string | undefined): Issue {
  const named = file === undefined ? {} : { file }
  if (e instanceof Refusal) return { path: [], message: e.message, ...placeOf(Math.max(0, e.offset), starts), ...named }
  // the composer recurses; a text nested deeper than the stack ends there
  const message = e instanceof RangeError ? 'is nested too deeply' : `cannot be read as YAML: ${String(e)}`
  return { path: [], message, line: 1, column: 1, ...named }
}

interface Composed {
  readonly root: Node | null
  readonly source: Repaired
}

function composeOne(text: string, limits: YamlLimits): Composed {
  const maxBytes = limits.maxBytes ?? 8 * 1024 * 1024
  if (text.length > maxBytes) {
    throw new Refusal(`is larger than the ${Math.floor(maxBytes / 1024)} KiB a YAML file may have`, 0)
  }
  const strange = nonPrintable.exec(text)
  if (strange) {
    const code = (strange[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0')
    throw new Refusal(`holds the character U+${code.toUpperCase()}, which YAML does not allow`, strange.index)
  }
  let source = untouched(text)
  if (text.trim() === '') return { root: null, source }
  for (let tries = 0; ; tries++) {
    const docs = parseAllDocuments(source.text, options)
    const [first, second] = Array.isArray(docs) ? (docs as Document.Parsed[]) : []
    if (!first) return { root: null, source }
    const repaired = tries < maxRepairs && text.length < 1_000_000 ? repairQuotes(source, first) : undefined
    if (repaired) {
      source = repaired
      continue
    }
    refuseErrors(first, source)
    if (second)
      throw new Refusal('holds several YAML documents; one is expected', source.original(Math.max(0, second.range[0])))
    return { root: first.contents, source }
  }
}

const maxRepairs = 20
const options = {
  schema: 'failsafe',
  uniqueKeys: false,
  strict: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const

const nonPrintable =
  /[^\t\n\r\x20-\x7E\x85\xA0-\uFFFD]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** Complaints of the library that PyYAML does not share. */
const tolerated = new Set(['BAD_PROP_ORDER', 'TAG_RESOLVE_FAILED'])

function refuseErrors(doc: Document.Parsed, source: Repaired): void {
  const version = /^%YAML[ \t]+(\d+)\./m.exec(source.text)?.[1]
  if (version !== undefined && version !== '1')
    throw new Refusal(`is written for YAML ${version}; this reads YAML 1`, 0)
  for (const error of doc.errors) {
    if (tolerated.has(error.code)) continue
    if (error.message.includes('call stack')) throw new Refusal('is nested too deeply', source.original(error.pos[0]))
    throw new Refusal(`is not valid YAML: ${error.message}`, source.original(error.pos[0]))
  }
}

/** Nodes → JSON by PyYAML's rules, remembering where each value stood. */
class Walk {
  readonly #source: Repaired
  readonly #maxDepth: number
  #aliasBudget: number
  readonly #marks = new WeakMap<object, Map<string | number, Mark>>()
  #rootMark: Mark | undefined
  readonly #anchors = new Map<string, { node: Node; value?: Json; size: number; mark: Mark }>()
  #size = 0

  constructor(limits: YamlLimits, source: Repaired) {
    this.#source = source
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
    const offset = this.#source.original(node.range?.[0] ?? 0)
    if (depth > this.#maxDepth) throw new Refusal(`is nested deeper than ${this.#maxDepth} levels`, offset)
    this.#size++
    if (isAlias(node)) return this.#alias(node.source, offset)
    const anchor = 'anchor' in node && typeof node.anchor === 'string' ? node.anchor : undefined
    const entry = { node, size: 0, mark: { offset } as Mark, value: undefined as Json | undefined }
    // exactOptionalPropertyTypes: an open entry has no value yet
    if (anchor !== undefined) {
      if (this.#anchors.has(anchor)) throw new Refusal(`defines the anchor &${anchor} twice`, offset)
      this.#anchors.set(anchor, { node, size: 0, mark: { offset } })
    }
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
    const text = this.#textOf(node)
    const plain = node.type === Scalar.PLAIN || node.type === undefined
    let resolved: Resolved
    if (node.tag !== undefined && !(plain && node.tag === '!')) resolved = resolveTagged(node.tag, text)
    else resolved = plain ? resolvePlain(text) : { value: text }
    if (resolved.error !== undefined) throw new Refusal(resolved.error, offset)
    const { value } = resolved
    if (typeof value === 'number') return [value, { offset, text: resolved.text ?? pythonFloat(value) }]
    return [value, resolved.date ? { offset, date: true } : { offset }]
  }

  /** A block scalar that ends with the file gets no line break the file does not have. */
  #textOf(node: Scalar): string {
    const text = typeof node.value === 'string' ? node.value : ''
    const block = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED
    const whole = this.#source.text
    const last = block && !whole.endsWith('\n') && (node.range?.[1] ?? 0) >= whole.length
    return last && text.endsWith('\n') ? text.slice(0, -1) : text
  }

  #map(node: YAMLMap, depth: number): Json {
    checkTag(node.tag, ['tag:yaml.org,2002:map', 'tag:yaml.org,2002:set'], this.#source.original(node.range?.[0] ?? 0))
    const object: JsonObject = {}
    const marks = new Map<string | number, Mark>()
    const merged: [string, Json, Mark][] = []
    const own: [string, Json, Mark][] = []
    for (const pair of node.items) {
      const key: unknown = pair.key
      if (isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN && key.tag === undefined) {
        merged.push(...this.#merge(pair.value as Node | null, depth, this.#source.original(key.range?.[0] ?? 0)))
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
    const offset = this.#source.original(keyNode?.range?.[0] ?? (pair.value as Node | null)?.range?.[0] ?? 0)
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
