// Offline checks: any YAML file, every problem at once, each with its place. No server is asked.
import { readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  describeStranger,
  detectKind,
  errorsOf,
  type Issue,
  isObject,
  type JsonObject,
  type Kind,
  kindByName,
  kinds,
  type YamlDoc,
} from '@lazurite/spec'
import { type Args, listOf, textOf } from '../args.ts'
import { checkOffline } from '../check.ts'
import type { Run } from '../command.ts'
import { type Document, issueLine, ownKeys, readDocument, readYaml, shownPath } from '../document.ts'
import { applyEdits } from '../edits.ts'
import { exitCodes } from '../exit-codes.ts'
import { tint } from '../paint.ts'
import type { Result, Session } from '../session.ts'
import { UsageError } from '../usage.ts'

interface Judged {
  file: string
  kind: string | undefined
  issues: Issue[]
}

export const validate: Run = async (session, args) => {
  const files = listOf(args, 'file').flatMap((file) => filesOf(resolve(session.cwd, file)))
  if (files.length === 0)
    throw new UsageError('no YAML file is there', 'Name files, or a folder with .yml or .yaml files in it.')
  const judged = files.flatMap(({ path, found }) => {
    const one = judge(session, args, path)
    // a folder may hold YAML that is none of ours
    return found && one.kind === undefined ? [] : [one]
  })
  return judgement(session, judged)
}

function filesOf(path: string, found = false): { path: string; found: boolean }[] {
  let isFolder = false
  try {
    isFolder = statSync(path).isDirectory()
  } catch {
    return [{ path, found }]
  }
  if (!isFolder) return !found || /\.ya?ml$/.test(path) ? [{ path, found }] : []
  return readdirSync(path)
    .filter((name) => !name.startsWith('.') && name !== 'node_modules')
    .sort()
    .flatMap((name) => filesOf(join(path, name), true))
}

function judge(session: Session, args: Args, path: string): Judged {
  const file = shownPath(path, session.cwd)
  const doc = readYaml(path, file)
  const named = textOf(args, 'kind')
  const kind = named === undefined ? kindOfDoc(doc, file) : kindByName(named)
  if (named !== undefined && !kind)
    throw new UsageError(`there is no kind ${named}`, `Known are ${kinds.map((k) => k.name).join(', ')}.`)
  if (doc.issues.length > 0)
    return { file, kind: kind?.name ?? 'yaml', issues: doc.issues.map((issue) => ({ file, ...issue })) }
  const stranger = kind ? undefined : describeStranger(doc.value)
  if (stranger !== undefined) {
    const message = `this is ${stranger}; it is checked where it is named`
    return { file, kind: undefined, issues: [{ path: [], message, severity: 'warning', file, line: 1, column: 1 }] }
  }
  if (!kind) {
    const message = 'cannot tell what this file is: it has neither a $schema nor keys of any known kind'
    return {
      file,
      kind: undefined,
      issues: [{ path: [], message, hint: 'say it with --kind', file, line: 1, column: 1 }],
    }
  }
  if (doc.value !== null && !isObject(doc.value)) {
    return {
      file,
      kind: kind.name,
      issues: [{ path: [], message: 'the file must hold a mapping of keys and values', file, line: 1, column: 1 }],
    }
  }
  const yaml = applyEdits(ownKeys(doc.value), args.edits)
  const document: Document = { kind, doc: { ...doc, value: yaml }, yaml, base: dirname(path), cwd: session.cwd, file }
  return { file, kind: kind.name, issues: checkOffline(document) }
}

function kindOfDoc(doc: YamlDoc, file: string): Kind | undefined {
  const name = detectKind(doc.value, file)
  return name === undefined ? undefined : kindByName(name)
}

function judgement(session: Session, judged: readonly Judged[]): Result {
  const all = judged.flatMap((one) => one.issues)
  const errors = errorsOf(all)
  const line = (issue: Issue) => {
    const warning = issue.severity === 'warning'
    const { file, line: row = 1, column = 1, ...rest } = issue
    const word = warning ? tint(session.out, 'yellow', 'warning') : tint(session.out, 'red', 'error')
    return `${tint(session.out, 'bold', `${file}:${row}:${column}`)}: ${word}: ${issueLine(rest)}`
  }
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
  const good = judged.filter((one) => errorsOf(one.issues).length === 0)
  const kindsFound = [...new Set(good.flatMap((one) => one.kind ?? []))].join(', ')
  const valid = good.filter((one) => one.kind !== undefined).length
  const summary =
    errors.length > 0
      ? `${count(errors.length, 'problem')} in ${count(judged.length - good.length, 'file')} of ${judged.length}`
      : valid === 0
        ? 'nothing to check'
        : tint(session.out, 'green', `${count(valid, 'file')} valid: ${kindsFound}`)
  return {
    value: {
      result: errors.length === 0 ? 'Succeeded' : 'Failed',
      errors: all.map(issueValue),
      files: judged.map(({ file, kind, issues }) => ({
        file,
        kind: kind ?? null,
        valid: errorsOf(issues).length === 0,
      })),
    },
    text: `${[...all.map(line), summary].join('\n')}\n`,
    code: errors.length === 0 ? exitCodes.done : exitCodes.failed,
  }
}

function issueValue(issue: Issue): JsonObject {
  return {
    message: issue.hint ? `${issue.message} (${issue.hint})` : issue.message,
    path: issue.path.length > 0 ? issue.path.join('.') : '*',
    location: `${issue.file ?? ''}#line ${issue.line ?? 1}`,
    file: issue.file ?? null,
    line: issue.line ?? null,
    column: issue.column ?? null,
    severity: issue.severity ?? 'error',
  }
}

/** `laz job validate -f`: the same check, in the words of az. */
export const validateJob: Run = async (session, args) => {
  const document = readDocument(session, args)
  const issues = checkOffline(document)
  const errors = errorsOf(issues)
  return {
    value: { result: errors.length === 0 ? 'Succeeded' : 'Failed', errors: issues.map(issueValue) },
    code: errors.length === 0 ? exitCodes.done : exitCodes.failed,
  }
}
