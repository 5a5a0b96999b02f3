// Jobs as a file that tables read: the columns that are shown, after the name.
import { cellOf, type JobColumn, titleOf } from '../../data/job-columns.ts'
import type { JobRow } from '../../data/jobs.ts'
import { csvCell } from '../chart/csv.ts'

export function jobsCsv(columns: readonly JobColumn[], jobs: readonly JobRow[]): string {
  const cell = (value: string | number) => (typeof value === 'number' ? String(value) : csvCell(value))
  const head = ['name', ...columns.map((column) => titleOf(column))].map(csvCell)
  const rows = jobs.map((job) => [csvCell(job.name), ...columns.map((column) => cell(cellOf(column, job)))])
  return `${[head, ...rows].map((row) => row.join(',')).join('\n')}\n`
}
