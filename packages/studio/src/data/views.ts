// Views of a page that were given a name; the server keeps them for everybody of the workspace.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ask } from './api.ts'
import { useWorkspace } from './queries.ts'

export interface PageView {
  page: string
  name: string
  /** What stands behind the question mark. */
  query: string
  by: string
  modifiedAt: number
}

export function useViews(page: string) {
  const { own } = useWorkspace()
  const queries = useQueryClient()
  const path = `${own}/views/${page}`
  const key = ['view', page]
  const list = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => (await ask<{ value: PageView[] }>(path, { signal })).value,
  })
  const settle = () => queries.invalidateQueries({ queryKey: key })
  return {
    list,
    async save(name: string, query: string) {
      await ask(`${path}/${encodeURIComponent(name)}`, { method: 'PUT', body: { query } })
      await settle()
    },
    async remove(name: string) {
      await ask(`${path}/${encodeURIComponent(name)}`, { method: 'DELETE' })
      await settle()
    },
  }
}

/** Two queries that show the same: words in another order, or words that say nothing, make no difference. */
export function sameQuery(one: string, other: string): boolean {
  const plain = (text: string) =>
    [...new URLSearchParams(text)]
      .filter(([name, value]) => value !== '' && name !== 'peek')
      .map((pair) => JSON.stringify(pair))
      .sort()
      .join()
  return plain(one) === plain(other)
}
