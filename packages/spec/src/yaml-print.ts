// JSON → YAML text that PyYAML reads back as the same value: whatever it would take for something else is quoted.
import { isObject, type Json } from './json.ts'
import { pythonFloat } from './python.ts'
import { resolvePlain } from './scalar.ts'

/** Prints a value as block-style YAML with a newline at the end. Order of keys is kept. */
export function printYaml(v: Json): string {
  if (Array.isArray(v) && v.length > 0) return printList(v, '')
  if (isObject(v) && Object.keys(v).length > 0) return printMap(v, '')
  return `${scalar(v, '')}\n`
}

function printMap(v: { [key: string]: Json }, indent: string): string {
  return Object.entries(v)
    .map(([key, value]) => `${indent}${text(key, true)}:${printValue(value, indent)}`)
    .join('')
}

function printList(v: Json[], indent: string): string {
  return v
    .map((item) => {
      const inner = `${indent}  `
      if (isObject(item) && Object.keys(item).length > 0)
        return `${indent}- ${printMap(item, inner).slice(inner.length)}`
      if (Array.isArray(item) && item.length > 0) return `${indent}- ${printList(item, inner).slice(inner.length)}`
      return `${indent}- ${scalar(item, inner)}\n`
    })
    .join('')
}

function printValue(v: Json, indent: string): string {
  if (isObject(v) && Object.keys(v).length > 0) return `\n${printMap(v, `${indent}  `)}`
  if (Array.isArray(v) && v.length > 0) return `\n${printList(v, `${indent}  `)}`
  return ` ${scalar(v, `${indent}  `)}\n`
}

function scalar(v: Json, indent: string): string {
  if (v === null) return 'null'
  if (typeof v === 'boolean') return String(v)
  if (typeof v === 'number') return number(v)
  if (typeof v === 'string') return literal(v, indent) ?? text(v, false)
  return Array.isArray(v) ? '[]' : '{}'
}

function number(v: number): string {
  if (Number.isNaN(v)) return '.nan'
  if (!Number.isFinite(v)) return v < 0 ? '-.inf' : '.inf'
  if (Number.isSafeInteger(v)) return String(v)
  // PyYAML reads an exponent only after a dot
  return pythonFloat(v).replace(/^(-?\d+)e/, '$1.0e')
}

/** A text of several lines as a literal block, where that loses nothing. */
function literal(v: string, indent: string): string | undefined {
  if (!v.includes('\n') || indent === '' || !/^[\t\n\x20-\x7E\xA0-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD]*$/u.test(v))
    return undefined
  if (/^[ \n]/.test(v) || /[ \t]\n|[ \t]$/.test(v) || /[\u2028\u2029\u0085]/.test(v)) return undefined
  const body = v.replace(/\n+$/, '')
  const tail = v.length - body.length
  const mark = tail === 0 ? '|-' : tail === 1 ? '|' : '|+'
  const lines = body.split('\n').map((line) => (line === '' ? '' : `${indent}${line}`))
  return [mark, ...lines, ...Array<string>(Math.max(0, tail - 1)).fill('')].join('\n')
}

function text(v: string, key: boolean): string {
  return isPlainSafe(v, key) ? v : JSON.stringify(v).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped)
}

function escaped(c: string): string {
  return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function isPlainSafe(v: string, key: boolean): boolean {
  if (!/^[\x20-\x7E\xA0-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\u{10000}-\u{10FFFF}]+$/u.test(v)) return false
  if (/^[\s,[\]{}#&*!|>'"%@`]|^[-?:](?:\s|$)|^(?:---|\.\.\.)(?:\s|$)|\s$|: |:$| #/.test(v)) return false
  if (/[\u2028\u2029]/.test(v) || v === '<<' || v === '=' || (key && v.length > 100)) return false
  const read = resolvePlain(v)
  return typeof read.value === 'string' && read.date !== true
}
