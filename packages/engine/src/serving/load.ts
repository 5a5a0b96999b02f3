/**
 * How busy a deployment is: noted by whoever lets calls in, read by the loop when the number of instances follows the
 * load. Of this process alone; after a restart it begins anew.
 */
import { asNumber, asObject, asString, isoToSeconds, type JsonObject } from '@lazurite/spec'
import type { Key, Store } from '@lazurite/store'
import { mostInstances, profileAt, profilesOf } from './profiles.ts'

export interface Load {
  /** Calls under way, those that wait for a replica included. */
  busy: number
  /** The most of them since the loop looked last. */
  peak: number
  /** When there began to be more instances than are needed. */
  since?: number
}

const books = new WeakMap<Store, Map<string, Load>>()

/** The one note of a deployment; it is written to in place. */
export function loadOf(store: Store, { scope, name }: Pick<Key, 'scope' | 'name'>): Load {
  const book = books.get(store) ?? new Map<string, Load>()
  books.set(store, book)
  const load = book.get(`${scope}|${name}`) ?? { busy: 0, peak: 0 }
  book.set(`${scope}|${name}`, load)
  return load
}

/** Of a deployment that was deleted. */
export function forgetLoad(store: Store, { scope, name }: Pick<Key, 'scope' | 'name'>): void {
  books.get(store)?.delete(`${scope}|${name}`)
}

export interface Scaling {
  least: number
  most: number
  /** Share of what the instances take that is aimed at. */
  target: number
  pollMs: number
}

/** Undefined for a fixed number of instances. With a moment, the bounds are those of the profile that holds then. */
export function scalingOf(props: JsonObject, now?: number): Scaling | undefined {
  const scale = asObject(props.scaleSettings)
  if (asString(scale.scaleType)?.toLowerCase() !== 'targetutilization') return undefined
  const profile = now === undefined ? undefined : profileAt(profilesOf(scale), now)
  const least = Math.min(mostInstances, Math.max(0, profile?.least ?? asNumber(scale.minInstances) ?? 1))
  return {
    least,
    most: Math.min(mostInstances, Math.max(1, least, profile?.most ?? asNumber(scale.maxInstances) ?? 1)),
    target: Math.min(100, Math.max(1, asNumber(scale.targetUtilizationPercentage) ?? 70)) / 100,
    pollMs: Math.max(50, (isoToSeconds(asString(scale.pollingInterval) ?? '') ?? 1) * 1000),
  }
}

/** Looks with less load, one after the other, before there are fewer instances; more of them come at once. */
const calmLooks = 20

interface Moment {
  busy: number
  /** Calls at once that one instance takes. */
  perInstance: number
  now: number
  want: number
}

/** Instances wanted now; `calm.since` is when there began to be more than needed. */
export function instancesFor(s: Scaling, at: Moment, calm: { since?: number }): number {
  const need = Math.ceil(at.busy / at.perInstance / s.target)
  const fit = Math.min(s.most, Math.max(s.least, need))
  const want = Math.min(s.most, Math.max(s.least, at.want))
  if (fit >= want) {
    calm.since = at.now
    return fit
  }
  calm.since ??= at.now
  if (at.now - calm.since < s.pollMs * calmLooks) return want
  calm.since = at.now
  return fit
}
