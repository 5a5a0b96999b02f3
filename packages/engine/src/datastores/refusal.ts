/**
 * What storage elsewhere says when it refuses, in words people can act on. The error of a storage client holds the whole
 * request, signature and all, so nothing of it is passed on but its number and its code.
 */
import { fail, isLazError } from '@lazurite/spec'
import { codeOf } from '../disk.ts'

/** What was asked of which storage. */
export interface Asked {
  datastore: string
  /** The account and container as they may be shown. */
  place: string
  path: string
}

interface Spoken {
  status: number | undefined
  code: string | undefined
  name: string | undefined
}

/** What the clients of Azure and of S3 put into their errors. */
function spokenBy(e: unknown): Spoken {
  if (!(e instanceof Error)) return { status: undefined, code: undefined, name: undefined }
  const o = e as Error & {
    statusCode?: unknown
    $metadata?: { httpStatusCode?: unknown }
    details?: { errorCode?: unknown }
  }
  const status = o.statusCode ?? o.$metadata?.httpStatusCode
  const code = codeOf(e) ?? (typeof o.details?.errorCode === 'string' ? o.details.errorCode : undefined)
  return { status: typeof status === 'number' ? status : undefined, code, name: o.name }
}

const missingPlaces = new Set(['ContainerNotFound', 'FilesystemNotFound', 'ShareNotFound'])

function isPlaceMissing({ code, name }: Pick<Spoken, 'code' | 'name'>): boolean {
  return missingPlaces.has(code ?? '') || name === 'NoSuchBucket'
}

export function isMissing(e: unknown): boolean {
  const { status, code, name } = spokenBy(e)
  return (status === 404 && !isPlaceMissing({ code, name })) || name === 'NotFound'
}

/** The error to throw instead; errors that are not the storage's own (a source that broke off) stay as they are. */
export function retellError(e: unknown, asked: Asked): Error {
  try {
    return explainRefusal(e, asked)
  } catch (told) {
    return told instanceof Error ? told : new Error(String(told))
  }
}

export function explainRefusal(e: unknown, { datastore, place, path }: Asked): never {
  if (isLazError(e)) throw e
  const { status, code, name } = spokenBy(e)
  const unreachable = (why: string): never => fail('Unreachable', { url: `The datastore ${datastore} (${place})`, why })
  if (isPlaceMissing({ code, name })) {
    return unreachable('it has no such container')
  }
  const word = [status, code ?? name].filter((part) => part !== undefined).join(' ')
  if (isMissing(e)) fail('FileNotFound', { path: path === '' ? place : path })
  if (status === 400 && code === 'InvalidBlockList') fail('InvalidBlockList', { block: 'a part of this upload' })
  if (status === 401 || status === 403) return unreachable(`the account refused the credentials (${word})`)
  if (status === 416) fail('InvalidRange', { size: 'the file’s' })
  if (status === 409) fail('PathConflict', { path })
  if (status !== undefined && status >= 400) return unreachable(`it answered ${word}`)
  if (/Authentication|CredentialUnavailable|AggregateAuth|CredentialsProvider/.test(name ?? '')) {
    return unreachable(`no token could be had (${authorityCode(e)})`)
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return unreachable('its name cannot be looked up (is this machine offline?)')
  }
  if (
    /^(E[A-Z]+|REQUEST_SEND_ERROR|PARSE_ERROR|CERT_|DEPTH_|UNABLE_|SELF_SIGNED|ERR_TLS)/.test(code ?? '') ||
    name === 'TimeoutError'
  ) {
    return unreachable(`the connection failed (${code ?? name})`)
  }
  throw e
}

/** `AADSTS7000215` and the like: which refusal it was, without the words around it. */
function authorityCode(e: unknown): string {
  const text = e instanceof Error ? e.message : ''
  return (
    /AADSTS\d+/.exec(text)?.[0] ??
    /\b(invalid_\w+|unauthorized_client|ENOTFOUND|ECONNREFUSED)\b/.exec(text)?.[0] ??
    'no credential answered'
  )
}
