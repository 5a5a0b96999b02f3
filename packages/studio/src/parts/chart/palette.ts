// Colours of runs: the same run has the same one everywhere, and two that are shown together never share one while there
// are enough. From the eleventh on lines are dashed.

/** Colours there are; `--run-1` and on. */
export const colours = 10
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2]]

export interface Stroke {
  /** Name of the token of the colour. */
  token: string
  dash: readonly number[]
}

function hash(text: string): number {
  let value = 2166136261
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619) >>> 0
  return value
}

/** A stroke for each name; who comes first keeps the place that its name asks for. */
export function strokesOf(names: readonly string[]): Map<string, Stroke> {
  const taken = new Set<number>()
  const strokes = new Map<string, Stroke>()
  for (const name of names) {
    if (strokes.has(name)) continue
    const start = hash(name) % colours
    const wishes = dashes.flatMap((_, level) =>
      Array.from({ length: colours }, (_, i) => level * colours + ((start + i) % colours)),
    )
    const place = wishes.find((one) => !taken.has(one)) ?? start
    taken.add(place)
    strokes.set(name, { token: `run-${(place % colours) + 1}`, dash: dashes[Math.floor(place / colours)] ?? [] })
  }
  return strokes
}
