/**
 * What is read, changed and written is done by one caller after the other, each thing for itself. Those who write it by
 * another door are told by its etag.
 */
import type { Call } from './call.ts'

const lines = new WeakMap<object, Map<string, Promise<void>>>()

/** Acts when all who asked before for the same thing are done. */
export async function inTurn<T>({ store, scope }: Call, thing: string, act: () => Promise<T>): Promise<T> {
  const line = lines.get(store) ?? new Map<string, Promise<void>>()
  lines.set(store, line)
  const name = `${scope}|${thing}`
  const mine = (line.get(name) ?? Promise.resolve()).then(act)
  const over = mine.then(
    () => undefined,
    () => undefined,
  )
  line.set(name, over)
  try {
    return await mine
  } finally {
    if (line.get(name) === over) line.delete(name)
  }
}
