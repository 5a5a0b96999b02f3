/** The conditional headers of storage requests, judged against what is there now. */
import { fail } from '@lazurite/spec'

export interface Conditions {
  ifMatch?: string
  ifNoneMatch?: string
  /** Epoch milliseconds, whole seconds. */
  ifModifiedSince?: number
  ifUnmodifiedSince?: number
}

/** What the conditions are judged against. `etag` is unquoted. */
export interface Version {
  etag: string
  /** Epoch milliseconds. */
  modifiedAt: number
}

type Headers = Record<string, string | string[] | undefined>

/** Reads them, with a prefix for those of a copy's source (`x-ms-source-`). Raises InvalidHeaderValue for a bad date. */
export function parseConditions(headers: Headers, prefix = ''): Conditions {
  const read = (name: string) => {
    const value = headers[prefix + name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const ifMatch = read('if-match')
  const ifNoneMatch = read('if-none-match')
  const ifModifiedSince = parseDate(prefix, 'if-modified-since', read('if-modified-since'))
  const ifUnmodifiedSince = parseDate(prefix, 'if-unmodified-since', read('if-unmodified-since'))
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    ...(ifModifiedSince === undefined ? {} : { ifModifiedSince }),
    ...(ifUnmodifiedSince === undefined ? {} : { ifUnmodifiedSince }),
  }
}

function parseDate(prefix: string, name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const at = Date.parse(text)
  if (Number.isNaN(at)) fail('InvalidHeaderValue', { header: prefix + name, what: 'it is not a date' })
  return at
}

/** Judges a read: true means 304 Not Modified. Raises PreconditionFailed. */
export function notModified(conditions: Conditions, version: Version): boolean {
  if (conditions.ifMatch !== undefined && !matches(conditions.ifMatch, version.etag)) fail('PreconditionFailed', {})
  if (conditions.ifUnmodifiedSince !== undefined && seconds(version) > conditions.ifUnmodifiedSince) {
    fail('PreconditionFailed', {})
  }
  if (conditions.ifNoneMatch !== undefined) return matches(conditions.ifNoneMatch, version.etag)
  return conditions.ifModifiedSince !== undefined && seconds(version) <= conditions.ifModifiedSince
}

/**
 * Judges a write to `name`; `version` is absent when nothing is there yet. Raises PreconditionFailed, and
 * BlobAlreadyExists for `If-None-Match: *`, the word that clients wait for when they upload a folder again.
 */
export function checkWrite(conditions: Conditions, version: Version | undefined, name: string): void {
  if (version === undefined) {
    if (conditions.ifMatch !== undefined) fail('PreconditionFailed', {})
    return
  }
  if (conditions.ifNoneMatch?.trim() === '*') fail('BlobAlreadyExists', { name })
  if (notModified(conditions, version)) fail('PreconditionFailed', {})
}

function matches(header: string, etag: string): boolean {
  return header.split(',').some((part) => {
    const tag = part.trim().replace(/^W\//, '')
    return tag === '*' || tag.replace(/^"(.*)"$/, '$1') === etag
  })
}

/** HTTP dates carry whole seconds. */
function seconds(version: Version): number {
  return Math.floor(version.modifiedAt / 1000) * 1000
}
