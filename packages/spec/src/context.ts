// What the walk from YAML to the wire needs from outside: the caller's hooks.
import type { Issue } from './issue.ts'
import type { JsonObject, Path } from './json.ts'
import type { YamlDoc } from './yaml.ts'

/**
 * Every hook may answer undefined: the walk then leaves the text as it is. So a caller whose answers take time runs
 * the walk to learn what is asked, does the work, and runs it again with the answers, until nothing new is asked.
 * Local paths are handed over relative to the first file's folder: a nested file's own folder is
 * already put in front.
 */
export interface YamlContext {
  issues: Issue[]
  /** 'azureml:n:1', 'azureml:n@latest', an ARM id, … of a kind → what the wire carries (an ARM id). */
  ref?(kind: string, text: string, at: Path): string | undefined
  /** A local file or folder → its URI (for code: the ARM id of the code version). */
  upload?(path: string, at: Path, purpose: UploadPurpose, datastore?: string): string | undefined
  /** The text of a local file named by a field (conda_file). */
  text?(path: string, at: Path): string | undefined
  /** Another YAML file named by a field (component: ./c.yml). */
  include?(path: string, at: Path): YamlDoc | undefined
  /** The wire properties of an inline asset (environment, component) → its ARM id once it is registered. */
  register?(kind: string, props: JsonObject, at: Path): string | undefined
  /** What is at a local path; undefined = cannot tell. Only where the official client looks as it reads the file. */
  exists?(path: string): 'file' | 'folder' | 'nothing' | undefined
  /** Python's str() of the number at a path: 1.0 travels as "1.0", not "1". YamlDoc has this very function. */
  numberText?(at: Path): string | undefined
  /** True when the scalar at a path is a date to PyYAML. YamlDoc has this very function. */
  isDate?(at: Path): boolean
  /** Filled by the walk: what stands beside the properties in the envelope (name, version, location, tags, …). */
  beside?: JsonObject
}

export type UploadPurpose = 'code' | 'data' | 'model' | 'build'

/** Joins a folder and a path textually and takes out `.` and `..`; an absolute path is returned as it is. */
export function joinPath(folder: string, path: string): string {
  if (path.startsWith('/') || /^[a-zA-Z]:[\\/]/.test(path)) return path
  const parts: string[] = []
  for (const part of (folder === '' ? path : `${folder}/${path}`).split('/')) {
    if (part === '.' || (part === '' && (parts.length > 0 || folder === ''))) continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '') parts.pop()
    else parts.push(part)
  }
  return parts.join('/') || '.'
}

/** The folder of a path; '' for a plain file name. */
export function folderOf(path: string): string {
  const cut = path.lastIndexOf('/')
  return cut < 0 ? '' : cut === 0 ? '/' : path.slice(0, cut)
}
