// A set of files to be sent, wherever they come from, and the content hash that names a snapshot: version 202208, shared
// with the official client. sha256 over the number of files, then `#path#size` of each in the order of lower-cased paths,
// then all the bytes.
import { fail } from '@lazurite/spec'
import { compareBytes, utf8 } from './bytes.ts'
import type { Digest } from './platform.ts'

/** When a file was last touched, and which file it is. */
export interface FileStamp {
  /** Epoch ms of the last change of its bytes or of itself. */
  changedMs: number
  text: string
}

/** One file of a folder. */
export interface FolderFile {
  /** Where it goes: slash-separated, below the root. */
  path: string
  /** Where it comes from, as people would say it. */
  from: string
  sizeBytes: number
  executable: boolean
  /** What a file on disk is recognised by while its bytes are not read. */
  stamp?: FileStamp
  /** Its bytes, kept when small so that hashing and sending read it once. */
  bytes?: Uint8Array
  /** All of it at once; only small files answer. */
  whole?(): Uint8Array | undefined
  parts(): AsyncIterable<Uint8Array>
  slice(offset: number, sizeBytes: number): Promise<Uint8Array>
}

/** Files under one name. */
export interface Folder {
  /** Name that the last part of the uploaded path gets. */
  name: string
  files: FolderFile[]
  sizeBytes: number
  /** It is one file, not a folder. */
  single: boolean
  /** Where on this machine its files come from, includes too; absent for files that are at hand. */
  origin?: string
}

/** A file or folder to be placed at `at` in the snapshot, beside the folder's own files. */
export interface Include {
  absolute: string
  at: string
}

function isPlain(path: string): boolean {
  return /^[\x20-\x7e]*$/.test(path)
}

/** So many bytes of small files stay in memory for the upload that may follow. */
export const keepBytes = 64 * 2 ** 20
export const smallBytes = 2 ** 20

/** Order of lower-cased paths by code point, as the hash wants it. */
export function inHashOrder(files: readonly FolderFile[]): FolderFile[] {
  // of plain letters the order of code units is the order of code points
  if (files.every((file) => isPlain(file.path))) {
    const keyed = files.map((file) => ({ file, key: file.path.toLowerCase() }))
    return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ file }) => file)
  }
  return files
    .map((file) => ({ file, key: utf8(file.path.toLowerCase()) }))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ file }) => file)
}

/** What is hashed before all bytes. */
export function hashHead(files: readonly FolderFile[]): Uint8Array {
  return utf8(files.length + files.map((file) => `#${file.path}#${file.sizeBytes}`).join(''))
}

/** A content hash, and what it took to find it. */
export interface Hashed {
  /** Version 202208, 64 hex digits. */
  hash: string
  /** False when nothing had to be read. */
  read: boolean
  /** Paths that are not as they were when this folder was hashed before; absent the first time. */
  changed?: readonly string[]
}

/** The content hash (version 202208), 64 hex digits. Small files keep their bytes for the upload that may follow. */
export async function hashFolder(folder: Folder, digest: Digest): Promise<string> {
  digest.update(hashHead(folder.files))
  let kept = 0
  for (const file of folder.files) {
    const bytes = file.bytes ?? file.whole?.()
    if (bytes) {
      checkSize(file, bytes.length)
      digest.update(bytes)
      kept += bytes.length
      if (kept <= keepBytes) file.bytes = bytes
      continue
    }
    let sizeBytes = 0
    for await (const part of file.parts()) {
      digest.update(part)
      sizeBytes += part.length
    }
    checkSize(file, sizeBytes)
  }
  return digest.hex()
}

/** Raises BadArgument when a file is not as large as it was when it was listed. */
export function checkSize(file: FolderFile, sizeBytes: number): void {
  if (sizeBytes !== file.sizeBytes)
    fail('BadArgument', { what: `${file.from} changed while it was read; submit again.` })
}

/** The bytes of one file, whole when they were kept or are few, else as a stream. */
export async function* readFileParts(file: FolderFile): AsyncIterable<Uint8Array> {
  const bytes = file.bytes ?? file.whole?.()
  if (bytes) yield bytes
  else yield* file.parts()
}

/** What a browser's file input, a drop or a program gives: a `File`, or anything with the same few members. */
export interface FileLike {
  readonly name: string
  readonly size: number
  /** Path below the folder that was picked, with the folder's own name first. */
  readonly webkitRelativePath?: string
  slice(from: number, to: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

const partBytes = 2 ** 20

/**
 * Files without a file system: the `File` objects of a page, or texts and bytes by their path.
 * Raises BadArgument when there are none, PathNotAllowed for a path that leaves the folder.
 * @param name what the folder is called; by default the folder that was picked, else `files`
 */
export function filesOf(
  given: readonly FileLike[] | Readonly<Record<string, string | Uint8Array>>,
  name?: string,
): Folder {
  // a list of files has numbers for keys: only the array test tells the two apart
  const files = Array.isArray(given)
    ? (given as readonly FileLike[]).map(fileOfPage)
    : Object.entries(given as Readonly<Record<string, string | Uint8Array>>).map(fileOfBytes)
  if (files.length === 0) fail('BadArgument', { what: 'There are no files to upload.' })
  for (const { path } of files) {
    const steps = path.split('/')
    if (/[\u0000-\u001f\u007f\\]/.test(path) || steps.some((step) => step === '' || step === '.' || step === '..'))
      fail('PathNotAllowed', { path: JSON.stringify(path) })
  }
  const tops = new Set(files.map((file) => (file.path.includes('/') ? file.path.split('/')[0] : undefined)))
  const [top] = tops.size === 1 && Array.isArray(given) ? tops : []
  const inside = top === undefined ? files : files.map((file) => ({ ...file, path: file.path.slice(top.length + 1) }))
  return {
    name: name ?? top ?? 'files',
    files: inHashOrder(inside),
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    single: files.length === 1 && top === undefined && Array.isArray(given),
  }
}

function fileOfPage(file: FileLike): FolderFile {
  const slice = async (offset: number, sizeBytes: number) =>
    new Uint8Array(await file.slice(offset, Math.min(offset + sizeBytes, file.size)).arrayBuffer())
  const path = file.webkitRelativePath || file.name
  return {
    path,
    from: path,
    sizeBytes: file.size,
    executable: false,
    slice,
    async *parts() {
      for (let at = 0; at < file.size; at += partBytes) yield await slice(at, partBytes)
    },
  }
}

function fileOfBytes([path, given]: [string, string | Uint8Array]): FolderFile {
  const bytes = typeof given === 'string' ? utf8(given) : given
  return {
    path,
    from: path,
    sizeBytes: bytes.length,
    executable: false,
    bytes,
    slice: async (offset, sizeBytes) => bytes.subarray(offset, offset + sizeBytes),
    async *parts() {
      yield bytes
    },
  }
}
