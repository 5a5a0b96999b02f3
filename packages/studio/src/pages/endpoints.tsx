// What answers calls: online endpoints and those that start jobs.
import { Link, useLocation } from 'wouter'
import { type Endpoint, type Sort, useEndpoints } from '../data/endpoints.ts'
import { useSession } from '../data/session.ts'
import { Ago, Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { type Column, Grid } from '../parts/grid.tsx'
import { Icon } from '../parts/icons.tsx'
import { Status } from '../parts/status.tsx'
import { part } from '../places.ts'

export const endpointPage = (sort: Sort, name: string) =>
  sort === 'online' ? `/endpoints/${part(name)}` : `/endpoints/batch/${part(name)}`

const words: Record<Sort, { title: string; command: string; what: string }> = {
  online: {
    title: 'Online',
    command: 'laz online-endpoint create -f endpoint.yml && laz online-deployment create -f blue.yml --all-traffic',
    what: 'An online endpoint is an address that answers at once, with a model behind it:',
  },
  batch: {
    title: 'Batch',
    command: 'laz batch-endpoint create -f endpoint.yml && laz batch-deployment create -f first.yml --set-default',
    what: 'A batch endpoint starts a job for each call, over as many files as there are:',
  },
}

export function Endpoints({ sort }: { sort: Sort }) {
  const [, go] = useLocation()
  const { readOnly } = useSession()
  const online = useEndpoints('online')
  const batch = useEndpoints('batch')
  const all = { online, batch }
  const shown = all[sort]
  useTitle(`${words[sort].title} endpoints`)
  return (
    <>
      <div className="head">
        <h1>Endpoints</h1>
        {!readOnly && (
          <div className="end">
            <Link href={`/new/${sort}-endpoint`} className="button primary">
              <Icon name="plus" /> New endpoint
            </Link>
          </div>
        )}
      </div>
      <nav className="tabs" aria-label="Kinds of endpoints">
        {(['online', 'batch'] as const).map((each) => (
          <Link
            key={each}
            href={each === 'online' ? '/endpoints' : '/endpoints/batch'}
            aria-current={each === sort ? 'page' : undefined}
          >
            {words[each].title} {all[each].data ? all[each].rows.length : ''}
          </Link>
        ))}
      </nav>
      {shown.isPending ? (
        <Loading what="endpoints" />
      ) : shown.isError ? (
        <Problem error={shown.error} retry={() => void shown.refetch()} />
      ) : shown.rows.length === 0 ? (
        <Empty title={`No ${sort} endpoints yet`} command={words[sort].command}>
          <p>{words[sort].what}</p>
        </Empty>
      ) : (
        <Grid
          label={`${words[sort].title} endpoints`}
          rows={shown.rows}
          columns={sort === 'online' ? [...first, ...ofOnline, made] : [...first, ...ofBatch, made]}
          keyOf={({ name }) => name}
          nameOf={({ name, state }) => `${name}, ${state}`}
          open={({ name }) => go(endpointPage(sort, name))}
        />
      )}
      <div style={{ marginTop: 16 }}>
        <Twin command={`laz ${sort}-endpoint list -o table`} />
      </div>
    </>
  )
}

const first: Column<Endpoint>[] = [
  { id: 'state', title: 'State', width: '136px', cell: ({ state }) => <Status state={state} /> },
  {
    id: 'name',
    title: 'Name',
    width: 'minmax(180px, 1.4fr)',
    cell: ({ sort, name }) => (
      <a className="name" href={endpointPage(sort, name)} tabIndex={-1} onClick={(event) => event.preventDefault()}>
        {name}
      </a>
    ),
  },
]
const ofOnline: Column<Endpoint>[] = [
  { id: 'traffic', title: 'Traffic', width: 'minmax(180px, 1.4fr)', cell: ({ traffic }) => sharesText(traffic) },
  { id: 'auth', title: 'Login', width: '110px', cell: ({ auth }) => auth },
]
const ofBatch: Column<Endpoint>[] = [
  { id: 'standard', title: 'Default deployment', width: 'minmax(180px, 1.4fr)', cell: ({ standard }) => standard },
]
const made: Column<Endpoint> = {
  id: 'created',
  title: 'Created',
  width: '130px',
  cell: ({ createdAt }) => <Ago at={createdAt} />,
}

export function sharesText(traffic: Record<string, number>): string {
  return Object.entries(traffic)
    .filter(([, share]) => share > 0)
    .map(([name, share]) => `${name} ${share}%`)
    .join(', ')
}
