/**
 * For tests: faces behind the real gate, over a real store with a real workspace in a temporary folder, on a free port.
 * The whole application does the same with an engine beside it; a test of one dialect needs no engine and starts in a
 * tenth of the time, and the jobs it describes stay in the state it puts them in.
 */
import type { Workspace } from '@lazurite/engine'
import type { JsonObject } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import type { Face, FaceDeps } from '../app.ts'
import { readConfig } from '../config.ts'
import type { Signer } from '../signer.ts'
import { openBench, ownerToken } from './bench.ts'
import { accountKey } from './blob/shared-key.ts'
import { armProblem, blobProblem, toProblem } from './problem.ts'

export const account = 'lazabcdef012345'

interface Answer {
  status: number
  headers: Headers
  text: string
  body: JsonObject
}

export interface FaceServer {
  url: string
  home: string
  store: Store
  sign: Signer
  workspace: Workspace
  /** Key of the account above: base64, as clients want it. */
  key: string
  /** What was thrown that is no error of the table: must stay empty. */
  faults: unknown[]
  /** A query string that opens a container of the account above, or one blob. */
  sas(permissions: string, container: string, blob?: string): string
  /** The token of a job's run. */
  tokenOf(job: string, scope?: string): string
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  close(): Promise<void>
}

/** `now` is the clock that signatures are judged by. */
export async function startFaces(faces: Face[], now: () => number = Date.now): Promise<FaceServer> {
  const bench = await openBench(now)
  const { app, home, store, sign, workspace } = bench
  const faults: unknown[] = []
  app.setErrorHandler((error, request, reply) => {
    const { problem, known } = toProblem(error)
    if (!known) faults.push(error)
    reply.code(problem.http)
    if (!/^\/laz[0-9a-f]{12}/.test(request.url)) return reply.send(armProblem(problem, request.id, now()))
    const { code, xml } = blobProblem(problem)
    return reply.header('x-ms-error-code', code).type('application/xml').send(xml)
  })
  let url = ''
  // These faces read no more than this of their dependencies; the rest belongs to faces with an engine behind them.
  const settings = readConfig(home, { LAZ_ARCHIVE_MIB: '64' })
  const deps = { store, sign, settings, baseUrl: () => url, ownerName: 'owner' } as unknown as FaceDeps
  for (const face of faces) await app.register(face(deps))
  url = await bench.listen()
  return {
    url,
    home,
    store,
    sign,
    workspace,
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
    tokenOf: bench.tokenOf,
    ask: (method, path, body, headers = {}) => ask(url + path, method, body, headers),
    close: bench.close,
  }
}

/** The owner asks, unless the headers say otherwise. */
async function ask(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const json = body !== undefined && typeof body !== 'string'
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${ownerToken}`,
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : body }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json') === true
  return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : {} }
}
