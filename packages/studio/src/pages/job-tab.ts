// What the sides of a job share.
import type { Resource } from '../data/queries.ts'
import { jobPath } from '../places.ts'

export interface JobTabProps {
  job: Resource
}

export function tabPath(name: string, tab: string): string {
  return tab === 'overview' ? jobPath(name) : `${jobPath(name)}?tab=${tab}`
}
