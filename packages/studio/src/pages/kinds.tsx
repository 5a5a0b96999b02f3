// Everything that can be in a workspace: a card a kind.
import { kinds } from '@lazurite/spec'
import { Link } from 'wouter'
import { kindPath, newPath } from '../data/kind-places.ts'
import { useSession } from '../data/session.ts'
import { useTitle } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import { canMake, capital } from './list.tsx'

export function Kinds() {
  const { readOnly } = useSession()
  useTitle('Everything')
  const shown = kinds.filter((kind) => typeof kind.shape !== 'object' && kind.scope !== 'registry')
  return (
    <>
      <div className="head">
        <h1>Everything</h1>
        <p className="quiet">All kinds of things a workspace holds, each with its list and its form.</p>
      </div>
      <ul className="kinds">
        {shown.map((kind) => (
          <li key={kind.name} className="card kind">
            <h2>
              <Link href={kindPath(kind.name)}>{capital(kind.plural)}</Link>
            </h2>
            <p className="quiet">{kind.doc}</p>
            {kind.idle && <p className="dim">Stored and shown: {kind.idle.why}.</p>}
            {!readOnly && canMake(kind) && (
              <Link href={newPath(kind.name)} className="button small" aria-label={`New ${kind.name}`}>
                <Icon name="plus" /> New
              </Link>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
