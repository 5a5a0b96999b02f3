// The document that a create verb speaks of: a YAML file, the flags that fill it and the edits of --set, in that order.
// Positions stay those of the file, so that a problem is told with file, line and column.
import { readFileSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import {
  asObject,
  errorsOf,
  fail,
  type Issue,
  isObject,
  type Json,
  type JsonObject,
  type Kind,
  LazError,
  parseYaml,
  setKey,
  toWire,
  type YamlContext,
  type YamlDoc,
} from '@lazurite/spec'
import { type Args, isSet, listOf, pairsIn, textOf } from './args.ts'
import { applyEdits } from './edits.ts'
import type { Session } from './session.ts'
import type { Filled } from './surface.ts'
import { UsageError } from './usage.ts'

export interface Document {
  kind: Kind
  doc: YamlDoc
  /** The document with flags and edits in it. */
  yaml: JsonObject
  /** Folder that relative paths start from. */
  base: string
  /** Where the caller stands: files are named from there. */
  cwd: string
  /** The file as the caller would name it; absent when there is none. */
  file?: string | undefined
}

const mostBytes = 8 * 2 ** 20

/** Reads and parses a YAML file; never throws for its content. Raises FileNotFound. */
export function readYaml(path: string, shownAs: string): YamlDoc {
  let text: string
  try {
    const info = statSync(path)
    if (info.isDirectory()) throw new UsageError(`${shownAs} is a folder, not a YAML file`)
    if (info.size > mostBytes) {
      const message = `is ${Math.ceil(info.size / 2 ** 20)} MiB large; a YAML file may have ${mostBytes / 2 ** 20} MiB`
      return {
        value: null,
        file: shownAs,
        position: () => undefined,
        numberText: () => undefined,
        isDate: () => false,
        issues: [{ path: [], message, file: shownAs, line: 1, column: 1 }],
      }
    }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return fail('FileNotFound', { path: shownAs })
    return fail('BadArgument', {
      what: `${shownAs} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    })
  }
  return parseYaml(text, { file: shownAs })
}

/** How a path is named to the caller: below where she stands when it is there, else whole. */
export function shownPath(path: string, cwd: string): string {
  const below = relative(cwd, path)
  return below !== '' && !below.startsWith('..') ? below : path
}

/**
 * Puts file, flags and edits together, for the kind of the command unless told. Raises ValidationFailed when the file is
 * no YAML mapping.
 */
export function readDocument(session: Session, args: Args, given: Kind | undefined = session.kind): Document {
  const kind = given ?? fail('BadArgument', { what: 'This verb needs a kind.' })
  const named = textOf(args, 'file')
  const path = named === undefined ? undefined : resolve(session.cwd, named)
  const shownAs = path === undefined ? undefined : shownPath(path, session.cwd)
  const doc = path === undefined || shownAs === undefined ? emptyDoc() : readYaml(path, shownAs)
  refuse(kind, doc.issues)
  if (doc.value !== null && !isObject(doc.value)) {
    refuse(kind, [
      {
        path: [],
        message: 'the file must hold a mapping of keys and values',
        line: 1,
        column: 1,
        ...(shownAs ? { file: shownAs } : {}),
      },
    ])
  }
  const filled = fill(ownKeys(doc.value), args, session)
  const yaml = applyEdits(filled, args.edits, { forceString: isSet(args, 'force-string') })
  return {
    kind,
    doc: { ...doc, value: yaml },
    yaml,
    base: path === undefined ? session.cwd : dirname(path),
    cwd: session.cwd,
    file: shownAs,
  }
}

/** The document without what `show` adds for people: its output may be fed back. */
export function ownKeys(value: Json): JsonObject {
  const { lazurite: _, ...own } = asObject(value)
  return own
}

function emptyDoc(): YamlDoc {
  return { value: {}, position: () => undefined, numberText: () => undefined, isDate: () => false, issues: [] }
}

/** The flags that name a key of the document, put there. Local paths are made absolute: they count from where the caller stands. */
export function fill(document: JsonObject, args: Args, how: Pick<Session, 'flags' | 'cwd'>): JsonObject {
  let filled = document
  for (const flag of how.flags) {
    if (flag.key === undefined || !args.values.has(flag.name)) continue
    const value = wordsOf(flag, args, how.cwd)
    if (value !== undefined) filled = withValue(filled, flag.key.split('.'), value)
  }
  return filled
}

function wordsOf(flag: Filled, args: Args, cwd: string): Json | undefined {
  if (flag.takes === 'list') return listValue(flag, args)
  if (flag.takes === 'switch' || flag.takes === 'flag') return isSet(args, flag.name)
  const text = textOf(args, flag.name)
  if (text === undefined) return undefined
  if (flag.whole) return Number(text)
  if (flag.content) return readYaml(resolve(cwd, text), text).value
  if (flag.each) return eachOf(flag.each, text.split(',').filter(Boolean))
  const isLocal = flag.path === true && !/^([a-z][a-z0-9+.-]+:|\/)/i.test(text)
  return isLocal ? resolve(cwd, text) : text
}

/** `a=1 b=2` is a mapping, one word or several; anything else a list. */
function listValue(flag: Filled, args: Args): Json {
  const words = listOf(args, flag.name)
  if (flag.each) return eachOf(flag.each, words)
  if (!flag.word?.includes('=')) return words
  const apart = flag.whole ? words.flatMap((word) => word.split(/[\s,]+/).filter(Boolean)) : words
  const pairs = pairsIn(flag.name, apart)
  if (!flag.whole) return pairs
  return Object.fromEntries(
    Object.entries(pairs).map(([key, word]) => {
      if (!/^\d+$/.test(word)) throw new UsageError(`--${flag.name}: ${key} must be a whole number, not ${word}`)
      return [key, Number(word)]
    }),
  )
}

const eachOf = (key: string, words: readonly string[]): Json => words.map((word) => ({ [key]: word }))

function withValue(document: JsonObject, steps: readonly string[], value: Json): JsonObject {
  const [step = '', ...rest] = steps
  const copy = { ...document }
  setKey(copy, step, rest.length === 0 ? value : withValue(asObject(copy[step]), rest, value))
  return copy
}

/** Raises ValidationFailed with every problem found, or says its warnings. */
export function refuseOrWarn(session: Session, kind: Kind, issues: readonly Issue[]): void {
  for (const warning of issues.filter((i) => i.severity === 'warning')) session.say(`Warning: ${issueLine(warning)}`)
  refuse(kind, issues)
}

/** Raises ValidationFailed when there is an error among the issues. */
export function refuse(kind: Kind, issues: readonly Issue[]): void {
  const errors = errorsOf(issues)
  if (errors.length === 0) return
  const error = new LazError('ValidationFailed', { kind: kind.name }, { details: errors })
  const count = errors.length === 1 ? 'one problem' : `${errors.length} problems`
  throw Object.assign(error, { message: `The ${kind.name} is not valid: ${count}.` })
}

/** `file:line:column: path: message (hint)`. */
export function issueLine(issue: Issue): string {
  const place = issue.file === undefined ? '' : `${issue.file}:${issue.line ?? 1}:${issue.column ?? 1}: `
  const path = issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  return `${place}${path}${issue.message}${issue.hint ? ` (${issue.hint})` : ''}`
}

/** What stands beside the properties of a tracked resource. */
const envelopeKeys = ['location', 'tags', 'identity', 'sku', 'kind']

/** The part of what a conversion laid beside the properties that goes over the wire; names and paths do not. */
export function envelopeOf(beside: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(beside).filter(([key]) => envelopeKeys.includes(key)))
}

/** The envelope of a described resource; problems that were there before an edit are no problem of the edit. */
export function plainWire(kind: Kind, yaml: JsonObject, before: JsonObject): JsonObject {
  const convert = (value: JsonObject) => {
    const beside: JsonObject = {}
    const context: YamlContext = { issues: [], beside }
    return { properties: toWire(kind.name, value, context), beside, issues: context.issues }
  }
  const old = new Set(convert(before).issues.map((issue) => issue.path.join('.') + issue.message))
  const { properties, beside, issues } = convert(yaml)
  refuse(
    kind,
    issues.filter((issue) => !old.has(issue.path.join('.') + issue.message)),
  )
  return { ...envelopeOf(beside), properties }
}
