// Deleting a job for good: first what would go and what would stay.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { bytes, count } from '../data/format.ts'
import { useJobChanges } from '../data/job-changes.ts'
import type { Resource } from '../data/queries.ts'
import { Loading, Problem, Twin } from '../parts/bits.tsx'
import { Dialog } from '../parts/dialog.tsx'

export function Erase({ job, close }: { job: Resource; close(): void }) {
  const { erase } = useJobChanges(job.name)
  const [, go] = useLocation()
  const plan = useQuery({ queryKey: ['job', job.name, 'erase'], queryFn: () => erase(true), staleTime: 0 })
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    try {
      await erase(false)
      close()
      go('/jobs')
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }
  const told = plan.data
  return (
    <Dialog title={`Delete ${String(job.properties.displayName ?? job.name)} for good?`} close={close}>
      {plan.isPending && <Loading what="what would go" />}
      {plan.isError && <Problem error={plan.error} />}
      {told && (
        <>
          <dl className="facts">
            <Line title="Jobs" value={count(told.jobCount)} />
            <Line title="Runs" value={count(told.runs)} />
            <Line title="Metric points" value={count(told.metricPoints)} />
            <Line title="Files" value={`${count(told.files)}, ${bytes(told.sizeBytes)}`} />
            <Line
              title="Assets"
              value={told.assets.map((one) => `${one.kind} ${one.name}:${one.version}`).join(', ')}
            />
          </dl>
          <Kept kept={told.kept} />
        </>
      )}
      <Twin command={`laz job delete --name ${job.name} --dry-run`} />
      {error !== undefined && <Problem error={error} />}
      <div className="buttons">
        <button type="button" className="button" onClick={close}>
          Keep it
        </button>
        <button type="button" className="button danger" disabled={!told || busy} onClick={() => void run()}>
          Delete for good
        </button>
      </div>
    </Dialog>
  )
}

function Line({ title, value }: { title: string; value: string }) {
  return (
    <div style={{ display: 'contents' }}>
      <dt>{title}</dt>
      <dd>{value || 'none'}</dd>
    </div>
  )
}

function Kept({ kept }: { kept: readonly { path: string; by: string }[] }) {
  if (kept.length === 0) return null
  return (
    <div className="notice warn">
      <h2>Stays, because something else names it</h2>
      <ul>
        {kept.slice(0, 20).map(({ path, by }) => (
          <li key={path}>
            <span className="mono">{path}</span> — {by}
          </li>
        ))}
      </ul>
    </div>
  )
}
