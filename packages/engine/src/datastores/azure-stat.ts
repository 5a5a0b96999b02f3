/** What the clients of Azure storage say of a file, whichever service it is kept by. */
import type { StorageStat } from './storage.ts'

export interface FileFacts {
  contentLength?: number
  lastModified?: Date
  etag?: string
  contentMD5?: Uint8Array
}

/** The same as every storage tells it. */
export function statOf(path: string, { contentLength, lastModified, etag, contentMD5 }: FileFacts): StorageStat {
  return {
    path,
    folder: false,
    sizeBytes: contentLength ?? 0,
    modifiedAt: lastModified?.getTime() ?? 0,
    ...(etag ? { etag: etag.replaceAll('"', '') } : {}),
    ...(contentMD5 && contentMD5.length > 0 ? { md5: Buffer.from(contentMD5).toString('hex') } : {}),
  }
}
