// What differs between Node and browsers, as one object that the client is handed: how bytes travel, and whether there
// are files. Everything else of this package knows neither.
import { fail } from '@lazurite/spec'
import type { Folder, Hashed, Include } from './folder.ts'
import type { Send } from './http.ts'

export interface Digest {
  update(bytes: Uint8Array): void
  /** Hex digits; the digest is over. */
  hex(): string
}

export interface Platform {
  send: Send
  /** A running digest; undefined where the platform has none of that name. */
  digest(algorithm: 'sha256' | 'md5'): Digest | undefined
  /** How large one request's stream may be; beyond it files are sent one by one. */
  maxStreamBytes: number
  /** Absent where there is no file system. */
  files?: Files
}

/** A file system, as far as uploads, downloads and YAML files need one. Paths are the platform's own. */
export interface Files {
  cwd(): string
  resolve(...parts: string[]): string
  dirname(path: string): string
  basename(path: string): string
  relative(from: string, to: string): string
  isAbsolute(path: string): boolean
  look(path: string): { is: 'file' | 'folder'; sizeBytes: number } | undefined
  /** Raises the platform's own error when it cannot be read. */
  readText(path: string): string
  /** See scanFolder. */
  scan(path: string | undefined, includes?: readonly Include[]): Promise<Folder>
  /** The content hash of what was scanned; what is as it was the last time is not read. */
  hash(folder: Folder): Promise<Hashed>
  /** Opens a file to be written under a name of its own; it appears at `path` when it is finished. */
  save(path: string, mark: string): Promise<Saving>
}

/** A file that is being written beside its place. */
export interface Saving {
  /** Bytes that an earlier try with the same mark left behind. */
  readonly offset: number
  /** Those bytes, for a digest that must see the whole file. */
  before(): AsyncIterable<Uint8Array>
  write(part: Uint8Array): Promise<void>
  /** Drops what is there and begins anew. */
  restart(): Promise<void>
  /** Gives the file its name. */
  finish(): Promise<void>
  /** Closes it; what was written stays for the next try. */
  pause(): Promise<void>
}

/** The file system, or a refusal that names what was asked of it. */
export function needFiles(platform: Platform, what: string): Files {
  return (
    platform.files ??
    fail('NotSupported', {
      what,
      why: 'a browser has no file system',
      instead: 'Give File objects or bytes instead of a path (see filesOf), or read what you need with laz.read(uri).',
    })
  )
}
