/**
 * What a line of the file named by LAZ_METRICS says. Three ways to write one, all JSON:
 * `{"step": 3, "loss": 0.5, "accuracy": 0.9}` (every number is a metric),
 * `{"metric": "loss", "value": 0.5, "step": 3, "timestamp": 1700000000000}`,
 * `{"param": "lr", "value": 0.1}` and `{"tag": "note", "value": "…"}`.
 * NaN and infinities may stand bare, as Python prints them, or as texts.
 */
import { posix } from 'node:path'
import { isObject, type Json, type JsonObject, parsePythonJson, setKey } from '@lazurite/spec'

export interface Said {
  metrics: { key: string; value: number; step?: number; timestamp?: number }[]
  params: Record<string, string>
  tags: Record<string, string>
}

/** As MLflow has them. */
const longestKey = 250
const longestParam = 6000
const longestTag = 8000

/** What it says, or why it cannot be understood. A blank line says nothing. */
export function readLine(line: string): Said | { wrong: string } {
  const said: Said = { metrics: [], params: {}, tags: {} }
  if (line.trim() === '') return said
  const value = parsePythonJson(line)
  if (!isObject(value)) return { wrong: value === undefined ? 'it is no JSON' : 'it is no JSON object' }
  const wrong = fill(said, value)
  return wrong === undefined ? said : { wrong }
}

function fill(said: Said, value: JsonObject): string | undefined {
  const at = timesOf(value)
  if ('wrong' in at) return at.wrong
  for (const kind of ['param', 'tag'] as const) {
    const key = value[kind]
    if (typeof key !== 'string' || value.value === undefined) continue
    const wrong = wrongKey(key)
    if (wrong) return wrong
    const text = typeof value.value === 'string' ? value.value : JSON.stringify(value.value)
    if (kind === 'param') setKey(said.params, key, text.slice(0, longestParam))
    else setKey(said.tags, key, text.slice(0, longestTag))
    return undefined
  }
  const pairs: [string, Json | undefined][] =
    typeof value.metric === 'string'
      ? [[value.metric, value.value]]
      : Object.entries(value).filter(([key]) => key !== 'step' && key !== 'timestamp')
  if (pairs.length === 0) return 'it names no metric'
  for (const [key, given] of pairs) {
    const wrong = wrongKey(key)
    if (wrong) return wrong
    const number = numberOf(given)
    if (number === undefined) return `the value of '${key.slice(0, 100)}' is no number`
    said.metrics.push({ key, value: number, ...at })
  }
  return undefined
}

function timesOf(value: JsonObject): { step?: number; timestamp?: number } | { wrong: string } {
  const found: { step?: number; timestamp?: number } = {}
  for (const name of ['step', 'timestamp'] as const) {
    const given = value[name]
    if (given === undefined || given === null) continue
    const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || (name === 'timestamp' && number < 0))
      return { wrong: `its ${name} is no whole number` }
    found[name] = number
  }
  return found
}

function numberOf(given: Json | undefined): number | undefined {
  if (typeof given === 'number') return given
  if (typeof given === 'boolean') return given ? 1 : 0
  if (typeof given !== 'string') return undefined
  const text = given.trim()
  const word = /^([+-]?)(nan|inf|infinity)$/i.exec(text)
  if (word?.[2]?.toLowerCase() === 'nan') return Number.NaN
  if (word) return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const number = Number(text)
  return text === '' || Number.isNaN(number) ? undefined : number
}

function wrongKey(key: string): string | undefined {
  const shown = JSON.stringify(key.slice(0, 100))
  if (key === '' || key.length > longestKey) return `the name ${shown} has not between 1 and ${longestKey} characters`
  const odd = !/^[/\p{L}\p{M}\p{N}_.\- :]+$/u.test(key) || key === '.' || /^(\.\.|\/)|\/$/.test(key)
  return odd || posix.normalize(key) !== key ? `${shown} is no name for a metric, parameter or tag` : undefined
}
