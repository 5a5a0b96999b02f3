// How the pages look, who looks at them, how programs are pointed here, and how the server is.
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import { bytes, duration } from '../data/format.ts'
import { newPath } from '../data/kind-places.ts'
import { useWorkspace } from '../data/queries.ts'
import { logOut, sameWorkspace, useSession, workspacePath } from '../data/session.ts'
import { Ago, Card, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { Status } from '../parts/status.tsx'
import { chooseTheme, useTheme } from '../parts/theme.ts'
import '../style/kinds.css'
import '../style/form.css'

export function Settings() {
  useTitle('Settings')
  return (
    <>
      <div className="head">
        <h1>Settings</h1>
      </div>
      <div className="halves">
        <Look />
        <Who />
        <Workspaces />
        <Programs />
        <Server />
        <Health />
      </div>
    </>
  )
}

function kept(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

const densities = ['compact', 'default', 'relaxed']

function Look() {
  const theme = useTheme()
  const [isChosen, setChosen] = useState(kept('laz.theme') !== null)
  const [density, setDensity] = useState(kept('laz.density') ?? 'default')
  const putDensity = (next: string) => {
    setDensity(next)
    document.documentElement.dataset.density = next
    try {
      localStorage.setItem('laz.density', next)
    } catch {
      // it is kept for this page alone
    }
  }
  return (
    <Card title="Look">
      <div className="table-form">
        <Choose
          legend="Theme"
          words={['system', 'light', 'dark']}
          now={isChosen ? theme : 'system'}
          put={(word) => {
            setChosen(word !== 'system')
            chooseTheme(word === 'light' || word === 'dark' ? word : undefined)
          }}
        />
        <Choose legend="Rows" words={densities} now={density} put={putDensity} />
      </div>
    </Card>
  )
}

function Choose(props: { legend: string; words: string[]; now: string; put(word: string): void }) {
  const { legend, words, now, put } = props
  return (
    <fieldset className="words">
      <legend>{legend}</legend>
      {words.map((word) => (
        <label key={word} className="pick">
          <input type="radio" name={legend} checked={now === word} onChange={() => put(word)} />
          {word}
        </label>
      ))}
    </fieldset>
  )
}

function Who() {
  const { name, readOnly, version } = useSession()
  return (
    <Card
      title="Login"
      end={
        <button type="button" className="button small" onClick={() => void logOut()}>
          Log out
        </button>
      }
    >
      <Facts
        facts={[
          ['Name', name],
          ['May', readOnly ? 'read' : 'read and write'],
          ['Lazurite', version],
        ]}
      />
      <div className="below">
        <Twin command="laz studio --read-only" />
        <p className="help">prints an address for who shall only look.</p>
      </div>
    </Card>
  )
}

function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {facts.map(([title, value]) => (
        <div key={title} className="fact">
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Workspaces() {
  const session = useSession()
  return (
    <Card
      title="Workspaces"
      end={
        !session.readOnly && (
          <Link href={newPath('workspace')} className="button small">
            New workspace
          </Link>
        )
      }
      bare
    >
      <ul>
        {session.workspaces.map((one) => (
          <li key={workspacePath(session, one)} className="line">
            <a href={workspacePath(session, one)} className="name">
              {one.workspace}
            </a>
            <span className="dim">{one.resourceGroup}</span>
            {sameWorkspace(one, session.workspace) && <span className="chip here end">shown now</span>}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Programs() {
  const { arm, id } = useWorkspace()
  return (
    <Card title="Programs">
      <div className="stack" style={{ gap: 8 }}>
        <p className="quiet">Each prints what that client needs, with its login:</p>
        {['python', 'az', 'js', 'mlflow'].map((client) => (
          <Twin key={client} command={`laz connect ${client}`} />
        ))}
        <Facts
          facts={[
            [
              'Subscription',
              <span key="s" className="mono">
                {id.subscription}
              </span>,
            ],
            [
              'Resource group',
              <span key="g" className="mono">
                {id.resourceGroup}
              </span>,
            ],
            [
              'Id',
              <span key="i" className="mono">
                {arm}
              </span>,
            ],
          ]}
        />
      </div>
    </Card>
  )
}

interface ServerStatus {
  pid: number
  url: string
  home: string
  node: string
  startedAt: string
  uptimeSeconds: number
  memory: { rssBytes: number }
}

function Server() {
  const status = useQuery({
    queryKey: ['server', undefined, 'status'],
    queryFn: ({ signal }) => ask<ServerStatus>('/lazurite/v1/status', { signal }),
  })
  if (status.isPending) return <Loading what="the server" />
  if (status.isError) return <Problem error={status.error} retry={() => void status.refetch()} />
  const { url, home, node, startedAt, uptimeSeconds, memory } = status.data
  return (
    <Card title="Server">
      <Facts
        facts={[
          [
            'Address',
            <span key="u" className="mono">
              {url}
            </span>,
          ],
          [
            'Home',
            <span key="h" className="mono">
              {home}
            </span>,
          ],
          ['Node', node],
          ['Memory', bytes(memory.rssBytes)],
          [
            'Runs for',
            <span key="r">
              {duration(uptimeSeconds)}, since <Ago at={startedAt} />
            </span>,
          ],
        ]}
      />
      <div className="below">
        <Twin command="laz status" />
      </div>
    </Card>
  )
}

interface Checks {
  ok: boolean
  checks: { name: string; ok: boolean; detail: string; hint?: string }[]
}

function Health() {
  const doctor = useQuery({
    queryKey: ['server', undefined, 'doctor'],
    queryFn: ({ signal }) => ask<Checks>('/lazurite/v1/doctor', { signal }),
  })
  if (doctor.isPending) return <Loading what="the checks" />
  if (doctor.isError) return <Problem error={doctor.error} retry={() => void doctor.refetch()} />
  return (
    <Card title="Health" bare>
      <ul>
        {doctor.data.checks.map(({ name, ok, detail, hint }) => (
          <li key={name} className="line health">
            <span className="state">
              <Status state={ok ? 'Succeeded' : 'NotResponding'} word={ok ? 'Well' : 'Look here'} />
            </span>
            <span>
              <b>{name}</b> <span className="quiet">{detail}</span>
              {hint && <span className="help"> {hint}</span>}
            </span>
          </li>
        ))}
      </ul>
      <div style={{ padding: 12 }}>
        <Twin command="laz doctor" />
      </div>
    </Card>
  )
}
