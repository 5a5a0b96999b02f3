/**
 * The task contract: what the engine hands to a backend, and nothing of what a job is.
 *
 * A backend knows commands, folders and signals; everything that needs the store (inputs, tokens, tags) is settled
 * before a task is made. That keeps every place a job can run (this machine, a container, a cluster) interchangeable.
 */

/** One process of a task. A task with one process still lists it, so that there is a single path through the code. */
interface TaskProcess {
  /** Short name used in file names, e.g. `p0`; letters, digits, `-` and `_`. */
  name: string
  /** Absolute path of the file that receives stdout and stderr, in the order written. */
  logFile: string
  /** Added to the task's `env` for this process only (ranks, addresses). */
  env: Record<string, string>
  /** Its working directory, absolute, when that is not the task's. */
  cwd?: string
}

export interface Task {
  /** Attempt id, unique for ever: `<runUuid>.<attempt>`. Starting the same id twice starts it once. */
  id: string
  /** Attempt folder, absolute; the backend keeps its own files here. */
  dir: string
  /** Absolute working directory of the user's command. */
  cwd: string
  /** Rendered command text, run by bash. */
  command: string
  /** Environment of the user's command, on top of the small clean list the backend itself supplies. */
  env: Record<string, string>
  /** Absolute path of the main log; used when `processes` is empty. */
  logFile: string
  processes: TaskProcess[]
  memoryMiB?: number
  /** Wall-clock limit of the command, enforced by the wrapper even when the server is gone. */
  timeoutSeconds?: number
  /** How often the machine is looked at meanwhile, and which of its GPUs belong to the task; not at all when absent. */
  sample?: { everySeconds: number; gpus: number[] }
  /** Time between the polite signal and the hard one. */
  graceMs: number
}
