// What is different between two versions of a name.

import { printYaml } from '@lazurite/spec'
import { lazy, Suspense } from 'react'
import { useSearchParams } from 'wouter'
import { useItem, useKindList } from '../data/kinds.ts'
import { shellWord } from '../data/shell.ts'
import { Card, Empty, Loading, Problem, Twin } from '../parts/bits.tsx'
import type { Item } from './item.tsx'
import { asFile } from './new.tsx'

const Changes = lazy(() => import('../parts/changes.tsx').then((part) => ({ default: part.Changes })))

export function ItemChanges({ item }: { item: Item }) {
  const { kind, row } = item
  const [search, setSearch] = useSearchParams()
  const list = useKindList(kind, { of: row.name, registry: row.registry, archived: 'all' })
  const others = list.rows.filter(({ version }) => version !== row.version)
  const older = list.rows[list.rows.findIndex(({ version }) => version === row.version) + 1]
  const other = search.get('with') ?? older?.version ?? others[0]?.version
  if (list.isPending) return <Loading what="the versions" />
  if (other === undefined) return <Empty title="There is one version alone" />
  const put = (version: string) =>
    setSearch((old) => {
      const next = new URLSearchParams(old)
      next.set('with', version)
      return next
    })
  return (
    <Card
      title={`From version ${other} to ${row.version}`}
      end={
        <label className="pick">
          From
          <select className="bare" value={other} onChange={({ target }) => put(target.value)}>
            {others.map(({ version }) => (
              <option key={version} value={version}>
                version {version}
              </option>
            ))}
          </select>
        </label>
      }
      bare
    >
      <Between key={other} item={item} other={other} />
    </Card>
  )
}

function Between({ item: { kind, row }, other }: { item: Item; other: string }) {
  const { name, registry } = row
  const before = useItem(kind, { name, registry, version: other })
  const after = useItem(kind, { name, registry, version: row.version })
  if (before.isPending || after.isPending) return <Loading what="the other version" />
  if (before.isError) return <Problem error={before.error} retry={() => void before.refetch()} />
  if (after.isError) return <Problem error={after.error} retry={() => void after.refetch()} />
  const [old, now] = [printYaml(asFile(kind, before.data)), printYaml(asFile(kind, after.data))]
  const command = `diff <(laz ${kind.name} show -n ${name} -v ${shellWord(other)} -o yaml) <(laz ${kind.name} show -n ${name} -v ${row.version} -o yaml)`
  return (
    <>
      {old === now ? (
        <Empty title="Nothing is different" />
      ) : (
        <Suspense fallback={<Loading what="the changes" />}>
          <Changes label={`Changes of ${name}`} before={old} after={now} />
        </Suspense>
      )}
      <div style={{ padding: 12 }}>
        <Twin command={command} />
      </div>
    </>
  )
}
