// The same done to each of some rows, a few at a time; what fails is told by name.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem } from './bits.tsx'

const lanes = 4
const mostTold = 5

export interface Failure {
  name: string
  error: unknown
}

/** `done` counts while it goes on. Lists of the kind are read again at the end. */
export function useEach<T>(rows: readonly T[], o: { kind: string; nameOf(row: T): string }) {
  const queries = useQueryClient()
  const [done, setDone] = useState<number>()
  const [failed, setFailed] = useState<Failure[]>([])
  const each = async (work: (row: T) => Promise<unknown>) => {
    setFailed([])
    setDone(0)
    const left = rows.values()
    const lane = async () => {
      for (const row of left) {
        await work(row).catch((error: unknown) => setFailed((old) => [...old, { name: o.nameOf(row), error }]))
        setDone((count = 0) => count + 1)
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    setDone(undefined)
    await queries.invalidateQueries({ queryKey: [o.kind] })
  }
  return { each, done, failed }
}

export function Failures({ failed }: { failed: readonly Failure[] }) {
  if (failed.length === 0) return null
  return (
    <div className="wide">
      {failed.slice(0, mostTold).map(({ name, error }) => (
        <div key={name}>
          <b>{name}</b>
          <Problem error={error} />
        </div>
      ))}
      {failed.length > mostTold && <p className="quiet">and {failed.length - mostTold} more</p>}
    </div>
  )
}
