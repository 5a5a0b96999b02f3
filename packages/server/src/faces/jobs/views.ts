/** Views of pages that were given a name: what stands in an address, kept for everybody of the workspace. */
import { asString, fail, type JsonObject } from '@lazurite/spec'
import type { PageView } from '@lazurite/store'
import type { JobCall, JobVerb } from './call.ts'

const mostQuery = 8000

/** `GET …/views/{page}` → `{value: [{page, name, query, by, modifiedAt}]}`. */
export const listViews: JobVerb = {
  method: 'GET',
  path: '/views/:page',
  async handle(call) {
    const views = await call.room.deps.store.views.list(call.scope, pageOf(call))
    return { value: views.map(print) }
  },
}

/** `PUT …/views/{page}/{name} {query}`: makes it, or changes what it shows. */
export const putView: JobVerb = {
  method: 'PUT',
  path: '/views/:page/:name',
  async handle(call) {
    const { room, scope, name, body } = call
    const query = asString(body.query)
    if (query === undefined || query.length > mostQuery || !isPrintable(query))
      fail('BadArgument', { what: `query is a text of ${mostQuery} letters at most.` }, { target: 'query' })
    if (name.trim() === '' || name.length > 100 || !isPrintable(name))
      fail('BadArgument', { what: 'The name of a view has 1 to 100 letters.' }, { target: 'name' })
    const by = room.request.caller.name
    return print(await room.deps.store.views.put(scope, { page: pageOf(call), name, query, by }))
  },
}

/** `DELETE …/views/{page}/{name}`. Raises ResourceNotFound. */
export const removeView: JobVerb = {
  method: 'DELETE',
  path: '/views/:page/:name',
  async handle(call) {
    const { room, scope, name } = call
    if (!(await room.deps.store.views.remove(scope, pageOf(call), name)))
      fail('ResourceNotFound', { kind: 'view', name })
    return {}
  },
}

function pageOf({ room }: JobCall): string {
  const { page = '' } = room.request.params as Record<string, string> // the router's texts
  if (!/^[a-z][a-z0-9-]{0,59}$/.test(page))
    fail('BadArgument', { what: 'A page is named by small letters, digits and hyphens.' }, { target: 'page' })
  return page
}

function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text)
}

function print(view: PageView): JsonObject {
  return { ...view }
}
