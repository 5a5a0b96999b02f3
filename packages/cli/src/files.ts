// The files around a document, read when the conversion asks for them: other YAML files, conda files, what exists where.
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { asString, at, type Issue, type Path, type YamlContext, type YamlDoc } from '@lazurite/spec'
import { readYaml, shownPath } from './document.ts'

export interface FileHooks {
  hooks: Required<Pick<YamlContext, 'text' | 'include' | 'exists'>>
  issues: Issue[]
  /** The file in which the path at this place was read; places inside a file count from its own root. */
  owner(path: string, where: Path): { doc: YamlDoc; folder: string } | undefined
}

/** Hooks that read below `base`; what cannot be read becomes an issue. */
export function fileHooks({ base, cwd }: { base: string; cwd: string }): FileHooks {
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
      const doc = readYaml(absolute, shownPath(absolute, cwd))
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
