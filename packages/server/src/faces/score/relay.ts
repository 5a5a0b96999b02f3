/** One call on its way: its body is taken, a replica gets it, and the answer goes back. */
import type { FastifyReply } from 'fastify'
import { failureOf, passOn } from './answer.ts'
import { takeBody } from './body.ts'
import type { Call } from './call.ts'
import { keep } from './collect.ts'
import { type Answered, forward, type Sent } from './forward.ts'
import { toReplica } from './headers.ts'
import { count } from './metrics.ts'
import { type BodyFault, refusals, refuse } from './refusals.ts'
import type { Deployment, Endpoint, Target } from './table.ts'

/** Twice as many calls as its instances take are let in. */
export const isCrowded = ({ busy, perInstance, targets }: Deployment) =>
  busy >= 2 * perInstance * Math.max(1, targets.length)

/** Notes a call under way. Answers how to note its end, which counts once. */
export function occupy({ load }: Pick<Deployment, 'load'>, ...counted: { busy: number }[]): () => void {
  const all = load ? [...counted, load] : counted
  for (const one of all) one.busy += 1
  if (load) load.peak = Math.max(load.peak, load.busy)
  let over = false
  return () => {
    if (over) return
    over = true
    for (const one of all) one.busy -= 1
  }
}

export async function relay(call: Call, deployment: Deployment): Promise<FastifyReply> {
  const { request, reply, ids, endpoint } = call
  const begun = performance.now()
  const { timeoutMs } = deployment
  const sent: Sent = { method: request.method, path: '/', headers: {}, body: nothing, timeoutMs }
  let fault: BodyFault | undefined
  let free = () => {}
  reply.raw.once('close', () => {
    sent.gone = true
    sent.cancel?.()
    free()
    const status = reply.raw.writableFinished ? reply.statusCode : 499
    count(endpoint.deployments, deployment.name, { status, ms: performance.now() - begun, now: call.now() })
  })
  // a body that is still coming occupies no replica
  const taken = await takeBody(request.raw, {
    refuse(status) {
      fault = status
    },
  })
  if ('refused' in taken) return refuse(call, refusals.body(taken.refused), deployment)
  if (isCrowded(deployment)) return refuse(call, refusals.crowded(deployment), deployment)
  free = occupy(deployment, deployment)
  const { body, sizeBytes = 0 } = taken
  const kept = keep(deployment.keeper, call)
  sent.body = kept?.request(body) ?? body
  sent.headers = toReplica(request.headers, ids)
  if (sizeBytes > 0 || request.headers['content-length'] !== undefined) sent.headers['content-length'] = sizeBytes
  mirror(call, sent)
  const answered = await toOneOf(call, deployment, sent)
  if ('answer' in answered) {
    answered.answer.once('close', free)
    if (fault === undefined) kept?.response(answered.answer)
    if (fault === undefined) return passOn(call, deployment, answered.answer)
    answered.answer.destroy()
  }
  free()
  if (fault !== undefined) return refuse(call, refusals.body(fault), deployment)
  return refuseFailed(call, deployment, answered)
}

/** Where what stands below the endpoint's address leads on a replica; undefined when it leads nowhere. */
export function pathAt({ score, passes }: Target, below: string): string | undefined {
  const cut = below.indexOf('?')
  const [path, query] = cut < 0 ? [below, ''] : [below.slice(0, cut), below.slice(cut)]
  const plain = path.replace(/\/+$/, '').toLowerCase()
  if (plain === '' || plain === '/score') return score + query
  if (plain === '/swagger.json') return `/swagger.json${query}`
  return passes ? below : undefined
}

const nothing = Buffer.alloc(0)

function refuseFailed(call: Call, deployment: Deployment, answered: Answered): FastifyReply {
  if ('failed' in answered && answered.failed === 'timeout')
    return refuse(call, refusals.timeout(deployment), deployment)
  if ('failed' in answered && answered.failed === 'unsent')
    return refuse(call, refusals.notReady(deployment.name), deployment)
  call.reply.headers(failureOf(502, 'why' in answered ? answered.why : ''))
  return refuse(call, refusals.broken, deployment)
}

const mostTries = 3
const doubtMs = 2_000
/** More than there are calls at once. */
const doubtWeight = 1e9

export function leastBusy(targets: readonly Target[], but?: readonly Target[]): Target | undefined {
  if (targets.length === 1 && !but) return targets[0]
  const now = Date.now()
  const weight = ({ busy, doubtedUntil }: Target) => busy + (doubtedUntil > now ? doubtWeight : 0)
  let best: Target | undefined
  for (const target of targets) if (!but?.includes(target) && (!best || weight(target) < weight(best))) best = target
  return best
}

/** The least busy replica gets the call; when it is certain that it cannot have read it, another one does. */
async function toOneOf({ below }: Call, deployment: Deployment, sent: Sent): Promise<Answered> {
  let answered: Answered = { failed: 'unsent', why: 'no replica is ready' }
  const tried: Target[] = []
  for (let attempt = 0; attempt < mostTries; attempt++) {
    // the targets may be others by now; a single one may have a connection that is not stale
    const target = leastBusy(deployment.targets, tried) ?? deployment.targets[0]
    if (!target) break
    sent.path = pathAt(target, below) ?? '/'
    const free = occupy({ load: undefined }, target)
    answered = await forward(target, sent)
    if ('answer' in answered) {
      answered.answer.once('close', free)
      break
    }
    free()
    if (answered.failed !== 'timeout' && !sent.gone) target.doubtedUntil = Date.now() + doubtMs
    if (answered.failed !== 'unsent') break
    tried.push(target)
  }
  return answered
}

/** A copy for the deployment that is being tried out; nobody waits for what it says. */
function mirror(call: Call, sent: Sent): void {
  const { endpoint, request, below, chance } = call
  const copy = mirrorOf(endpoint)
  if (!copy || request.headers['azureml-model-deployment'] !== undefined) return
  if (!Buffer.isBuffer(sent.body) || chance() * 100 >= copy.percent) return
  const { deployment } = copy
  const target = leastBusy(deployment.targets)
  const path = target && pathAt(target, below)
  if (!target || path === undefined || isCrowded(deployment)) return
  const free = occupy({ load: undefined }, deployment, target)
  const begun = performance.now()
  const { method, headers, body } = sent
  const kept = keep(deployment.keeper, call)
  kept?.request(body)
  void forward(target, { method, path, headers, body, timeoutMs: deployment.timeoutMs }).then((answered) => {
    const end = (status: number) => {
      free()
      const ms = performance.now() - begun
      count(endpoint.deployments, `${deployment.name} (mirror)`, { status, ms, now: Date.now() })
    }
    if (!('answer' in answered)) return end(424)
    const { answer } = answered
    kept?.response(answer)
    answer.resume()
    answer.once('close', () => end(answer.statusCode ?? 424))
  })
}

function mirrorOf({ mirror: share, deployments }: Endpoint): { deployment: Deployment; percent: number } | undefined {
  if (!share) return undefined
  const [name, percent] = share
  const deployment = deployments.get(name)
  return deployment && { deployment, percent }
}
