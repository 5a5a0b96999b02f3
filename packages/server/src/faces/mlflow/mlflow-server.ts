/**
 * For tests: the MLflow face (and the blob face, where uploads in parts go) behind the real gate, over a real store in a
 * temporary folder. The whole application does the same for every face; a test of one dialect starts a part of it.
 */
import type { Workspace } from '@lazurite/engine'
import { asObject, type JsonObject } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { FaceDeps } from '../../app.ts'
import type { Config } from '../../config.ts'
import type { Signer } from '../../signer.ts'
import { openBench, ownerToken } from '../bench.ts'
import { blobFace } from '../blob/routes.ts'
import { toProblem } from '../problem.ts'
import { mlflowFace } from './routes.ts'

const api = '/api/2.0/mlflow/'
const files = '/api/2.0/mlflow-artifacts/'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface Answer {
  status: number
  body: JsonObject
  text: string
  headers: LightMyRequestResponse['headers']
}

export interface MlflowServer {
  store: Store
  sign: Signer
  workspace: Workspace
  /** Where it listens, once `listen` was called. */
  listen(): Promise<string>
  /** An endpoint of the default workspace; `path` below `/api/2.0/mlflow/`. */
  ask(method: Method, path: string, body?: unknown, token?: string): Promise<Answer>
  /** The same for the artifact proxy; `path` is put into the URL as it is. */
  files(
    method: Method,
    path: string,
    body?: string | Buffer,
    o?: { token?: string; headers?: Record<string, string> },
  ): Promise<Answer>
  raw(o: InjectOptions): Promise<LightMyRequestResponse>
  /** The token of a job's run. */
  tokenOf(job: string, scope?: string): string
  /** What was logged as an error: must stay empty. */
  faults: unknown[]
  close(): Promise<void>
}

/** What the runs of a test are asked for, in few words. */
export const infoOf = (body: JsonObject) => asObject(asObject(body.run).info)

export async function newRun(s: MlflowServer, body: JsonObject = {}): Promise<string> {
  return String(infoOf((await s.ask('POST', 'runs/create', body)).body).run_id)
}

export async function dataOf(s: MlflowServer, runId: string): Promise<JsonObject> {
  return asObject(asObject((await s.ask('GET', `runs/get?run_id=${runId}`)).body.run).data)
}

/** `settings`: those of the whole server's that these faces read. */
export async function startMlflowServer(settings: Partial<Config> = {}): Promise<MlflowServer> {
  const bench = await openBench()
  const { app, store, sign, workspace } = bench
  const faults: unknown[] = []
  const note = (what: unknown) => void faults.push(what)
  // These two faces read no more of their dependencies; the others belong to faces with an engine behind them.
  const deps = { store, sign, settings, baseUrl: () => '', log: { error: note, warn: note } } as unknown as FaceDeps
  app.setErrorHandler((error, _request, reply) => reply.code(toProblem(error).problem.http).send())
  await app.register(mlflowFace(deps))
  await app.register(blobFace(deps))
  await app.ready()
  const send = async (o: InjectOptions): Promise<Answer> => {
    const answer = await app.inject(o)
    return { status: answer.statusCode, body: bodyOf(answer), text: answer.payload, headers: answer.headers }
  }
  const bearer = (token = ownerToken) => ({ host: '127.0.0.1:80', authorization: `Bearer ${token}` })
  return {
    store,
    sign,
    workspace,
    faults,
    listen: bench.listen,
    ask(method, path, body, token) {
      if (body === undefined) return send({ method, url: `${api}${path}`, headers: bearer(token) })
      const payload = typeof body === 'string' ? body : JSON.stringify(body)
      return send({
        method,
        url: `${api}${path}`,
        payload,
        headers: { ...bearer(token), 'content-type': 'application/json' },
      })
    },
    files(method, path, body, o = {}) {
      const payload = body === undefined ? {} : { payload: body }
      return send({ method, url: `${files}${path}`, headers: { ...bearer(o.token), ...o.headers }, ...payload })
    },
    raw: (o) => app.inject({ ...o, headers: { ...bearer(), ...o.headers } }),
    tokenOf: bench.tokenOf,
    close: bench.close,
  }
}

function bodyOf(answer: LightMyRequestResponse): JsonObject {
  try {
    return asObject(JSON.parse(answer.payload))
  } catch {
    return {}
  }
}
