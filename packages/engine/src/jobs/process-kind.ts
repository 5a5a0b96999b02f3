import type { Issue } from '@lazurite/spec'
import type { Place, Staged } from './launch.ts'
import type { Draft, Work } from './type.ts'

/** What is different about a type of job that runs processes. */
export interface ProcessKind {
  /** The wire's `jobType`. */
  readonly jobType: string
  /** Why this job cannot run here, as far as can be told before it runs. */
  admit(draft: Draft): Promise<Issue[]>
  /** The shell text that every process runs in the working folder, once inputs and outputs have their paths. */
  command(work: Work, staged: Staged): string
  /**
   * Puts files of ours beside the job, after staging and before the start, and answers environment variables that go
   * before all others. May be repeated. Raises what ends the job.
   */
  dress?(work: Work, place: Place, staged: Staged): Promise<Record<string, string>>
  /** Called on every look at the running process: progress, or a reason to be looked at again sooner. */
  tick?(work: Work): Promise<void>
}
