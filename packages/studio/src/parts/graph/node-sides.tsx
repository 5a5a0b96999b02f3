// The sides of a step in its panel: those of its job, and why it ran.

import { useQuery } from '@tanstack/react-query'
import type { ComponentType } from 'react'
import { Link } from 'wouter'
import { ask } from '../../data/api.ts'
import { type Resource, useJob, useWorkspace } from '../../data/queries.ts'
import { shellWord } from '../../data/shell.ts'
import { useWords } from '../../data/words.ts'
import type { JobTabProps } from '../../pages/job-tab.ts'
import { jobPath } from '../../places.ts'
import { Loading, Problem, Twin } from '../bits.tsx'
import { later } from '../later.tsx'
import type { DrawnNode } from './drawing.ts'
import { sideWords } from './side-words.ts'

const side = (load: () => Promise<{ Side: ComponentType<JobTabProps> }>) =>
  later(load, (file) => file.Side, 'this side')

const sides = {
  metrics: { title: 'Metrics', Panel: side(() => import('../../pages/job-metrics.tsx')) },
  logs: { title: 'Logs', Panel: side(() => import('../../pages/job-logs.tsx')) },
  outputs: { title: 'Outputs', Panel: side(() => import('../../pages/job-outputs.tsx')) },
  code: { title: 'Code', Panel: side(() => import('../../pages/job-code.tsx')) },
} as const

type SideOf = keyof typeof sides
export type NodeSide = SideOf | 'why' | 'overview'

const hasSides = (node: DrawnNode) => node.job !== undefined && node.kind !== 'input' && node.kind !== 'output'

/** Which side of a step the address names; the first where it has no others. */
export function useNodeSide(node: DrawnNode): [NodeSide, (to: NodeSide) => void] {
  const words = useWords()
  const named = words.get('side')
  const put = (to: NodeSide) =>
    words.put({ ...Object.fromEntries(sideWords.map((word) => [word, ''])), side: to === 'overview' ? '' : to })
  const known = hasSides(node) && (named === 'why' || Object.hasOwn(sides, named))
  return [known ? (named as NodeSide) : 'overview', put] // it is one of them: see above
}

interface NodeTabsProps {
  node: DrawnNode
  here: NodeSide
  go(to: NodeSide): void
}

export function NodeTabs({ node, here, go }: NodeTabsProps) {
  if (!hasSides(node)) return null
  const isPipeline = node.kind === 'pipeline'
  const shown: [NodeSide, string][] = [
    ['overview', 'Overview'],
    ...Object.entries(sides)
      .filter(([id]) => !isPipeline || id === 'metrics' || id === 'outputs')
      .map(([id, { title }]): [NodeSide, string] => [id as NodeSide, title]), // keys of the table
    ['why', 'Why'],
  ]
  return (
    <nav className="tabs" aria-label="Sides of the step">
      {shown.map(([id, title]) => (
        <a
          key={id}
          href={`?side=${id}`}
          aria-current={id === here ? 'page' : undefined}
          onClick={(event) => {
            event.preventDefault()
            go(id)
          }}
        >
          {title}
        </a>
      ))}
    </nav>
  )
}

interface NodeSideProps {
  /** The pipeline it is a step of. */
  pipeline: string
  node: DrawnNode
  here: Exclude<NodeSide, 'overview'>
}

export function NodeSideView({ pipeline, node, here }: NodeSideProps) {
  if (here === 'why') return <Why pipeline={pipeline} step={node.id} />
  return <OfJob key={node.job} name={node.job ?? ''} here={here} />
}

function OfJob({ name, here }: { name: string; here: SideOf }) {
  const job = useJob(name)
  if (job.isPending) return <Loading what="the step" />
  if (job.isError && !job.data) return <Problem error={job.error} retry={() => void job.refetch()} />
  if (here === 'code' && !hasCode(job.data)) return <p className="quiet">It has no code but its command.</p>
  const { Panel } = sides[here]
  return <Panel job={job.data} />
}

const hasCode = ({ properties }: Resource) => typeof properties.codeId === 'string'

/** What the face `jobs/{name}/explain` says of a step. */
interface Explained {
  decision: string
  why: string
  of?: string
  since?: { job: string; createdAt?: string; pipeline?: string }
  changes?: Change[]
  because?: { step: string; job: string; why: string }[]
}

interface Change {
  part: string
  before?: string
  now?: string
  files?: { files: { path: string; what: string }[]; more: number }
  packages?: string[]
  from?: string[]
}

const decisions: Readonly<Record<string, string>> = {
  reused: 'It was not run: it has its outputs from an earlier step.',
  ran: 'It was run.',
  job: 'It was run.',
  waits: 'It was not started yet.',
  skipped: 'It was never started.',
  control: 'It decides what is run.',
  pipeline: 'It is a pipeline: its steps have their own reasons.',
}

function Why({ pipeline, step }: { pipeline: string; step: string }) {
  const { own } = useWorkspace()
  const told = useQuery({
    queryKey: ['job', pipeline, 'explain', step],
    queryFn: ({ signal }) =>
      ask<Explained>(`${own}/jobs/${encodeURIComponent(pipeline)}/explain?${new URLSearchParams({ step })}`, {
        signal,
      }),
  })
  if (told.isPending) return <Loading what="the reason" />
  if (told.isError) return <Problem error={told.error} retry={() => void told.refetch()} />
  const { decision, why, of, since, changes = [], because = [] } = told.data
  return (
    <>
      <div>
        <p>
          <b>{decisions[decision] ?? decision}</b>
        </p>
        <p>{`${why.charAt(0).toUpperCase()}${why.slice(1)}.`}</p>
        {of && (
          <p>
            Its outputs are those of <Link href={jobPath(of)}>{of}</Link>.
          </p>
        )}
        {since && (
          <p className="quiet">
            Held against <Link href={jobPath(since.job)}>{since.job}</Link>
            {since.pipeline && since.pipeline !== pipeline && (
              <>
                {' '}
                of <Link href={jobPath(since.pipeline)}>{since.pipeline}</Link>
              </>
            )}
            .
          </p>
        )}
      </div>
      {changes.map((change) => (
        <Changed key={change.part} change={change} />
      ))}
      {because.length > 0 && (
        <section>
          <h3>Because of it ran</h3>
          <ul className="plain-list">
            {because.map((other) => (
              <li key={other.job}>
                <Link href={jobPath(other.job)}>{other.step}</Link> <span className="quiet">{other.why}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Twin command={`laz job explain ${shellWord(`${pipeline}/${step}`)}`} />
    </>
  )
}

function Changed({ change: { part, before, now, files, packages = [], from = [] } }: { change: Change }) {
  return (
    <section>
      <h3>{part}</h3>
      {(before !== undefined || now !== undefined) && (
        <dl className="facts">
          <dt>Before</dt>
          <dd className="mono wrap">{before ?? 'none'}</dd>
          <dt>Now</dt>
          <dd className="mono wrap">{now ?? 'none'}</dd>
        </dl>
      )}
      {from.length > 0 && <p className="quiet">It comes from {from.join(', ')}.</p>}
      <ul className="plain-list">
        {files?.files.map(({ path, what }) => (
          <li key={path}>
            <span className="mono wrap">{path}</span> <span className="quiet">{what}</span>
          </li>
        ))}
        {files && files.more > 0 && <li className="quiet">and {files.more} more</li>}
        {packages.map((line) => (
          <li key={line} className="mono wrap">
            {line}
          </li>
        ))}
      </ul>
    </section>
  )
}
