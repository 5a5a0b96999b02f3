// What a job ran on and with: load of the machine, environment, node, what happened when, and all that is written down.
import { lazy, type ReactNode, Suspense, useMemo } from 'react'
import { duration, when } from '../data/format.ts'
import { rowOf } from '../data/jobs.ts'
import { type Phase, useRunFacts, useTimeline, whileRunning } from '../data/run.ts'
import { isOver, wordOf } from '../data/states.ts'
import { useWords } from '../data/words.ts'
import { Card, Loading, Twin } from '../parts/bits.tsx'
import { isSystem } from '../parts/chart/groups.ts'
import { MetricCard } from '../parts/chart/metric-card.tsx'
import { nodesOf, systemGroups } from '../parts/chart/system.ts'
import type { JobTabProps } from './job-tab.ts'

const Document = lazy(() => import('./job-document.tsx').then((file) => ({ default: file.Document })))
const view = { x: 'relative', logX: false, logY: false, smoothing: 'none', amount: 0 } as const

export function Side({ job }: JobTabProps) {
  const { name, status, outside } = rowOf(job)
  return (
    <div className="columns">
      <div className="stack">
        <Load name={name} status={status} outside={outside} />
        <Happened name={name} />
        <Suspense fallback={<Loading what="the YAML" />}>
          <Document job={job} />
        </Suspense>
      </div>
      <div className="stack">
        <Facts title="Environment" facts={job.lazurite?.environment} />
        <Facts title="Node" facts={job.lazurite?.node} />
        <Services services={job.properties.services} />
        <Twin command={`laz job metrics --name ${name}`} />
        <Twin command={`laz job timeline --name ${name}`} />
      </div>
    </div>
  )
}

function Load({ name, status, outside }: { name: string; status: string; outside: boolean }) {
  const facts = useRunFacts(name, status)
  const words = useWords()
  const keys = (facts.data?.metrics ?? []).filter(({ key, count }) => isSystem(key) && count > 1).map(({ key }) => key)
  const text = keys.join('\n')
  const node = words.get('node')
  const nodes = useMemo(() => nodesOf(text.split('\n')), [text])
  const groups = useMemo(() => systemGroups(name, text === '' ? [] : text.split('\n'), node), [name, text, node])
  if (groups.length === 0) return <Nothing asked={facts.data !== undefined && !outside} over={isOver(status)} />
  return (
    <>
      {nodes.length > 1 && (
        <fieldset className="segments" style={{ justifySelf: 'start' }}>
          <legend className="hidden">Node</legend>
          {['', ...nodes].map((one) => (
            <button key={one} type="button" aria-pressed={one === node} onClick={() => words.put({ node: one })}>
              {one || 'All nodes'}
            </button>
          ))}
        </fieldset>
      )}
      <div className="charts">
        {groups.map(({ title, lines }) => (
          <MetricCard
            key={title}
            title={title}
            lines={lines}
            view={view}
            height={160}
            again={whileRunning(status)}
            sync={`${name} load`}
          />
        ))}
      </div>
    </>
  )
}

/** A first look is taken two seconds after the begin, the next ten seconds later: a line has two. */
function Nothing({ asked, over }: { asked: boolean; over: boolean }) {
  if (!asked) return null
  return (
    <p className="quiet">
      {over
        ? 'The load of its machine was not measured: it was too short, or said not to.'
        : 'The load of its machine is shown here once it was measured twice, after some twelve seconds.'}
    </p>
  )
}

const families: Record<Phase['stage'], string> = {
  queued: 'queue',
  preparing: 'prep',
  running: 'run',
  finalizing: 'ok',
}

function Happened({ name }: { name: string }) {
  const timeline = useTimeline(name)
  if (!timeline.data) return null
  return (
    <Card title="What happened" bare>
      <table className="singles">
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col">Began</th>
            <th scope="col" className="numeric">
              Took
            </th>
            <th scope="col">With</th>
          </tr>
        </thead>
        <tbody>
          {timeline.data.phases.map(({ name: phase, stage, from, seconds, detail }) => (
            <tr key={`${phase} ${from}`}>
              <th scope="row">
                <span className={`status family-${families[stage]}`}>{wordOf(phase)}</span>
              </th>
              <td>{when(from)}</td>
              <td className="numeric">{duration(seconds)}</td>
              <td className="quiet">{detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}

function Facts({ title, facts }: { title: string; facts: unknown }) {
  if (typeof facts !== 'object' || facts === null) return null
  const shown = Object.entries(facts).filter(([, value]) => value !== '' && value !== null && !isEmpty(value))
  if (shown.length === 0) return null
  return (
    <Card title={title}>
      <dl className="facts">
        {shown.map(([key, value]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>{spoken(key)}</dt>
            <dd className="mono">{textOf(value)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** `Memory MiB` of `memoryMiB`. */
function spoken(key: string): string {
  return key.replace(/([a-z\d])([A-Z][a-z]+)/g, '$1 $2').replace(/^./, (letter) => letter.toUpperCase())
}

function textOf(value: unknown): ReactNode {
  if (Array.isArray(value))
    return value.map((one) => (typeof one === 'object' ? JSON.stringify(one) : String(one))).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

interface Service {
  endpoint?: string | null
  jobServiceType?: string
  status?: string | null
  errorMessage?: string | null
}

function Services({ services }: { services: unknown }) {
  const all = Object.entries((services ?? {}) as Record<string, Service>).filter(
    ([name]) => name !== 'Studio' && name !== 'Tracking',
  )
  if (all.length === 0) return null
  return (
    <Card title="Services">
      <dl className="facts">
        {all.map(([name, { endpoint, jobServiceType, status, errorMessage }]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>
              {endpoint && /^https?:/.test(endpoint) ? (
                <a href={endpoint} target="_blank" rel="noreferrer noopener">
                  Connect
                </a>
              ) : (
                endpoint || jobServiceType
              )}{' '}
              <span className="quiet">{errorMessage ?? status}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
