// Errors: `fail` throws one by its code; the table says what each code is in every dialect.
import { rows } from './error-table.ts'
import type { ErrorRow } from './error-words.ts'
import type { Issue } from './issue.ts'

export type { ErrorRow } from './error-words.ts'

export type ErrorCode = keyof typeof rows

/** The table: code → status, dialect words, sentence. */
export const errors: Readonly<Record<ErrorCode, ErrorRow>> = rows

/** What `fail` throws. `message` is the filled sentence; `hint` says how to mend it. */
export class LazError extends Error {
  override readonly name = 'LazError'
  readonly code: ErrorCode
  readonly http: number
  readonly facts: Record<string, string | number>
  readonly hint?: string
  readonly target?: string
  readonly details?: Issue[]

  constructor(code: ErrorCode, facts: Record<string, string | number> = {}, extra: FailExtra = {}) {
    const row = errors[code]
    super(fill(row.text, facts), extra.cause === undefined ? undefined : { cause: extra.cause })
    this.code = code
    this.http = row.http
    this.facts = facts
    const hint = row.hint === undefined ? '' : fill(row.hint, facts)
    if (hint !== '' && !/\{[a-zA-Z]+\}/.test(hint)) this.hint = hint
    if (extra.target !== undefined) this.target = extra.target
    if (extra.details !== undefined) this.details = extra.details
  }
}

export interface FailExtra {
  /** The field or resource the error is about. */
  target?: string
  details?: Issue[]
  cause?: unknown
}

/** Throws the error of that code. Facts fill the holes of its sentence. */
export function fail(code: ErrorCode, facts: Record<string, string | number> = {}, extra: FailExtra = {}): never {
  throw new LazError(code, facts, extra)
}

/** True for an error thrown by `fail`, also when it was thrown by another copy of this module. */
export function isLazError(e: unknown): e is LazError {
  return e instanceof Error && e.name === 'LazError' && 'code' in e && 'http' in e
}

function fill(text: string, facts: Record<string, string | number>): string {
  return text.replace(/\{([a-zA-Z]+)\}/g, (hole, key: string) =>
    Object.hasOwn(facts, key) ? String(facts[key]) : hole,
  )
}
