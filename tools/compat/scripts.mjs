// Every `az ml` command line in the shell scripts of a checkout, read by the table of `laz`: are its words known, and is
// the command served. Nothing is run.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Stands for what a variable or another command would put there. */
const unknown = '1'

/** One word after another, as a shell would split them; ends where the command ends. */
class Words {
  found = []
  #word
  #known

  constructor(known) {
    this.#known = known
  }

  add(piece) {
    this.#word = (this.#word ?? '') + piece
  }

  /** What stands for `name`; without quotes its blanks part words. */
  put(name, quoted) {
    const value = this.#known.get(name) ?? unknown
    if (quoted) return this.add(value)
    const [first = '', ...rest] = value.split(/\s+/)
    this.add(first)
    for (const piece of rest) {
      this.end()
      this.add(piece)
    }
  }

  get open() {
    return this.#word
  }

  drop() {
    this.#word = undefined
  }

  end() {
    if (this.#word !== undefined) this.found.push(this.#word)
    this.#word = undefined
  }
}

/** The words of the command that begins at `at`. */
function wordsFrom(text, at, known = new Map()) {
  const words = new Words(known)
  for (let i = at; i < text.length; i++) {
    const char = text[i]
    if (char === '\\') words.add(text[++i] ?? '')
    else if (char === "'") {
      const close = text.indexOf("'", i + 1)
      words.add(text.slice(i + 1, close < 0 ? undefined : close))
      i = close < 0 ? text.length : close
    } else if (char === '"') i = inQuotes(text, i, words)
    else if (char === '$') i = variable(text, i, words, false)
    else if (char === '<' && text[i + 1] === '(') i = variable(text, i, words, true)
    else if (char === '<' && /^<[A-Z_-]+>/.test(text.slice(i))) {
      // a place that the reader is meant to fill
      words.add(unknown)
      i = text.indexOf('>', i)
    } else if (char === '#' && words.open === undefined) break
    else if (';|&)<>`\n'.includes(char)) {
      // 2> and 1> belong to the redirection
      if ('<>'.includes(char) && /^\d$/.test(words.open ?? '')) words.drop()
      break
    } else if (/\s/.test(char)) words.end()
    else words.add(char)
  }
  words.end()
  return words.found
}

function inQuotes(text, from, words) {
  words.add('')
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '"') return i
    if (text[i] === '\\' && '"\\$`'.includes(text[i + 1])) words.add(text[++i])
    else if (text[i] === '$') i = variable(text, i, words, true)
    else words.add(text[i])
  }
  return text.length
}

/** Past `$NAME`, `${NAME}` or `$(command)`; answers where its last character is. */
function variable(text, from, words, quoted) {
  const next = text[from + 1] ?? ''
  if (next === '(' || next === '{') {
    const close = next === '(' ? ')' : '}'
    let depth = 0
    for (let i = from + 1; i < text.length; i++) {
      if (text[i] === next) depth++
      else if (text[i] === close && --depth === 0) {
        const inner = text.slice(from + 2, i)
        if (next === '{' && /^\w+$/.test(inner)) words.put(inner, quoted)
        else words.add(unknown)
        return i
      }
    }
    return text.length
  }
  const name = /^\w+/.exec(text.slice(from + 1))?.[0] ?? ''
  if (name === '') words.add('$')
  else words.put(name, quoted)
  return from + name.length
}

/** The values that a script gives its variables, in the order it does. */
function assignmentsOf(text) {
  const known = new Map()
  for (const [all, name] of text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=(?=["'\w<./-])/gm)) {
    const at = text.indexOf(all, 0) + all.length
    const [value] = wordsFrom(text, at, known)
    if (!known.has(name) && value !== undefined) known.set(name, value)
  }
  return known
}

/** The `az ml` commands of a script: line, words behind `az ml`. */
export function commandsOf(script) {
  const text = script.replace(/\\\r?\n/g, (joined) => ' '.repeat(joined.length))
  const known = assignmentsOf(text)
  const found = []
  for (const { index } of text.matchAll(/\baz\s+ml\s+(?=[a-z])/g)) {
    const lineStart = text.lastIndexOf('\n', index) + 1
    const before = text.slice(lineStart, index)
    if (/^\s*#/.test(before) || /\b(echo|printf)\b[^;|&$`]*$/.test(before)) continue
    const line = script.slice(0, index).split('\n').length
    found.push({ line, words: wordsFrom(text, index, known).slice(2) })
  }
  return found
}

function scriptsBelow(folder, below = '') {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name)
    if (entry.isDirectory()) return entry.name.startsWith('.') ? [] : scriptsBelow(folder, path)
    return entry.name.endsWith('.sh') ? [path] : []
  })
}

/** One command line, judged: `parses`, `refused by name`, or `not understood` with the reason. */
function judge({ findCommand, parseArgs, flagsOf }, words) {
  try {
    const found = findCommand(words)
    if (found.help) return { path: words.join(' '), verdict: 'parses', reason: '' }
    const { command, rest } = found
    const args = parseArgs(rest, flagsOf(command), command.positionals)
    const flag = command.flags.find((one) => one.refused && args.values.has(one.name))
    const why = command.refused ?? flag?.refused
    const reason = why ? `${flag ? `--${flag.name}: ` : ''}${why[0]}` : ''
    return { path: command.path, verdict: why ? 'refused by name' : 'parses', reason }
  } catch (error) {
    return { path: words.slice(0, 2).join(' '), verdict: 'not understood', reason: error.message }
  }
}

/** Every command of every script below `folder`: `{ script, line, path, verdict, reason }`. */
export function judgeScripts(folder, tables) {
  return scriptsBelow(folder)
    .sort()
    .flatMap((script) =>
      commandsOf(readFileSync(join(folder, script), 'utf8')).map(({ line, words }) => ({
        script,
        line,
        ...judge(tables, words),
      })),
    )
}
