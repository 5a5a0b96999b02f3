// What the address of the list asks for.
import { useMemo } from 'react'
import { useSearchParams } from 'wouter'
import { type JobColumn, readColumns, shownFor, usualColumns, writeColumns } from '../../data/job-columns.ts'
import { groupOrder } from '../../data/job-groups.ts'
import { type JobList, readSearch } from '../../data/jobs.ts'

const kept = 'laz.columns.jobs'

/** Columns that were chosen last stay for addresses that name none. */
function usualHere(): readonly string[] {
  try {
    const text = localStorage.getItem(kept)
    return text ? readColumns(text).map(({ key }) => key) : usualColumns
  } catch {
    return usualColumns
  }
}

export interface Asked {
  search: URLSearchParams
  words: [string, string][]
  columns: JobColumn[]
  list: JobList
  group: string
  order: string
  /** Writes a word into the address; '' takes it out. */
  put(name: string, value: string): void
  /** Puts another query in place of the one there is. */
  replace(query: string): void
  choose(columns: readonly string[]): void
}

export function useAsked(type: string | undefined, experiment?: string): Asked {
  const [search, setSearch] = useSearchParams()
  const words: [string, string][] = [
    ...readSearch(search.get('q') ?? ''),
    ...(['status', 'since', 'archived', 'depth'] as const).flatMap((name): [string, string][] => {
      const value = search.get(name)
      return value ? [[name, value]] : []
    }),
    ...(type ? ([['type', type]] as [string, string][]) : []),
    ...(experiment === undefined ? [] : ([['experiment', experiment]] as [string, string][])),
  ]
  const named = search.get('cols')
  const metrics = search.get('show') ?? ''
  const columns = useMemo(() => {
    const more = metrics.split(',').filter(Boolean)
    return readColumns(named, [...usualHere(), ...more.map((name) => `metrics.${name}`)])
  }, [named, metrics])
  const order = search.get('order') ?? ''
  const group = search.get('group') ?? ''
  const first = groupOrder(group)
  // an order by what is grouped by is the order of the groups
  const isSame = first !== undefined && first.split(' ')[0] === order.split(' ')[0]
  const put = (name: string, value: string) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  return {
    search,
    words,
    columns,
    list: {
      words,
      order,
      show: shownFor(columns),
      keeps: true,
      ...(first === undefined || isSame ? {} : { group: first }),
    },
    group: first === undefined ? '' : group,
    order,
    put,
    replace: (query) => setSearch(new URLSearchParams(query)),
    choose(keys) {
      const text = writeColumns(keys)
      try {
        if (text === '') localStorage.removeItem(kept)
        else localStorage.setItem(kept, text)
      } catch {
        // the address says it all the same
      }
      put('cols', text === '' ? keys.join(',') : text)
    },
  }
}
