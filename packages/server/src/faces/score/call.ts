/** One call of an online endpoint: who calls, which deployment answers, and what of the answer the caller gets to see. */
import type { IncomingMessage } from 'node:http'
import type { Load } from '@lazurite/engine'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { mayCall } from './auth.ts'
import { takeBody } from './body.ts'
import { type Answered, forward, type Sent } from './forward.ts'
import { type CallIds, idsOf, toCaller, toReplica } from './headers.ts'
import { count } from './metrics.ts'
import type { Deployment, Endpoint, Target } from './table.ts'

export interface Call {
  endpoint: Endpoint
  request: FastifyRequest
  reply: FastifyReply
  /** Below the endpoint's address, with the query: `''`, `/score`, `/swagger.json`, `/v2/models`. */
  below: string
  ids: CallIds
  now(): number
  /** Tells the loop that a deployment is wanted. */
  wake(deployment: Deployment): void
  /** A number from 0 to 1. */
  chance(): number
}

interface Refusal {
  status: number
  code: string
  message: string
}

export const openCall = (call: Omit<Call, 'ids'>): Call => ({ ...call, ids: idsOf(call.request.headers) })

/** Answers the call. */
export async function answerCall(call: Call): Promise<FastifyReply> {
  const { endpoint, request } = call
  const header = request.headers.authorization
  const owner = request.caller.kind === 'owner'
  // browsers ask without a key whether they may ask; what a page may do, the deployment's own server decides
  const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
  if (!preflight && !mayCall(endpoint, header, { owner, now: call.now() })) return refuse(call, refusals.stranger)
  const picked = pick(call)
  if ('status' in picked) return refuse(call, picked)
  const [path, query = ''] = cut(call.below)
  const target = leastBusy(picked.targets) ?? (await untilReady(call, picked))
  if (!target) return refuse(call, refusals.notReady(picked.name), picked)
  const asked = pathAt(target, path)
  if (asked === undefined) return refuse(call, refusals.noRoute, picked)
  if (isCrowded(picked)) return refuse(call, refusals.crowded(picked), picked)
  return relay(call, picked, asked + query)
}

const cut = (below: string) => {
  const at = below.indexOf('?')
  return at < 0 ? [below] : [below.slice(0, at), below.slice(at)]
}

/** Where a path below the endpoint leads on a replica; undefined when it leads nowhere. */
function pathAt({ score, passes }: Target, path = ''): string | undefined {
  const plain = path.replace(/\/+$/, '')
  if (plain === '' || plain.toLowerCase() === '/score') return score
  if (plain.toLowerCase() === '/swagger.json') return '/swagger.json'
  return passes ? path : undefined
}

function noteBusy(load: Load | undefined, by: number): void {
  if (!load) return
  load.busy += by
  load.peak = Math.max(load.peak, load.busy)
}

/** Longest wait for the first instance of a deployment that has none while nobody calls. */
const coldStartMs = 60_000
const lookMs = 25

/** A deployment that follows the load may have no instance: the call brings it up, and waits for it. */
async function untilReady(call: Call, deployment: Deployment): Promise<Target | undefined> {
  const { load } = deployment
  if (!load || load.busy > 2 * deployment.perInstance) return undefined
  noteBusy(load, 1)
  call.wake(deployment)
  try {
    for (const end = Date.now() + coldStartMs; Date.now() < end && !call.request.raw.destroyed; ) {
      const target = leastBusy(deployment.targets)
      if (target) return target
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
    return undefined
  } finally {
    noteBusy(load, -1)
  }
}

/** The deployment a header names, else one by the shares of traffic. */
function pick({ endpoint, request, chance }: Call): Deployment | Refusal {
  if (endpoint.kubernetes) return refusals.kubernetes
  const named = request.headers['azureml-model-deployment']
  if (named !== undefined) {
    const name = String(named)
    return endpoint.deployments.get(name.toLowerCase()) ?? refusals.noDeployment(name)
  }
  const name = share(endpoint.traffic, chance())
  const found = name === undefined ? undefined : endpoint.deployments.get(name)
  return found ?? refusals.noTraffic
}

/** Which of the shares a number from 0 to 1 falls into. */
export function share(traffic: readonly [string, number][], at: number): string | undefined {
  const total = traffic.reduce((sum, [, percent]) => sum + percent, 0)
  let left = at * total
  for (const [name, percent] of traffic) {
    if (left < percent) return name
    left -= percent
  }
  return traffic.at(-1)?.[0]
}

function leastBusy(targets: readonly Target[], but?: Target): Target | undefined {
  const now = Date.now()
  const weight = ({ busy, doubtedUntil }: Target) => busy + (doubtedUntil > now ? doubtWeight : 0)
  let best: Target | undefined
  for (const target of targets) if (target !== but && (!best || weight(target) < weight(best))) best = target
  return best
}

const doubtMs = 2_000
/** More than there are calls at once. */
const doubtWeight = 1e9

async function relay(call: Call, deployment: Deployment, path: string): Promise<FastifyReply> {
  const { request, reply, ids } = call
  const begun = performance.now()
  const gone = new AbortController()
  let cutOff: 408 | 413 | undefined
  let busy = 0
  const { load } = deployment
  reply.raw.once('close', () => {
    gone.abort()
    deployment.busy -= busy
    if (busy > 0) noteBusy(load, -1)
    const status = reply.raw.writableFinished ? reply.statusCode : 499
    count(call.endpoint.deployments, deployment.name, { status, ms: performance.now() - begun, now: call.now() })
  })
  // a body that is still coming occupies no replica
  const taken = await takeBody(request.raw, {
    refuse(status) {
      cutOff = status
    },
  })
  if ('refused' in taken) return refuse(call, refusals.body(taken.refused), deployment)
  if (isCrowded(deployment)) return refuse(call, refusals.crowded(deployment), deployment)
  busy = 1
  deployment.busy += 1
  noteBusy(load, 1)
  const headers = toReplica(request.headers, ids)
  const { body, sizeBytes = 0 } = taken
  if (sizeBytes > 0 || request.headers['content-length'] !== undefined) headers['content-length'] = sizeBytes
  const sent = { method: request.method, path, headers, body, timeoutMs: deployment.timeoutMs, signal: gone.signal }
  mirror(call, sent)
  const answered = await toOneOf(deployment, sent)
  if (cutOff) return refuse(call, refusals.body(cutOff), deployment)
  if ('answer' in answered) return pass(call, deployment, answered.answer)
  if (answered.failed === 'timeout') return refuse(call, refusals.timeout(deployment), deployment)
  if (answered.failed === 'unsent') return refuse(call, refusals.notReady(deployment.name), deployment)
  tell(call, deployment, 502, answered.why)
  return refuse(call, refusals.broken, deployment)
}

const isCrowded = ({ busy, perInstance, targets }: Deployment) => busy >= 2 * perInstance * Math.max(1, targets.length)
const mostTries = 3

/** The least busy replica gets the call; when it is not there any more, another one does. */
async function toOneOf(deployment: Deployment, sent: Sent): Promise<Answered> {
  let answered: Answered = { failed: 'unsent', why: 'no replica is ready' }
  let tried: Target | undefined
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const target: Target | undefined = leastBusy(deployment.targets, tried) ?? tried
    if (!target) break
    target.busy += 1
    const free = () => {
      target.busy -= 1
    }
    answered = await forward(target, sent)
    if ('answer' in answered) answered.answer.once('close', free)
    else {
      free()
      if (answered.failed !== 'timeout') target.doubtedUntil = Date.now() + doubtMs
    }
    if ('answer' in answered || answered.failed !== 'unsent' || !Buffer.isBuffer(sent.body)) break
    tried = target
  }
  return answered
}

/** An answer of the model: what is not 2xx is its failure, not this server's, and says so. */
function pass(call: Call, deployment: Deployment, answer: IncomingMessage): FastifyReply {
  const { reply, ids } = call
  const { statusCode = 502, statusMessage = '' } = answer
  const fine = statusCode >= 200 && statusCode < 300
  reply.headers(toCaller(answer.headers, ids)).header('azureml-model-deployment', deployment.name)
  if (!fine) tell(call, deployment, statusCode, statusMessage)
  return reply.code(fine ? statusCode : 424).send(answer)
}

function tell({ reply }: Call, { name }: Deployment, status: number, reason: string): void {
  reply.header('azureml-model-deployment', name)
  reply.header('ms-azureml-model-error-statuscode', String(status))
  reply.header('ms-azureml-model-error-reason', reason.replace(/[^\x20-\x7e]/g, '').slice(0, 200) || 'model_error')
}

/** A copy for the deployment that is being tried out; nobody waits for what it says. */
function mirror({ endpoint, request, chance }: Call, sent: Sent): void {
  const [name = '', percent = 0] = endpoint.mirror ?? []
  if (percent === 0 || request.headers['azureml-model-deployment'] !== undefined) return
  if (!Buffer.isBuffer(sent.body) || chance() * 100 >= percent) return
  const copy = endpoint.deployments.get(name)
  const target = copy && leastBusy(copy.targets)
  if (!copy || !target || isCrowded(copy)) return
  copy.busy += 1
  target.busy += 1
  const begun = performance.now()
  const signal = new AbortController().signal
  void forward(target, { ...sent, timeoutMs: copy.timeoutMs, signal }).then((answered) => {
    const end = (status: number) => {
      copy.busy -= 1
      target.busy -= 1
      count(endpoint.deployments, `${copy.name} (mirror)`, { status, ms: performance.now() - begun, now: Date.now() })
    }
    if (!('answer' in answered)) return end(424)
    const { answer } = answered
    answer.resume()
    answer.once('close', () => end(answer.statusCode ?? 424))
  })
}

const refusals = {
  stranger: {
    status: 401,
    code: 'Unauthorized',
    message: 'The call shows no key or token of this endpoint. Send Authorization: Bearer <key>.',
  },
  kubernetes: {
    status: 501,
    code: 'NotSupported',
    message: 'Kubernetes endpoints are kept and not served: no Kubernetes compute is driven yet.',
  },
  noRoute: { status: 404, code: 'NotFound', message: 'The endpoint answers at /score and /swagger.json.' },
  noTraffic: { status: 404, code: 'NoDeployment', message: 'No deployment of this endpoint has traffic.' },
  noDeployment: (name: string) => ({
    status: 404,
    code: 'NoDeployment',
    message: `This endpoint has no deployment ${JSON.stringify(name.slice(0, 60))}.`,
  }),
  notReady: (name: string) => ({
    status: 503,
    code: 'NotReady',
    message: `No replica of the deployment ${name} is ready.`,
  }),
  crowded: ({ name, perInstance }: Deployment) => ({
    status: 429,
    code: 'TooManyRequests',
    message: `The deployment ${name} has more than twice as many calls under way as its instances take (${perInstance} each).`,
  }),
  body: (status: 408 | 413) =>
    status === 413
      ? { status, code: 'PayloadTooLarge', message: 'The body is larger than 100 MiB.' }
      : { status, code: 'RequestTimeout', message: 'The body of the call did not arrive in time.' },
  timeout: ({ name, timeoutMs }: Deployment) => ({
    status: 408,
    code: 'RequestTimeout',
    message: `The deployment ${name} did not answer within ${timeoutMs} ms.`,
  }),
  broken: { status: 424, code: 'ModelError', message: 'The replica broke off before it had answered.' },
}

export function refuse(call: Call, { status, code, message }: Refusal, deployment?: Deployment): FastifyReply {
  const { reply, request, ids } = call
  // what is still to come of the body is nobody's; the connection ends with the answer
  if (!request.raw.complete) reply.header('connection', 'close')
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (deployment) reply.header('azureml-model-deployment', deployment.name)
  else count(call.endpoint.deployments, '', { status, ms: 0, now: call.now() })
  reply.headers({ ...ids, 'x-ms-request-id': ids['x-request-id'] })
  return reply.code(status).send({ error: { code, message } })
}
