// The head of an endpoint's page, online or batch.
import { useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { ask } from '../data/api.ts'
import { type Endpoint, endpointPath } from '../data/endpoints.ts'
import { armUrl, useWorkspace } from '../data/queries.ts'
import { useSession } from '../data/session.ts'
import { part } from '../places.ts'
import { Acts } from './act.tsx'
import { Ago, Copy } from './bits.tsx'
import { Icon } from './icons.tsx'
import { Status } from './status.tsx'

const lists = { online: '/endpoints', batch: '/endpoints/batch' }

interface EndpointHeadProps {
  endpoint: Endpoint
  type: 'online' | 'batch'
  /** What it is, in a few words. */
  about: string
  /** What deleting it means. */
  end: string
}

export function EndpointHead({ endpoint, type, about, end }: EndpointHeadProps) {
  const { arm } = useWorkspace()
  const { readOnly } = useSession()
  const queries = useQueryClient()
  const [, go] = useLocation()
  const { name, state, description, resource } = endpoint
  const remove = async () => {
    await ask(armUrl(endpointPath(arm, type, name)), { method: 'DELETE' })
    await queries.invalidateQueries({ queryKey: [`${type}-endpoint`] })
    go(lists[type])
  }
  return (
    <div className="head">
      <h1>{name}</h1>
      <Status state={state} />
      <span className="quiet">{about}</span>
      {!readOnly && (
        <div className="end">
          <Link href={`/new/${type}-deployment?endpoint_name=${part(name)}`} className="button primary">
            <Icon name="plus" /> Add deployment
          </Link>
          <Acts acts={[{ title: 'Delete', danger: true, ask: end, run: remove }]} />
        </div>
      )}
      <p className="under">
        <span className="mono">{name}</span>
        <Copy text={name} label="Copy the name" />
        {description && <span>{description}</span>}
        <span>
          made by {resource.systemData?.createdBy ?? '?'}, <Ago at={endpoint.createdAt} />
        </span>
      </p>
    </div>
  )
}
