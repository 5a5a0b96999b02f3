// The files around a document, read when the conversion asks for them: other YAML files, conda files, what exists where.
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import {
  asArray,
  asString,
  at,
  type Issue,
  isObject,
  type JsonObject,
  type Path,
  type YamlContext,
  type YamlDoc,
} from '@lazurite/spec'
import { type Document, readYaml, shownPath } from './document.ts'

export interface FileHooks {
  hooks: Required<Pick<YamlContext, 'text' | 'include' | 'exists'>>
  issues: Issue[]
  /** The file in which the path at this place was read; places inside a file count from its own root. */
  owner(path: string, where: Path): { doc: YamlDoc; folder: string } | undefined
}

/** Stands for the code of a file that has `additional_includes` and no `code`: a folder of the includes alone. */
export const onlyIncludes = '.additional_includes'

/** The document with the name of that folder as its code, where it needs one. */
export function codeOfIncludes(value: JsonObject): JsonObject {
  const needs = value.code === undefined && asArray(value.additional_includes).length > 0
  return needs ? { ...value, code: `./${onlyIncludes}` } : value
}

/** Hooks that read below `base`; what cannot be read becomes an issue. */
export function fileHooks({ base, cwd }: Pick<Document, 'base' | 'cwd'>): FileHooks {
  const issues: Issue[] = []
  const opened: { doc: YamlDoc; folder: string }[] = []
  const hint = 'paths count from the folder of the YAML file'
  const unreadable = (path: string, where: Path, why: string) => {
    issues.push({ path: where, message: `${shownPath(resolve(base, path), cwd)} ${why}`, hint })
    return undefined
  }
  const text = (path: string, where: Path) => {
    try {
      return readFileSync(resolve(base, path), 'utf8')
    } catch {
      return unreadable(path, where, 'cannot be read')
    }
  }
  const include = (path: string, where: Path) => {
    const absolute = resolve(base, path)
    try {
      const read = readYaml(absolute, shownPath(absolute, cwd))
      const doc = { ...read, value: isObject(read.value) ? codeOfIncludes(read.value) : read.value }
      opened.push({ doc, folder: dirname(absolute) })
      return doc
    } catch (error) {
      return unreadable(
        path,
        where,
        error instanceof Error && error.message.includes('folder') ? 'is a folder' : 'does not exist',
      )
    }
  }
  const exists = (path: string) => {
    if (basename(path) === onlyIncludes) return 'folder'
    try {
      return statSync(resolve(base, path)).isDirectory() ? 'folder' : 'file'
    } catch {
      return 'nothing'
    }
  }
  const owner = (path: string, where: Path) => {
    const absolute = resolve(base, path)
    return opened.findLast(({ doc, folder }) => {
      const written = asString(at(doc.value, where))
      return written !== undefined && resolve(folder, written) === absolute
    })
  }
  return { hooks: { text, include, exists }, issues, owner }
}
