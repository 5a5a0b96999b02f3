/**
 * Outputs that are values: a component that declares an output as a boolean, a number or a text writes it into a file,
 * and whoever is bound to it gets what is written there.
 */
import { text as textOf } from 'node:stream/consumers'
import { asObject, asString, fail, isLazError } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { locatePlace } from '../datastores/resolve.ts'
import { prefixOf } from '../datastores/storage.ts'
import type { NodeSpec } from './spec-of-node.ts'

/** Longer ones are data, not values. */
const mostBytes = 1024 * 1024

export const valueTypes: ReadonlySet<string> = new Set(['string', 'integer', 'number', 'boolean'])

/** The type of an output when it is a value; undefined for data. */
export function valueTypeOf({ spec }: NodeSpec, output: string): string | undefined {
  const outputs = asObject(spec.outputs)
  const type = Object.hasOwn(outputs, output) ? asString(asObject(outputs[output]).type) : undefined
  return type !== undefined && valueTypes.has(type) ? type : undefined
}

/**
 * What a finished step wrote as a value, without the line's end. Raises BadArgument{what} when there is none, or when it
 * is too long to be one. `what` names the output in words.
 */
export async function readValue(
  store: Store,
  scope: string,
  { uri, what }: { uri: string; what: string },
): Promise<string> {
  const { storage, path } = await locatePlace(store, scope, uri)
  // some programs make a folder of every output and write a file `output` into it
  for (const file of [path, `${prefixOf(path)}output`]) {
    const stat = await storage.stat(file)
    if (!stat || stat.sizeBytes > mostBytes) continue
    try {
      return (await textOf(await storage.read(file))).replace(/\r?\n$/, '')
    } catch (error) {
      if (!isLazError(error)) throw error
    }
  }
  return fail('BadArgument', {
    what: `${what} is a value, but its step wrote none of at most ${mostBytes} bytes into the file that \${{outputs.…}} names`,
  })
}
