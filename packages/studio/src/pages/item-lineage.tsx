// Which jobs wrote a version, and which read it.
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import { useClient } from '../data/kinds.ts'
import { Ago, Card, Empty, Loading, Problem, Twin } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import { jobPath } from '../places.ts'
import type { Item } from './item.tsx'
import { ownPath } from './item-details.tsx'

interface Use {
  job: string
  direction: 'read' | 'written'
  as: string
  at: string
}

export function useLineage({ kind, row }: Item) {
  const client = useClient(row.registry)
  const path = ownPath(client.of(kind.name).path({ name: row.name, version: row.version }))
  return useQuery({
    queryKey: [kind.name, row.name, 'lineage', row.version, row.registry],
    queryFn: ({ signal }) => ask<{ value: Use[] }>(`${path}/lineage`, { signal }),
  })
}

export function Lineage({ item }: { item: Item }) {
  const { kind, row } = item
  const uses = useLineage(item)
  if (uses.isPending) return <Loading what="the lineage" />
  if (uses.isError) return <Problem error={uses.error} retry={() => void uses.refetch()} />
  const all = uses.data.value
  const written = all.filter(({ direction }) => direction === 'written')
  const read = all.filter(({ direction }) => direction === 'read')
  return (
    <div className="stack">
      <div className="lineage">
        <Side
          title="Written by"
          uses={written}
          none={`Nothing here wrote it: it was ${kind.name === 'data' ? 'uploaded' : 'registered'}.`}
        />
        <div className="lineage-here">
          <b>{row.name}</b>
          <span className="quiet">version {row.version}</span>
        </div>
        <Side title="Read by" uses={read} none="No job has read it yet." />
      </div>
      {row.registry === undefined && (
        <p>
          <Link href={`/lineage?focus=${encodeURIComponent(`${kind.name}:${row.name}:${row.version}`)}`}>
            See it in the graph of everything around it
          </Link>
        </p>
      )}
      <p>
        <Link
          href={`/lineage?focus=${encodeURIComponent(`${kind.name}:${row.name}:${row.version}`)}`}
          className="button"
        >
          <Icon name="lineage" /> As a graph, further
        </Link>
      </p>
      <Twin command={`laz ${kind.name} lineage --name ${row.name} --version ${row.version}`} />
    </div>
  )
}

function Side({ title, uses, none }: { title: string; uses: Use[]; none: string }) {
  return (
    <Card title={`${title}${uses.length > 0 ? ` · ${uses.length}` : ''}`} bare>
      {uses.length === 0 ? (
        <Empty title={none} />
      ) : (
        <ul>
          {uses.slice(0, 200).map((use) => (
            <li key={`${use.job}/${use.as}/${use.direction}`} className="line">
              <Link href={jobPath(use.job)} className="name">
                {use.job}
              </Link>
              <span className="chip">as {use.as}</span>
              <span className="quiet at end">
                <Ago at={use.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
