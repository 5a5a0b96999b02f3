// JSON as a tree that opens where one looks; what MLflow logs as a table is one.
import { useMemo, useState } from 'react'
import { Table } from '../look.tsx'
import { Block } from './block.tsx'

export function JsonView({ text, name }: { text: string; name: string }) {
  const value = useMemo(() => parse(text), [text])
  if (value === undefined) return <Block label={name} text={text.slice(0, 200_000)} />
  const table = tableOf(value)
  if (table) return <Table look={{ kind: 'table', format: 'json', more: false, ...table }} name={name} />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className="tree mono" aria-label={name} tabIndex={0}>
      <Node label="" value={value} open />
    </section>
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface LoggedTable {
  columns: string[]
  rows: Record<string, unknown>[]
}

function tableOf(value: unknown): LoggedTable | undefined {
  const { columns, data } = (value ?? {}) as { columns?: unknown; data?: unknown } // both checked below
  if (!Array.isArray(columns) || !Array.isArray(data) || !data.every(Array.isArray)) return undefined
  const names = columns.map(String)
  const rows = data.slice(0, 1000).map((row: unknown[]) => Object.fromEntries(names.map((name, i) => [name, row[i]])))
  return { columns: names, rows }
}

const mostShown = 200

function Node({ label, value, open = false }: { label: string; value: unknown; open?: boolean }) {
  const [isOpen, setOpen] = useState(open)
  const [most, setMost] = useState(mostShown)
  if (typeof value !== 'object' || value === null) {
    return (
      <div className="leaf">
        {label !== '' && <span className="key">{label}: </span>}
        <span className={`is-${value === null ? 'null' : typeof value}`}>{JSON.stringify(value)}</span>
      </div>
    )
  }
  const entries = Object.entries(value)
  const shape = Array.isArray(value) ? `[ ${entries.length} ]` : `{ ${entries.length} }`
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label !== '' && <span className="key">{label}: </span>}
        <span className="quiet">{shape}</span>
      </summary>
      {isOpen && (
        <div className="inside">
          {entries.slice(0, most).map(([key, inner]) => (
            <Node key={key} label={key} value={inner} />
          ))}
          {entries.length > most && (
            <button type="button" className="button small" onClick={() => setMost(most * 5)}>
              {entries.length - most} more
            </button>
          )}
        </div>
      )}
    </details>
  )
}
