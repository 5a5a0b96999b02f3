// Jobs that stand together: which a group is, and what can be said of its jobs in one line.
import { cellOf, type JobColumn, readColumn } from './job-columns.ts'
import type { JobRow } from './jobs.ts'

export interface Group {
  value: string
  jobs: JobRow[]
  /** Whether more of them may come with the next page. */
  open: boolean
}

export const groupings: Readonly<Record<string, string>> = {
  experiment: 'Experiment',
  status: 'Status',
  type: 'Type',
  compute: 'Compute',
  by: 'Who',
}

/** The word of the server that brings them together; undefined for what cannot be grouped by. */
export function groupOrder(group: string): string | undefined {
  const words: Record<string, string> = { by: 'created_by' }
  if (Object.hasOwn(groupings, group)) return `${words[group] ?? group} asc`
  return /^(?:tags|params)\.[\w./-]+$/.test(group) ? `${group} asc` : undefined
}

/** Neighbours of one value, as the server sent them. */
export function groupsOf(jobs: readonly JobRow[], group: string, more: boolean): Group[] {
  const column = readColumn(group)
  if (column === undefined) return []
  const groups: Group[] = []
  for (const job of jobs) {
    const value = String(cellOf(column, job))
    const last = groups.at(-1)
    if (last && last.value === value) last.jobs.push(job)
    else groups.push({ value, jobs: [job], open: false })
  }
  const last = groups.at(-1)
  if (last) last.open = more
  return groups
}

export interface Spread {
  title: string
  mean: number
  deviation: number
  least: number
  greatest: number
}

/** Of a group's metrics, those that are shown: mean and spread of what the jobs of the group have. */
export function spreadsOf(columns: readonly JobColumn[], jobs: readonly JobRow[]): Spread[] {
  return columns.flatMap((column): Spread[] => {
    if (column.of !== 'metric' && column.of !== 'spark') return []
    const values = jobs.map((job) => cellOf(column, job)).filter((value) => typeof value === 'number')
    if (values.length === 0) return []
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    const ends = { least: Math.min(...values), greatest: Math.max(...values) }
    return [{ title: column.name, mean, deviation: Math.sqrt(square), ...ends }]
  })
}
