// Spans below each other, each with its stretch of time. Arrow keys walk; left closes, right opens what is below.

import type { TreeSpan } from '@lazurite/client'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { count, shortTime } from '../../data/format.ts'
import { Icon } from '../icons.tsx'

const rowHeight = 32
const beyond = 8

export interface SpanTreeProps {
  spans: readonly TreeSpan[]
  selected: string | undefined
  select(id: string): void
}

export function SpanTree({ spans, selected, select }: SpanTreeProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const rows = useMemo(() => openRows(spans, closed), [spans, closed])
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const height = box.current?.clientHeight || 600
  const first = Math.max(0, Math.floor(top / rowHeight) - beyond)
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + beyond)
  const whole = Math.max(1, ...spans.map(({ fromUs, toUs }) => toUs ?? fromUs))
  const here = rows.findIndex(({ id }) => id === selected)
  const toggle = (id: string, isClosed: boolean) =>
    setClosed((old) => (isClosed ? new Set([...old, id]) : new Set([...old].filter((one) => one !== id))))
  useEffect(() => {
    const element = box.current
    if (!element || here < 0) return
    const at = here * rowHeight
    const low = at + rowHeight * 2 - element.clientHeight
    if (at < element.scrollTop) element.scrollTop = at
    else if (low > element.scrollTop) element.scrollTop = low
  }, [here])
  const press = (event: KeyboardEvent) => {
    const row = rows[here]
    const go = (next: TreeSpan | undefined) => next && select(next.id)
    if (event.key === 'ArrowDown') go(rows[Math.min(rows.length - 1, here + 1)])
    else if (event.key === 'ArrowUp') go(rows[Math.max(0, here - 1)])
    else if (event.key === 'Home') go(rows[0])
    else if (event.key === 'End') go(rows.at(-1))
    else if (event.key === 'ArrowRight' && row && closed.has(row.id)) toggle(row.id, false)
    else if (event.key === 'ArrowRight') go(rows[here + 1])
    else if (event.key === 'ArrowLeft' && row && row.below > 0 && !closed.has(row.id)) toggle(row.id, true)
    else if (event.key === 'ArrowLeft' && row) go(rows.slice(0, here).findLast(({ depth }) => depth < row.depth))
    else return
    event.preventDefault()
  }
  return (
    <div
      ref={box}
      className="spans"
      role="tree"
      aria-label="Spans"
      aria-activedescendant={here >= 0 ? `span-${here}` : undefined}
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={press}
    >
      <div role="presentation" style={{ height: rows.length * rowHeight, position: 'relative' }}>
        {rows.slice(first, last).map((row, offset) => (
          <Row
            key={row.id}
            row={row}
            index={first + offset}
            whole={whole}
            selected={row.id === selected}
            isClosed={closed.has(row.id)}
            select={select}
            toggle={toggle}
          />
        ))}
      </div>
    </div>
  )
}

function openRows(spans: readonly TreeSpan[], closed: ReadonlySet<string>): TreeSpan[] {
  const rows: TreeSpan[] = []
  for (let at = 0; at < spans.length; at += 1) {
    const span = spans[at]
    if (!span) break
    rows.push(span)
    if (closed.has(span.id)) at += span.below
  }
  return rows
}

interface RowProps {
  row: TreeSpan
  index: number
  whole: number
  selected: boolean
  isClosed: boolean
  select(id: string): void
  toggle(id: string, isClosed: boolean): void
}

function Row({ row, index, whole, selected, isClosed, select, toggle }: RowProps) {
  const { id, name, type, depth, below, fromUs, toUs, status } = row
  const part = (us: number) => `${Math.max(0, Math.min(100, (us / whole) * 100))}%`
  const took = toUs === undefined ? 'goes on' : shortTime(toUs - fromUs)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus, and says which row is meant
    <div
      role="treeitem"
      id={`span-${index}`}
      aria-level={depth + 1}
      aria-selected={selected}
      aria-expanded={below === 0 ? undefined : !isClosed}
      className={`span-row is-${kindOf(type)}${status === 'ERROR' ? ' failed' : ''}`}
      style={{ top: index * rowHeight }}
      onClick={() => select(id)}
    >
      <span className="what" style={{ paddingLeft: 8 + Math.min(depth, 20) * 16 }}>
        {below > 0 ? (
          <button
            type="button"
            className="twist"
            tabIndex={-1}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation()
              toggle(id, !isClosed)
            }}
          >
            <Icon name={isClosed ? 'right' : 'down'} />
          </button>
        ) : (
          <i className="twist" />
        )}
        <span className="label">{name || id}</span>
        {type !== '' && <span className="sort">{type.toLowerCase().replaceAll('_', ' ')}</span>}
        {isClosed && <span className="dim">+{count(below)}</span>}
        {status === 'ERROR' && (
          <>
            <Icon name="cross" />
            <span className="hidden">failed</span>
          </>
        )}
      </span>
      <span className="track">
        <i style={{ left: part(fromUs), width: part((toUs ?? whole) - fromUs) }} />
      </span>
      <span className="numeric took">{took}</span>
    </div>
  )
}

const families: readonly (readonly [RegExp, string])[] = [
  [/AGENT|CHAIN|WORKFLOW|TASK/, 'agent'],
  [/LLM|CHAT|COMPLETION|EMBEDDING/, 'model'],
  [/TOOL|MCP/, 'tool'],
  [/RETRIEVER|RERANKER|MEMORY/, 'retriever'],
]

/** Which colour a type has: four families, and the rest. */
export function kindOf(type: string): string {
  return families.find(([pattern]) => pattern.test(type.toUpperCase()))?.[1] ?? 'other'
}
