/**
 * Storage elsewhere, opened when somebody uses it: naming a place costs nothing, loads no client and asks for no token.
 * An opening that failed is tried again by the next who asks.
 */
import { pageBelow, type Storage, type StorageParts } from './storage.ts'

export function deferred(open: () => Promise<Storage>): Storage {
  let opened: Promise<Storage> | undefined
  const get = (): Promise<Storage> => {
    if (opened === undefined) {
      opened = open()
      opened.catch(() => {
        opened = undefined
      })
    }
    return opened
  }
  const parts: StorageParts = {
    start: async (...args) => (await get()).parts.start(...args),
    have: async (...args) => (await get()).parts.have(...args),
    put: async (...args) => (await get()).parts.put(...args),
    commit: async (...args) => (await get()).parts.commit(...args),
    drop: async (...args) => (await get()).parts.drop(...args),
  }
  return {
    parts,
    stat: async (...args) => (await get()).stat(...args),
    async *list(...args) {
      yield* (await get()).list(...args)
    },
    below: async (...args) => pageBelow(await get(), ...args),
    browse: async (...args) => (await get()).browse(...args),
    read: async (...args) => (await get()).read(...args),
    write: async (...args) => (await get()).write(...args),
    remove: async (...args) => (await get()).remove(...args),
  }
}
