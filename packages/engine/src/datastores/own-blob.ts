/**
 * Addresses of our own storage. Clients keep the URL a file was uploaded to (with whatever port the server had that day,
 * and whatever was needed to make a client accept it), and send it back as the place of a code or a build context. What
 * counts is the account, the container and the path in it.
 */
import type { Workspace } from '../reconcile/workspace.ts'

export interface OwnBlob {
  container: string
  path: string
}

/**
 * The container and path behind a URL of the workspace's own account; undefined for any other URL. `http(s)://` in path
 * style (`host/account/container/path`) or host style (`account.blob.suffix/container/path`), and `wasb(s)://`,
 * `abfs(s)://` (`container@account.…/path`).
 */
export function ownBlob(url: string, workspace: Workspace): OwnBlob | undefined {
  const { account } = workspace.storage
  if (!account || !url.includes(account)) return undefined
  let parsed: URL
  try {
    // a client's disguise: `host/account?.blob.suffix/container/path` or the same with `#`
    parsed = new URL(url.replace(/[?#]\.(blob|file|dfs)\.[^/]*/, ''))
  } catch {
    return undefined
  }
  const segments = parsed.pathname.split('/').filter((s) => s !== '')
  const [firstLabel] = parsed.hostname.split('.')
  if (/^(wasbs?|abfss?):$/.test(parsed.protocol)) {
    return firstLabel === account && parsed.username !== '' ? blob([parsed.username, ...segments]) : undefined
  }
  if (!/^https?:$/.test(parsed.protocol)) return undefined
  if (firstLabel === account && parsed.hostname.includes('.')) return blob(segments)
  return segments[0] === account ? blob(segments.slice(1)) : undefined
}

function blob(segments: string[]): OwnBlob | undefined {
  const [container, ...path] = segments
  if (container === undefined) return undefined
  try {
    return { container: decodeURIComponent(container), path: decodeURIComponent(path.join('/')) }
  } catch {
    return undefined
  }
}
