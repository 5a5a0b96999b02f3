// A document that is being written: its text is the truth; the form, the checks and what is sent follow from it.
import { type Folder, parse, YamlFile } from '@lazurite/client'
import {
  errorsOf,
  type Issue,
  isObject,
  type Json,
  type JsonObject,
  jobStates,
  type Kind,
  type Path,
  parseYaml,
  toWire,
  validateYaml,
  type YamlDoc,
} from '@lazurite/spec'
import { useEffect, useMemo, useState } from 'react'
import type { Remark } from '../parts/editor.tsx'
import { setInYaml } from './edit-yaml.ts'

export interface Draft {
  text: string
  setText(text: string): void
  value: JsonObject
  /** It reads as YAML, so that single values of it can be set. */
  readable: boolean
  issues: Issue[]
  remarks: Remark[]
  /** Nothing forbids sending it. */
  ready: boolean
  folders: ReadonlyMap<string, Folder>
  put(path: Path, value: Json | undefined): void
  /** Several values at once. */
  putAll(changes: readonly (readonly [Path, Json | undefined])[]): void
  /** Files for the path: its text becomes the name they were picked by. */
  pick(path: Path, folder: Folder): void
  /** The file as the SDK takes it. */
  file(): YamlFile
  forget(): void
}

/** Kept while the tab lives, by `key`: a page that is left and come back to has what was typed. */
export function useDraft(kind: Kind, begin: string, key: string): Draft {
  const place = `laz.draft.${key}`
  const [text, setText] = useState(() => sessionStorage.getItem(place) ?? begin)
  const [folders, setFolders] = useState<ReadonlyMap<string, Folder>>(new Map())
  useEffect(() => {
    // a text that may hold a secret is kept nowhere
    if (text === begin || kind.secrets) sessionStorage.removeItem(place)
    else sessionStorage.setItem(place, text)
  }, [text, begin, place, kind])
  const doc = useMemo(() => parseYaml(text), [text])
  const issues = useMemo(() => issuesOf(kind, doc, folders), [kind, doc, folders])
  const remarks = useMemo(() => issues.map(remarkOf), [issues])
  const putAll: Draft['putAll'] = (changes) =>
    setText((old) => changes.reduce((now, [path, value]) => setInYaml(now, path, value), old))
  const put: Draft['put'] = (path, value) => putAll([[path, value]])
  return {
    text,
    setText,
    value: isObject(doc.value) ? doc.value : {},
    readable: doc.issues.length === 0 && (doc.value === null || isObject(doc.value)),
    issues,
    remarks,
    ready: errorsOf(issues).length === 0 && doc.value !== null,
    folders,
    put,
    putAll,
    pick: (path, folder) => {
      const name = folder.single ? (folder.files[0]?.path ?? folder.name) : folder.name
      setFolders((old) => new Map([...old, [name, folder]]))
      put(path, `./${name}`)
    },
    file: () => new YamlFile({ ...parse(text).source, folders: new Map(folders) }),
    forget: () => sessionStorage.removeItem(place),
  }
}

function remarkOf({ line = 1, column = 1, message, hint, path, severity }: Issue): Remark {
  const where = path.length > 0 ? `${path.join('.')}: ` : ''
  return {
    line,
    column,
    message: `${where}${message}${hint ? ` (${hint})` : ''}`,
    ...(severity === 'warning' ? { warning: true } : {}),
  }
}

/** What the checker says, and which files of the text are not at hand. */
export function issuesOf(kind: Kind, doc: YamlDoc, folders: ReadonlyMap<string, Folder>): Issue[] {
  const exists = (path: string) => {
    const folder = folders.get(path)
    return folder === undefined ? undefined : folder.single ? 'file' : 'folder'
  }
  const found = validateYaml(kind.name, doc, { exists })
  if (errorsOf(found).length > 0 && !isObject(doc.value)) return found
  return [...found, ...nameless(kind, doc, found), ...missingFiles(kind, doc, folders)]
}

/** A table may leave the name to the command line; here nobody else says it. Runs make their own. */
function nameless(kind: Kind, doc: YamlDoc, found: readonly Issue[]): Issue[] {
  if (kind.states === jobStates || found.some(({ path }) => path.length === 1 && path[0] === 'name')) return []
  const name = isObject(doc.value) ? doc.value.name : undefined
  return name === undefined || name === null || name === '' ? [{ path: ['name'], message: 'is required', line: 1 }] : []
}

function missingFiles(kind: Kind, doc: YamlDoc, folders: ReadonlyMap<string, Folder>): Issue[] {
  const missing: Issue[] = []
  const want = (path: string, at: Path) => {
    if (folders.has(path)) return undefined
    const message = `a browser cannot reach ${path} by itself`
    missing.push({
      path: at,
      message,
      hint: 'pick it in the form, or name what is in a datastore',
      ...doc.position(at),
    })
    return undefined
  }
  toWire(kind.name, doc.value, {
    issues: [],
    beside: {},
    numberText: doc.numberText,
    isDate: doc.isDate,
    upload: want,
    text: want,
    include: want,
  })
  const seen = new Set<string>()
  return missing.filter(({ path }) => !seen.has(path.join('.')) && seen.add(path.join('.')))
}
