// What only endpoints do: they are called. An online endpoint answers with what its model says, a batch endpoint with the
// job that the call started.
import { asArray, asNumber, asObject, asString, fail, isLazError, type Json, type JsonObject } from '@lazurite/spec'
import type { BatchEndpoint, Job, OnlineDeployment, OnlineEndpoint } from '../generated/documents.ts'
import { utf8 } from './bytes.ts'
import { documentOf, type Saved } from './document.ts'
import { errorOf } from './envelope.ts'
import type { Reply } from './http.ts'
import type { JobInput, JobOutput } from './io.ts'
import type { Lazurite } from './lazurite.ts'
import { ChildOperations, Listing, PlainOperations } from './operations.ts'
import { itemsOf } from './pages.ts'
import { resolveDocument, type UploadProgress } from './resolve.ts'
import { readResource, type Which } from './resource.ts'
import { sourceOf } from './written.ts'

/** How one call of an online endpoint is sent. */
export interface InvokeOptions {
  /** A deployment by name, past the shares of traffic. */
  deployment?: string
  /** Further headers, e.g. `content-type` of a body that is not JSON. */
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** What may be sent: bytes and text as they are, everything else as JSON. */
export type Scored = Json | Uint8Array

/** The two keys of an endpoint; either opens it. */
export interface EndpointKeys {
  primaryKey: string
  secondaryKey: string
}

/** A token that opens an endpoint with `auth_mode: aml_token`. */
export interface EndpointToken {
  accessToken: string
  /** Epoch seconds. */
  expiryTimeUtc: number
  refreshAfterTimeUtc: number
}

/** Calls of one endpoint: its address and its key are looked up once. */
export interface Scorer {
  /** The answer, read as JSON. Raises ModelFailed with what the model said, and what else the endpoint refuses with. */
  (body: Scored, options?: InvokeOptions): Promise<Json>
  /** The answer as it comes: status, headers, bytes. Raises the same. */
  raw(body: Scored, options?: InvokeOptions): Promise<Reply>
}

interface Door {
  path: string
  /** Undefined for endpoints that let in by the token of the server. */
  secret: string | undefined
}

/** An address that answers scoring calls, and which deployment answers how many of them. */
export class OnlineEndpointVerbs extends PlainOperations<OnlineEndpoint> {
  /**
   * Sends one call with the endpoint's own key or token, and answers what the model says.
   * @example const { species } = await laz.onlineEndpoints.invoke('iris', { data: [[5.1, 3.5, 1.4, 0.2]] })
   */
  async invoke(name: string, body: Scored, options: InvokeOptions = {}): Promise<Json> {
    return this.scorer(name)(body, options)
  }

  /**
   * A function for many calls of one endpoint; a key that was made anew is looked up again.
   * @example const score = laz.onlineEndpoints.scorer('iris'); await score({ data })
   */
  scorer(name: string): Scorer {
    let door: Promise<Door> | undefined
    const raw = async (body: Scored, options: InvokeOptions = {}) => {
      const known = door !== undefined
      door ??= this.#door(name).catch((error: unknown) => {
        door = undefined
        throw error
      })
      const reply = await this.#call(await door, body, options)
      if (reply.status !== 401 || !known) return good(reply, name, options)
      door = this.#door(name)
      return good(await this.#call(await door, body, options), name, options)
    }
    return Object.assign(async (body: Scored, options: InvokeOptions = {}) => (await raw(body, options)).json(), {
      raw,
    })
  }

  async #door(name: string): Promise<Door> {
    const { properties } = await this.wire.get({ name })
    const mode = (asString(properties.authMode) ?? 'Key').toLowerCase()
    const path =
      asString(properties.scoringUri) ?? fail('BadArgument', { what: `The endpoint ${name} has no address.` })
    if (mode === 'aadtoken') return { path, secret: undefined }
    return {
      path,
      secret: mode === 'key' ? (await this.listKeys(name)).primaryKey : (await this.token(name)).accessToken,
    }
  }

  #call({ path, secret }: Door, body: Scored, { deployment, headers, signal }: InvokeOptions): Promise<Reply> {
    return this.client.ask({
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        ...headers,
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
        ...(deployment === undefined ? {} : { 'azureml-model-deployment': deployment }),
      },
      body: typeof body === 'string' ? utf8(body) : body,
      signal,
      // every refusal is read below
      accept: refusals,
      signed: secret !== undefined,
    })
  }

  /** Which deployment gets how many percent of the calls, and which one a copy of some; what is not named gets none. */
  turn(
    name: string,
    traffic: Record<string, number>,
    mirror: Record<string, number> = {},
  ): Promise<Saved<OnlineEndpoint>> {
    return this.update(name, (now) => ({ ...now, traffic, mirror_traffic: mirror }))
  }

  /** Raises Conflict for an endpoint that is opened by tokens. */
  async listKeys(name: string): Promise<EndpointKeys> {
    return keysOf(await this.act({ name }, 'listKeys'))
  }

  /** Makes a new key, or takes the one that is given; the old one opens nothing any more. Answers both. */
  async regenerateKeys(
    name: string,
    which: 'primary' | 'secondary' = 'primary',
    value?: string,
  ): Promise<EndpointKeys> {
    const keyType = which === 'primary' ? 'Primary' : 'Secondary'
    await this.act({ name }, 'regenerateKeys', { keyType, ...(value === undefined ? {} : { keyValue: value }) })
    return this.listKeys(name)
  }

  /** A token for callers, for endpoints with `auth_mode: aml_token`. */
  async token(name: string): Promise<EndpointToken> {
    const { accessToken, expiryTimeUtc, refreshAfterTimeUtc } = asObject(await this.act({ name }, 'token'))
    return {
      accessToken: asString(accessToken) ?? '',
      expiryTimeUtc: asNumber(expiryTimeUtc) ?? 0,
      refreshAfterTimeUtc: asNumber(refreshAfterTimeUtc) ?? 0,
    }
  }

  /** Calls, failures, rate and latencies by deployment, since the start of the server. */
  async metrics(name: string): Promise<JsonObject> {
    return asObject(await (await this.client.ask({ path: `/lazurite/v1${this.wire.path({ name })}/metrics` })).json())
  }
}

const refusals = [400, 401, 403, 404, 405, 408, 411, 413, 415, 424, 429, 431, 500, 502, 503, 504]

async function good(reply: Reply, endpoint: string, { deployment }: InvokeOptions): Promise<Reply> {
  if (reply.status < 300) return reply
  const text = await reply.text()
  const status = reply.headers['ms-azureml-model-error-statuscode']
  if (reply.status !== 424 || status === undefined) throw errorOf(reply.status, text, reply.headers)
  const by = deployment ?? reply.headers['azureml-model-deployment'] ?? 'DEPLOYMENT'
  return fail('ModelFailed', { endpoint, status, said: text.trim().slice(0, 2000) || 'nothing', deployment: by })
}

function keysOf(answer: Json): EndpointKeys {
  const { primaryKey, secondaryKey } = asObject(answer)
  return { primaryKey: asString(primaryKey) ?? '', secondaryKey: asString(secondaryKey) ?? '' }
}

/** Which part of a deployment's log. */
export interface DeploymentLogOptions {
  /** The last so many lines; 5000 by default. */
  lines?: number
  /** The model's own words, or what became of bringing model, code and environment in place. */
  container?: 'inference-server' | 'storage-initializer'
}

/** What answers the calls of an online endpoint: a model, code and an environment. */
export class OnlineDeploymentVerbs extends ChildOperations<OnlineDeployment> {
  /** The end of the log of a deployment. */
  async logs(endpoint: string, name: string, options: DeploymentLogOptions = {}): Promise<string> {
    const containerType = options.container === 'storage-initializer' ? 'StorageInitializer' : 'InferenceServer'
    const which = { parent: endpoint, name }
    const answer = asObject(await this.act(which, 'getLogs', { tail: options.lines ?? 5000, containerType }))
    return asString(answer.content) ?? ''
  }

  /**
   * The last lines, then every line that comes, until the signal ends it or the deployment is deleted. A server that is
   * started again is waited for; nothing is lost or told twice.
   * @example for await (const { instance, text } of laz.onlineDeployments.follow('iris', 'blue')) process.stdout.write(text)
   */
  async *follow(endpoint: string, name: string, options: FollowOptions = {}): AsyncGenerator<LogLines> {
    const { lines = 50, container, signal, away } = options
    const query = new URLSearchParams({ tail: String(lines), ...(container === undefined ? {} : { container }) })
    const path = `/lazurite/v1${this.wire.path({ parent: endpoint, name })}/logs`
    for (let first = true; signal?.aborted !== true; first = false) {
      const answer = await this.#look(`${path}?${query}`, { first, signal })
      if (answer === 'gone') return
      if (answer === undefined && !signal?.aborted) away?.()
      for (const part of asArray(answer?.parts).map(asObject))
        yield { instance: asString(part.instance) ?? '', text: asString(part.text) ?? '' }
      const cursor = asString(answer?.cursor)
      if (cursor !== undefined) query.set('cursor', cursor)
      await pause(lookMs, signal)
    }
  }

  /** Undefined when nothing can be told at this moment. */
  async #look(path: string, how: { first: boolean; signal: AbortSignal | undefined }) {
    try {
      return asObject(await (await this.client.ask({ path, signal: how.signal })).json())
    } catch (error) {
      if (how.signal?.aborted) return undefined
      const ends = isLazError(error) && error.http === 404 && !how.first
      if (ends) return 'gone'
      if (!how.first && isLazError(error) && error.code === 'ServerUnreachable') return undefined
      throw error
    }
  }
}

/** Lines of one replica's log. */
export interface LogLines {
  instance: string
  text: string
}

export interface FollowOptions extends DeploymentLogOptions {
  signal?: AbortSignal
  /** Called at every look while the server cannot be reached. */
  away?: () => void
}

const lookMs = 500

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((go) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      go()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}

/** What a call of a batch endpoint is given. */
export interface BatchCall {
  /** Data and values by name, as the inputs of a job are written; a deployment of a model takes one, whatever its name. */
  inputs?: { [name: string]: JobInput }
  /** Where results go, by name; `score` for a deployment of a model. */
  outputs?: { [name: string]: JobOutput }
  /** A deployment instead of the default one. */
  deployment?: string
  /** Name of the job. */
  jobName?: string
  experimentName?: string
  miniBatchSize?: number
  instanceCount?: number
  /** Told of uploads as they go. */
  progress?: UploadProgress
}

/** An address that starts jobs over many files. */
export class BatchEndpointVerbs extends PlainOperations<BatchEndpoint> {
  /**
   * Starts the job of a call. Local files and folders are uploaded first.
   * @example
   * const job = await laz.batchEndpoints.invoke('words', { inputs: { data: Input({ path: './data' }) } })
   * await laz.jobs.wait(job.name)
   * await laz.jobs.download(job.name, './out', { output: 'score' })
   */
  async invoke(name: string, call: BatchCall = {}): Promise<Saved<Job>> {
    const { jobName, experimentName, miniBatchSize, instanceCount, deployment } = call
    const body: JsonObject = {
      ...(await this.#dataOf(call)),
      ...(jobName === undefined ? {} : { name: jobName }),
      ...(experimentName === undefined ? {} : { properties: { experimentName } }),
      ...(miniBatchSize === undefined ? {} : { miniBatchSize }),
      ...(instanceCount === undefined ? {} : { compute: { instanceCount } }),
    }
    const answer = await this.client.ask({
      method: 'POST',
      path: callsPath(this.client, 'batch-endpoint', { name }),
      headers: deployment === undefined ? {} : { 'azureml-model-deployment': deployment },
      body: { properties: body },
    })
    return this.client.jobs.get(readResource(await answer.json()).name)
  }

  /** A job that takes and gives the same, so that paths, assets and types mean what they mean there. */
  async #dataOf({ inputs = {}, outputs = {}, progress }: BatchCall): Promise<JsonObject> {
    const { kind } = this.client.jobs
    const job = { type: 'command', command: 'score', environment: 'azureml:host@latest', inputs, outputs }
    const source = sourceOf(job, this.client)
    const { properties } = await resolveDocument(this.client, kind, source, progress ? { progress } : {})
    const { default: _, ...outputData } = asObject(properties.outputs)
    return {
      inputData: asObject(properties.inputs),
      ...(Object.keys(outputData).length > 0 ? { outputData } : {}),
    }
  }

  /** The jobs that calls of an endpoint started, newest first; with `deployment` those of that one. */
  jobs(name: string, options: { deployment?: string } = {}): Listing<Saved<Job>> {
    const { client } = this
    const { deployment } = options
    const path =
      deployment === undefined
        ? callsPath(client, 'batch-endpoint', { name })
        : callsPath(client, 'batch-deployment', { parent: name, name: deployment })
    return new Listing(async function* () {
      for await (const one of itemsOf(client, path)) yield documentOf<Job>(client.jobs.kind, readResource(one))
    })
  }
}

/** Where calls of a batch endpoint or deployment are made and listed. */
export function callsPath(client: Lazurite, kind: string, which: Which): string {
  return `/mferp/managementfrontend${client.of(kind).path(which)}/jobs?api-version=2020-09-01-dataplanepreview`
}
