// What lies below a path on this machine, ignore rules applied. Node alone loads this file.
import { createReadStream, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fail, LazError } from '@lazurite/spec'
import { type FileStamp, type Folder, type FolderFile, type Include, inHashOrder, smallBytes } from './folder.ts'
import { type IgnoreRules, ignoreNothing, parseIgnore } from './ignore.ts'

/**
 * Lists the files below a folder (or the one file), ignore rules applied, links followed.
 * Raises FileNotFound, PathNotAllowed for a link that leaves the folder, BadArgument for a folder without files.
 */
export async function scanFolder(path: string, includes: readonly Include[] = []): Promise<Folder> {
  const info = await stat(path).catch(() => fail('FileNotFound', { path }))
  const files: FolderFile[] = []
  if (info.isFile()) files.push(fileAt(path, basename(path), info))
  else walk({ root: path, real: await realpath(path), rules: rulesOf(path), prefix: '', into: files, trail: [] }, '')
  for (const include of includes) await addInclude(include, files)
  const folder = {
    name: basename(path) || 'root',
    files,
    sizeBytes: files.reduce((sum, f) => sum + f.sizeBytes, 0),
    single: info.isFile(),
    origin: originOf(await realpath(path), includes),
  }
  if (files.length === 0)
    fail('BadArgument', { what: `The folder ${path} has no files to upload (its ignore file counts).` })
  return { ...folder, files: inHashOrder(files) }
}

/** The files of several includes alone, for a component that has no `code`. */
export async function scanIncludes(includes: readonly Include[]): Promise<Folder> {
  const files: FolderFile[] = []
  for (const include of includes) await addInclude(include, files)
  if (files.length === 0) fail('BadArgument', { what: 'additional_includes names no file.' })
  return {
    name: 'code',
    files: inHashOrder(files),
    sizeBytes: files.reduce((sum, f) => sum + f.sizeBytes, 0),
    single: false,
    origin: originOf('', includes),
  }
}

function originOf(root: string, includes: readonly Include[]): string {
  return [root, ...includes.map(({ absolute, at }) => `${at}=${absolute}`)].join('\n')
}

async function addInclude(include: Include, files: FolderFile[]): Promise<void> {
  const info = await stat(include.absolute).catch(() => fail('FileNotFound', { path: include.absolute }))
  const added: FolderFile[] = []
  if (info.isFile()) added.push(fileAt(include.absolute, include.at, info))
  else {
    const real = await realpath(include.absolute)
    walk(
      {
        root: include.absolute,
        real,
        rules: rulesOf(include.absolute),
        prefix: `${include.at}/`,
        into: added,
        trail: [],
      },
      '',
    )
  }
  const taken = new Set(files.map((f) => f.path))
  const clash = added.find((f) => taken.has(f.path))
  if (clash)
    fail('BadArgument', { what: `additional_includes brings ${clash.path}, which the code folder has already.` })
  files.push(...added)
}

function rulesOf(root: string): IgnoreRules {
  for (const name of ['.amlignore', '.gitignore']) {
    try {
      return parseIgnore(readFileSync(join(root, name), 'utf8'))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')))
        throw error
    }
  }
  return ignoreNothing
}

interface Walk {
  root: string
  real: string
  rules: IgnoreRules
  prefix: string
  into: FolderFile[]
  trail: string[]
}

/** In one go: ten thousand small awaits cost more than ten thousand looks at the disk. */
function walk(w: Walk, below: string): void {
  const here = below === '' ? w.root : join(w.root, below)
  for (const entry of readdirSync(here, { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    const absolute = here.endsWith(sep) ? here + entry.name : here + sep + entry.name
    if (entry.isDirectory()) {
      if (!w.rules.prunes(path)) walk(w, path)
      continue
    }
    if (w.rules.ignores(path)) continue
    if (entry.isSymbolicLink() && followLink(w, path, absolute)) continue
    const info = statSync(absolute, { throwIfNoEntry: false }) ?? fail('FileNotFound', { path: absolute })
    if (!info.isFile()) continue
    checkPath(w.prefix + path, absolute)
    w.into.push(fileAt(absolute, w.prefix + path, info))
  }
}

/** A link to a folder inside is walked; a link that leaves is refused. True when it was a folder. */
function followLink(w: Walk, path: string, absolute: string): boolean {
  const target = realTarget(absolute)
  if (target !== w.real && !target.startsWith(w.real + sep)) {
    const error = new LazError('PathNotAllowed', { path: absolute })
    throw Object.assign(error, {
      message: `${absolute} is a link to ${target}, outside the folder that is uploaded.`,
      hint: `Copy what it points at, name it in additional_includes, or add ${path} to .amlignore.`,
    })
  }
  if (!statSync(target).isDirectory()) return false
  const from = realpathSync(dirname(absolute))
  if (from === target || from.startsWith(target + sep) || w.trail.includes(target)) {
    fail('BadArgument', {
      what: `${absolute} is a link to a folder that contains it: ${relative(w.root, target) || '.'}.`,
    })
  }
  walk({ ...w, trail: [...w.trail, target] }, path)
  return true
}

function realTarget(link: string): string {
  try {
    return realpathSync(link)
  } catch {
    return fail('FileNotFound', { path: link })
  }
}

function checkPath(path: string, absolute: string): void {
  if (/[\u0000-\u001f\u007f\\]/.test(path)) fail('PathNotAllowed', { path: JSON.stringify(absolute) })
}

/** A file on disk: small ones are read in one go, large ones as a stream or in slices. */
function fileAt(absolute: string, path: string, info: Stats): FolderFile {
  return new DiskFile(absolute, path, info)
}

/** A class: ten thousand of them share their functions. */
class DiskFile implements FolderFile {
  readonly path: string
  readonly from: string
  readonly sizeBytes: number
  readonly executable: boolean
  readonly stamp: FileStamp
  bytes?: Uint8Array

  constructor(from: string, path: string, { size, mode, mtimeMs, ctimeMs, ino }: Stats) {
    this.path = path
    this.from = from
    this.sizeBytes = size
    this.executable = (mode & 0o111) !== 0
    this.stamp = { changedMs: Math.max(mtimeMs, ctimeMs), text: `${mtimeMs} ${ctimeMs} ${ino}` }
  }

  whole(): Uint8Array | undefined {
    return this.sizeBytes <= smallBytes ? readFileSync(this.from) : undefined
  }

  parts(): AsyncIterable<Uint8Array> {
    return createReadStream(this.from, { highWaterMark: 2 ** 20 })
  }

  async slice(offset: number, sizeBytes: number): Promise<Uint8Array> {
    const file = await open(this.from)
    try {
      const { bytesRead, buffer } = await file.read(new Uint8Array(sizeBytes), 0, sizeBytes, offset)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  }
}
