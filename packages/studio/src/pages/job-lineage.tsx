// What a job read and wrote, and what came before and after that.
import { LineageView } from '../parts/graph/lineage-view.tsx'
import type { JobTabProps } from './job-tab.ts'

export function Side({ job }: JobTabProps) {
  return <LineageView focus={`job:${job.name}`} />
}
