// Of many jobs the baseline and one other, as the address names it.
import type { Compared } from '../../data/compare.ts'
import type { Words } from '../../data/words.ts'

export interface Pair {
  before: Compared
  after: Compared
}

/** The baseline and the job that `with` names, else the first other; undefined where there is one job alone. */
export function pairOf(jobs: readonly Compared[], base: string, words: Words): Pair | undefined {
  const before = jobs.find(({ name }) => name === base) ?? jobs[0]
  const others = jobs.filter((job) => job !== before)
  const after = others.find(({ name }) => name === words.get('with')) ?? others[0]
  return before && after && { before, after }
}

interface PickOtherProps {
  jobs: readonly Compared[]
  pair: Pair
  words: Words
}

export function PickOther({ jobs, pair, words }: PickOtherProps) {
  const others = jobs.filter(({ name }) => name !== pair.before.name)
  return (
    <p className="pair">
      <span className="quiet">From</span> <b>{pair.before.label}</b> <span className="quiet">(baseline) to</span>
      {others.length === 1 ? (
        <b>{pair.after.label}</b>
      ) : (
        <select
          className="field"
          aria-label="The job it is held against"
          value={pair.after.name}
          onChange={(event) => words.put({ with: event.target.value })}
        >
          {others.map(({ name, label }) => (
            <option key={name} value={name}>
              {label === name ? name : `${label} (${name})`}
            </option>
          ))}
        </select>
      )}
    </p>
  )
}
