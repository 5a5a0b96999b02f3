// Columns of lists of assets that no table of a kind has: who uses them, how large they are, where a model serves.
import type { Kind } from '@lazurite/spec'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import type { Described } from '../data/described.ts'
import { bytes, count, number } from '../data/format.ts'
import { useWorkspace } from '../data/queries.ts'
import { jobPath, part } from '../places.ts'
import { Ago } from './bits.tsx'
import type { Column } from './grid.tsx'

interface AssetFacts {
  name: string
  readBy: number
  writtenBy: number
  lastUsedAt?: number
  files?: number
  sizeBytes?: number
  /** There are more files than were counted. */
  partial?: boolean
  /** `endpoint/deployment`. */
  deployments?: string[]
  job?: string
  metric?: { key: string; last: number | string }
}

type Known = ReadonlyMap<string, AssetFacts>

const mostAsked = 400

export function useAssetFacts(kind: Kind, rows: readonly Described[]) {
  const { own } = useWorkspace()
  const names = rows.slice(0, mostAsked).map(({ name }) => name)
  return useQuery({
    queryKey: [kind.name, undefined, 'facts', names],
    queryFn: async ({ signal }): Promise<Known> => {
      const body = { kind: kind.name, names }
      const { value } = await ask<{ value: AssetFacts[] }>(`${own}/assets/facts`, { method: 'POST', body, signal })
      return new Map(value.map((one) => [one.name, one]))
    },
    enabled: kind.shape === 'versioned' && kind.name !== 'code' && names.length > 0,
    placeholderData: keepPreviousData,
  })
}

/** What no row fills is left out. */
export function factColumns(kind: Kind, known: Known | undefined): Column<Described>[] {
  if (kind.shape !== 'versioned' || known === undefined) return []
  const all = [...known.values()]
  return told
    .filter(({ has }) => all.some(has))
    .map(({ has, show, ...column }) => ({
      ...column,
      cell({ name }) {
        const facts = known.get(name)
        return facts && has(facts) ? show(facts) : null
      },
    }))
}

interface Told extends Omit<Column<Described>, 'cell'> {
  has(facts: AssetFacts): boolean
  show(facts: AssetFacts): React.ReactNode
}

const told: readonly Told[] = [
  {
    id: 'files',
    has: ({ files }) => files !== undefined,
    title: 'Files',
    width: '76px',
    numeric: true,
    show: ({ files = 0, partial }) => `${count(files)}${partial ? '+' : ''}`,
  },
  {
    id: 'size',
    has: ({ sizeBytes }) => sizeBytes !== undefined,
    title: 'Size',
    width: '92px',
    numeric: true,
    show: ({ sizeBytes, partial }) => `${bytes(sizeBytes)}${partial ? '+' : ''}`,
  },
  {
    id: 'metric',
    has: ({ metric }) => metric !== undefined,
    title: 'Measured',
    width: '170px',
    show: ({ metric }) => (
      <span title={metric?.key}>
        {metric?.key.split('/').at(-1)} <b>{number(metric?.last)}</b>
      </span>
    ),
  },
  {
    id: 'job',
    has: ({ job }) => job !== undefined,
    title: 'From job',
    width: 'minmax(110px, 1fr)',
    show: ({ job = '' }) => (
      <Link href={jobPath(job)} className="mono" tabIndex={-1}>
        {job}
      </Link>
    ),
  },
  {
    id: 'deployments',
    has: ({ deployments = [] }) => deployments.length > 0,
    title: 'Serves at',
    width: 'minmax(150px, 1fr)',
    show: ({ deployments = [] }) =>
      deployments.map((one) => {
        const [endpoint = ''] = one.split('/')
        return (
          <Link key={one} href={`/endpoints/${part(endpoint)}`} className="chip" tabIndex={-1}>
            {one}
          </Link>
        )
      }),
  },
  {
    id: 'used',
    has: ({ readBy }) => readBy > 0,
    title: 'Used by',
    width: '120px',
    show: ({ readBy, lastUsedAt }) => (
      <span title="jobs that read it">
        {count(readBy)} {readBy === 1 ? 'job' : 'jobs'}, <Ago at={lastUsedAt} />
      </span>
    ),
  },
]

/** They stand before who made it and when. */
export function withFacts<T>(columns: readonly Column<T>[], more: readonly Column<T>[]): Column<T>[] {
  const named = new Set(more.map(({ id }) => id))
  const rest = columns.filter(({ id }) => !named.has(id))
  const at = rest.findIndex(({ id }) => id === 'description' || id === 'tags')
  return [...rest.slice(0, at < 0 ? rest.length : at), ...more, ...(at < 0 ? [] : rest.slice(at))]
}
