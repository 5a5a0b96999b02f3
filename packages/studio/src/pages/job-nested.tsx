// Runs that were made below a job or a run, by a program of its own.
import { Children } from './job-children.tsx'
import type { JobTabProps } from './job-tab.ts'

export function Side({ job }: JobTabProps) {
  return <Children job={job} />
}
