// What the fields of a form share: how a value is set, which files were picked, what is wrong where.
import { type Folder, filesOf } from '@lazurite/client'
import type { Issue, Json, Path } from '@lazurite/spec'
import { type ComponentType, createContext, useContext } from 'react'
import type { FieldProps } from './drawn.ts'

export interface Form {
  put(path: Path, value: Json | undefined): void
  /** Files that were picked, by the path that stands for them in the text. */
  folders: ReadonlyMap<string, Folder>
  pick(path: Path, folder: Folder): void
  issues: readonly Issue[]
  /** A field with its label; structures hold such rows again. */
  Row: ComponentType<FieldProps>
}

export const FormContext = createContext<Form | undefined>(undefined)

export function useForm(): Form {
  const form = useContext(FormContext)
  if (!form) throw new Error('a field stands outside a form')
  return form
}

export const keyOf = (path: Path) => path.join('.')

/** What is wrong with the value at a path itself, or inside it when nothing finer is shown. */
export function issuesAt(issues: readonly Issue[], path: Path, inside: boolean): Issue[] {
  return issues.filter(
    (issue) =>
      issue.path.length >= path.length &&
      (inside || issue.path.length === path.length) &&
      path.every((step, index) => String(issue.path[index]) === String(step)),
  )
}

/** How a picked file or folder is written in the text. */
export function pathOf(folder: Folder): string {
  return `./${folder.single ? (folder.files[0]?.path ?? folder.name) : folder.name}`
}

/** What a file input gave, as one folder or file. */
export function pickedFrom(list: FileList | null): Folder | undefined {
  const files = [...(list ?? [])]
  return files.length === 0 ? undefined : filesOf(files)
}
