// The client in browsers: fetch, and no files but those that a page was given.
import { fail } from '@lazurite/spec'
import type { LazuriteOptions } from './lazurite.ts'
import { Lazurite as Portable } from './lazurite.ts'
import type { Platform } from './platform.ts'
import { sendByFetch } from './send-fetch.ts'
import { sha256 } from './sha256.ts'
import type { YamlFile } from './yaml-file.ts'

const web: Platform = {
  send: sendByFetch,
  digest: (algorithm) => (algorithm === 'sha256' ? sha256() : undefined),
  // a stream is gathered before it is sent
  maxStreamBytes: 64 * 2 ** 20,
}

/**
 * One server, one workspace, in a browser. A page of the server's own origin may write; other pages are let in by the
 * setting `server.origins`.
 * @example
 * const laz = new Lazurite({ url: location.origin, token })
 * for await (const job of laz.jobs.list()) console.log(job.name, job.status)
 */
export class Lazurite extends Portable {
  constructor(options: LazuriteOptions) {
    super(options, web)
  }
}

/** A browser has no files: refused by name. See `parse`, which takes the text. */
export async function load(path: string): Promise<YamlFile> {
  return fail('NotSupported', {
    what: `Loading ${path}`,
    why: 'a browser has no file system',
    instead: 'Fetch its text and give it to parse(text).',
  })
}
