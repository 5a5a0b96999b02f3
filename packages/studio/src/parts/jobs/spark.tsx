// The shape of a metric in a row of a table; its numbers stand beside it.
import { number } from '../../data/format.ts'
import { type Spark, sparkPage, useSparks } from '../../data/job-table.ts'
import type { JobRow } from '../../data/jobs.ts'

const width = 64
const height = 20

export interface SparkCellProps {
  job: JobRow
  metric: string
  jobs: readonly JobRow[]
  /** Where a job stands among them. */
  index: number
}

export function SparkCell({ job, metric, jobs, index }: SparkCellProps) {
  // rows ask a page at a time, and share its answer
  const sparks = useSparks(jobs, metric, sparkPage(index))
  const spark = sparks.data?.get(job.name)
  return (
    <span className="trend-cell">
      {spark && spark.line.length > 1 && <Shape spark={spark} />}
      <span className="last">{number(job.metrics[metric] ?? spark?.last)}</span>
    </span>
  )
}

export function Shape({ spark }: { spark: Spark }) {
  const { line } = spark
  const path = line.map((value, i) => {
    const x = (i / (line.length - 1)) * width
    return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${(height - 2 - (value / 255) * (height - 4)).toFixed(1)}`
  })
  return (
    <svg width={width} height={height} aria-hidden="true" className="shape">
      <path d={path.join('')} />
    </svg>
  )
}
