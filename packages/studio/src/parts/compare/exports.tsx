// A comparison taken along: as a table for spreadsheets, as Markdown for whoever reads.
import { type Compared, fieldsOf } from '../../data/compare.ts'
import { tableOf, toCsv, toMarkdown } from '../../data/compare-export.ts'
import { Copy } from '../bits.tsx'
import { saveText } from '../chart/export.ts'

export function Exports({ jobs }: { jobs: readonly Compared[] }) {
  if (jobs.length === 0) return null
  const table = () => {
    const fields = fieldsOf(jobs)
    return tableOf(
      jobs,
      fields.filter(({ differs }) => differs || jobs.length === 1),
    )
  }
  const save = () => saveText(`compare-${jobs.length}-jobs.csv`, toCsv(table()))
  return (
    <p>
      <span className="quiet">What differs, and last values:</span>
      <button type="button" className="button small" onClick={save}>
        CSV
      </button>
      <span className="quiet">Markdown</span>
      <Copy text={toMarkdown(table())} label="Copy as Markdown" />
    </p>
  )
}
