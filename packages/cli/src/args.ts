// The command line as `az` reads it: space-separated lists, `--flag=value`, unambiguous prefixes of long flags,
// three-state switches, and edits (`--set`, `--add`, `--remove`) kept in the order they were typed.
import { nearest, UsageError } from './usage.ts'

/** One flag. `value` takes a word, `list` takes words up to the next flag, `flag` takes none, `switch` an optional true or false. */
export interface Option {
  name: string
  short?: string
  takes: 'value' | 'list' | 'flag' | 'switch' | 'edit'
  doc: string
  required?: boolean
  choices?: readonly string[]
  whole?: boolean
  default?: string
  /** What the help calls the value. */
  word?: string
  /** Other spellings of the long flag that scripts use. */
  also?: readonly string[]
}

/** What stands without a flag: `laz validate FILE…`. */
export interface Positional {
  name: string
  many?: boolean
  required?: boolean
  doc: string
}

/** One `--set a.b=c`, `--add list k=v` or `--remove a.b`, in the order typed. */
export interface Edit {
  how: 'set' | 'add' | 'remove'
  words: string[]
}

export interface Args {
  values: Map<string, string | boolean | string[]>
  edits: Edit[]
  words: string[]
}

/** Reads `argv` by the table. Throws UsageError for unknown, ambiguous, incomplete or missing flags. */
export function parseArgs(
  argv: readonly string[],
  options: readonly Option[],
  positionals: readonly Positional[] = [],
): Args {
  const args: Args = { values: new Map(), edits: [], words: [] }
  let at = 0
  let onlyWords = false
  while (at < argv.length) {
    const token = argv[at++] ?? ''
    if (onlyWords || !looksLikeFlag(token)) {
      args.words.push(token)
      continue
    }
    if (token === '--') {
      onlyWords = true
      continue
    }
    const { option, attached } = findOption(token, options)
    at += takeValue({ args, option, attached, flag: token }, argv.slice(at))
  }
  placeWords(args, positionals, options)
  return args
}

function looksLikeFlag(token: string): boolean {
  return (
    token.startsWith('-') &&
    token !== '-' &&
    !/^-\d/.test(token) &&
    !(token.startsWith('-') && token.includes(' ') && !token.startsWith('--'))
  )
}

function findOption(token: string, options: readonly Option[]): { option: Option; attached: string | undefined } {
  if (!token.startsWith('--')) {
    const option = options.find((o) => o.short === token[1])
    if (!option) throw unknownFlag(token, options)
    const tail = token.slice(2)
    return { option, attached: tail === '' ? undefined : tail.replace(/^=/, '') }
  }
  const cut = token.indexOf('=')
  const name = token.slice(2, cut < 0 ? undefined : cut)
  const attached = cut < 0 ? undefined : token.slice(cut + 1)
  const exact = options.find((o) => o.name === name || o.also?.includes(name))
  if (exact) return { option: exact, attached }
  const started = options.filter((o) => o.name.startsWith(name) || o.also?.some((other) => other.startsWith(name)))
  if (started.length === 1 && started[0]) return { option: started[0], attached }
  if (started.length > 1) {
    const could = started.map((o) => `--${o.name}`).join(', ')
    throw new UsageError(`--${name} could mean ${could}`, 'Write enough of the flag to name one of them.')
  }
  throw unknownFlag(token, options)
}

function unknownFlag(token: string, options: readonly Option[]): UsageError {
  const name = token.replace(/^-+/, '').split('=')[0] ?? ''
  const near = nearest(
    name,
    options.flatMap((o) => [o.name, ...(o.also ?? [])]),
  )
  return new UsageError(
    `unrecognized flag ${token}`,
    near ? `Did you mean --${near}?` : 'Add -h to see the flags of this command.',
  )
}

interface Taking {
  args: Args
  option: Option
  attached: string | undefined
  flag: string
}

/** Stores the flag's value and says how many of the following words it used. */
function takeValue({ args, option, attached, flag }: Taking, following: readonly string[]): number {
  const name = option.name
  const end = following.findIndex(looksLikeFlag)
  const free = end < 0 ? following : following.slice(0, end)
  switch (option.takes) {
    case 'flag':
      if (attached !== undefined && flag.startsWith('--')) throw new UsageError(`--${name} takes no value`)
      args.values.set(name, true)
      return 0
    case 'switch': {
      const word = attached ?? (isBooleanWord(free[0]) ? free[0] : undefined)
      args.values.set(name, word === undefined || readBoolean(word, name))
      return attached === undefined && word !== undefined ? 1 : 0
    }
    case 'value': {
      const word = attached ?? following[0]
      if (word === undefined || (attached === undefined && looksLikeFlag(word)))
        throw new UsageError(`${flag} needs a value`)
      args.values.set(name, checkValue(option, word))
      return attached === undefined ? 1 : 0
    }
    case 'list':
    case 'edit': {
      const words = attached === undefined ? [...free] : [attached, ...free]
      if (words.length === 0) throw new UsageError(`${flag} needs at least one value`)
      if (option.takes === 'list') args.values.set(name, [...listOf(args, name), ...words])
      else args.edits.push({ how: editOf(name), words })
      return free.length
    }
  }
}

function editOf(name: string): Edit['how'] {
  return name === 'add' || name === 'remove' ? name : 'set'
}

function isBooleanWord(word: string | undefined): boolean {
  return word !== undefined && /^(true|false|yes|no|1|0|t|f|y|n)$/i.test(word)
}

function readBoolean(word: string, name: string): boolean {
  if (!isBooleanWord(word)) throw new UsageError(`--${name} must be true or false, not ${word}`)
  return /^(true|yes|1|t|y)$/i.test(word)
}

function checkValue(option: Option, word: string): string {
  if (option.whole && !/^\d+$/.test(word)) throw new UsageError(`--${option.name} must be a whole number, not ${word}`)
  if (!option.choices) return word
  const found = option.choices.find((choice) => choice.toLowerCase() === word.toLowerCase())
  if (found === undefined) {
    throw new UsageError(`--${option.name} cannot be ${word}`, `Choose one of ${option.choices.join(', ')}.`)
  }
  return found
}

function placeWords(args: Args, positionals: readonly Positional[], options: readonly Option[]): void {
  const words = [...args.words]
  for (const positional of positionals) {
    if (positional.many) args.values.set(positional.name, [...listOf(args, positional.name), ...words.splice(0)])
    else if (args.values.get(positional.name) === undefined) {
      const word = words.shift()
      if (word !== undefined) args.values.set(positional.name, word)
    }
    const got = args.values.get(positional.name)
    if (positional.required && (got === undefined || (Array.isArray(got) && got.length === 0))) {
      throw new UsageError(`${positional.name.toUpperCase()} is missing`, positional.doc)
    }
  }
  if (words.length > 0)
    throw new UsageError(`unrecognized arguments: ${words.join(' ')}`, 'Add -h to see what this command takes.')
  const missing = options.filter((o) => o.required && args.values.get(o.name) === undefined)
  if (missing.length > 0) {
    const flags = missing.map((o) => (o.short ? `--${o.name}/-${o.short}` : `--${o.name}`)).join(', ')
    throw new UsageError(`the following arguments are required: ${flags}`)
  }
}

/** The value of a flag that takes one word. */
export function textOf(args: Args, name: string): string | undefined {
  const value = args.values.get(name)
  return typeof value === 'string' ? value : undefined
}

/** Whether a flag was given (a switch: and not set to false). */
export function isSet(args: Args, name: string): boolean {
  return args.values.get(name) === true
}

/** The words of a list flag; empty when it was not given. */
export function listOf(args: Args, name: string): string[] {
  const value = args.values.get(name)
  return Array.isArray(value) ? value : []
}

/** The value of a flag that takes a whole number. */
export function wholeOf(args: Args, name: string): number | undefined {
  const text = textOf(args, name)
  return text === undefined ? undefined : Number(text)
}

/** `a=b c=d` as a map; a word without `=` is an error that names the flag. */
export function pairsOf(args: Args, name: string): Record<string, string> | undefined {
  const words = listOf(args, name)
  return words.length === 0 ? undefined : pairsIn(name, words)
}

/** The same of words from elsewhere; `name` is the flag they were said with. */
export function pairsIn(name: string, words: readonly string[]): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const word of words) {
    const cut = word.indexOf('=')
    if (cut < 1) throw new UsageError(`--${name} takes key=value pairs, and ${word} is none`)
    pairs[word.slice(0, cut)] = word.slice(cut + 1)
  }
  return pairs
}
