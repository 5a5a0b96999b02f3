// Finding the server by its one small file, and starting one when there is none. Nothing is probed: the file says where
// the server is, and only a refused connection makes us look whether that process still lives.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Connection, Lazurite } from '@lazurite/client'
import { fail, type WorkspaceId } from '@lazurite/spec'

/** What `<home>/server.json` holds. */
export interface ServerFile {
  pid: number
  port: number
  url: string
  token: string
  /** What the identity endpoint asks for. */
  identitySecret?: string
  /** The https listener, when there is one. */
  tls?: { url: string; port: number; ca: string; bundle: string }
  startedAt?: string
  version?: string
}

/** The server's own note of where it is; undefined when there is none or it is half written. */
export function readServerFile(home: string): ServerFile | undefined {
  try {
    const file: unknown = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
    if (typeof file !== 'object' || file === null) return undefined
    const { pid, url, token } = file as Partial<ServerFile> // fields are checked on the next line
    if (typeof pid !== 'number' || typeof url !== 'string' || typeof token !== 'string') return undefined
    return file as ServerFile // checked above
  } catch {
    return undefined
  }
}

/** Whether a process of that id runs; one that is dead and only waits to be noticed does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

export interface Connecting {
  home: string
  env: NodeJS.ProcessEnv
  workspace: WorkspaceId
  /** Starts a server on the home. */
  start(): Promise<ServerFile>
  /** The home was named on the command line, so LAZ_URL does not count. */
  given: boolean
}

/** A client of the server that LAZ_URL names, else of the one in the home folder, started when there is none. */
export async function connect({ home, env, workspace, given, start }: Connecting): Promise<Lazurite> {
  const url = env.LAZ_URL
  if (url && !given && !/^https?:\/\/[^/]/.test(url))
    fail('BadArgument', { what: `LAZ_URL is ${url}, which is no address of a server.` })
  if (url && !given) return new Lazurite({ url, token: env.LAZ_TOKEN, workspace })
  const found = readServerFile(home)
  const revive = async (): Promise<Connection> => start()
  if (found) return new Lazurite({ url: found.url, token: found.token, workspace, revive })
  const started = await start()
  return new Lazurite({ url: started.url, token: started.token, workspace })
}

/** Asks the server of a home to stop and waits until its process is gone. False when none runs. */
export async function stopServer(home: string): Promise<boolean> {
  const file = readServerFile(home)
  if (!file || !isAlive(file.pid) || !isServer(file.pid)) return false
  process.kill(file.pid, 'SIGTERM')
  const startedAt = Date.now()
  while (isAlive(file.pid)) {
    if (Date.now() - startedAt > 15_000) process.kill(file.pid, 'SIGKILL')
    await new Promise((go) => setTimeout(go, 10))
  }
  return true
}

/** A process id may have been given to another program since; where the system tells, we look. */
function isServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('server.mjs')
  } catch {
    return true
  }
}
