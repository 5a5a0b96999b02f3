/** Programs of ours in Python, for what has to run inside a process of the user. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Beside the bundle, or beside the sources. */
const folders = [join(import.meta.dirname, 'python'), join(import.meta.dirname, '../python')]

/** Absolute path of a file of `packages/engine/python`. Raises when the installation lacks it. */
export function ownPython(name: string): string {
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  if (!found) throw new Error(`the file ${name} is missing from this installation of Lazurite`)
  return found
}
