import type { JobTabProps } from './job-tab.ts'

export function Side({ job }: JobTabProps) {
  return <p>{job.name}</p>
}
