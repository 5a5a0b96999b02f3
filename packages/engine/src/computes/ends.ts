/**
 * Wakes whoever waits for the end of tasks: the wrapper makes a file named like the task in one folder, the kernel tells
 * us at once. A look every second covers folders whose changes the kernel does not tell (network disks, no watches left).
 */
import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'

const lookMs = 1000

/** Calls `onEnd` once per file name that is or appears in `folder`, until the returned function is called. */
export function watchEnds(folder: string, onEnd: (name: string) => void): () => void {
  let told = new Set<string>()
  let stopped = false
  let looking: Promise<void> | undefined
  let again = false

  const look = async () => {
    const names = await readdir(folder).catch(() => [])
    if (stopped) return
    const fresh = names.filter((name) => !told.has(name))
    // names that went away are forgotten with the old set
    told = new Set(names)
    for (const name of fresh) onEnd(name)
  }
  const wake = () => {
    if (looking !== undefined) {
      again = true
      return
    }
    looking = look().finally(() => {
      looking = undefined
      if (again && !stopped) {
        again = false
        wake()
      }
    })
  }

  let watcher: FSWatcher | undefined
  try {
    watcher = watch(folder, { persistent: false }, wake)
    watcher.on('error', () => watcher?.close())
  } catch {
    // no watches left: the look every second remains
  }
  const timer = setInterval(wake, lookMs)
  timer.unref()
  wake()
  return () => {
    stopped = true
    clearInterval(timer)
    watcher?.close()
  }
}
