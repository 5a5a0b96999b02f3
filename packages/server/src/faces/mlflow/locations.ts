/**
 * Where the files of an experiment go. By itself that is the artifact store of the workspace, through the proxy; an
 * experiment may name a store of the clients' own instead, which they read and write with credentials of theirs. The
 * server keeps such an address as it is and never opens it. An address of a disk means the disk of whoever reads it, so it
 * is taken only where the settings say that all share one.
 */
import { isAbsolute, resolve } from 'node:path'
import { refuse } from './args.ts'
import type { Call } from './call.ts'

const maxLength = 2048
const stores = /^(s3|gs|wasbs?|abfss?|r2|b2|hdfs|viewfs|ftp|sftp|dbfs|uc-volume|oss):/i

/** What is kept with a new experiment; nothing when its files go where all files go. Raises BadArgument. */
export function readLocation(call: Call, asked: string | undefined): { location?: string; root?: string } {
  // a test of one face has no settings
  const root = call.deps.settings?.artifactRoot
  if (!asked || /^mlflow-artifacts:\/*$/.test(asked))
    return root === undefined ? {} : { root: root.replace(/\/+$/, '') }
  if (asked.length > maxLength) refuse(`'artifact_location' exceeds the maximum length of ${maxLength} characters`)
  const invalid = (why: string): never => refuse(`Invalid artifact location: '${asked.slice(0, 100)}'. ${why}`)
  if (/[?#\s\\\p{Cc}]/u.test(asked)) invalid('Queries, fragments, spaces and backslashes are not allowed in it.')
  if (/(^|\/)\.\.(\/|$)/.test(decoded(asked))) invalid("It must not contain '..'.")
  const location = asked.replace(/\/+$/, '')
  if (stores.test(asked)) return { location }
  const local = /^file:/i.test(asked) || !/^[a-z][a-z0-9+.-]*:/i.test(asked)
  if (local && root !== undefined && /^file:/i.test(root)) {
    return { location: /^file:/i.test(location) || isAbsolute(location) ? location : resolve(location) }
  }
  return invalid(
    local
      ? 'It names a folder of a disk, which clients elsewhere do not see. Leave artifact_location out, or set tracking.artifact_root to a file: address where all share one disk.'
      : 'It is no address of a store that clients know.',
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
