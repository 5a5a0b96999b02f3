/**
 * For tests: an application behind the real gate, over a real store with a real workspace in a temporary folder. The
 * faces that a test is about are registered on it; the whole application does the same with an engine beside it, and
 * takes ten times as long to start.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeWorkspace, readWorkspace, type Workspace } from '@lazurite/engine'
import { openStore, type Store } from '@lazurite/store'
import Fastify, { type FastifyInstance } from 'fastify'
import { guardApp } from '../caller.ts'
import { makeSigner, type Signer } from '../signer.ts'

export const ownerToken = 'a-token-that-is-long-enough-for-a-test'

const workspaceId = {
  subscription: '00000000-0000-0000-0000-000000000001',
  resourceGroup: 'lazurite',
  workspace: 'main',
}

export interface Bench {
  app: FastifyInstance
  home: string
  store: Store
  sign: Signer
  workspace: Workspace
  /** Starts to listen on a free port; the address. */
  listen(): Promise<string>
  /** The token of a job's run. */
  tokenOf(job: string, scope?: string): string
  close(): Promise<void>
}

/** `now` is the clock that signatures are judged by. */
export async function openBench(now: () => number = Date.now): Promise<Bench> {
  const home = mkdtempSync(join(tmpdir(), 'laz-faces-'))
  const store = await openStore({ home, clock: { now } })
  const workspace = readWorkspace(await makeWorkspace(store, workspaceId, 'owner'))
  const sign = makeSigner(store.secrets.key(), now)
  const app = Fastify({ routerOptions: { caseSensitive: false, maxParamLength: 4096, ignoreTrailingSlash: true } })
  guardApp(app, {
    token: ownerToken,
    signer: sign,
    ownerName: 'owner',
    hosts: [],
    origins: [],
    isOver: async () => false,
  })
  return {
    app,
    home,
    store,
    sign,
    workspace,
    async listen() {
      await app.listen({ host: '127.0.0.1', port: 0 })
      return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` // a TCP server has such an address
    },
    tokenOf: (job, scope = workspace.scope) =>
      sign.token({ audience: 'lazurite', expiresAt: now() + 3_600_000, bearer: { run: `${scope}|${job}` }, name: job }),
    async close() {
      app.server.closeAllConnections()
      await app.close()
      await store.close()
      rmSync(home, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}
