// For tests: a store in a folder of its own, and a clock that stands still until told.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from './index.ts'

export interface Scratch {
  store: Store
  home: string
  clock: { at: number; now(): number }
  /** Closes the store and opens it again, as a new process would. */
  reopen(): Promise<Store>
  remove(): Promise<void>
}

export async function openScratch(): Promise<Scratch> {
  const home = await mkdtemp(join(tmpdir(), 'laz-store-'))
  const clock = { at: 1_700_000_000_000, now: () => clock.at }
  const scratch: Scratch = {
    home,
    clock,
    store: await openStore({ home, clock }),
    async reopen() {
      await scratch.store.close()
      scratch.store = await openStore({ home, clock })
      return scratch.store
    },
    async remove() {
      await scratch.store.close()
      await rm(home, { recursive: true, force: true })
    },
  }
  return scratch
}
