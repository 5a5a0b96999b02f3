/**
 * The one interface between the loop and the places where commands run.
 *
 * Every method may be repeated and none blocks for the length of a job. A backend keeps what it needs to find its tasks
 * again outside the server's memory, because the server may be killed at any moment.
 */
import type { Task } from '../task.ts'

interface Capabilities {
  /** Kind of backend, e.g. `local`. */
  name: string
  /** Can the backend hold a task to `memoryMiB`, and tell an out-of-memory death from others? */
  memoryLimit: boolean
  /** Can the backend stop processes that left their process group? */
  stopsEscaped: boolean
  /** Can a task have more than one process? */
  multiProcess: boolean
}

export interface Handle {
  taskId: string
  backend: string
  dir: string
  pid?: number
  /** Start time of `pid` as the kernel counts it; with `bootId` it tells a process from a later one with the same number. */
  startTime?: string
  bootId?: string
}

export type EndCause = 'user' | 'oom' | 'timeout' | 'cancelled' | 'lost'

export interface Observation {
  /**
   * `lost`: it is over and nobody knows how. `unreachable`: the place cannot be asked just now; the task may well run on
   * there, so nothing is decided about it. A backend that shares the machine is never unreachable.
   */
  phase: 'starting' | 'running' | 'done' | 'lost' | 'unreachable'
  exitCode?: number
  /** Name of the signal that ended the command, e.g. `SIGKILL`. */
  signal?: string
  cause?: EndCause
  /** Epoch ms. */
  startedAt?: number
  /** Epoch ms. */
  endedAt?: number
  message?: string
}

export interface Backend {
  capabilities(): Capabilities
  /** Idempotent by `task.id`: a second call returns the handle of the first. Raises ComputeFailed when nothing could be started. */
  start(task: Task): Promise<Handle>
  /** One round for many handles; a missing key means that the backend no longer knows the task. */
  observe(handles: Handle[]): Promise<Map<string, Observation>>
  /**
   * Asks for the end and returns when asked; the end itself shows in `observe`. Idempotent, and asked again as long as no
   * end shows: a place that cannot be reached is no error here.
   */
  stop(handle: Handle, graceMs: number): Promise<void>
  /** Removes what the backend holds for a finished task (not the attempt folder, which is the engine's). Idempotent. */
  clean(handle: Handle): Promise<void>
  /** Every task this backend still knows of, to find those the store forgot. */
  list(): Promise<Handle[]>
  /** Calls `onEnd` soon after a task of this backend ended. Returns the function that stops watching. */
  watch(onEnd: (taskId: string) => void): () => void
}
