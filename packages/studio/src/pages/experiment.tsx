// One experiment: its runs, its traces, what is said of it.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { ApiError, ask } from '../data/api.ts'
import { type Experiment, useExperiment } from '../data/experiments.ts'
import { useSession } from '../data/session.ts'
import { shellWord } from '../data/shell.ts'
import { useMlflow } from '../data/traces.ts'
import { Ago, Card, Copy, Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { later } from '../parts/later.tsx'
import { TagEditor } from '../parts/tags.tsx'
import { experimentPath } from '../places.ts'
import '../style/kinds.css'

const Jobs = later(
  () => import('./jobs.tsx'),
  (page) => page.Jobs,
  'jobs',
)
const TraceTable = later(
  () => import('../parts/traces/table.tsx'),
  (file) => file.TraceTable,
  'traces',
)
const tabs = [
  ['runs', 'Runs'],
  ['traces', 'Traces'],
  ['details', 'Details'],
] as const

export function ExperimentPage({ name }: { name: string }) {
  const [search] = useSearchParams()
  const found = useExperiment(name)
  useTitle(found.data?.name ?? name)
  if (found.isPending) return <Loading what="the experiment" />
  if (found.isError && !found.data) {
    if (found.error instanceof ApiError && found.error.status === 404) return <Gone name={name} />
    return <Problem page error={found.error} retry={() => void found.refetch()} />
  }
  const experiment = found.data
  const tab = search.get('tab') ?? 'runs'
  return (
    <>
      <div className="head">
        <h1>{experiment.name}</h1>
        {experiment.deleted && <span className="chip">Deleted</span>}
        <p className="under">
          <span className="mono">{experiment.id}</span>
          <Copy text={experiment.id} label="Copy the id" />
          <Link href="/experiments">All experiments</Link>
          <span>
            · made <Ago at={experiment.createdAt} />
          </span>
        </p>
      </div>
      <nav className="tabs" aria-label="Sides of the experiment">
        {tabs.map(([id, title]) => (
          <Link
            key={id}
            href={id === 'runs' ? experimentPath(name) : `${experimentPath(name)}?tab=${id}`}
            aria-current={id === tab ? 'page' : undefined}
          >
            {title}
          </Link>
        ))}
      </nav>
      {tab === 'traces' ? (
        <TraceTable experiment={experiment.name} />
      ) : tab === 'details' ? (
        <Details experiment={experiment} />
      ) : (
        <Jobs experiment={experiment.name} />
      )}
    </>
  )
}

function Gone({ name }: { name: string }) {
  return (
    <Empty page title="There is no such experiment">
      <p className="mono">{name}</p>
      <p>
        <Link href="/experiments">All experiments</Link>
      </p>
    </Empty>
  )
}

function Details({ experiment }: { experiment: Experiment }) {
  const { readOnly } = useSession()
  const base = useMlflow().replace('/3.0/', '/2.0/')
  const queries = useQueryClient()
  const [problem, setProblem] = useState<unknown>()
  const put = async (verb: string, body: object) => {
    await ask(`${base}/experiments/${verb}`, { method: 'POST', body: { experiment_id: experiment.id, ...body } })
  }
  const save = async (tags: Record<string, string>) => {
    setProblem(undefined)
    try {
      for (const [key, value] of Object.entries(tags))
        if (experiment.tags[key] !== value) await put('set-experiment-tag', { key, value })
      for (const key of Object.keys(experiment.tags))
        if (!Object.hasOwn(tags, key)) await put('delete-experiment-tag', { key })
      await queries.invalidateQueries({ queryKey: ['experiment'] })
      return true
    } catch (error) {
      setProblem(error)
      return false
    }
  }
  return (
    <div className="stack" style={{ maxWidth: 720 }}>
      {experiment.note !== '' && (
        <Card title="Description">
          <p style={{ whiteSpace: 'pre-wrap' }}>{experiment.note}</p>
        </Card>
      )}
      <Card title="Properties">
        <dl className="facts">
          <dt>Id</dt>
          <dd className="mono">{experiment.id}</dd>
          <dt>Created</dt>
          <dd>
            <Ago at={experiment.createdAt} />
          </dd>
          <dt>Changed</dt>
          <dd>
            <Ago at={experiment.updatedAt} />
          </dd>
          <dt>Files</dt>
          <dd className="mono">{experiment.location}</dd>
        </dl>
      </Card>
      <Card title="Tags">
        <TagEditor tags={experiment.tags} save={save} readOnly={readOnly || experiment.deleted} />
        {problem !== undefined && <Problem error={problem} />}
      </Card>
      <Twin command={`laz experiment show ${shellWord(experiment.name)}`} />
    </div>
  )
}
