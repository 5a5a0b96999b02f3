// PyYAML lets the later lines of a quoted scalar stand anywhere, even left of their parent; the library does not. Such
// lines are moved right before it reads the text (blanks at the start of a line are folded away), and positions are
// moved back after.
import type { Document } from 'yaml'

export interface Repaired {
  readonly text: string
  /** Offset in the repaired text → offset in the original. */
  original(offset: number): number
}

interface Insertion {
  readonly at: number
  readonly size: number
}

export const untouched = (text: string): Repaired => ({ text, original: (offset) => offset })

/** The text with the lines of the quoted scalar that a complaint is about moved right; undefined when it is about none. */
export function repairQuotes(source: Repaired, doc: Document.Parsed): Repaired | undefined {
  const complaint = doc.errors.find((e) => /^Missing closing ["']quote/.test(e.message))
  if (!complaint) return undefined
  const { text } = source
  const mark = complaint.message.charAt('Missing closing '.length)
  const start = openingQuote(text, complaint.pos[0], mark)
  const end = start < 0 ? -1 : closingQuote(text, start, mark)
  if (end < 0) return undefined
  const indent = text.length === 0 ? 0 : start - text.lastIndexOf('\n', start)
  const insertions: Insertion[] = []
  for (let nl = text.indexOf('\n', start); nl >= 0 && nl < end; nl = text.indexOf('\n', nl + 1)) {
    const line = text.slice(nl + 1, nl + 4)
    if (/^(---|\.\.\.)$/.test(line)) return undefined
    if (!/^\r?\n/.test(text.slice(nl + 1, nl + 3))) insertions.push({ at: nl + 1, size: indent })
  }
  return insertions.length === 0 ? undefined : insert(source, insertions)
}

/** Where the scalar that was cut off began: the last such quote at or before the cut that opens one. */
function openingQuote(text: string, cut: number, mark: string): number {
  for (let i = Math.min(cut, text.length - 1); i >= 0; i--) {
    if (text[i] === mark && (i === 0 || /[\s,[{:?-]/.test(text[i - 1] ?? ''))) return i
  }
  return -1
}

function closingQuote(text: string, start: number, mark: string): number {
  for (let i = start + 1; i < text.length; i++) {
    if (mark === '"' && text[i] === '\\') i++
    else if (text[i] === mark) {
      if (mark === "'" && text[i + 1] === "'") i++
      else return i
    }
  }
  return -1
}

function insert(source: Repaired, insertions: Insertion[]): Repaired {
  const parts: string[] = []
  let from = 0
  for (const { at, size } of insertions) {
    parts.push(source.text.slice(from, at), ' '.repeat(size))
    from = at
  }
  parts.push(source.text.slice(from))
  const original = (offset: number) => {
    let moved = 0
    for (const { at, size } of insertions) {
      if (offset < at + moved) break
      moved += Math.min(size, offset - at - moved)
    }
    return source.original(offset - moved)
  }
  return { text: parts.join(''), original }
}
