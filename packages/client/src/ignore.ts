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
  /** Matches a folder when everything below it matches the pattern. */
  covers: RegExp
  /** Segments that a match begins with; empty when it may begin anywhere. */
  head: readonly string[]
}

/** Reads the text of an ignore file. */
export function parseIgnore(text: string): IgnoreRules {
  const patterns = text.split(/\r?\n/).flatMap((line) => readPattern(line) ?? [])
  const ignores = (path: string) => patterns.findLast((p) => p.matches.test(path))?.negated === false
  const prunes = (folder: string) => {
    const last = patterns.findLastIndex((p) => !p.negated && p.covers.test(folder))
    // what is taken back before it is left out stays out
    return last >= 0 && !patterns.some((p, i) => i > last && p.negated && mayMatchBelow(p, folder))
  }
  return { ignores, prunes }
}

/** Whether a pattern could match something below a folder: only its plain first segments can rule that out. */
function mayMatchBelow({ head }: Pattern, folder: string): boolean {
  const steps = folder.split('/')
  return head.every((segment, i) => steps[i] === undefined || steps[i] === segment)
}

/** Nothing is left out. */
export const ignoreNothing: IgnoreRules = { ignores: () => false, prunes: () => false }

function readPattern(line: string): Pattern | undefined {
  let text = line.replace(/(?<!\\)[ \t]+$/, '')
  if (text === '' || text.startsWith('#') || text === '/') return undefined
  const negated = text.startsWith('!')
  if (negated) text = text.slice(1)
  if (text.startsWith('\\#') || text.startsWith('\\!')) text = text.slice(1)
  const parts = partsOf(text)
  if (parts.length === 0) return undefined
  return { negated, matches: new RegExp(regexOf(parts), 's'), covers: coverOf(parts), head: headOf(parts) }
}

/** A pattern that ends in anything at all covers the folders before that. */
function coverOf(parts: string[]): RegExp {
  const last = parts.at(-1)
  if (parts.length === 1) return last === '*' || last === '**' ? /^/ : new RegExp(regexOf(parts), 's')
  return new RegExp(regexOf(last === '*' || last === '**' ? parts.slice(0, -1) : parts), 's')
}

function headOf(parts: string[]): string[] {
  const end = parts.findIndex((part) => /[*?[\\]/.test(part))
  return end < 0 ? parts : parts.slice(0, end)
}

function partsOf(text: string): string[] {
  let parts = text.split('/')
  if (parts[0] === '') parts = parts.slice(1)
  else if (parts.length === 1 || (parts.length === 2 && parts[1] === '')) parts = ['**', ...parts]
  if (parts.at(-1) === '') parts[parts.length - 1] = '**'
  return parts.filter((part, i) => !(part === '**' && parts[i - 1] === '**'))
}

function regexOf(parts: string[]): string {
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
