// What stands beside the jobs on the first page: machines, endpoints, room on the disk.
import { Link } from 'wouter'
import { useComputes } from '../../data/computes.ts'
import { useEndpoints } from '../../data/endpoints.ts'
import { bytes } from '../../data/format.ts'
import { part } from '../../places.ts'
import { Card, Loading, Problem } from '../bits.tsx'
import { Status } from '../status.tsx'
import { Meter } from '../strip.tsx'

const mostShown = 4

export function Machines() {
  const { rows, machine, isError, error, refetch } = useComputes()
  if (isError) return <Problem error={error} retry={() => void refetch()} />
  const last = machine?.samples.at(-1)
  const taken = machine ? machine.disk.totalBytes - machine.disk.freeBytes : 0
  return (
    <Card title="Compute" end={<Link href="/compute">All</Link>}>
      {machine === undefined ? (
        <Loading what="computes" />
      ) : (
        <div className="stack" style={{ gap: 12 }}>
          <Meter
            title="This machine"
            text={`CPU ${Math.round((last?.cpu ?? 0) * 100)}%, ${bytes((last?.memory ?? 0) * machine.memoryBytes)} of ${bytes(machine.memoryBytes)}`}
            share={last?.cpu ?? 0}
            warn={2}
          />
          {rows
            .filter(({ most }) => most !== undefined)
            .slice(0, mostShown)
            .map(({ name, busy = 0, most = 1, queued }) => (
              <Link key={name} href={`/compute/${part(name)}`} className="plain-link">
                <Meter
                  title={name}
                  text={queued > 0 ? `${busy} of ${most} busy, ${queued} queued` : `${busy} of ${most} busy`}
                  share={busy / most}
                  warn={queued > 0 ? 1 : 2}
                />
              </Link>
            ))}
          <Meter
            title="Disk"
            text={`${bytes(machine.disk.freeBytes)} free`}
            share={taken / Math.max(1, machine.disk.totalBytes)}
          />
        </div>
      )}
    </Card>
  )
}

export function Serving() {
  const endpoints = useEndpoints('online')
  if (endpoints.rows.length === 0) return null
  return (
    <Card title="Endpoints" end={<Link href="/endpoints">All</Link>} bare>
      <ul>
        {endpoints.rows.slice(0, mostShown).map(({ name, state, auth }) => (
          <li key={name} className="line">
            <Status state={state} />
            <Link href={`/endpoints/${part(name)}`} className="name">
              {name}
            </Link>
            <span className="quiet end">{auth}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
