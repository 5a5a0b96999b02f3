// What the palette offers for some letters: places and commands that fit, what was found, what was looked at last.
import type { IconName } from '../parts/icons.tsx'

export interface Choice {
  id: string
  title: string
  /** Beside the title: the kind, the name, the keys. */
  beside: string
  icon: IconName
  state?: string
  path?: string
  run?(): void
}

export interface Section {
  title: string
  choices: readonly Choice[]
}

/** How well a title fits: 0 not at all; letters in order are enough. */
export function fit(title: string, letters: string): number {
  const [text, wanted] = [title.toLowerCase(), letters.trim().toLowerCase()]
  if (wanted === '') return 1
  if (text === wanted) return 5
  if (text.startsWith(wanted)) return 4
  if (text.split(/[\s/_-]+/).some((word) => word.startsWith(wanted))) return 3
  if (text.includes(wanted)) return 2
  let at = -1
  for (const letter of wanted.replaceAll(' ', '')) {
    at = text.indexOf(letter, at + 1)
    if (at < 0) return 0
  }
  return 1
}

/** Those that fit, the best first; equal ones stay in their order. */
export function fitting(choices: readonly Choice[], letters: string): Choice[] {
  return choices
    .map((choice, index) => ({
      choice,
      index,
      score: Math.max(fit(choice.title, letters), fit(choice.beside, letters) - 1),
    }))
    .filter(({ score }) => score > (letters.trim().length > 2 ? 1 : 0))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ choice }) => choice)
}
