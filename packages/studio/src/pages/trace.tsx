// One trace: its spans by time, what the chosen one did, and what is thought of it.

import { type Span, treeOf } from '@lazurite/client'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { ApiError } from '../data/api.ts'
import { count, duration } from '../data/format.ts'
import { useSession } from '../data/session.ts'
import { shellWord } from '../data/shell.ts'
import { likeJob, traceWords, useExperimentName, useTrace, type WholeTrace } from '../data/traces.ts'
import { useWords } from '../data/words.ts'
import { Ago, Card, Copy, Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { Status } from '../parts/status.tsx'
import { Assessments } from '../parts/traces/assessments.tsx'
import { SpanSides } from '../parts/traces/span.tsx'
import { TagsOfTrace } from '../parts/traces/tags.tsx'
import { SpanTree } from '../parts/traces/tree.tsx'
import { experimentPath, jobPath, part } from '../places.ts'
import '../style/kinds.css'
import '../style/job.css'
import '../style/traces.css'

export function TracePage({ id }: { id: string }) {
  const trace = useTrace(id)
  useTitle(trace.data?.name || id)
  if (trace.isPending) return <Loading what="the trace" />
  if (trace.isError && !trace.data) {
    if (trace.error instanceof ApiError && trace.error.status === 404) return <Gone id={id} />
    return <Problem page error={trace.error} retry={() => void trace.refetch()} />
  }
  return <Sides trace={trace.data} />
}

function Gone({ id }: { id: string }) {
  return (
    <Empty page title="There is no such trace">
      <p className="mono">{id}</p>
      <p>
        It was deleted, or never told. <Link href="/traces">All traces</Link>
      </p>
    </Empty>
  )
}

function Sides({ trace }: { trace: WholeTrace }) {
  const { readOnly } = useSession()
  const words = useWords()
  const tree = useMemo(() => treeOf(trace.spans), [trace.spans])
  const chosen = tree.find(({ id }) => id === words.get('span')) ?? firstOf(tree)
  const select = (span: string) => words.put({ span })
  return (
    <>
      <Head trace={trace} />
      <div className="columns trace">
        <div className="stack">
          {tree.length === 0 ? (
            <Card title="Spans">
              <p className="quiet">
                {trace.state === 'IN_PROGRESS' ? 'None has ended yet.' : 'None of them is known here.'}
              </p>
            </Card>
          ) : (
            <section className="card" aria-label="Steps">
              <header>
                <h2>Steps</h2>
                <span className="end quiet">{count(tree.length)} spans</span>
              </header>
              <SpanTree spans={tree} selected={chosen?.id} select={select} />
            </section>
          )}
          {chosen && <SpanSides key={chosen.id} span={chosen} />}
        </div>
        <div className="stack">
          <Assessments trace={trace} readOnly={readOnly} select={select} />
          <Facts trace={trace} />
          <TagsOfTrace trace={trace} readOnly={readOnly} />
          <Twin command={`laz trace show ${shellWord(trace.id)}`} />
        </div>
      </div>
    </>
  )
}

/** What failed first of all, deepest: that is looked for; else the root. */
function firstOf<T extends Span & { depth: number }>(tree: readonly T[]): T | undefined {
  const failed = tree.filter(({ status }) => status === 'ERROR')
  return failed.sort((a, b) => b.depth - a.depth || a.fromUs - b.fromUs)[0] ?? tree[0]
}

function Head({ trace }: { trace: WholeTrace }) {
  const { id, name, state, seconds, tokens, at, experimentId, run } = trace
  const experiment = useExperimentName(experimentId)
  return (
    <div className="head">
      <h1>{name || id}</h1>
      <Status state={likeJob(state)} word={traceWords[state] ?? 'Unknown'} />
      <span className="quiet">
        {duration(seconds)}
        {tokens !== undefined && ` · ${count(tokens)} tokens`}
      </span>
      <p className="under">
        <span className="mono">{id}</span>
        <Copy text={id} label="Copy the id" />
        {experiment && <Link href={`${experimentPath(experiment)}?tab=traces`}>{experiment}</Link>}
        {run && (
          <span>
            · of the run <Link href={`${jobPath(run)}?tab=traces`}>{run}</Link>
          </span>
        )}
        <span>
          · <Ago at={at} />
        </span>
      </p>
    </div>
  )
}

function Facts({ trace }: { trace: WholeTrace }) {
  const facts = [['User', trace.user], ...Object.entries(trace.metadata)].filter(([, value]) => value !== '')
  if (facts.length === 0 && trace.session === '') return null
  return (
    <Card title="Properties">
      <dl className="facts">
        {trace.session !== '' && (
          <>
            <dt>Session</dt>
            <dd>
              <Link href={`/traces?q=${part(`metadata.\`mlflow.trace.session\` = '${trace.session}'`)}`}>
                {trace.session}
              </Link>
            </dd>
          </>
        )}
        {facts.map(([key, value]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
