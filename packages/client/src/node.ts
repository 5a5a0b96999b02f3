// The client in Node: `node:http`, and the files of this machine.
import { createHash } from 'node:crypto'
import { disk } from './disk.ts'
import type { LazuriteOptions } from './lazurite.ts'
import { Lazurite as Portable } from './lazurite.ts'
import type { Platform } from './platform.ts'
import { sendByFetch } from './send-fetch.ts'
import { sendByNode } from './send-node.ts'

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
