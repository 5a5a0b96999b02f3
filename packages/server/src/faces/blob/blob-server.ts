/**
 * For tests: the blob face behind the real gate, over a real store in a temporary folder, on a free port. The whole
 * application does the same for every face; a test of one dialect starts a tenth of it in a tenth of the time.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '@lazurite/store'
import Fastify from 'fastify'
import type { FaceDeps } from '../../app.ts'
import { guardApp } from '../../caller.ts'
import { makeSigner, type Signer } from '../../signer.ts'
import { blobProblem, toProblem } from '../problem.ts'
import { blobFace } from './routes.ts'
import { accountKey } from './shared-key.ts'

export const account = 'lazabcdef012345'
export const ownerToken = 'a-token-that-is-long-enough-for-a-test'

export interface BlobServer {
  url: string
  home: string
  store: Store
  sign: Signer
  /** Base64, as clients want it. */
  key: string
  /** What was thrown that is no error of the table: must stay empty. */
  faults: unknown[]
  /** A query string that opens a container, or one blob. */
  sas(permissions: string, container: string, blob?: string): string
  close(): Promise<void>
}

/** `now` fixes the clock that signatures are judged by. */
export async function startBlobServer(now: () => number = Date.now): Promise<BlobServer> {
  const home = mkdtempSync(join(tmpdir(), 'laz-blob-'))
  const store = await openStore({ home, clock: { now } })
  const sign = makeSigner(store.secrets.key(), now)
  const faults: unknown[] = []
  const app = Fastify({ routerOptions: { caseSensitive: false, maxParamLength: 4096, ignoreTrailingSlash: true } })
  guardApp(app, { token: ownerToken, signer: sign, ownerName: 'owner', hosts: [], origins: [] })
  app.setErrorHandler((error, _request, reply) => {
    const { problem, known } = toProblem(error)
    if (!known) faults.push(error)
    const { code, xml } = blobProblem(problem)
    reply.code(problem.http).header('x-ms-error-code', code).type('application/xml').send(xml)
  })
  let url = ''
  // The blob face reads these of its dependencies; the others belong to faces with an engine behind them.
  const deps = { store, sign, baseUrl: () => url } as unknown as FaceDeps
  await app.register(blobFace(deps))
  await app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` // a TCP server has such an address
  return {
    url,
    home,
    store,
    sign,
    key: accountKey(store.secrets.key(), account).toString('base64'),
    faults,
    sas: (permissions, container, blob) =>
      sign.sas({
        account,
        container,
        permissions,
        expiresAt: now() + 3_600_000,
        ...(blob === undefined ? {} : { blob }),
      }),
    async close() {
      app.server.closeAllConnections()
      await app.close()
      await store.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
