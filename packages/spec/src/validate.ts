// The offline check: what the official client refuses when it loads and validates a file, all problems at once, each
// with its place. The same walk as conversion, with nothing looked up and nothing uploaded.
import type { YamlContext } from './context.ts'
import { positionNear, toWire } from './convert.ts'
import type { Issue } from './issue.ts'
import { isObject } from './json.ts'
import { kindByName } from './kinds/index.ts'
import type { YamlDoc } from './yaml.ts'

export interface ValidateEyes {
  /** Another YAML file named by this one, parsed; undefined when it cannot be read. */
  include?(path: string): YamlDoc | undefined
  /** What is at a local path. */
  exists?(path: string): 'file' | 'folder' | 'nothing' | undefined
}

/**
 * Problems of a file as a definition of that kind. Paths given to `eyes` are relative to the file's folder. Issues in
 * another file carry its name. Warnings (severity) are things the official client lets through and no run survives.
 */
export function validateYaml(kind: string, doc: YamlDoc, eyes: ValidateEyes = {}): Issue[] {
  if (doc.issues.length > 0) return doc.issues
  const table = kindByName(kind)
  const value = doc.value ?? {}
  if (!table) return [{ path: [], message: `there is no kind named ${kind}`, line: 1, column: 1 }]
  if (!isObject(value)) {
    return [{ path: [], message: `must be a mapping that describes a ${kind}`, line: 1, column: 1 }]
  }
  const ctx: YamlContext = { issues: [], numberText: doc.numberText, isDate: doc.isDate, beside: {} }
  const { include, exists } = eyes
  if (include) ctx.include = remember(include)
  if (exists) ctx.exists = exists
  toWire(kind, value, ctx)
  return sort(ctx.issues.slice(0, most).map((issue) => place(issue, doc)))
}

/** A file with more problems than this is no file of that kind; nobody reads further. */
const most = 1000

function remember(include: (path: string) => YamlDoc | undefined): (path: string) => YamlDoc | undefined {
  const seen = new Map<string, YamlDoc | undefined>()
  return (path) => {
    if (!seen.has(path)) seen.set(path, include(path))
    return seen.get(path)
  }
}

function place(issue: Issue, doc: YamlDoc): Issue {
  if (issue.file !== undefined || issue.line !== undefined) return issue
  return {
    ...issue,
    line: 1,
    column: 1,
    ...positionNear(doc, issue.path),
    ...(doc.file === undefined ? {} : { file: doc.file }),
  }
}

/** By file and line, each problem once. */
function sort(issues: Issue[]): Issue[] {
  const seen = new Set<string>()
  const once = issues.filter((i) => {
    const key = JSON.stringify([i.file, i.path, i.message])
    return !seen.has(key) && seen.add(key)
  })
  const main = once[0]?.file
  const rank = (i: Issue) => (i.file === main ? 0 : 1)
  return once.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.file ?? '').localeCompare(b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  )
}
