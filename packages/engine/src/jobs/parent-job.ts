/**
 * Jobs that make jobs and run nothing themselves: pipelines, sweeps, AutoML. They take no place, so the states between
 * their beginning and their running are walked through at once.
 */
import { fail, type Issue, isFinal } from '@lazurite/spec'
import type { Key, Row } from '@lazurite/store'
import type { Draft, JobType, Next, Work } from './type.ts'

interface ParentKind {
  /** The wire's `jobType`. */
  readonly jobType: string
  /** Why this job cannot run here, as far as can be told before it runs. */
  admit(draft: Draft): Promise<Issue[]>
  /** The first look: opens the record of the run. */
  begin(work: Work): Promise<Next>
  /** Every look while it runs: takes down which children ended, starts those whose time has come. */
  run(work: Work): Promise<Next>
  /** Asks the children to stop, and waits until they have. */
  cancel(work: Work): Promise<Next>
  /** What it amounts to, once no child runs. */
  finish(work: Work): Promise<Next>
  /** Asks the children to stop when the job fails between two states. */
  abandon(work: Work): Promise<void>
}

export function parentJob({ jobType, admit, begin, run, cancel, finish, abandon }: ParentKind): JobType {
  return {
    jobType,
    admit,
    durable: new Set(['CancelRequested', 'Finalizing']),
    steps: {
      NotStarted: begin,
      Preparing: async () => ({ to: 'Running' }),
      Queued: async () => ({ to: 'Starting' }),
      Provisioning: async () => ({ to: 'Starting' }),
      Starting: async () => ({ to: 'Running' }),
      Running: run,
      NotResponding: async () => ({ to: 'Running' }),
      Paused: async () => ({ to: 'Queued' }),
      CancelRequested: cancel,
      Finalizing: finish,
    },
    abandon,
    async tidy() {},
  }
}

/** Folder names hold 255 bytes, and the name of a trial carries a few more than that of the job it is a trial of. */
const longestName = 240

/** Raises BadArgument for a job whose trials would have names too long. `what` it is, as in `a sweep`. */
export function checkTrialNames({ row }: Work, what: string): void {
  if (row.name.length <= longestName) return
  fail('BadArgument', { what: `The name of ${what} may have at most ${longestName} characters: its trials add to it` })
}

/** Asks children to stop, each once; those that are over or gone are left alone. */
export async function askToStop(work: Work, children: readonly { key: Key; row: Row | undefined }[]): Promise<void> {
  for (const { key, row } of children) {
    if (!row || isFinal(row.state) || row.asks.cancel !== undefined) continue
    await work.ctx.store.resources.ask(key, { cancel: work.now })
  }
}
