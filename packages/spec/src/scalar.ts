// What a plain scalar means to PyYAML. Its YAML 1.1 has yes and no as booleans, 012 as octal, 1:30 as ninety, and no
// float without a dot: 1e-3 is a string.
import type { Json } from './json.ts'
import { pythonFloat } from './python.ts'

export interface Resolved {
  readonly value: Json
  /** Python's str() of a number. */
  readonly text?: string
  readonly date?: boolean
  readonly error?: string
}

const nothing = /^(?:~|null|Null|NULL|)$/
const truth = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const whole =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const real =
  /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const day = /^(\d{4})-(\d\d)-(\d\d)$/
const instant =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/

/** Reads a plain scalar. */
export function resolvePlain(text: string): Resolved {
  const first = text.charCodeAt(0)
  // letters that start neither a boolean nor null, and most punctuation, cannot be anything but text
  if (text.length > 0 && !couldMean(first)) return { value: text }
  if (nothing.test(text)) return { value: null }
  if (truth.test(text)) return { value: isTrue(text) }
  if (whole.test(text)) return readInt(text)
  if (real.test(text)) return readFloat(text)
  if (text === '=')
    return { value: null, error: "could not determine a constructor for the tag 'tag:yaml.org,2002:value'" }
  return readDate(text) ?? { value: text }
}

/** Reads a scalar that carries an explicit tag, e.g. `!!int "3"`. */
export function resolveTagged(tag: string, text: string): Resolved {
  const bad = (what: string): Resolved => ({ value: null, error: `${shown(text)} is not ${what}` })
  switch (tag.replace('tag:yaml.org,2002:', '!!')) {
    case '!':
    case '!!str':
      return { value: text }
    case '!!null':
      return { value: null }
    case '!!bool':
      return truth.test(text.toLowerCase()) ? { value: isTrue(text) } : bad('a boolean')
    case '!!int':
      return whole.test(text) ? readInt(text) : bad('an integer')
    case '!!float':
      return real.test(text) || whole.test(text) || /^[-+]?\d+(\.\d*)?[eE][-+]?\d+$/.test(text)
        ? readFloat(text)
        : bad('a number')
    case '!!timestamp':
      return readDate(text) ?? bad('a date')
    case '!!binary':
      return { value: null, error: 'holds binary data (!!binary), which nothing here takes' }
    default:
      return { value: null, error: `could not determine a constructor for the tag '${tag}'` }
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}

function couldMean(first: number): boolean {
  // + - . 0-9 = ~ and the first letters of yes no true false on off null
  if ((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46) return true
  return '=~yYnNtTfFoO'.includes(String.fromCharCode(first))
}

function isTrue(text: string): boolean {
  return ['yes', 'true', 'on'].includes(text.toLowerCase())
}

function readInt(source: string): Resolved {
  const text = source.replaceAll('_', '')
  const negative = text.startsWith('-')
  const digits = text.replace(/^[-+]/, '')
  const size =
    digits.length > 4300
      ? undefined
      : digits.includes(':')
        ? sexagesimal(digits.split(':').map(BigInt))
        : simpleInt(digits)
  if (size === undefined) return { value: null, error: `${shown(source)} is not an integer` }
  const value = negative ? -size : size
  return { value: Number(value), text: value.toString() }
}

function simpleInt(digits: string): bigint | undefined {
  // Python refuses longer ones as well, and so does not spend quadratic time on them
  if (digits === '' || digits.length > 4300) return undefined
  const spelt = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits
  return /^0[bx]$/.test(spelt) ? undefined : BigInt(spelt)
}

function sexagesimal(parts: bigint[]): bigint {
  return parts.reduce((sum, part) => sum * 60n + part, 0n)
}

function readFloat(source: string): Resolved {
  const text = source.replaceAll('_', '').toLowerCase()
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[-+]/, '')
  let size: number
  if (digits === '.inf') size = Infinity
  else if (digits === '.nan') size = Number.NaN
  else if (digits.includes(':')) size = digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  else size = Number(digits)
  const value = sign * size
  return { value, text: pythonFloat(value) }
}

function readDate(text: string): Resolved | undefined {
  const m = day.exec(text) ?? instant.exec(text)
  if (!m) return undefined
  const [year, month, date] = [Number(m[1]), Number(m[2]), Number(m[3])]
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const wrong = month < 1 || month > 12 || date < 1 || date > last || Number(m[4] ?? 0) > 23 || Number(m[5] ?? 0) > 59
  return wrong ? { value: null, error: `${text} is not a date` } : { value: text, date: true }
}
