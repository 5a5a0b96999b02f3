// The flags of every noun in one hand.
import type { Surface } from './surface.ts'
import { assets } from './surface-assets.ts'
import { endpoints } from './surface-endpoints.ts'
import { motions } from './surface-jobs.ts'
import { places } from './surface-places.ts'

const surfaces: Readonly<Record<string, Surface>> = { ...assets, ...places, ...endpoints, ...motions }

/** The flags of a noun by verb; empty for one that has none of its own. */
export function surfaceOf(noun: string): Surface {
  return surfaces[noun] ?? {}
}
