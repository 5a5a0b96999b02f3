/** Errors in the words that clients of Data Lake and of Azure Files know; those of blobs are printed with the rest. */
import { errors, type LazError } from '@lazurite/spec'
import type { FastifyReply } from 'fastify'
import { blobProblem } from '../problem.ts'
import type { Dialect } from './operations.ts'

const lakeCodes: Record<string, string> = {
  BlobNotFound: 'PathNotFound',
  ResourceNotFound: 'PathNotFound',
  ContainerNotFound: 'FilesystemNotFound',
  BlobAlreadyExists: 'PathAlreadyExists',
  ResourceAlreadyExists: 'PathAlreadyExists',
  ContainerAlreadyExists: 'FilesystemAlreadyExists',
}

const fileCodes: Record<string, string> = {
  BlobNotFound: 'ResourceNotFound',
  ContainerNotFound: 'ShareNotFound',
  BlobAlreadyExists: 'ResourceAlreadyExists',
  ContainerAlreadyExists: 'ShareAlreadyExists',
}

export function printDialectError(
  dialect: Exclude<Dialect, 'blob'>,
  problem: LazError,
  reply: FastifyReply,
): FastifyReply {
  const plain = errors[problem.code].blob
  const code = (dialect === 'lake' ? lakeCodes : fileCodes)[plain] ?? plain
  if (problem.http === 401) reply.header('www-authenticate', 'Bearer realm="lazurite"')
  reply.code(problem.http).header('x-ms-error-code', code)
  if (dialect === 'lake') {
    return reply.type('application/json').send(JSON.stringify({ error: { code, message: problem.message } }))
  }
  return reply.type('application/xml').send(blobProblem(problem).xml.replace(`<Code>${plain}<`, `<Code>${code}<`))
}
