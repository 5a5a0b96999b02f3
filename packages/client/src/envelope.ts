// An answer that is an error, in whichever dialect, back into the house's one error.
import { asArray, asObject, asString, type ErrorCode, errors, type Issue, LazError } from '@lazurite/spec'

const byStatus: Record<number, ErrorCode> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'ResourceNotFound',
  405: 'MethodNotAllowed',
  409: 'ResourceExists',
  412: 'PreconditionFailed',
  413: 'TooLarge',
  415: 'UnsupportedMediaType',
  416: 'InvalidRange',
  421: 'HostRefused',
  503: 'ServerBusy',
  507: 'InsufficientStorage',
}

/** Reads the ARM envelope, MLflow's body, the blob face's XML or plain text. */
export function errorOf(status: number, text: string, headers: Record<string, string> = {}): LazError {
  const said = readJsonError(text) ?? readXmlError(text)
  const code = codeOf(status, said?.own, said?.code ?? headers['x-ms-error-code'])
  const error = new LazError(code)
  const message =
    said?.message ?? (text.trim() === '' ? `The server answered with status ${status}.` : text.trim().slice(0, 500))
  // the sentence was filled by the server; the row of the table only gave the code and the defaults
  return Object.assign(error, { message, http: status, hint: said?.hint, target: said?.target, details: said?.details })
}

interface Said {
  code?: string | undefined
  /** Our own code, which the envelope carries beside the dialect's. */
  own?: string | undefined
  message?: string | undefined
  hint?: string | undefined
  target?: string | undefined
  details?: Issue[] | undefined
}

function readJsonError(text: string): Said | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  const top = asObject(body)
  const inner = asObject(top.error)
  const from = Object.keys(inner).length > 0 ? inner : top
  const info = asArray(from.additionalInfo).map(asObject)
  const extra = (type: string) => info.find((i) => asString(i.type)?.toLowerCase() === type.toLowerCase())?.info
  const facts = asObject(extra('Lazurite'))
  return {
    code: asString(from.code) ?? asString(from.error_code),
    own: asString(facts.code) ?? asString(asObject(extra('LazuriteCode')).value),
    message: asString(from.message),
    hint: asString(from.hint) ?? asString(facts.hint) ?? asString(asObject(extra('Hint')).value),
    target: asString(from.target) ?? undefined,
    details: detailsOf(from.details),
  }
}

function detailsOf(value: unknown): Issue[] | undefined {
  const details = asArray(value).map(asObject)
  if (details.length === 0) return undefined
  return details.map((d) => {
    const target = asString(d.target)
    const hint = asString(d.hint)
    return { path: target ? target.split('.') : [], message: asString(d.message) ?? '', ...(hint ? { hint } : {}) }
  })
}

function readXmlError(text: string): Said | undefined {
  if (!text.includes('<Error>')) return undefined
  const part = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]
  return { code: part('Code'), message: part('Message') }
}

function codeOf(status: number, own: string | undefined, dialect: string | undefined): ErrorCode {
  if (own !== undefined && isCode(own)) return own
  if (dialect !== undefined && isCode(dialect) && errors[dialect].http === status) return dialect
  return byStatus[status] ?? (status >= 500 ? 'InternalError' : 'BadArgument')
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(errors, text)
}
