// What became of an environment when a job last ran in it: its packages, and what building it said.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import { count, duration, when } from '../data/format.ts'
import { useWorkspace } from '../data/queries.ts'
import { Card, Empty, Loading, Problem } from '../parts/bits.tsx'
import { Code } from '../parts/code.tsx'
import { plainText } from '../parts/logs/ansi.ts'
import { jobPath, part } from '../places.ts'
import type { Item } from './item.tsx'
import '../style/job.css'
import '../style/kinds.css'

interface Made {
  job: string | null
  how: 'host' | 'venv'
  python: string
  notes: string[]
  packages?: Record<string, string>
  requirements?: string[]
  seconds?: number
  builtAt?: number
  log?: string
}

export function EnvironmentMade({ item: { row } }: { item: Item }) {
  const { own } = useWorkspace()
  const path = `${own}/environments/${part(row.name)}/versions/${part(row.version ?? '')}/made`
  const made = useQuery({
    queryKey: ['environment', row.name, 'made', row.version],
    queryFn: ({ signal }) => ask<Made>(path, { signal }),
  })
  if (made.isPending) return <Loading what="the packages" />
  if (made.isError) return <Problem error={made.error} retry={() => void made.refetch()} />
  const { data } = made
  if (data.job === null) {
    return (
      <Empty
        title="No job has run in it yet"
        command={`laz job create --file job.yml --set environment=azureml:${row.name}@latest`}
      >
        <p>It is made when the first job needs it, and kept for all that follow.</p>
      </Empty>
    )
  }
  return (
    <div className="halves-page">
      <div className="stack">
        {data.packages ? (
          <Packages packages={data.packages} />
        ) : (
          <Empty title="Its folder is gone">
            <p>The next job that needs it makes it anew.</p>
          </Empty>
        )}
      </div>
      <div className="stack">
        <How made={data} job={data.job} />
        {data.log !== undefined && data.log !== '' && (
          <Card title="What building it said">
            <Code label="Log of the build">{data.log.split('\n').map(plainText).join('\n')}</Code>
          </Card>
        )}
      </div>
    </div>
  )
}

function How({ made, job }: { made: Made; job: string }) {
  const lines: [string, React.ReactNode][] = [
    ['Is', made.how === 'venv' ? 'a virtual environment of its own' : 'the Python of this machine'],
    ['Python', made.python],
    [
      'Seen by',
      <Link key="job" href={jobPath(job)} className="mono">
        {job}
      </Link>,
    ],
    ...(made.builtAt === undefined ? [] : ([['Built', when(made.builtAt)]] as [string, string][])),
    ...(made.seconds === undefined ? [] : ([['Took', duration(made.seconds)]] as [string, string][])),
  ]
  return (
    <Card title="How it was made">
      <dl className="facts">
        {lines.map(([title, value]) => (
          <div key={title} style={{ display: 'contents' }}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {made.notes.map((note) => (
        <p key={note} className="quiet" style={{ marginTop: 8 }}>
          {note}
        </p>
      ))}
    </Card>
  )
}

function Packages({ packages }: { packages: Record<string, string> }) {
  const [text, setText] = useState('')
  const all = Object.entries(packages)
  const found = all.filter(([name]) => name.includes(text.toLowerCase()))
  return (
    <Card
      title={`Packages, ${count(all.length)}`}
      end={
        <input
          className="field"
          type="search"
          aria-label="Search packages"
          placeholder="numpy"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      }
      bare
    >
      <table className="singles">
        <thead>
          <tr>
            <th scope="col">Package</th>
            <th scope="col">Version</th>
          </tr>
        </thead>
        <tbody>
          {found.map(([name, version]) => (
            <tr key={name}>
              <td className="mono">{name}</td>
              <td className="mono">{version}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length === 0 && <p className="empty">No package is called so.</p>}
    </Card>
  )
}
