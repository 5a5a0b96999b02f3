/** What the texts of a column mean: found out from its first rows, or said by the table. */
import type { Cell } from './table.ts'

export type ColumnType = 'int' | 'float' | 'boolean' | 'datetime' | 'string'

const whole = /^[+-]?\d{1,18}$/
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(nan|inf|infinity)$/i
const truth = /^(true|false)$/i
const instant = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/** The narrowest type that every text has; empty ones say nothing. */
export function inferType(texts: readonly (string | null)[]): ColumnType {
  const said = texts.filter((text) => text !== null && text !== '').map((text) => String(text).trim())
  if (said.length === 0) return 'string'
  if (said.every((text) => whole.test(text) && !/^[+-]?0\d/.test(text))) return 'int'
  if (said.every((text) => decimal.test(text) && !/^[+-]?0\d/.test(text))) return 'float'
  if (said.every((text) => truth.test(text))) return 'boolean'
  return said.every((text) => instant.test(text)) ? 'datetime' : 'string'
}

/** A text as a value of the type; null where it is none. */
export function readCell(text: string | null, type: ColumnType): Cell {
  if (text === null) return null
  const plain = text.trim()
  switch (type) {
    case 'string':
      return text
    case 'int':
      return whole.test(plain) ? exactInt(plain) : null
    case 'float':
      return decimal.test(plain) ? readFloat(plain) : null
    case 'boolean':
      return truth.test(plain) ? plain.toLowerCase() === 'true' : null
    case 'datetime': {
      // a time without a zone is read as UTC, so that no table depends on where it is read
      const zoned = /\d:\d/.test(plain) && !/(Z|[+-]\d{2}:?\d{2})$/.test(plain) ? `${plain.replace(' ', 'T')}Z` : plain
      const at = new Date(zoned)
      return Number.isNaN(at.getTime()) ? null : at
    }
  }
}

/** Beyond what a number holds exactly, the text is kept. */
function exactInt(text: string): Cell {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : text
}

function readFloat(text: string): Cell {
  const value = Number(text.replace(/^([+-]?)inf(inity)?$/i, '$1Infinity'))
  // JSON has no word for what is no number
  return Number.isFinite(value) ? value : null
}
