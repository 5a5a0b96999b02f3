// The table of jobs: rows, or rows below the heads of their groups.
import { useMemo, useState } from 'react'
import { count, number } from '../../data/format.ts'
import type { JobColumn } from '../../data/job-columns.ts'
import { type Group, groupsOf, spreadsOf } from '../../data/job-groups.ts'
import type { JobRow } from '../../data/jobs.ts'
import { colours, strokesOf } from '../chart/palette.ts'
import { type Column, Grid, type Sorting } from '../grid.tsx'
import { Icon } from '../icons.tsx'
import { drawnColumns } from './cells.tsx'

/** A row of the table: a job, or the head of the jobs below it. */
type Line = { key: string; job: JobRow; group?: undefined } | { key: string; group: Group; job?: undefined }

export interface TableProps {
  title: string
  jobs: readonly JobRow[]
  columns: readonly JobColumn[]
  /** The metric that `spark.*` stands for. */
  usual: string | undefined
  group: string
  total: number | undefined
  more: (() => void) | undefined
  hasMore: boolean
  open(name: string): void
  peek(name: string): void
  peeked: string | undefined
  selected: ReadonlySet<string>
  select(names: ReadonlySet<string>): void
  sorting: Sorting | undefined
  sortBy(sorting: Sorting): void
}

export function JobTable(props: TableProps) {
  const { jobs, columns, usual, group, hasMore } = props
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const drawn = useMemo(() => drawnColumns(columns, jobs, usual), [columns, jobs, usual])
  const cells = useMemo(
    () => drawn.map((column): Column<Line> => ({ ...column, cell: ({ job }) => (job ? column.cell(job) : null) })),
    [drawn],
  )
  const lines = useMemo(() => {
    if (group === '') return jobs.map((job): Line => ({ key: job.name, job }))
    return groupsOf(jobs, group, hasMore).flatMap((one): Line[] => [
      { key: `group:${one.value}`, group: one },
      ...(closed.has(one.value) ? [] : one.jobs.map((job): Line => ({ key: job.name, job }))),
    ])
  }, [jobs, group, hasMore, closed])
  const tints = useTints(props.selected)
  const toggle = (value: string) =>
    setClosed((old) => new Set(old.has(value) ? [...old].filter((one) => one !== value) : [...old, value]))
  const shown = columns.map((column) => (column.key === 'spark.*' && usual ? { ...column, name: usual } : column))
  const head = ({ group: one }: Line) =>
    one && (
      <Head
        group={one}
        columns={shown as JobColumn[]}
        isClosed={closed.has(one.value)}
        toggle={() => toggle(one.value)}
      /> // the same columns, one with the name it stands for
    )
  const onJob = (act: (name: string) => void) => (line: Line) => {
    if (line.job) act(line.job.name)
    else if (line.group) toggle(line.group.value)
  }
  return (
    <Grid
      label={props.title}
      rows={lines}
      columns={cells}
      keyOf={({ key }) => key}
      nameOf={({ job, group: one }) => (job ? `${job.displayName}, ${job.status}` : (one?.value ?? ''))}
      {...(group === '' ? {} : { wide: head })}
      open={onJob(props.open)}
      peek={onJob(props.peek)}
      peeked={props.peeked}
      walked={({ job }) => {
        if (job && props.peeked !== undefined) props.peek(job.name)
      }}
      selected={props.selected}
      tints={tints}
      select={props.select}
      sorting={props.sorting}
      sortBy={props.sortBy}
      total={group === '' ? props.total : undefined}
      more={props.more}
    />
  )
}

/** The colour a job has in charts, as far as there are such. */
function useTints(selected: ReadonlySet<string>): ReadonlyMap<string, string> {
  return useMemo(() => {
    const strokes = strokesOf([...selected].slice(0, colours))
    return new Map([...strokes].map(([name, { token }]) => [name, `var(--${token})`]))
  }, [selected])
}

interface HeadProps {
  group: Group
  columns: readonly JobColumn[]
  isClosed: boolean
  toggle(): void
}

function Head({ group, columns, isClosed, toggle }: HeadProps) {
  const { value, jobs, open } = group
  return (
    <button type="button" className="group-head" aria-expanded={!isClosed} tabIndex={-1} onClick={toggle}>
      <Icon name={isClosed ? 'right' : 'down'} />
      <b>{value || 'none'}</b>
      <span className="chip">
        {count(jobs.length)}
        {open ? ' and more' : ''}
      </span>
      {spreadsOf(columns, jobs).map(({ title, mean, deviation, least, greatest }) => (
        <span key={title} className="quiet" title={`${title}: ${number(least)} to ${number(greatest)}`}>
          {title} {number(mean)} ± {number(deviation)}
        </span>
      ))}
    </button>
  )
}
