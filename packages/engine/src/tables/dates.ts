/** Dates written by a pattern: Python's `%Y-%m-%d`, and the `yyyy/MM/dd` of partition formats. */

interface Piece {
  pattern: string
  unit: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'month-name' | 'half' | 'short-year'
}

const percent: Record<string, Piece> = {
  Y: { pattern: '(\\d{4})', unit: 'year' },
  y: { pattern: '(\\d{2})', unit: 'short-year' },
  m: { pattern: '(\\d{1,2})', unit: 'month' },
  d: { pattern: '(\\d{1,2})', unit: 'day' },
  H: { pattern: '(\\d{1,2})', unit: 'hour' },
  I: { pattern: '(\\d{1,2})', unit: 'hour' },
  M: { pattern: '(\\d{1,2})', unit: 'minute' },
  S: { pattern: '(\\d{1,2})', unit: 'second' },
  f: { pattern: '(\\d{1,9})', unit: 'fraction' },
  b: { pattern: '([A-Za-z]{3})', unit: 'month-name' },
  B: { pattern: '([A-Za-z]{3,9})', unit: 'month-name' },
  p: { pattern: '([AaPp][Mm])', unit: 'half' },
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Reads texts of one format; undefined for a format with a sign that is not known. */
export function dateReader(format: string): ((text: string) => Date | undefined) | undefined {
  const units: Piece['unit'][] = []
  let pattern = ''
  for (let i = 0; i < format.length; i++) {
    const char = format[i] ?? ''
    if (char !== '%') {
      pattern += quoteAll(char)
      continue
    }
    i += 1
    const sign = format[i] ?? ''
    const piece = Object.hasOwn(percent, sign) ? percent[sign] : undefined
    if (sign === '%') pattern += '%'
    else if (piece === undefined) return undefined
    else {
      pattern += piece.pattern
      units.push(piece.unit)
    }
  }
  const whole = new RegExp(`^${pattern}$`)
  return (text) => {
    const found = whole.exec(text.trim())
    return found === null ? undefined : assemble(units, found.slice(1))
  }
}

function assemble(units: Piece['unit'][], texts: string[]): Date | undefined {
  const at = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, fraction: 0 }
  let half: string | undefined
  for (const [i, unit] of units.entries()) {
    const text = texts[i] ?? ''
    if (unit === 'month-name') at.month = months.indexOf(text.slice(0, 3).toLowerCase()) + 1
    else if (unit === 'short-year') at.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)
    else if (unit === 'half') half = text.toLowerCase()
    else if (unit === 'fraction') at.fraction = Number(`0.${text}`) * 1000
    else at[unit] = Number(text)
  }
  if (half !== undefined) at.hour = (at.hour % 12) + (half === 'pm' ? 12 : 0)
  const date = new Date(Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second, at.fraction))
  return at.month >= 1 && date.getUTCDate() === at.day && date.getUTCMonth() === at.month - 1 ? date : undefined
}

export function quoteAll(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/**
 * A partition format `{Store}/{Brand}/{col:yyyy/MM/dd}/{file}.{ext}` as a reader of paths: the columns it names, or
 * undefined for a path that has another form. The format is matched against the end of the path.
 */
export function partitionReader(format: string): (path: string) => Record<string, string | Date> | undefined {
  const columns: { name: string; dated: boolean }[] = []
  const seen = new Set<string>()
  const parts = format.split(/(\{[^{}]*\})/)
  const pattern = parts
    .map((part) => {
      const inner = /^\{([^{}:]+)(?::([^{}]+))?\}$/.exec(part)
      if (inner === null) return quoteAll(part)
      const [, name = '', dated] = inner
      if (dated === undefined) {
        columns.push({ name, dated: false })
        return '([^/]+?)'
      }
      if (!seen.has(name)) columns.push({ name, dated: true })
      seen.add(name)
      return `(${quoteAll(dated).replace(/yyyy|MM|dd|HH|mm|ss/g, (sign) => `\\d{${sign.length}}`)})`
    })
    .join('')
  const whole = new RegExp(`(?:^|/)${pattern.replace(/^\\\//, '')}$`)
  return (path) => {
    const found = whole.exec(path)
    if (found === null) return undefined
    const entries = columns.map(({ name, dated }, i): [string, string | Date] => {
      const text = found[i + 1] ?? ''
      return [name, dated ? (dateOf(text) ?? text) : text]
    })
    return Object.fromEntries(entries)
  }
}

function dateOf(text: string): Date | undefined {
  const numbers = text.match(/\d+/g)?.map(Number) ?? []
  const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0] = numbers
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  return Number.isNaN(date.getTime()) ? undefined : date
}
