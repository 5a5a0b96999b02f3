/** What callers are told when no model answers them, and how a call ends whose body is still on its way. */
import type { FastifyReply } from 'fastify'
import { headersOf } from './answer.ts'
import type { Call } from './call.ts'
import { count } from './metrics.ts'
import type { Deployment } from './table.ts'

export interface Refusal {
  status: number
  code: string
  message: string
}

export const refusals = {
  stranger: {
    status: 401,
    code: 'Unauthorized',
    message: 'The call shows no key or token of this endpoint. Send Authorization: Bearer <key>.',
  },
  headers: { status: 431, code: 'RequestHeaderFieldsTooLarge', message: 'The call has more than 500 headers.' },
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
  body: (status: BodyFault): Refusal => ({ status, ...bodies[status] }),
  timeout: ({ name, timeoutMs }: Deployment) => ({
    status: 408,
    code: 'RequestTimeout',
    message: `The deployment ${name} did not answer within ${timeoutMs} ms.`,
  }),
  broken: { status: 424, code: 'ModelError', message: 'The replica broke off before it had answered.' },
}

/** What can be wrong with a body: framing nobody agrees on, time, size, and too many others beside it. */
export type BodyFault = 400 | 408 | 413 | 503

const bodies: Record<BodyFault, Omit<Refusal, 'status'>> = {
  400: { code: 'BadRequest', message: 'The body must come with a Content-Length, or in chunks and nothing else.' },
  408: { code: 'RequestTimeout', message: 'The body of the call did not arrive in time.' },
  413: { code: 'PayloadTooLarge', message: 'The body is larger than 100 MiB.' },
  503: { code: 'Busy', message: 'More bodies are on their way than this server has room for.' },
}

export function refuse(call: Call, { status, code, message }: Refusal, deployment?: Deployment): FastifyReply {
  const { reply, request, ids } = call
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (deployment) reply.header('azureml-model-deployment', deployment.name)
  else count(call.endpoint.deployments, '', { status, ms: 0, now: call.now() })
  reply.headers({ ...ids, 'x-ms-request-id': ids['x-request-id'] }).code(status)
  const error = { error: { code, message } }
  return request.raw.complete ? reply.send(error) : refuseEarly(reply, JSON.stringify(error))
}

/** A caller that is still sending gets a moment to read the refusal: an end at once would take it away from them. */
const lingerMs = 1_000

function refuseEarly(reply: FastifyReply, text: string): FastifyReply {
  const { raw, request } = reply
  reply.header('connection', 'close').header('content-type', 'application/json; charset=utf-8')
  reply.header('content-length', Buffer.byteLength(text)).hijack()
  raw.writeHead(reply.statusCode, headersOf(reply)).write(text)
  const end = () => {
    clearTimeout(timer)
    raw.end()
  }
  const timer = setTimeout(end, lingerMs)
  request.raw.once('end', end).once('close', end).resume()
  return reply
}
