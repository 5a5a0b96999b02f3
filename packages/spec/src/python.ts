// Python's spelling of values: str() of scalars, and JSON with numbers that JSON has not.
import type { Json } from './json.ts'

/** repr() of a Python float: shortest digits, exponent below 1e-4 and from 1e16 on. */
export function pythonFloat(n: number): string {
  if (Number.isNaN(n)) return 'nan'
  if (!Number.isFinite(n)) return n < 0 ? '-inf' : 'inf'
  if (n === 0) return Object.is(n, -0) ? '-0.0' : '0.0'
  const [digits = '', exponent = ''] = n.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 16) {
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  }
  const plain = plainDecimal(n, power)
  return plain.includes('.') ? plain : `${plain}.0`
}

/** JavaScript goes to exponents below 1e-6 only, so String() is plain in the range this is asked for. */
function plainDecimal(n: number, power: number): string {
  return power >= -6 ? String(n) : n.toFixed(20)
}

/** Python's str() of a JSON scalar. A number without known source text is an int when whole. */
export function pythonStr(v: string | number | boolean | null, numberText?: string): string {
  if (typeof v === 'string') return v
  if (v === null) return 'None'
  if (typeof v === 'boolean') return v ? 'True' : 'False'
  if (numberText !== undefined && sameNumber(numberText, v)) return numberText
  return Number.isInteger(v) && Math.abs(v) < 1e21 ? BigInt(v).toString() : pythonFloat(v)
}

/** A text remembered from a file is stale once the value was edited. */
function sameNumber(text: string, v: number): boolean {
  const parsed = text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text)
  return parsed === v || (text === 'nan' && Number.isNaN(v))
}

/** JSON as Python prints it: NaN, Infinity and -Infinity may stand bare, and are read as the texts of these names. */
export function parsePythonJson(text: string): Json | undefined {
  return parse(text) ?? parse(quoteBareNumbers(text))
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json // what JSON.parse gives is Json
  } catch {
    return undefined
  }
}

/** One walk, whatever the text: a pattern would begin anew at each quote of a text that is never closed. */
function quoteBareNumbers(text: string): string {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    parts.push(text.slice(at, end).replace(/-?\b(?:NaN|Infinity)\b/g, '"$&"'))
    at = quote < 0 ? text.length : endOfText(text, quote)
    parts.push(text.slice(end, at))
  }
  return parts.join('')
}

/** Behind the quote that closes the text opened at `start`. */
function endOfText(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    const c = text[i]
    if (c === '"') return i + 1
    if (c === '\\') i += 1
  }
  return text.length
}
