// Finding the server of this machine, as the command line finds it: LAZ_URL and LAZ_TOKEN, else the note in the home folder.
import { homedir } from 'node:os'
import { fail, type WorkspaceId } from '@lazurite/spec'
import { disk } from './disk.ts'
import { Lazurite } from './node.ts'

/** Which server, and which of its workspaces. */
export interface Connecting {
  /** A home folder; by default LAZ_HOME, else `~/.lazurite`. A home that is named counts more than LAZ_URL. */
  home?: string
  workspace?: WorkspaceId
}

/**
 * A client of the server that runs on this machine, or of the one that LAZ_URL names.
 * Raises ServerUnreachable when the home folder says of no server; `laz up` starts one.
 * @example const laz = await connect()
 */
export async function connect({ home, workspace }: Connecting = {}): Promise<Lazurite> {
  const { LAZ_URL: url, LAZ_TOKEN: token, LAZ_HOME: given } = process.env
  if (url && home === undefined) return new Lazurite({ url, token, workspace })
  const file = disk.resolve(home ?? (given || disk.resolve(homedir(), '.lazurite')), 'server.json')
  if (!disk.look(file)) fail('ServerUnreachable', { url: `the home folder ${disk.dirname(file)}` })
  const note: unknown = JSON.parse(disk.readText(file))
  const found = { ...(note as { url?: string; token?: string } | null) }
  if (typeof found.url !== 'string') fail('ServerUnreachable', { url: `the home folder ${disk.dirname(file)}` })
  return new Lazurite({ url: found.url, token: found.token, workspace })
}
