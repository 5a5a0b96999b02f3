// The register of kinds: one line a kind.
import type { Kind } from '../kind.ts'
import { code, data, environment, model } from './assets.ts'
import { component } from './component.ts'
import { compute } from './compute.ts'
import { datastore } from './datastore.ts'
import { job } from './job/index.ts'
import { workspace } from './workspace.ts'

/** Every kind there is. */
export const kinds: readonly Kind[] = [workspace, compute, datastore, code, environment, data, model, component, job]

const byName = new Map(kinds.map((k) => [k.name, k]))
const byCollection = new Map(kinds.map((k) => [k.collection.toLowerCase(), k]))

/** The kind of that name; undefined when there is none. */
export function kindByName(name: string): Kind | undefined {
  return byName.get(name)
}

/** The kind whose ARM path segment that is, in any case; undefined when there is none. */
export function kindByCollection(collection: string): Kind | undefined {
  return byCollection.get(collection.toLowerCase())
}
