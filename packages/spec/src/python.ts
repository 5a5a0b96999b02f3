// Python's str() of scalars: what the official client prints, literals must print the same here.

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
