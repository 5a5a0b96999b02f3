// Lists come in pages, each with the address of the next one.
import { asArray, asObject, asString, type Json } from '@lazurite/spec'
import type { Ask, Reply } from './http.ts'

/** The items of a list that begins at this address, at most so many; a page is asked for when it is needed. */
export async function* itemsOf(
  client: { ask(ask: Ask): Promise<Reply> },
  first: string,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Json> {
  let left = most
  for (let path: string | undefined = first; path !== undefined; ) {
    const page = asObject(await (await client.ask({ path })).json())
    for (const item of asArray(page.value)) {
      if (left-- <= 0) return
      yield item
    }
    path = left > 0 ? asString(page.nextLink) : undefined
  }
}
