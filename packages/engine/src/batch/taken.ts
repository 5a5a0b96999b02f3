/** Results never go over what is there: a file that a call would write must not exist yet. */
import { asString, fail, type JsonObject } from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { locatePlace } from '../datastores/resolve.ts'

/**
 * Raises BadArgument for an output whose file exists. `file` is its name where the output is a folder; undefined when only
 * the script knows what it writes.
 */
export async function refuseTaken(
  store: Store,
  scope: string,
  { output, file }: { output: JsonObject; file: string | undefined },
): Promise<void> {
  const uri = asString(output.uri)
  // a place with expressions is another one for every job
  if (uri === undefined || uri.includes('${{')) return
  const whole = output.jobOutputType === 'uri_file'
  if (!whole && file === undefined) return
  const place = await locatePlace(store, scope, uri)
  const path = whole ? place.path : [place.path.replace(/\/+$/, ''), file].filter(Boolean).join('/')
  if (!(await place.storage.stat(path))) return
  const what = `There is a file at ${uri}${whole ? '' : ` called ${file}`} already; name another place for the results`
  fail('BadArgument', { what }, { target: 'properties.outputData' })
}
