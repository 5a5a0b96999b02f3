/**
 * Errors in MLflow's dialect. The client repeats 408, 429, 500, 502, 503 and 504 for minutes, whatever the method, so
 * whatever would fail again must not carry one of these.
 */
import { errors, type LazError } from '@lazurite/spec'

export interface Problem {
  status: number
  /** A text stands for an address that does not exist: clients fall back only on 404 without JSON. */
  body: { error_code: string; message: string } | string
}

const kept = new Set([401, 403, 404, 413, 416, 421])

export function problemOf(error: LazError): Problem {
  const code = errors[error.code].mlflow
  if (code === 'ENDPOINT_NOT_FOUND') return { status: 404, body: error.message }
  const status = error.http >= 500 || kept.has(error.http) ? error.http : 400
  return { status, body: { error_code: code, message: messageOf(error) } }
}

function messageOf(error: LazError): string {
  if (error.code === 'ParamChanged') {
    const { key, run, old } = error.facts
    return `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old}' for run ID='${run}'. Attempted logging new value '${error.facts.new}'.`
  }
  // a whole sentence to MLflow's clients, which compare it
  if (error.code === 'PathNotAllowed') return 'Invalid path'
  const details = (error.details ?? []).map((issue) => issue.message)
  return [error.message, ...details, ...(error.hint ? [error.hint] : [])].join(' ')
}
