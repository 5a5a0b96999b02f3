/**
 * The backend contract in memory: tasks end when the test says so. For tests in which what a process does is beside the
 * point, and for counting how often something was started.
 */
import type { Backend, Handle, Observation } from '../computes/backend.ts'
import type { Task } from '../task.ts'

export interface MemoryBackend extends Backend {
  /** Every task by id, in the order of their start. */
  readonly tasks: Map<string, Task>
  /** How often `start` was called. */
  readonly starts: () => number
  /** Ends a task. */
  end(taskId: string, ending?: Partial<Observation>): void
  /** What is seen of a task from now on, until it is said otherwise or the task ends. */
  seem(taskId: string, phase: Observation['phase'] | undefined): void
  /** Whether new tasks end with code 0 by themselves at once. */
  autoEnd: boolean
}

export function memoryBackend(autoEnd = false): MemoryBackend {
  const tasks = new Map<string, Task>()
  const ended = new Map<string, Observation>()
  const seeming = new Map<string, Observation['phase']>()
  const watchers = new Set<(taskId: string) => void>()
  let starts = 0
  const handleOf = (task: Task): Handle => ({ taskId: task.id, backend: 'local', dir: task.dir })
  const backend: MemoryBackend = {
    tasks,
    starts: () => starts,
    autoEnd,
    capabilities: () => ({ name: 'memory', memoryLimit: false, stopsEscaped: true, multiProcess: true }),
    async start(task) {
      starts++
      if (!tasks.has(task.id)) {
        tasks.set(task.id, task)
        if (backend.autoEnd) setImmediate(() => backend.end(task.id))
      }
      return handleOf(task)
    },
    async observe(handles) {
      const known = handles.filter(({ taskId }) => tasks.has(taskId))
      return new Map(
        known.map(({ taskId }) => [
          taskId,
          ended.get(taskId) ?? { phase: seeming.get(taskId) ?? ('running' as const), startedAt: 1 },
        ]),
      )
    },
    async stop({ taskId }) {
      if (tasks.has(taskId) && !ended.has(taskId))
        backend.end(taskId, { exitCode: 143, signal: 'SIGTERM', cause: 'cancelled' })
    },
    async clean({ taskId }) {
      ended.delete(taskId)
    },
    list: async () => [...tasks.values()].map(handleOf),
    watch(onEnd) {
      watchers.add(onEnd)
      return () => watchers.delete(onEnd)
    },
    seem(taskId, phase) {
      if (phase === undefined) seeming.delete(taskId)
      else seeming.set(taskId, phase)
      for (const tell of watchers) tell(taskId)
    },
    end(taskId, ending = {}) {
      ended.set(taskId, { phase: 'done', exitCode: 0, cause: 'user', ...ending })
      for (const tell of watchers) tell(taskId)
    },
  }
  return backend
}
