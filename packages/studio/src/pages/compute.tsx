// Where jobs run: this machine, clusters, instances, what is attached.
import { Link, useLocation, useSearchParams } from 'wouter'
import { type ComputeKind, type ComputeRow, kindTitles, type Machine, useComputes } from '../data/computes.ts'
import { bytes, count } from '../data/format.ts'
import { useSession } from '../data/session.ts'
import { Card, Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { type Column, Grid } from '../parts/grid.tsx'
import { Icon } from '../parts/icons.tsx'
import { Status } from '../parts/status.tsx'
import { Meter, Strip } from '../parts/strip.tsx'
import { part } from '../places.ts'

export function Compute() {
  const [search] = useSearchParams()
  const [, go] = useLocation()
  const { readOnly } = useSession()
  const kind = search.get('kind') ?? ''
  const computes = useComputes()
  useTitle('Compute')
  const rows = computes.rows.filter((row) => kind === '' || row.kind === kind)
  return (
    <>
      <div className="head">
        <h1>Compute</h1>
        {!readOnly && (
          <div className="end">
            <Link href="/new/compute?type=kubernetes" className="button">
              Attach
            </Link>
            <Link href="/new/compute" className="button primary">
              <Icon name="plus" /> New
            </Link>
          </div>
        )}
      </div>
      <Kinds here={kind} rows={computes.rows} />
      <div className="stack">
        {computes.isPending ? (
          <Loading what="computes" />
        ) : computes.isError ? (
          <Problem error={computes.error} retry={() => void computes.refetch()} />
        ) : rows.length === 0 ? (
          <Empty
            title={kind === '' ? 'No computes yet' : `No ${kindTitles[kind as ComputeKind] ?? kind} yet`}
            command="laz compute create -n cpu-cluster --type amlcompute --max-instances 4"
          >
            <p>Jobs that name no compute run on this machine. A cluster lets only so many of them run at once:</p>
          </Empty>
        ) : (
          <Grid
            label="Computes"
            rows={rows}
            columns={columns}
            keyOf={({ name }) => name}
            nameOf={({ name, state, type }) => `${name}, ${type}, ${state}`}
            open={({ name }) => go(`/compute/${part(name)}`)}
          />
        )}
        {computes.machine && <ThisMachine machine={computes.machine} here={computes.here} />}
        <Twin
          command={kind === 'instances' ? 'laz compute list --type ComputeInstance' : 'laz compute list -o table'}
        />
      </div>
    </>
  )
}

function Kinds({ here, rows }: { here: string; rows: readonly ComputeRow[] }) {
  const tabs: [string, string, number][] = [
    ['', 'All', rows.length],
    ...(Object.keys(kindTitles) as ComputeKind[]).map((kind): [string, string, number] => [
      kind,
      kindTitles[kind],
      rows.filter((row) => row.kind === kind).length,
    ]),
  ]
  return (
    <nav className="tabs" aria-label="Kinds of computes">
      {tabs.map(([kind, title, amount]) => (
        <Link
          key={kind}
          href={kind === '' ? '/compute' : `/compute?kind=${kind}`}
          aria-current={here === kind ? 'page' : undefined}
        >
          {title} {amount}
        </Link>
      ))}
    </nav>
  )
}

const columns: Column<ComputeRow>[] = [
  {
    id: 'state',
    title: 'State',
    width: '150px',
    cell: ({ state }) => <Status state={state} word={wordOfState(state)} />,
  },
  {
    id: 'name',
    title: 'Name',
    width: 'minmax(180px, 2fr)',
    cell: ({ name }) => (
      <a className="name" href={`/compute/${part(name)}`} tabIndex={-1} onClick={(event) => event.preventDefault()}>
        {name}
      </a>
    ),
  },
  { id: 'type', title: 'Kind', width: '120px', cell: ({ type }) => type },
  { id: 'backing', title: 'Backed by', width: 'minmax(120px, 1fr)', cell: ({ backing }) => backing },
  {
    id: 'busy',
    title: 'Nodes busy',
    width: '110px',
    numeric: true,
    cell: ({ busy, most }) => (busy === undefined ? '' : `${busy} of ${most}`),
  },
  { id: 'size', title: 'Size', width: 'minmax(150px, 1fr)', cell: ({ size }) => <span className="mono">{size}</span> },
  { id: 'queued', title: 'Queued', width: '90px', numeric: true, cell: ({ queued }) => count(queued) },
]

/** States of nodes are written small on the wire. */
export function wordOfState(state: string): string {
  const words: Record<string, string> = { JobRunning: 'Job running', SettingUp: 'Setting up' }
  return words[state] ?? state.charAt(0).toUpperCase() + state.slice(1)
}

function ThisMachine({ machine, here }: { machine: Machine; here: { busy: number; waiting: number } }) {
  const { samples, jobs, disk, memoryBytes } = machine
  const taken = disk.totalBytes - disk.freeBytes
  const memory = samples.at(-1)?.memory ?? 0
  return (
    <Card
      title="This machine"
      end={
        <span className="quiet">
          {machine.host}, {machine.cores} cores, {bytes(memoryBytes)}
        </span>
      }
    >
      <div className="halves">
        <Strip title="Processors" shares={samples.map(({ cpu }) => cpu)} />
        <Strip title={`Memory, ${bytes(memory * memoryBytes)}`} shares={samples.map((sample) => sample.memory)} />
      </div>
      <div className="halves" style={{ marginTop: 16 }}>
        <Meter
          title="Cores held by jobs"
          text={`${jobs.coresHeld} of ${jobs.cores}`}
          share={jobs.coresHeld / jobs.cores}
          warn={2}
        />
        <Meter
          title="Disk"
          text={`${bytes(taken)} of ${bytes(disk.totalBytes)}`}
          share={taken / Math.max(1, disk.totalBytes)}
        />
      </div>
      <p className="quiet" style={{ marginTop: 12 }}>
        {count(here.busy)} {here.busy === 1 ? 'job runs' : 'jobs run'} here without a compute of their own,{' '}
        {count(here.waiting)} {here.waiting === 1 ? 'waits' : 'wait'}.{' '}
        <Link href="/jobs?q=compute%3Alocal">Show them</Link>
      </p>
    </Card>
  )
}
