// What is known of the node that is looked at.

import { type ReactNode, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { duration } from '../../data/format.ts'
import { useJobChanges } from '../../data/job-changes.ts'
import { useLogEnd } from '../../data/run.ts'
import { useSession } from '../../data/session.ts'
import { familyOf, isOver, wordOf } from '../../data/states.ts'
import { jobPath, part } from '../../places.ts'
import { Copy, Problem, Twin, useNow } from '../bits.tsx'
import { Icon } from '../icons.tsx'
import { plainText } from '../logs/ansi.ts'
import { LogLines } from '../logs/line.tsx'
import { Mark, Status } from '../status.tsx'
import { componentOf, type Drawing, type DrawnNode, isControl, isData, type Port, secondsOf } from './drawing.ts'
import { NodeSideView, NodeTabs, useNodeSide } from './node-sides.tsx'
import { PhaseBar } from './phase-bar.tsx'
import type { Card } from './scene.ts'

interface PanelProps {
  drawing: Drawing
  select(id: string | undefined): void
  /** Looks into a pipeline. */
  enter(id: string): void
}

export function NodePanel({ drawing, node, select, enter }: PanelProps & { node: DrawnNode }) {
  const sources = drawing.edges.filter(({ to }) => to === node.id)
  const sinks = drawing.edges.filter(({ from }) => from === node.id)
  const [here, go] = useNodeSide(node)
  const head = { title: node.key, end: node.status && <Status state={node.status} />, close: () => select(undefined) }
  const tabs = <NodeTabs node={node} here={here} go={go} />
  if (here !== 'overview') {
    return (
      <Panel {...head} wide>
        {tabs}
        <NodeSideView pipeline={drawing.name} node={node} here={here} />
      </Panel>
    )
  }
  return (
    <Panel {...head}>
      {tabs}
      {node.error && (
        <div className="notice fail">
          <b>It failed</b>
          <p className="mono wrap">{plainText(node.error)}</p>
        </div>
      )}
      <Ways node={node} enter={enter} />
      {node.phases && <PhaseBar phases={node.phases} />}
      <Facts node={node} />
      <Ports
        title="Inputs"
        ports={node.inputs}
        wires={sources.map((w) => ({ port: w.toPort, node: w.from, its: w.fromPort }))}
        select={select}
      />
      <Ports
        title="Outputs"
        ports={node.outputs}
        wires={sinks.map((w) => ({ port: w.fromPort, node: w.to, its: w.toPort }))}
        select={select}
      />
      {node.rounds && <Rounds node={node} />}
      {node.job && !isData(node) && node.kind !== 'pipeline' && <LogEnd job={node.job} status={node.status} />}
      {node.job && <Twin command={`laz job show --name ${node.job}`} />}
    </Panel>
  )
}

function Panel({
  title,
  end,
  close,
  wide = false,
  children,
}: {
  title: string
  end?: ReactNode
  close(): void
  /** It needs half of the board. */
  wide?: boolean
  children: ReactNode
}) {
  return (
    <section className={wide ? 'card node-panel wide' : 'card node-panel'} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {end}
        <button type="button" className="button bare small square end" onClick={close} aria-label="Close">
          <Icon name="cross" />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
      <div className="body" tabIndex={0}>
        {children}
      </div>
    </section>
  )
}

const controlWords: Record<string, string> = {
  if_else: 'A condition: one of two ways is gone',
  do_while: 'A loop: its step is repeated as long as it says so',
  parallel_for: 'A loop: its step is run once for each item',
  input: 'What goes into the pipeline',
  output: 'What the pipeline leaves behind',
}

function Facts({ node }: { node: DrawnNode }) {
  const now = useNow()
  const component = componentOf(node)
  const seconds = secondsOf(node, now)
  const facts: [string, ReactNode][] = [
    ['Type', isControl(node) || isData(node) ? controlWords[node.kind] : node.kind],
    [
      'Component',
      component && (
        <Link href={`/components/${part(component.name)}/${part(component.version)}`}>
          {component.name}:{component.version}
        </Link>
      ),
    ],
    [
      'Job',
      node.job && (
        <>
          <Link href={jobPath(node.job)} className="mono wrap">
            {node.job}
          </Link>{' '}
          <Copy text={node.job} label="Copy the name" />
        </>
      ),
    ],
    ['Ran for', seconds !== undefined && duration(isOver(node.status) ? seconds : Math.floor(seconds))],
    ['Try', node.attempt],
    ['Reused from', node.reusedFrom && <Link href={jobPath(node.reusedFrom)}>{node.reusedFrom}</Link>],
    ['Why', node.why],
  ]
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== false && value !== '')
        .map(([title, value]) => (
          <div key={title} style={{ display: 'contents' }}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

interface PortsProps {
  title: string
  ports: Port[] | undefined
  wires: { port: string; node: string; its: string }[]
  select(id: string): void
}

function Ports({ title, ports = [], wires, select }: PortsProps) {
  const names = [...new Set([...ports.map(({ name }) => name), ...wires.map(({ port }) => port)])].filter(Boolean)
  if (names.length === 0) return null
  return (
    <section>
      <h3>{title}</h3>
      <dl className="facts">
        {names.map((name) => {
          const port = ports.find((one) => one.name === name)
          const bound = wires.filter((wire) => wire.port === name)
          return (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{name}</dt>
              <dd>
                {bound.map(({ node, its }) => (
                  <button
                    key={`${node}.${its}`}
                    type="button"
                    className="link"
                    title={port?.value}
                    onClick={() => select(node)}
                  >
                    {node
                      .split('/')
                      .at(-1)
                      ?.replace(/^:(in|out)/, '') || node.split(/[/:]/).at(-1)}
                    {its && ` / ${its}`}
                  </button>
                ))}
                <Value port={port} bound={bound.length > 0} />
              </dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}

function Value({ port, bound }: { port: Port | undefined; bound: boolean }) {
  const value = port?.value
  // where it lies in this run is told when one asks; what it comes from says more
  if (bound) return null
  if (!value) return <span className="dim">{port?.type ?? '–'}</span>
  return (
    <span className="mono wrap" title={value}>
      {value.length > 90 ? `…${value.slice(-88)}` : value}
    </span>
  )
}

function Rounds({ node }: { node: DrawnNode }) {
  return (
    <section>
      <h3>Rounds</h3>
      <ul className="members">
        {node.rounds?.map((round) => (
          <li key={round.key}>
            <Link href={jobPath(round.job)}>
              <span className={`mark of-${familyOf(round.status)}`}>
                <Mark state={round.status} />
              </span>
              <span className="name">{round.key}</span>
              <span className="dim">{wordOf(round.status)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

const lines = 8

function LogEnd({ job, status }: { job: string; status: string }) {
  const log = useLogEnd(job, { count: lines, status })
  if (!log.data || log.data.total === 0) return null
  return <LogLines lines={log.data.value} first={log.data.from} label={`Last lines of ${log.data.path}`} />
}

function Ways({ node, enter }: { node: DrawnNode; enter(id: string): void }) {
  const { readOnly } = useSession()
  const { job, kind, status } = node
  const isStep = kind !== 'pipeline'
  return (
    <p className="ways">
      {!isStep && (
        <button type="button" className="button primary" onClick={() => enter(node.id)}>
          Look inside
        </button>
      )}
      {job && isStep && (
        <Link href={`${jobPath(job)}?tab=logs`} className="button primary">
          Open logs
        </Link>
      )}
      {job && (
        <Link href={jobPath(job)} className="button">
          Open the job
        </Link>
      )}
      {job && isStep && isOver(status) && !readOnly && <Again job={job} />}
      {job && status && !isOver(status) && !readOnly && <Stop job={job} />}
    </p>
  )
}

/** The step as a job of its own, with its inputs as they were. */
function Again({ job }: { job: string }) {
  const { rerun } = useJobChanges(job)
  const [, go] = useLocation()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const run = () => {
    setBusy(true)
    rerun({ force: true }).then(
      ({ name }) => go(jobPath(name)),
      (problem: unknown) => {
        setError(problem)
        setBusy(false)
      },
    )
  }
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={busy}
        onClick={run}
        title="As a job of its own, with its inputs"
      >
        Run again
      </button>
      {error !== undefined && <Problem error={error} />}
    </>
  )
}

/** Asks the step to stop; what waits for it is never started. */
function Stop({ job }: { job: string }) {
  const { cancel } = useJobChanges(job)
  const [error, setError] = useState<unknown>()
  const [asked, setAsked] = useState(false)
  const stop = () => {
    setAsked(true)
    cancel().catch((problem: unknown) => {
      setError(problem)
      setAsked(false)
    })
  }
  return (
    <>
      <button type="button" className="button" disabled={asked} onClick={stop}>
        {asked ? 'Stopping …' : 'Cancel'}
      </button>
      {error !== undefined && <Problem error={error} />}
    </>
  )
}

interface StackPanelProps extends PanelProps {
  card: Card
  /** Shows its members one by one. */
  spread(): void
}

/** What stands behind a stack. */
export function StackPanel({ drawing, card, select, spread }: StackPanelProps) {
  const members = new Set(card.members)
  const nodes = drawing.nodes.filter(({ id }) => members.has(id))
  const now = useNow()
  return (
    <Panel title={card.title} close={() => select(undefined)}>
      <p className="quiet">Steps of the same component, fed by the same steps and feeding the same.</p>
      <p className="ways">
        <button type="button" className="button" onClick={spread}>
          Show one by one
        </button>
      </p>
      <ul className="members">
        {nodes.slice(0, mostMembers).map((node) => (
          <li key={node.id}>
            <button type="button" onClick={() => select(node.id)}>
              {node.status && (
                <span className={`mark of-${familyOf(node.status)}`}>
                  <Mark state={node.status} />
                </span>
              )}
              <span className="name">{node.key}</span>
              <span className="dim">{duration(secondsOf(node, now))}</span>
            </button>
          </li>
        ))}
      </ul>
      {nodes.length > mostMembers && (
        <p className="quiet">and {nodes.length - mostMembers} more; the outline has all.</p>
      )}
    </Panel>
  )
}

const mostMembers = 200
