// The steps of a pipeline: as a graph, by time, as a list.
import { rowOf } from '../data/jobs.ts'
import { PipelineView } from '../parts/graph/index.tsx'
import type { JobTabProps } from './job-tab.ts'

export function Side({ job }: JobTabProps) {
  return <PipelineView name={rowOf(job).name} />
}
