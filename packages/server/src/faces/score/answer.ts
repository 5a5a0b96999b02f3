/**
 * The way back: what a model answered goes to the caller as it comes. A caller that does not read it holds a replica no
 * longer than some seconds, and none that reads a little now and then holds it for ever.
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Call } from './call.ts'
import { toCaller } from './headers.ts'
import type { Deployment } from './table.ts'

export interface ReaderLimits {
  /** For how long a caller may take nothing of what waits for them. */
  stallMs: number
  /** For how long the answer may wait for its caller in all. */
  waitMs: number
}

const limits: ReaderLimits = { stallMs: 20_000, waitMs: 300_000 }

/** An answer of the model: what is not 2xx is its failure, not this server's, and says so. */
export function passOn(call: Call, deployment: Deployment, answer: IncomingMessage): FastifyReply {
  const { reply, request, ids } = call
  const { statusCode = 502, statusMessage = '' } = answer
  const fine = statusCode >= 200 && statusCode < 300
  const headers = Object.assign(headersOf(reply), toCaller(answer.headers, ids))
  headers['azureml-model-deployment'] = deployment.name
  if (!fine) Object.assign(headers, failureOf(statusCode, statusMessage))
  // of a body that was answered before it had come, the rest is nobody's
  if (!request.raw.complete) headers.connection = 'close'
  reply.hijack()
  reply.raw.writeHead(fine ? statusCode : 424, headers)
  pour(answer, reply.raw, limits)
  return reply
}

/** What was set on a reply, for whoever writes it without the framework. */
export const headersOf = (reply: FastifyReply): OutgoingHttpHeaders => reply.getHeaders() as OutgoingHttpHeaders // numbers are fine

/** How the model failed, for whoever looks behind a 424. */
export const failureOf = (status: number, reason: string) => ({
  'ms-azureml-model-error-statuscode': String(status),
  'ms-azureml-model-error-reason': reason.replace(/[^\x20-\x7e]/g, '').slice(0, 200) || 'model_error',
})

/** Writes what comes as fast as it is read. An answer that breaks off is cut, so that nobody takes it for whole. */
export function pour(from: Readable, to: ServerResponse, { stallMs, waitMs }: ReaderLimits): void {
  let waited = 0
  let since = 0
  let timer: NodeJS.Timeout | undefined
  const wait = () => {
    since = Date.now()
    timer = setTimeout(() => to.destroy(), Math.min(stallMs, waitMs - waited))
  }
  const goOn = () => {
    clearTimeout(timer)
    waited += Date.now() - since
    from.resume()
  }
  from.on('data', (part: Buffer) => {
    if (to.write(part) || to.destroyed) return
    from.pause()
    wait()
    to.once('drain', goOn)
  })
  from.on('end', () => {
    to.end()
    if (!to.writableFinished) wait()
  })
  from.on('error', () => to.destroy())
  from.on('close', () => from.readableEnded || to.destroy())
  to.on('close', () => {
    clearTimeout(timer)
    from.destroy()
  })
}
