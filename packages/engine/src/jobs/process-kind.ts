import type { Issue } from '@lazurite/spec'
import type { bringIn, openOut, StageIn, takeOut } from '../stage.ts'
import type { Place, Staged } from './launch.ts'
import type { Draft, Work } from './type.ts'

/** How inputs come in, outputs are opened and taken out. */
export interface Ways {
  bringIn: typeof bringIn
  openOut: typeof openOut
  takeOut: typeof takeOut
}

/** What a job runs in. */
export interface Wanted {
  /** The environment; undefined for the machine's Python. */
  id: string | undefined
  /** Lines for pip: packages that are added to it where it has none of that name. */
  also: string[]
}

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
  /** The environment, where it is not just the one that the job names. */
  environment?(work: Work): Wanted
  /** How its data comes and goes, where a mount is not what the process wants. */
  readonly ways?: Ways
  /** The data it takes in, where that is not simply what its inputs say. */
  inputs?(work: Work): StageIn[]
  /** Called on every look at the running process: progress, or a reason to be looked at again sooner. */
  tick?(work: Work): Promise<void>
}
