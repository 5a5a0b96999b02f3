/** One call of an online endpoint: who calls, and which deployment answers. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { mayCall } from './auth.ts'
import { type CallIds, idsOf } from './headers.ts'
import { type Refusal, refusals, refuse } from './refusals.ts'
import { isCrowded, leastBusy, occupy, pathAt, relay } from './relay.ts'
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
  /** Whether the caller shows a token of this server that is the owner's. */
  isOwner(): boolean
  /** A number from 0 to 1. */
  chance(): number
}

export const openCall = (call: Omit<Call, 'ids'>): Call => ({ ...call, ids: idsOf(call.request.headers) })

/** More than any client sends; servers of replicas take a hundred or two. */
const mostHeaders = 500

/** Answers the call. */
export async function answerCall(call: Call): Promise<FastifyReply> {
  const { endpoint, request } = call
  if (request.raw.rawHeaders.length > 2 * mostHeaders) return refuse(call, refusals.headers)
  const header = request.headers.authorization
  // browsers ask without a key whether they may ask; what a page may do, the deployment's own server decides
  const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
  if (!preflight && !mayCall(endpoint, header, call)) return refuse(call, refusals.stranger)
  const picked = pick(call)
  if ('status' in picked) return refuse(call, picked)
  const target = leastBusy(picked.targets) ?? (await untilReady(call, picked))
  if (!target) return refuse(call, refusals.notReady(picked.name), picked)
  if (pathAt(target, call.below) === undefined) return refuse(call, refusals.noRoute, picked)
  if (isCrowded(picked)) return refuse(call, refusals.crowded(picked), picked)
  return relay(call, picked)
}

/** Longest wait for the first instance of a deployment that has none while nobody calls. */
const coldStartMs = 60_000
const lookMs = 25

/** A deployment that follows the load may have no instance: the call brings it up, and waits for it. */
async function untilReady(call: Call, deployment: Deployment): Promise<Target | undefined> {
  const { load } = deployment
  if (!load || load.busy > 2 * deployment.perInstance) return undefined
  const free = occupy({ load })
  call.wake(deployment)
  try {
    for (const end = Date.now() + coldStartMs; Date.now() < end && !call.request.raw.destroyed; ) {
      const target = leastBusy(deployment.targets)
      if (target) return target
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
    return undefined
  } finally {
    free()
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
