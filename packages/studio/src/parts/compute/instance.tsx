// What answers on an instance, when it stops by itself, what its programs wrote.

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ask } from '../../data/api.ts'
import { type ComputeRow, innerOf } from '../../data/computes.ts'
import { bytes } from '../../data/format.ts'
import { useWorkspace } from '../../data/queries.ts'
import { useSession } from '../../data/session.ts'
import { shellWord } from '../../data/shell.ts'
import { part } from '../../places.ts'
import { useActing } from '../act.tsx'
import { Ago, Card, Empty, Loading, Problem, Twin } from '../bits.tsx'
import { Status } from '../status.tsx'

interface Applications {
  active: string[]
  lastActive: string
  value: { name: string; displayName: string; state: string; starts: number }[]
}

const isUp = ({ state }: ComputeRow) => state === 'Running' || state === 'JobRunning'

export function Applications({ row }: { row: ComputeRow }) {
  const { own } = useWorkspace()
  const { readOnly } = useSession()
  const up = isUp(row)
  const path = `${own}/computes/${part(row.name)}/applications`
  const { busy, problem, act } = useActing()
  const applications = useQuery({
    queryKey: ['compute', row.name, 'applications'],
    queryFn: ({ signal }) => ask<Applications>(path, { signal }),
    enabled: up,
    refetchInterval: 5000,
  })
  const open = (name: string) => async () => {
    const { url } = await ask<{ url: string }>(`${path}/${part(name)}/open`, { method: 'POST' })
    window.open(url, '_blank', 'noopener')
  }
  return (
    <Card
      title="Applications"
      end={
        applications.data && (
          <span className="quiet">
            last used <Ago at={applications.data.lastActive} />
          </span>
        )
      }
    >
      {!up ? (
        <p className="quiet">The instance does not run. What it keeps is in its home folder and comes back with it.</p>
      ) : applications.isPending ? (
        <Loading what="applications" />
      ) : applications.isError ? (
        <Problem error={applications.error} retry={() => void applications.refetch()} />
      ) : (
        <ul className="nodes">
          {applications.data.value.map(({ name, displayName, state }) => (
            <li key={name} className="tile">
              <header>
                <b>{displayName}</b>
                <Status state={stateWord[state] ?? state} />
              </header>
              {!readOnly && (
                <button
                  type="button"
                  className="button small"
                  disabled={busy !== '' || state !== 'up'}
                  onClick={() => act({ title: name, run: open(name) })}
                >
                  Open
                </button>
              )}
            </li>
          ))}
          <li className="tile">
            <header>
              <b>Terminal</b>
            </header>
            <Twin command={`laz compute terminal -n ${row.name}`} />
          </li>
        </ul>
      )}
      {applications.data?.value.length === 0 && (
        <p className="quiet" style={{ marginTop: 12 }}>
          No application is installed. In a terminal of the instance: <code>pip install jupyterlab</code>, then restart
          it.
        </p>
      )}
      {problem}
    </Card>
  )
}

const stateWord: Record<string, string> = { up: 'Ready', starting: 'Starting', ended: 'Stopped' }

interface Schedule {
  id?: string
  action?: string
  status?: string
  cron?: { expression?: string; timeZone?: string }
  recurrence?: { frequency?: string; interval?: number; timeZone?: string }
}

/** When it starts and stops by itself. */
export function Rest({ row }: { row: ComputeRow }) {
  const inner = innerOf(row.resource)
  const schedules = (inner.schedules ?? {}) as { computeStartStop?: Schedule[] } // as ARM has it
  const list = schedules.computeStartStop ?? []
  const idle = inner.idleTimeBeforeShutdown
  return (
    <Card title="When it stops">
      <p>{typeof idle === 'string' ? `After ${idle} without use.` : 'Not by itself while nobody uses it.'}</p>
      {list.length > 0 && (
        <ul style={{ marginTop: 8 }}>
          {list.map(({ id, action, status, cron, recurrence }) => (
            <li key={id}>
              <b>{action}</b>{' '}
              <span className="mono">
                {cron?.expression ?? `every ${recurrence?.interval ?? 1} ${recurrence?.frequency ?? ''}`}
              </span>{' '}
              <span className="quiet">
                {cron?.timeZone ?? recurrence?.timeZone ?? 'UTC'}
                {status === 'Disabled' ? ', disabled' : ''}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

interface LogList {
  value: { name: string; sizeBytes: number }[]
}

export function Logs({ name }: { name: string }) {
  const { own } = useWorkspace()
  const path = `${own}/computes/${part(name)}/logs`
  const [chosen, setChosen] = useState<string>()
  const logs = useQuery({
    queryKey: ['compute', name, 'logs'],
    queryFn: ({ signal }) => ask<LogList>(path, { signal }),
    refetchInterval: 5000,
  })
  const shown = chosen ?? logs.data?.value[0]?.name
  const text = useQuery({
    queryKey: ['compute', name, 'logs', shown],
    queryFn: ({ signal }) => ask<{ text: string }>(`${path}/${part(shown ?? '')}`, { signal }),
    enabled: shown !== undefined,
    refetchInterval: 3000,
  })
  if (logs.isPending) return <Loading what="logs" />
  if (logs.isError) return <Problem error={logs.error} retry={() => void logs.refetch()} />
  if (logs.data.value.length === 0) return <Empty title="Nothing was written yet" />
  return (
    <div className="stack">
      <label className="pick" style={{ justifySelf: 'start' }}>
        Log
        <select className="bare" value={shown} onChange={(event) => setChosen(event.target.value)}>
          {logs.data.value.map((log) => (
            <option key={log.name} value={log.name}>
              {log.name} ({bytes(log.sizeBytes)})
            </option>
          ))}
        </select>
      </label>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
      <section className="console" tabIndex={0} aria-label={`Log ${shown}`}>
        {text.data?.text || 'Nothing was written yet.'}
      </section>
      <Twin command={`laz compute logs -n ${name} --log ${shellWord(shown ?? '')}`} />
    </div>
  )
}
