/** Where a deployment lives on disk: `<home>/serving/<uuid>`, which goes when the deployment is deleted. */
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const servingFolder = (home: string): string => join(home, 'serving')

export function deploymentFolder(home: string, uuid: string) {
  const root = join(servingFolder(home), uuid)
  return {
    root,
    logs: join(root, 'logs'),
    /** What became of laying out model, code and environment. */
    prepareLog: join(root, 'logs', 'storage-initializer.log'),
    replicaLog: (id: string) => join(root, 'logs', `${id}.log`),
    revision: (revision: string) => join(root, `revision-${revision}`),
    plan: (revision: string) => join(root, `revision-${revision}`, 'plan.json'),
    /** Files of collections on their way to a datastore elsewhere. */
    collected: join(root, 'collected'),
    boot: (taskId: string) => join(root, 'boots', taskId.slice(taskId.indexOf('.') + 1)),
  }
}

const mostTailBytes = 4 << 20
const mostLogBytes = 64 << 20

/** The last lines of a file; of a longer one no more than 4 MiB are read. Empty when there is none. */
export function tailOf(file: string, lines: number): string {
  if (!existsSync(file) || lines <= 0) return ''
  const fd = openSync(file, 'r')
  try {
    const { size } = fstatSync(fd)
    const from = Math.max(0, size - mostTailBytes)
    const bytes = Buffer.alloc(size - from)
    const read = readSync(fd, bytes, 0, bytes.length, from)
    const all = bytes.toString('utf8', 0, read).split('\n')
    if (all.at(-1) === '') all.pop()
    if (from > 0) all.shift()
    return all.slice(-lines).join('\n') + (all.length > 0 ? '\n' : '')
  } finally {
    closeSync(fd)
  }
}

/** Sets a log aside that has become too long, before a new boot writes on; one older part is kept. */
export function turnLog(file: string): void {
  if (existsSync(file) && statSync(file).size > mostLogBytes) renameSync(file, `${file}.1`)
}
