// Which files of a folder stay home: `.amlignore`, else `.gitignore`, in the root of the folder alone, read as git's
// wild-match patterns. The last pattern that matches a file decides; folders are not asked on their own.

export interface IgnoreRules {
  /** Whether the file at this slash-separated path below the root is left out. */
  ignores(path: string): boolean
  /** Whether nothing below this folder can be wanted, so that it need not be read. */
  prunes(folder: string): boolean
}

interface Pattern {
  negated: boolean
  matches: RegExp
}

/** Reads the text of an ignore file. */
export function parseIgnore(text: string): IgnoreRules {
  const patterns = text.split(/\r?\n/).flatMap((line) => readPattern(line) ?? [])
  const rescues = patterns.some((p) => p.negated)
  const ignores = (path: string) => patterns.findLast((p) => p.matches.test(path))?.negated === false
  return { ignores, prunes: (folder) => !rescues && ignores(`${folder}/\u0000`) }
}

/** Nothing is left out. */
export const ignoreNothing: IgnoreRules = { ignores: () => false, prunes: () => false }

function readPattern(line: string): Pattern | undefined {
  let text = line.replace(/(?<!\\)[ \t]+$/, '')
  if (text === '' || text.startsWith('#') || text === '/') return undefined
  const negated = text.startsWith('!')
  if (negated) text = text.slice(1)
  if (text.startsWith('\\#') || text.startsWith('\\!')) text = text.slice(1)
  const source = regexOf(text)
  return source === undefined ? undefined : { negated, matches: new RegExp(source, 's') }
}

function regexOf(text: string): string | undefined {
  let parts = text.split('/')
  if (parts[0] === '') parts = parts.slice(1)
  else if (parts.length === 1 || (parts.length === 2 && parts[1] === '')) parts = ['**', ...parts]
  if (parts.at(-1) === '') parts[parts.length - 1] = '**'
  parts = parts.filter((part, i) => !(part === '**' && parts[i - 1] === '**'))
  if (parts.length === 0) return undefined
  if (parts.length === 1 && parts[0] === '**') return '^[^/]'
  let source = '^'
  let slash = false
  parts.forEach((part, i) => {
    const last = i === parts.length - 1
    if (part === '**') {
      if (i === 0) source += '(?:.+/)?'
      else if (last) source += '/.*'
      else {
        source += '(?:/.+)?'
        slash = true
      }
      if (i === 0) slash = false
      return
    }
    if (slash) source += '/'
    source += part === '*' ? '[^/]+' : globOf(part, `s${i}`)
    if (last) source += '(?:/.*)?'
    slash = true
  })
  return `${source}$`
}

/**
 * One segment. What stands between two stars is taken where it first appears and never looked for again (a lookahead
 * with a reference to what it found), so that no pattern takes longer than its length times that of the name.
 * @param group a name for its groups that no other segment has
 */
function globOf(part: string, group: string): string {
  const [first = '', ...rest] = chunksOf(part)
  const last = rest.pop()
  const middle = rest.map((chunk, n) => (chunk === '' ? '' : `(?=(?<${group}_${n}>[^/]*?${chunk}))\\k<${group}_${n}>`))
  return `${first}${middle.join('')}${last === undefined ? '' : `[^/]*${last}`}`
}

/** What stands before, between and after the stars of a segment, each as a pattern of fixed length. */
function chunksOf(part: string): string[] {
  const chunks: string[] = []
  let out = ''
  for (let i = 0; i < part.length; i++) {
    const char = part[i] ?? ''
    if (char === '\\' && i + 1 < part.length) out += quote(part[++i] ?? '')
    else if (char === '*') {
      chunks.push(out)
      out = ''
    } else if (char === '?') out += '[^/]'
    else if (char === '[') {
      const { source, end } = classOf(part, i)
      out += source
      i = end
    } else out += quote(char)
  }
  return [...chunks, out]
}

/** `[a-z]`, `[!a]`, `[]a]`; a bracket that never closes is a plain character. */
function classOf(part: string, start: number): { source: string; end: number } {
  let at = start + 1
  const negated = part[at] === '!' || part[at] === '^'
  if (negated) at++
  let close = part.indexOf(']', part[at] === ']' ? at + 1 : at)
  if (close < 0) return { source: '\\[', end: start }
  const inside = part.slice(at, close).replace(/[\\\]^[]/g, '\\$&')
  if (inside === '') close = start
  return { source: `[${negated ? '^/' : ''}${inside}]`, end: close }
}

function quote(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
