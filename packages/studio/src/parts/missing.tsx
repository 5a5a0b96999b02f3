// What an address names is not there, or may not be seen: said under the name, with ways on.
import { type Kind, nearest } from '@lazurite/spec'
import { Link } from 'wouter'
import { ApiError } from '../data/api.ts'
import { itemPath, kindPath } from '../data/kind-places.ts'
import { type ItemKey, useKindList } from '../data/kinds.ts'
import { Problem } from './bits.tsx'

export function Missing({ kind, of, error, retry }: { kind: Kind; of: ItemKey; error: unknown; retry(): void }) {
  const isGone = error instanceof ApiError && error.status === 404
  const parent = typeof kind.shape === 'object' ? of.parent : undefined
  const list = useKindList(kind, { archived: 'all', registry: of.registry, parent }, isGone)
  const near = nearest(
    of.name,
    [...new Set(list.rows.map(({ name }) => name))].filter((name) => name !== of.name),
  )
  const same = list.rows.find(({ name }) => name === of.name)
  return (
    <>
      <div className="head">
        <h1>{of.version === undefined ? of.name : `${of.name}:${of.version}`}</h1>
        <p className="under">
          <Link href={kindPath(kind.name, of.registry)}>All {kind.plural}</Link>
        </p>
      </div>
      <div className="stack">
        <Problem error={error} retry={retry} />
        {same && of.version !== undefined && (
          <p>
            There are other versions:{' '}
            <Link href={itemPath(kind.name, { ...same, version: undefined })}>the newest of {of.name}</Link>.
          </p>
        )}
        {near !== undefined && (
          <p>
            Did you mean <Link href={itemPath(kind.name, { name: near, parent, registry: of.registry })}>{near}</Link>?
          </p>
        )}
      </div>
    </>
  )
}
