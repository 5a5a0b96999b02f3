// All steps as rows: what a great graph hides, a list shows.
import { useMemo, useState } from 'react'
import { duration } from '../../data/format.ts'
import { familyOf, isOver } from '../../data/states.ts'
import { Ago, Empty, useNow } from '../bits.tsx'
import { type Column, Grid, type Sorting } from '../grid.tsx'
import { Status } from '../status.tsx'
import { componentOf, type Drawing, type DrawnNode, isData, secondsOf } from './drawing.ts'

interface NodeListProps {
  drawing: Drawing
  meant: ReadonlySet<string> | undefined
  select(id: string): void
}

export function NodeList({ drawing, meant, select }: NodeListProps) {
  const [sorting, setSorting] = useState<Sorting>()
  const rows = useMemo(() => {
    const steps = drawing.nodes.filter((node) => !isData(node) && (!meant || meant.has(node.id)))
    return sorting ? steps.sort(comparer(sorting)) : steps
  }, [drawing, meant, sorting])
  if (rows.length === 0) return <Empty title="No step is like that" />
  return (
    <Grid
      label="Steps"
      rows={rows}
      columns={columns}
      keyOf={({ id }) => id}
      nameOf={({ id, status }) => `${id}, ${status}`}
      open={({ id }) => select(id)}
      {...(sorting ? { sorting } : {})}
      sortBy={setSorting}
    />
  )
}

const columns: Column<DrawnNode>[] = [
  { id: 'status', title: 'Status', width: '136px', sort: 'status', cell: ({ status }) => <Status state={status} /> },
  {
    id: 'step',
    title: 'Step',
    width: 'minmax(200px, 2fr)',
    sort: 'step',
    cell: ({ id, key }) => (
      <>
        {id !== key && <span className="dim">{id.slice(0, -key.length)}</span>}
        <b className="name">{key}</b>
      </>
    ),
  },
  { id: 'type', title: 'Type', width: '110px', cell: ({ kind }) => kind },
  {
    id: 'component',
    title: 'Component',
    width: 'minmax(120px, 1fr)',
    cell: (node) => {
      const component = componentOf(node)
      return component ? `${component.name}:${component.version}` : <span className="dim">in place</span>
    },
  },
  {
    id: 'reused',
    title: 'Reused',
    width: '84px',
    cell: ({ reusedFrom }) => (reusedFrom === undefined ? '' : 'reused'),
  },
  { id: 'started', title: 'Started', width: '120px', sort: 'started', cell: ({ startedAt }) => <Ago at={startedAt} /> },
  { id: 'took', title: 'Duration', width: '110px', numeric: true, sort: 'took', cell: (node) => <Took node={node} /> },
]

function Took({ node }: { node: DrawnNode }) {
  const seconds = secondsOf(node, useNow())
  return seconds === undefined ? null : duration(isOver(node.status) ? seconds : Math.floor(seconds))
}

const ranks = ['fail', 'warn', 'run', 'prep', 'queue', 'ok', 'cancel']

function comparer({ by, descending }: Sorting): (a: DrawnNode, b: DrawnNode) => number {
  const values: Record<string, (node: DrawnNode) => number> = {
    status: ({ status }) => -ranks.indexOf(familyOf(status)),
    started: ({ startedAt }) => startedAt ?? 0,
    took: (node) => secondsOf(node, Date.now()) ?? -1,
  }
  const value = values[by]
  const sign = descending ? -1 : 1
  return (a, b) => sign * (value ? value(a) - value(b) : a.id.localeCompare(b.id, undefined, { numeric: true }))
}
