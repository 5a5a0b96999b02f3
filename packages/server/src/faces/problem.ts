/**
 * One error, four dialects. Whatever is thrown becomes a LazError first (`toProblem`), so no stack trace and no
 * framework wording reaches a caller; the printers then read the columns of the one error table.
 */
import { errors, isLazError, LazError } from '@lazurite/spec'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaceDeps } from '../app.ts'
import { pathOf } from '../request-url.ts'

/** Turns anything thrown into an error of the table; `known` is false for faults of our own, which belong in the log. */
export function toProblem(error: unknown, requestId = ''): { problem: LazError; known: boolean } {
  if (isLazError(error)) return { problem: error, known: true }
  const translated = frameworkErrors[codeOf(error) ?? '']
  if (translated) return { problem: new LazError(...translated), known: true }
  const status = statusOf(error)
  if (status !== undefined && status >= 400 && status < 500) {
    return { problem: new LazError('BadArgument', { what: plain(error) }), known: true }
  }
  return { problem: new LazError('InternalError', { request: requestId }, { cause: error }), known: false }
}

const frameworkErrors: Record<string, ConstructorParameters<typeof LazError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['TooLarge', { what: 'The body of the request', limit: 'this address takes' }],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UnsupportedMediaType', { type: 'this Content-Type' }],
  FST_ERR_CTP_INVALID_JSON_BODY: ['InvalidJson', { why: 'it cannot be parsed, or it holds a forbidden key' }],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['InvalidJson', { why: 'it is empty' }],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['BadArgument', { what: 'The Content-Length differs from the body.' }],
  FST_ERR_BAD_URL: ['BadArgument', { what: 'The URL cannot be decoded.' }],
  FST_ERR_MAX_PARAM_LENGTH: ['TooLarge', { what: 'A part of the URL', limit: 'a name can be' }],
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined
}

/** The first line of a message, short and without anything that could be a path of this machine. */
function plain(error: unknown): string {
  const text = error instanceof Error ? error.message : 'it was not understood'
  return (text.split('\n')[0] ?? '').replace(/\/[^\s'"]+/g, '…').slice(0, 200)
}

export interface ArmProblem {
  error: {
    code: string
    message: string
    target?: string
    details: { code: string; message: string; target: string; hint?: string }[]
    additionalInfo: { type: string; info: { value: unknown } }[]
  }
}

/** The ARM envelope of an error; `requestId` is what the caller quotes to find it in the log. */
export function armProblem(problem: LazError, requestId: string, atMs: number): ArmProblem {
  const info = (type: string, value: unknown) => ({ type, info: { value } })
  const details = (problem.details ?? []).map((issue) => ({
    code: 'Invalid',
    message: issue.message,
    ...(issue.hint === undefined ? {} : { hint: issue.hint }),
    target: issue.path.join('.'),
  }))
  return {
    error: {
      code: errors[problem.code].arm,
      message: problem.message,
      ...(problem.target === undefined ? {} : { target: problem.target }),
      details,
      additionalInfo: [
        info('ComponentName', 'lazurite'),
        info('Correlation', { operation: requestId, request: requestId }),
        info('Environment', 'local'),
        info('Location', 'local'),
        info('Time', new Date(atMs).toISOString().replace('Z', '+00:00')),
        info('LazuriteCode', problem.code),
        ...(problem.hint === undefined ? [] : [info('Hint', problem.hint)]),
      ],
    },
  }
}

/** The body MLflow clients read. */
function mlflowProblem(problem: LazError): { error_code: string; message: string } {
  const message = problem.hint ? `${problem.message} ${problem.hint}` : problem.message
  return { error_code: errors[problem.code].mlflow, message }
}

/** The XML that storage clients read; its code goes into `x-ms-error-code` too. */
export function blobProblem(problem: LazError): { code: string; xml: string } {
  const code = errors[problem.code].blob
  const xmlText = (text: string) =>
    text.replace(/[<>&]/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[^\P{Cc}\n\t]/gu, '?')
  const xml = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${xmlText(problem.message)}</Message></Error>`
  return { code, xml }
}

/** Prints an error in the dialect that the address speaks; used where no face's own printer is in charge. */
export function printProblem(deps: FaceDeps, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { problem, known } = toProblem(error, request.id)
  if (!known) deps.log.error({ err: error, id: request.id, path: pathOf(request) }, 'unexpected error')
  if (problem.http === 401) reply.header('www-authenticate', 'Bearer realm="lazurite"')
  reply.code(problem.http)
  sendInDialect(deps, problem, request, reply)
}

function sendInDialect(deps: FaceDeps, problem: LazError, request: FastifyRequest, reply: FastifyReply): void {
  const path = pathOf(request)
  if (/^\/laz[0-9a-f]{12}(?:\/|$)/i.test(path)) {
    const { code, xml } = blobProblem(problem)
    reply.header('x-ms-error-code', code).type('application/xml').send(xml)
  } else if (/^\/(?:mlflow|api\/2\.0)(?:\/|$)/i.test(path)) {
    reply.send(mlflowProblem(problem))
  } else {
    reply.send(armProblem(problem, request.id, deps.store.clock.now()))
  }
}
