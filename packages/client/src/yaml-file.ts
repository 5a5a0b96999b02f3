// YAML files and what lies around them, read when the conversion asks: other YAML files, conda files, what exists where.
import {
  asArray,
  asString,
  at,
  errorsOf,
  fail,
  type Issue,
  isObject,
  type JsonObject,
  type Kind,
  LazError,
  type Path,
  parseYaml,
  setKey,
  type ValidateEyes,
  validateYaml,
  type YamlContext,
  type YamlDoc,
} from '@lazurite/spec'
import type { Folders } from './document.ts'
import type { Files } from './platform.ts'

/** A document on its way to the server: where it came from, and where its paths count from. */
export interface Source {
  doc: YamlDoc
  yaml: JsonObject
  /** Folder that relative paths start from. */
  base: string
  /** Where the caller stands: files are named from there. */
  cwd: string
  /** The file as people would name it; absent when there is none. */
  file?: string | undefined
  folders: Folders
  /** The file itself, while its document is what the file holds. */
  path?: string | undefined
}

const mostBytes = 8 * 2 ** 20

/** A YAML file that was read; create verbs take it in place of a document. Made by `load` and `parse`. */
export class YamlFile {
  readonly source: Source

  constructor(source: Source) {
    this.source = source
  }

  /** Its keys and values. */
  get document(): JsonObject {
    return this.source.yaml
  }

  /** The same file with some keys changed: `job.with({ display_name: 'again', inputs: { n: 3 } })`; mappings are merged. */
  with(change: JsonObject): YamlFile {
    return new YamlFile({ ...this.source, yaml: merge(this.source.yaml, change), path: undefined })
  }
}

function merge(old: JsonObject, change: JsonObject): JsonObject {
  const merged = { ...old }
  for (const [key, value] of Object.entries(change)) {
    const before = merged[key]
    setKey(merged, key, isObject(value) && isObject(before ?? null) ? merge(before as JsonObject, value) : value)
  }
  return merged
}

/** Reads a YAML file. Raises FileNotFound, BadArgument, and ValidationFailed with line and column when it is no mapping. */
export function readYamlFile(files: Files, path: string): YamlFile {
  const absolute = files.resolve(path)
  const cwd = files.cwd()
  const file = shownPath(files, absolute, cwd)
  const doc = readDoc(files, absolute, file)
  return fileOf({ doc, base: files.dirname(absolute), cwd, file, path: absolute })
}

/**
 * A YAML text as if it were a file: `laz.jobs.create(parse(text))`. Raises ValidationFailed with line and column when it
 * is no mapping.
 * @param where the folder that paths count from (the current one by default), and the name that problems are told with
 */
export function parse(text: string, where: { folder?: string; file?: string } = {}): YamlFile {
  const { folder = '', file } = where
  const doc = parseYaml(text, file === undefined ? {} : { file })
  return fileOf({ doc, base: folder, cwd: folder, file, path: undefined })
}

function fileOf(read: Omit<Source, 'yaml' | 'folders'>): YamlFile {
  const { doc, file } = read
  const place = { line: 1, column: 1, ...(file ? { file } : {}) }
  const mapping = isObject(doc.value) || doc.value === null
  const issues = mapping
    ? doc.issues
    : [...doc.issues, { path: [], message: 'the file must hold a mapping of keys and values', ...place }]
  refuse('file', issues)
  const yaml = isObject(doc.value) ? doc.value : {}
  return new YamlFile({ ...read, yaml, folders: new Map() })
}

function readDoc(files: Files, path: string, shown: string): YamlDoc {
  const found = files.look(path) ?? fail('FileNotFound', { path: shown })
  if (found.is === 'folder') fail('BadArgument', { what: `${shown} is a folder, not a YAML file.` })
  if (found.sizeBytes > mostBytes)
    fail('TooLarge', { what: `The YAML file ${shown}`, limit: `${mostBytes / 2 ** 20} MiB` })
  return parseYaml(files.readText(path), { file: shown })
}

/** How a path is named to people: below where they stand when it is there, else whole. */
function shownPath(files: Files, path: string, cwd: string): string {
  const below = files.relative(cwd, path)
  return below !== '' && !below.startsWith('..') ? below : path
}

/** Stands for the code of a file that has `additional_includes` and no `code`: a folder of the includes alone. */
export const onlyIncludes = '.additional_includes'

/** The document with the name of that folder as its code, where it needs one. */
export function codeOfIncludes(value: JsonObject): JsonObject {
  const needs = value.code === undefined && asArray(value.additional_includes).length > 0
  return needs ? { ...value, code: `./${onlyIncludes}` } : value
}

/** The file that a path was read from. */
export interface Owner {
  doc: YamlDoc
  folder: string
}

export interface FileHooks {
  hooks: Pick<YamlContext, 'text' | 'include' | 'exists'>
  issues: Issue[]
  /** The file in which the path at this place was read; places inside a file count from its own root. */
  owner(path: string, where: Path): Owner | undefined
}

/** Hooks that read below the document's folder; what cannot be read becomes an issue. Without files they know nothing. */
export function fileHooks(files: Files | undefined, { base, cwd, folders }: Source): FileHooks {
  const issues: Issue[] = []
  if (!files) {
    const exists = (path: string) => (folders.has(path) ? 'folder' : undefined)
    return { hooks: { exists }, issues, owner: () => undefined }
  }
  const opened: Owner[] = []
  const hint = 'paths count from the folder of the YAML file'
  const unreadable = (path: string, where: Path, why: string) => {
    issues.push({ path: where, message: `${shownPath(files, files.resolve(base, path), cwd)} ${why}`, hint })
    return undefined
  }
  const text = (path: string, where: Path) => {
    try {
      return files.readText(files.resolve(base, path))
    } catch {
      return unreadable(path, where, 'cannot be read')
    }
  }
  const include = (path: string, where: Path) => {
    const absolute = files.resolve(base, path)
    try {
      const read = readDoc(files, absolute, shownPath(files, absolute, cwd))
      const doc = { ...read, value: isObject(read.value) ? codeOfIncludes(read.value) : read.value }
      opened.push({ doc, folder: files.dirname(absolute) })
      return doc
    } catch (error) {
      return unreadable(path, where, files.look(absolute)?.is === 'folder' ? 'is a folder' : wordsOf(error))
    }
  }
  const exists = (path: string) => {
    if (files.basename(path) === onlyIncludes || folders.has(path)) return 'folder'
    return files.look(files.resolve(base, path))?.is ?? 'nothing'
  }
  const owner = (path: string, where: Path) => {
    const absolute = files.resolve(base, path)
    return opened.findLast(({ doc, folder }) => {
      const written = asString(at(doc.value, where))
      return written !== undefined && files.resolve(folder, written) === absolute
    })
  }
  return { hooks: { text, include, exists }, issues, owner }
}

function wordsOf(error: unknown): string {
  if (error instanceof LazError && error.code !== 'FileNotFound') return error.message
  return 'does not exist'
}

/** Raises ValidationFailed when there is an error among the issues. */
export function refuse(kind: Kind | 'file', issues: readonly Issue[]): void {
  const errors = errorsOf(issues)
  if (errors.length === 0) return
  const name = kind === 'file' ? kind : kind.name
  const [first] = errors
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`
  const error = new LazError('ValidationFailed', { kind: name }, { details: errors })
  throw Object.assign(error, { message: `The ${name} is not valid: ${first ? lineOf(first) : ''}${more}` })
}

/** `file:line:column: path: message (hint)`. */
function lineOf(issue: Issue): string {
  const place = issue.file === undefined ? '' : `${issue.file}:${issue.line ?? 1}:${issue.column ?? 1}: `
  const path = issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  return `${place}${path}${issue.message}${issue.hint ? ` (${issue.hint})` : ''}`
}

/** Issues with the place that is nearest in the file, each once: two steps may name the same file. */
export function placed(files: Files | undefined, issues: readonly Issue[], source: Source): Issue[] {
  const seen = new Set<string>()
  return issues
    .map((issue) => placeOne(files, issue, source))
    .filter((issue) => {
      const key = JSON.stringify([issue.file, issue.line, issue.path, issue.message])
      return !seen.has(key) && seen.add(key)
    })
}

function placeOne(files: Files | undefined, issue: Issue, { doc, file, base, cwd }: Source): Issue {
  if (issue.file !== undefined && issue.file !== file)
    return files ? { ...issue, file: shownPath(files, files.resolve(base, issue.file), cwd) } : issue
  if (issue.line !== undefined || file === undefined) return issue
  for (let length = issue.path.length; length >= 0; length--) {
    const place = doc.position(issue.path.slice(0, length))
    if (place) return { ...issue, ...place, file }
  }
  return issue
}

/** Every problem of a document and of the files it names, in the order of their lines; no server is asked. */
export function checkSource(files: Files | undefined, kind: Kind, source: Source): Issue[] {
  const { hooks } = fileHooks(files, source)
  const eyes: ValidateEyes = {
    ...(hooks.include ? { include: (path) => hooks.include?.(path, []) } : {}),
    ...(hooks.exists ? { exists: hooks.exists } : {}),
  }
  return placed(files, validateYaml(kind.name, { ...source.doc, value: source.yaml }, eyes), source)
}
