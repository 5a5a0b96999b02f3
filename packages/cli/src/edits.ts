// `--set`, `--add` and `--remove` on a document: the generic update arguments of `az`.
import { isObject, type Json, type JsonObject, setKey } from '@lazurite/spec'
import type { Edit } from './args.ts'
import { nearest, UsageError } from './usage.ts'

export interface Editing {
  /** Values stay text, whatever they look like. */
  forceString?: boolean
}

type Step = string | number | { key: string; value: string }

/** Applies the edits to a copy, in the order typed. Missing levels of --set are made. Raises UsageError. */
export function applyEdits(document: JsonObject, edits: readonly Edit[], options: Editing = {}): JsonObject {
  const edited = structuredClone(document)
  for (const edit of edits) {
    if (edit.how === 'set') for (const word of edit.words) setWord(edited, word, options)
    else if (edit.how === 'add') addWords(edited, edit.words, options)
    else removeWords(edited, edit.words)
  }
  return edited
}

/** Reads `a.b[0].c`, `list[name=x]` and `tags."a.b"`. */
export function readSteps(text: string): Step[] {
  const steps: Step[] = []
  const part = /\[?"((?:[^"\\]|\\.)*)"\]?|'([^']*)'|\[(-?\d+)\]|\[([^\]=]+)=([^\]]*)\]|([^.[\]"']+)|(\.)/gy
  let at = 0
  while (at < text.length) {
    part.lastIndex = at
    const found = part.exec(text)
    if (!found)
      throw new UsageError(
        `${text} is no path into the document`,
        'Write it as a.b[0].c, with quotes around a key that has dots.',
      )
    at = part.lastIndex
    const [, quoted, single, index, key, value, bare] = found
    if (index !== undefined) steps.push(Number(index))
    else if (key !== undefined) steps.push({ key, value: value ?? '' })
    else if (bare !== undefined) steps.push(bare)
    else if (quoted !== undefined) steps.push(quoted.replace(/\\(.)/g, '$1'))
    else if (single !== undefined) steps.push(single)
  }
  if (steps.length === 0) throw new UsageError('the path of --set, --add or --remove is empty')
  return steps
}

/** Keys below which every value is text for whoever reads it. */
const textBelow = new Set(['tags', 'properties', 'environment_variables', 'inputs'])

/** The value that a word stands for: JSON and Python's True, False and None are typed, all else is text. */
function readValue(word: string, steps: readonly Step[], options: Editing): Json {
  if (options.forceString) return word
  const parent = steps.slice(0, -1)
  const wantsText = parent.some((step) => typeof step === 'string' && textBelow.has(step)) && !/^[[{]/.test(word)
  if (wantsText) return word
  if (word === 'True' || word === 'False') return word === 'True'
  if (word === 'None') return null
  try {
    // JSON.parse yields JSON
    return JSON.parse(word) as Json
  } catch {
    return word
  }
}

function setWord(document: JsonObject, word: string, options: Editing): void {
  const cut = cutAtEquals(word)
  if (cut < 1) throw new UsageError(`--set takes key=value, and ${word} is none`)
  const steps = readSteps(word.slice(0, cut))
  const value = readValue(word.slice(cut + 1), steps, options)
  let here: Json = document
  steps.forEach((step, i) => {
    const last = i === steps.length - 1
    const next = steps[i + 1]
    if (last) put(here, step, value, word)
    else here = into(here, step, { make: typeof next === 'number' ? [] : {}, word })
  })
}

/** The `=` after the path, past any in brackets or quotes. */
function cutAtEquals(word: string): number {
  let depth = 0
  let quote = ''
  for (let i = 0; i < word.length; i++) {
    const char = word[i] ?? ''
    if (quote) quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '[') depth++
    else if (char === ']') depth--
    else if (char === '=' && depth === 0) return i
  }
  return -1
}

function put(here: Json, step: Step, value: Json, word: string): void {
  if (Array.isArray(here) && typeof step === 'number') {
    const index = step < 0 ? here.length + step : step
    if (index < 0 || index > here.length) throw new UsageError(`${word}: the list has ${here.length} items`)
    here[index] = value
  } else if (isObject(here) && typeof step === 'string') setKey(here, step, value)
  else throw cannot(here, word)
}

function into(here: Json, step: Step, how: { make: Json; word: string }): Json {
  const { make, word } = how
  if (Array.isArray(here)) {
    const index = indexOf(here, step, word)
    if (index === here.length) here.push(make)
    here[index] ??= make
    return here[index] ?? make
  }
  if (!isObject(here) || typeof step !== 'string') throw cannot(here, word)
  const found = Object.hasOwn(here, step) ? here[step] : undefined
  if (found === undefined || found === null) {
    setKey(here, step, make)
    return make
  }
  return found
}

function indexOf(list: Json[], step: Step, word: string): number {
  if (typeof step === 'object') {
    const index = list.findIndex((item) => isObject(item) && String(item[step.key]) === step.value)
    if (index < 0) throw new UsageError(`${word}: no item of the list has ${step.key}=${step.value}`)
    return index
  }
  const index = typeof step === 'number' ? (step < 0 ? list.length + step : step) : -1
  if (index < 0 || index > list.length) throw new UsageError(`${word}: the list has ${list.length} items`)
  return index
}

function cannot(here: Json, word: string): UsageError {
  if (typeof here === 'string')
    return new UsageError(
      `${word}: cannot set below ${JSON.stringify(here)}, which refers to something else`,
      'Replace the reference as a whole.',
    )
  return new UsageError(`${word}: there is nothing to set below ${JSON.stringify(here)?.slice(0, 60)}`)
}

/** The value at a path that must exist, with what stands beside it named when it does not. */
function find(document: JsonObject, steps: readonly Step[], word: string): Json {
  let here: Json = document
  for (const step of steps) {
    if (Array.isArray(here)) {
      const index = indexOf(here, step, word)
      if (index === here.length) throw new UsageError(`${word}: the list has ${here.length} items`)
      here = here[index] ?? null
    } else if (isObject(here) && typeof step === 'string' && Object.hasOwn(here, step)) here = here[step] ?? null
    else {
      const keys = isObject(here) ? Object.keys(here) : []
      const near = nearest(String(step), keys)
      throw new UsageError(
        `${word}: there is no ${String(step)}`,
        near ? `Did you mean ${near}?` : keys.length > 0 ? `There is: ${keys.join(', ')}` : undefined,
      )
    }
  }
  return here
}

/** `--add list value`, `--add list k=v k=v` (one mapping), `--add map k=v`. A missing target becomes a list or map. */
function addWords(document: JsonObject, words: readonly string[], options: Editing): void {
  const [path = '', ...rest] = words
  if (rest.length === 0) throw new UsageError('--add takes a path and what to add: --add tags key=value')
  const steps = readSteps(path)
  const pairs = rest.every((word) => cutAtEquals(word) > 0 && !/^[[{"]/.test(word))
  const values = pairs
    ? [
        Object.fromEntries(
          rest.map((word) => [
            word.slice(0, cutAtEquals(word)),
            readValue(word.slice(cutAtEquals(word) + 1), [...steps, ''], options),
          ]),
        ),
      ]
    : rest.map((word) => readValue(word, [...steps, ''], options))
  const last = steps.at(-1) ?? ''
  const parent = find(document, steps.slice(0, -1), path)
  const target: Json | undefined =
    Array.isArray(parent) && typeof last === 'number'
      ? parent[last]
      : isObject(parent) && typeof last === 'string'
        ? parent[last]
        : undefined
  if (Array.isArray(target)) target.push(...values)
  else if (isObject(target) && pairs) Object.assign(target, values[0])
  else if (target === undefined || target === null)
    put(parent, last, pairs && textBelow.has(String(last)) ? (values[0] ?? {}) : values, path)
  else throw new UsageError(`${path} is neither a list nor a map that takes ${rest.join(' ')}`)
}

/** `--remove a.b`, `--remove list 0`. */
function removeWords(document: JsonObject, words: readonly string[]): void {
  const [path = '', index] = words
  const steps = readSteps(path)
  if (index !== undefined) steps.push(Number(index))
  const last = steps.at(-1) ?? ''
  const parent = find(document, steps.slice(0, -1), path)
  if (Array.isArray(parent)) {
    const at = indexOf(parent, last, path)
    if (at >= parent.length) throw new UsageError(`${path}: the list has ${parent.length} items`)
    parent.splice(at, 1)
  } else if (isObject(parent) && typeof last === 'string' && Object.hasOwn(parent, last)) delete parent[last]
  else find(document, steps, path)
}
