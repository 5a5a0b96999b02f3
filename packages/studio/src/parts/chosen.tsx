// What is done with the rows that were chosen: the same to each, one after the other; what fails is told by name.
import type { Kind } from '@lazurite/spec'
import type { Described } from '../data/described.ts'
import { removeItem, told, useClient } from '../data/kinds.ts'
import { Ask } from './ask.tsx'
import { Failures, useEach } from './each.tsx'

export interface ChosenProps {
  kind: Kind
  rows: readonly Described[]
  clear(): void
}

const nameOf = ({ name, version }: Described) => (version === undefined ? name : `${name}:${version}`)

export function Chosen({ kind, rows, clear }: ChosenProps) {
  const client = useClient(rows[0]?.registry)
  const { each, done, failed } = useEach(rows, { kind: kind.name, nameOf })
  const all = client.of(kind.name)
  const which = ({ name, version, parent }: Described) => ({ name, version, parent })
  const isArchived = rows.every(({ archived }) => archived)
  const busy = done !== undefined
  return (
    <section className="card selection" aria-label="Selection">
      <b role="status">{busy ? `${done} of ${rows.length} done` : `${rows.length} selected`}</b>
      {kind.shape === 'versioned' && (
        <button
          type="button"
          className="button small"
          disabled={busy}
          onClick={() => void each((row) => told(all.archive(which(row), !isArchived)))}
        >
          {isArchived ? 'Restore' : 'Archive'}
        </button>
      )}
      <Ask
        title={`Delete ${rows.length === 1 ? rows[0]?.name : `these ${rows.length}`}?`}
        verb="Delete"
        danger
        run={() => void each((row) => told(removeItem(client, kind, which(row))))}
        trigger={
          <button type="button" className="button small danger" disabled={busy}>
            Delete
          </button>
        }
      >
        {kind.shape === 'versioned' && rows.some(({ version }) => version === undefined)
          ? 'Each goes with all its versions. What is in use is refused, and stays.'
          : 'They go for good. What is in use is refused, and stays.'}
      </Ask>
      <button type="button" className="button bare small end" onClick={clear}>
        Clear
      </button>
      <Failures failed={failed} />
    </section>
  )
}
