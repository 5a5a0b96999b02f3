/**
 * Calls under way by replica, noted by whoever lets calls in: a replica that is to go is ended when no call can reach it
 * any more and those under way are over. Of this process alone; calls do not outlive it either.
 */
import type { Key, Store } from '@lazurite/store'
import type { Replica } from './status.ts'

export interface Flight {
  /** Calls under way. */
  busy: number
  /** Whether calls may still be given to it. */
  open: boolean
}

const books = new WeakMap<Store, Map<string, Flight>>()

/** By `flightId`; what is not in it has no calls. */
export function flightsOf(store: Store): Map<string, Flight> {
  const book = books.get(store) ?? new Map<string, Flight>()
  books.set(store, book)
  return book
}

/** One boot of one replica of a deployment. */
export const flightId = ({ scope, name }: Pick<Key, 'scope' | 'name'>, { id, port }: Pick<Replica, 'id' | 'port'>) =>
  `${scope}|${name}|${id}|${port}`
