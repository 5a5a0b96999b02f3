// The client in Node: `node:http`, and the files of this machine.
import { createHash } from 'node:crypto'
import type { Issue, Kind } from '@lazurite/spec'
import { disk } from './disk.ts'
import type { LazuriteOptions } from './lazurite.ts'
import { Lazurite as Portable } from './lazurite.ts'
import type { Platform } from './platform.ts'
import { sendByFetch } from './send-fetch.ts'
import { sendByNode } from './send-node.ts'
import { checkSource, readYamlFile, type Source, type YamlFile } from './yaml-file.ts'

const node: Platform = {
  send: (url, sending) => (sending.fetch ? sendByFetch(url, sending) : sendByNode(url, sending)),
  digest(algorithm) {
    const hash = createHash(algorithm)
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
  },
  maxStreamBytes: Number.POSITIVE_INFINITY,
  files: disk,
}

/**
 * One server, one workspace.
 * @example
 * const laz = new Lazurite({ url: 'http://127.0.0.1:8080', token })
 * for await (const job of laz.jobs.list()) console.log(job.name, job.status)
 */
export class Lazurite extends Portable {
  constructor(options: LazuriteOptions) {
    super(options, node)
  }
}

/**
 * Reads a YAML file, to be given to a create verb: `laz.jobs.create(await load('job.yml'))`. Paths in it count from its
 * folder. Raises FileNotFound, and ValidationFailed with line and column when it is no mapping.
 */
export async function load(path: string): Promise<YamlFile> {
  return readYamlFile(disk, path)
}

/** Every problem of a document and of the files it names, in the order of their lines; no server is asked. */
export function checkDocument(kind: Kind, source: Source): Issue[] {
  return checkSource(disk, kind, source)
}
