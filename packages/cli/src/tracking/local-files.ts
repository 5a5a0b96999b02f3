// Artifacts that lie in folders of this machine.
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isPlainPath, OutOfReach, type SourceFile } from './source.ts'

/** Every plain file below a folder; links are not followed. A folder that is not there holds none. */
export async function* filesBelow(folder: string): AsyncGenerator<SourceFile> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new OutOfReach(`${folder} cannot be read (${error.code ?? error.message})`)
  })
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory())
      for await (const file of filesBelow(path)) yield { ...file, path: `${entry.name}/${file.path}` }
    else if (entry.isFile() && isPlainPath(entry.name))
      yield { path: entry.name, sizeBytes: (await stat(path)).size, read: () => createReadStream(path) }
  }
}

/**
 * The folder that an artifact address means on this machine. Only what ends as MLflow's own addresses do is believed:
 * a database from somebody else must not be able to point at any folder. Raises OutOfReach.
 */
export function folderBehind(uri: string, o: { root: string | undefined; cwd: string; ends: string }): string {
  const path = localPath(uri, o)
  if (path === undefined) {
    const scheme = /^([a-z][\w+.-]*):/i.exec(uri)?.[1] ?? 'an unknown place'
    throw new OutOfReach(
      scheme === 'mlflow-artifacts'
        ? 'they are in the folder that its server kept artifacts in: name it with --artifacts'
        : `they are in ${scheme}; copy them here and name the folder with --artifacts`,
    )
  }
  const folder = resolve(path)
  if (!folder.split(sep).join('/').endsWith(`/${o.ends}`))
    throw new OutOfReach(`${uri.slice(0, 200)} is no place of MLflow's`)
  return folder
}

function localPath(
  uri: string,
  { root, cwd, ends }: { root: string | undefined; cwd: string; ends: string },
): string | undefined {
  if (uri.startsWith('file:')) {
    try {
      return fileURLToPath(uri)
    } catch {
      return undefined
    }
  }
  if (!/^[a-z][\w+.-]+:/i.test(uri)) return isAbsolute(uri) ? uri : join(cwd, uri)
  if (root === undefined) return undefined
  // what is inside the root of artifacts: <experiment>/<run>/artifacts
  const inside = uri.replace(/^[a-z][\w+.-]+:\/*/i, '')
  const at = inside.lastIndexOf(ends)
  const experiment = inside.slice(0, Math.max(0, at)).split('/').filter(Boolean).at(-1)
  const path = join(root, experiment ?? '', ends)
  return relative(root, path).startsWith('..') ? undefined : path
}
