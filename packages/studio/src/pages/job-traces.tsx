// Traces that a job told, or that were linked to it.
import { TraceTable } from '../parts/traces/table.tsx'
import type { JobTabProps } from './job-tab.ts'

export function Side({ job }: JobTabProps) {
  return <TraceTable run={job.name} />
}
