// When each step ran: a bar a step, cut by stage; those that decided how long it all took have a frame. The table below
// is the same in figures.
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { duration } from '../../data/format.ts'
import { familyOf, isOver, wordOf } from '../../data/states.ts'
import { Empty, useNow } from '../bits.tsx'
import { Icon } from '../icons.tsx'
import { Mark } from '../status.tsx'
import type { Drawing } from './drawing.ts'
import { stageFamily, stageWord } from './phase-bar.tsx'
import { csvOf, marks, type Preset, presets, type Row, rowsOf, stages } from './times.ts'

interface TimelineProps {
  drawing: Drawing
  meant: ReadonlySet<string> | undefined
  selected: string | undefined
  select(id: string): void
}

const presetWords: Record<Preset, string> = {
  critical: 'Critical path',
  flat: 'Flat',
  compact: 'Compact, over 30 s',
  hierarchical: 'Hierarchical',
}
const rowHeight = 28
const beyond = 8

export function Timeline({ drawing, meant, selected, select }: TimelineProps) {
  const [preset, setPreset] = useState<Preset>('hierarchical')
  const tick = useNow()
  const now = isOver(drawing.status) ? 0 : tick
  const all = useMemo(() => rowsOf({ nodes: drawing.nodes, links: drawing.edges }, preset, now), [drawing, preset, now])
  const rows = meant ? all.filter(({ node }) => meant.has(node.id)) : all
  const save = () => {
    const url = URL.createObjectURL(new Blob([csvOf(rows)], { type: 'text/csv' }))
    const link = document.createElement('a')
    link.href = url
    link.download = `${drawing.name}-timeline.csv`
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <section className="card timeline" aria-label="Timeline">
      <header>
        <fieldset className="segments">
          <legend className="hidden">What is shown</legend>
          {presets.map((one) => (
            <button key={one} type="button" aria-pressed={preset === one} onClick={() => setPreset(one)}>
              {presetWords[one]}
            </button>
          ))}
        </fieldset>
        <ul className="key">
          {stages.map((stage) => (
            <li key={stage}>
              <i className={`back-${stageFamily[stage]}`} />
              {stageWord[stage]}
            </li>
          ))}
          <li>
            <i className="framed" />
            Critical path
          </li>
        </ul>
        <button type="button" className="button small end" onClick={save}>
          <Icon name="download" /> CSV
        </button>
      </header>
      {rows.length === 0 ? (
        <Empty title="No step to show">
          <p>Steps appear here when they have begun{preset === 'compact' ? ' and took longer than 30 seconds' : ''}.</p>
        </Empty>
      ) : (
        <Bars rows={rows} now={now} selected={selected} select={select} />
      )}
    </section>
  )
}

interface BarsProps {
  rows: Row[]
  now: number
  selected: string | undefined
  select(id: string): void
}

function Bars({ rows, now, selected, select }: BarsProps) {
  const [top, setTop] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  const from = Math.min(...rows.map((row) => row.from))
  const to = Math.max(from + 100, ...rows.map((row) => row.to))
  const span = to - from
  const height = box.current?.clientHeight ?? 800
  const first = Math.max(0, Math.floor(top / rowHeight) - beyond)
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + beyond)
  const here = rows.findIndex(({ node }) => node.id === selected)
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const next = rows[Math.max(0, Math.min(rows.length - 1, here + step))]
    if (step === 0 || !next) return
    event.preventDefault()
    select(next.node.id)
  }
  return (
    <div
      ref={box}
      className="bars"
      role="grid"
      aria-label="Steps by time"
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={press}
    >
      <BarsHead from={from} to={to} />
      <div role="rowgroup" style={{ height: rows.length * rowHeight, position: 'relative' }}>
        {rows.slice(first, last).map((row, offset) => (
          <BarRow
            key={row.node.id}
            row={row}
            index={first + offset}
            window={{ from, span, now }}
            selected={row.node.id === selected}
            select={select}
          />
        ))}
      </div>
    </div>
  )
}

function BarsHead({ from, to }: { from: number; to: number }) {
  return (
    <div role="row" className="bars-head" aria-rowindex={1}>
      <span role="columnheader">Step</span>
      <span role="columnheader" className="scale">
        {marks(from, to, 8).map(({ at, label }) => (
          <i key={at} style={{ left: `${((at - from) / (to - from)) * 100}%` }}>
            {label}
          </i>
        ))}
      </span>
      {stages.map((stage) => (
        <span key={stage} role="columnheader" className="numeric">
          {stageWord[stage]}
        </span>
      ))}
      <span role="columnheader" className="numeric">
        Total
      </span>
    </div>
  )
}

interface BarRowProps {
  row: Row
  index: number
  window: { from: number; span: number; now: number }
  selected: boolean
  select(id: string): void
}

function BarRow({ row, index, window, selected, select }: BarRowProps) {
  const { node, depth, from, to, critical, seconds } = row
  const part = (time: number) => `${(Math.max(0, time) / window.span) * 100}%`
  const heard = `${node.key}, ${wordOf(node.status)}, ${duration((to - from) / 1000)}${critical ? ', on the critical path' : ''}`
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className="bars-row"
      style={{ top: index * rowHeight }}
      onClick={() => select(node.id)}
    >
      <span role="rowheader" className="step" style={{ paddingLeft: 12 + depth * 14 }} aria-label={heard}>
        <span className={`mark of-${familyOf(node.status)}`}>
          <Mark state={node.status} />
        </span>
        <span className="name">{node.key}</span>
      </span>
      <span role="gridcell" className="track">
        <span
          className={critical ? 'bar-of critical' : 'bar-of'}
          style={{ left: part(from - window.from), width: part(to - from) }}
        >
          {(node.phases ?? []).map((phase) => (
            <i
              key={`${phase.name}${phase.from}`}
              className={`back-${stageFamily[phase.stage as keyof typeof stageFamily] ?? 'queue'}`}
              style={{ flexGrow: Math.max(0, (phase.to ?? Math.max(window.now, to)) - phase.from) }}
              title={`${phase.name} ${duration(((phase.to ?? to) - phase.from) / 1000)}`}
            />
          ))}
        </span>
      </span>
      {stages.map((stage) => (
        <span key={stage} role="gridcell" className="numeric">
          {seconds[stage] > 0 ? duration(seconds[stage]) : <span className="dim">–</span>}
        </span>
      ))}
      <span role="gridcell" className="numeric">
        {duration((to - from) / 1000)}
      </span>
    </div>
  )
}
