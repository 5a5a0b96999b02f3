/** The arguments of a Spark program: one text, cut into words as a shell would, without anything else a shell does. */
import { fail } from '@lazurite/spec'
import { render, type Values } from '../bind.ts'

/** A character that no argument holds: values stand in their places as numbers between two of them. */
const mark = '\u0001'

/** Words of `args` with their expressions filled in. Raises BadArgument for an open quote or a reference without a value. */
export function wordsOf(text: string, values: Values): string[] {
  const kept: string[] = []
  const keep = (table: Record<string, string>) =>
    Object.fromEntries(Object.entries(table).map(([name, value]) => [name, `${mark}${kept.push(value) - 1}${mark}`]))
  const plain = text.replaceAll(mark, '')
  const marked = render(plain, { inputs: keep(values.inputs), outputs: keep(values.outputs) }, 'args')
  return cut(marked).map((word) => word.replace(/\u0001(\d+)\u0001/g, (_, n: string) => kept[Number(n)] ?? ''))
}

const pieces = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)|(['"\\])/g

function cut(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (const [piece, single, double, escaped, bare, open] of text.matchAll(pieces)) {
    if (open !== undefined) fail('BadArgument', { what: `args holds a ${open} that is never closed` })
    const part = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? bare
    if (part !== undefined) word = (word ?? '') + part
    else if (piece.trim() === '' && word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  return word === undefined ? words : [...words, word]
}

/** A word as bash reads it back. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
