/** A started server on a home of its own, for tests; ask it over HTTP or by injection. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { defaultWorkspace } from './default-workspace.ts'
import { makeLog } from './log.ts'
import { type Server, startServer } from './server.ts'

export interface TestServer extends Server {
  home: string
  /** Path of the default workspace. */
  ws: string
  /** A request with the owner's token, without a socket. */
  ask(method: Method, url: string, body?: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  /** The same without any token. */
  knock(method: Method, url: string, headers?: Record<string, string>, body?: unknown): Promise<LightMyRequestResponse>
  /** Lines of the log so far. */
  logged(): string
  end(): Promise<void>
}

type Method = NonNullable<InjectOptions['method']>

const { subscription, resourceGroup, workspace } = defaultWorkspace
const workspacePath = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`

/** Starts a server on a temporary home; `end()` stops it and removes the home. */
export async function startTestServer(env: Record<string, string> = {}): Promise<TestServer> {
  const home = mkdtempSync(join(tmpdir(), 'laz-server-'))
  let log = ''
  const sink = {
    write(text: string) {
      log += text
    },
  }
  const server = await startServer({ home, log: makeLog('debug', sink), env: { LAZ_ENVIRONMENT: 'host', ...env } })
  const send = async (method: Method, url: string, headers: Record<string, string>, body?: unknown) => {
    const given = body === undefined ? {} : { payload: body as NonNullable<InjectOptions['payload']> } // what the test wrote
    return server.app.inject({ method, url, headers: { host: `127.0.0.1:${server.port}`, ...headers }, ...given })
  }
  return {
    ...server,
    home,
    ws: workspacePath,
    ask: (method, url, body, headers = {}) =>
      send(method, url, { authorization: `Bearer ${server.token}`, ...headers }, body),
    knock: (method, url, headers = {}, body) => send(method, url, headers, body),
    logged: () => log,
    async end() {
      await server.close()
      rmSync(home, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}
