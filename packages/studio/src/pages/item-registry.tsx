// What a registry holds: a list for each kind that can live there.
import { kinds } from '@lazurite/spec'
import { Link, useSearchParams } from 'wouter'
import { newPath, systemRegistry } from '../data/kind-places.ts'
import { useSession } from '../data/session.ts'
import { Icon } from '../parts/icons.tsx'
import type { Item } from './item.tsx'
import { capital, KindList } from './list.tsx'

export const shared = kinds.filter((kind) => kind.registry)

export function RegistryAssets({ item }: { item: Item }) {
  const { readOnly } = useSession()
  const [search, setSearch] = useSearchParams()
  const now = shared.find(({ name }) => name === search.get('kind')) ?? shared.find(({ name }) => name === 'model')
  return (
    <div className="stack">
      <div className="filters">
        {shared.map((kind) => (
          <button
            key={kind.name}
            type="button"
            className="pick"
            aria-pressed={kind === now}
            onClick={() =>
              setSearch((old) => {
                const next = new URLSearchParams(old)
                next.set('kind', kind.name)
                return next
              })
            }
          >
            {capital(kind.plural)}
          </button>
        ))}
      </div>
      {now && !readOnly && item.row.name !== systemRegistry && (
        <p>
          <Link href={newPath(now.name, { registry: item.row.name })} className="button">
            <Icon name="plus" /> New {now.name.replaceAll('-', ' ')} in {item.row.name}
          </Link>
        </p>
      )}
      {now && <KindList key={now.name} kind={now} registry={item.row.name} />}
    </div>
  )
}
