// What is done with the rows that were chosen: the same to each, one after the other; what fails is told by name.
import { inLanes, type Kind } from '@lazurite/spec'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Described } from '../data/described.ts'
import { removeItem, told, useClient } from '../data/kinds.ts'
import { Ask } from './ask.tsx'
import { Problem } from './bits.tsx'

export interface ChosenProps {
  kind: Kind
  rows: readonly Described[]
  clear(): void
}

const lanes = 4

/** Does something to every row, and keeps what went wrong. */
function useEach({ kind, rows }: Pick<ChosenProps, 'kind' | 'rows'>) {
  const queries = useQueryClient()
  const [done, setDone] = useState<number>()
  const [failed, setFailed] = useState<{ name: string; error: unknown }[]>([])
  const each = async (work: (row: Described) => Promise<unknown>) => {
    setFailed([])
    setDone(0)
    await inLanes([...rows], lanes, async (row) => {
      try {
        await told(work(row))
      } catch (error) {
        const name = row.version === undefined ? row.name : `${row.name}:${row.version}`
        setFailed((old) => [...old, { name, error }])
      }
      setDone((count = 0) => count + 1)
    })
    setDone(undefined)
    await queries.invalidateQueries({ queryKey: [kind.name] })
  }
  return { each, done, failed }
}

export function Chosen({ kind, rows, clear }: ChosenProps) {
  const client = useClient(rows[0]?.registry)
  const { each, done, failed } = useEach({ kind, rows })
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
          onClick={() => void each((row) => all.archive(which(row), !isArchived))}
        >
          {isArchived ? 'Restore' : 'Archive'}
        </button>
      )}
      <Ask
        title={`Delete ${rows.length === 1 ? rows[0]?.name : `these ${rows.length}`}?`}
        verb="Delete"
        danger
        run={() => void each((row) => removeItem(client, kind, which(row)))}
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
      {failed.length > 0 && (
        <div className="wide">
          {failed.slice(0, 5).map(({ name, error }) => (
            <div key={name}>
              <b>{name}</b>
              <Problem error={error} />
            </div>
          ))}
        </div>
      )}
    </section>
  )
}
