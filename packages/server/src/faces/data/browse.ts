/** What a folder of a datastore holds: one level with folders, or every file below it, a page at a time. */
import { pageBelow } from '@lazurite/engine'
import { fail, type JsonObject } from '@lazurite/spec'
import { type DataCall, numberOf, placeOf, printStat, queryOf } from './call.ts'

const usualPage = 1000
const mostPage = 5000

/** `?path=&marker=&limit=&recursive=true`. Raises FileNotFound for a folder that is not there. */
export async function browse(call: DataCall): Promise<JsonObject> {
  const place = await placeOf(call)
  const limit = numberOf(call, 'limit', { usual: usualPage, most: mostPage })
  const marker = queryOf(call, 'marker')
  const page = { limit, ...(marker === undefined ? {} : { marker }) }
  const answer =
    queryOf(call, 'recursive') === 'true'
      ? await pageBelow(place.storage, place.path, page)
      : await place.storage.browse(place.path, page)
  if (answer.entries.length === 0 && marker === undefined && place.path !== '') {
    const stat = (await place.storage.stat(place.path)) ?? fail('FileNotFound', { path: place.path })
    if (!stat.folder) return { value: [printStat(stat)] }
  }
  return {
    value: answer.entries.map(printStat),
    ...(answer.next === undefined ? {} : { nextMarker: answer.next }),
  }
}
