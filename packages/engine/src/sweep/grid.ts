/** Every combination of a space of choices, once; the last parameter changes fastest. */
import type { Space, Value, Values } from './space.ts'

export function gridValues(space: Space, trial: number): Values {
  const lists = [...space].map(([name, of]): [string, readonly Value[]] => [
    name,
    of.type === 'choice' ? of.values : [],
  ])
  const entries: [string, Value][] = []
  let rest = trial
  for (const [name, values] of lists.reverse()) {
    entries.unshift([name, values[rest % values.length] ?? ''])
    rest = Math.floor(rest / values.length)
  }
  return Object.fromEntries(entries)
}
