// What a schedule has beyond its table: on and off, now, and the jobs it started.
import { asObject, asString } from '@lazurite/spec'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import { duration, when } from '../data/format.ts'
import { rowOf } from '../data/jobs.ts'
import { useClient } from '../data/kinds.ts'
import { armUrl, type Page, useWorkspace } from '../data/queries.ts'
import { Ago, Card, Empty, Loading, Problem, useNow } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import { Status } from '../parts/status.tsx'
import { jobPath } from '../places.ts'
import type { Item } from './item.tsx'
import type { ActionProps } from './item-specials.tsx'

export function Switch({ item, run, busy }: ActionProps) {
  const client = useClient()
  const { kind, row, document } = item
  const isOn = document.is_enabled !== false
  const change = () => client.of(kind.name).patch({ name: row.name }, { properties: { isEnabled: !isOn } })
  return (
    <button type="button" className="button" disabled={busy !== ''} onClick={() => void run('switch', change)}>
      {isOn ? 'Turn off' : 'Turn on'}
    </button>
  )
}

export function TriggerNow({ item, run, busy }: ActionProps) {
  const client = useClient()
  const { kind, row } = item
  const start = () =>
    client.of(kind.name).act({ name: row.name }, 'trigger', { scheduleTime: new Date().toISOString() })
  return (
    <button type="button" className="button primary" disabled={busy !== ''} onClick={() => void run('trigger', start)}>
      <Icon name="play" /> {busy === 'trigger' ? 'Starting …' : 'Run now'}
    </button>
  )
}

/** When it happens, in words. */
export function Trigger({ item }: { item: Item }) {
  const { document, row } = item
  const now = useNow()
  const { type, expression, frequency, interval, time_zone: zone } = asObject(document.trigger)
  const next = asString(row.facts.next)
  const isOn = document.is_enabled !== false
  const seconds = next === undefined ? undefined : (Date.parse(next) - now) / 1000
  return (
    <Card title="When">
      <dl className="facts">
        <dt>State</dt>
        <dd>
          <Status state={isOn ? 'Enabled' : 'Disabled'} word={isOn ? 'On' : 'Off'} />
        </dd>
        <dt>Rule</dt>
        <dd>
          {type === 'cron' ? (
            <span className="mono">{asString(expression)}</span>
          ) : (
            `every ${typeof interval === 'number' && interval > 1 ? `${interval} ` : ''}${asString(frequency) ?? ''}${Number(interval) > 1 ? 's' : ''}`
          )}
          {zone && <span className="dim"> {asString(zone)}</span>}
        </dd>
        {next && isOn && (
          <>
            <dt>Next</dt>
            <dd>
              {when(next)} <span className="dim">in {duration(seconds)}</span>
            </dd>
          </>
        )}
      </dl>
    </Card>
  )
}

export function ScheduleJobs({ item }: { item: Item }) {
  const { arm } = useWorkspace()
  const { name } = item.row
  const jobs = useQuery({
    queryKey: ['job', undefined, 'schedule', name],
    queryFn: ({ signal }) =>
      ask<Page>(armUrl(`${arm}/jobs`, { scheduleId: name, $top: '200', listViewType: 'All' }), { signal }),
  })
  if (jobs.isPending) return <Loading what="the jobs" />
  if (jobs.isError) return <Problem error={jobs.error} retry={() => void jobs.refetch()} />
  const rows = jobs.data.value.map(rowOf)
  if (rows.length === 0)
    return <Empty title="It has started no job yet" command={`laz schedule trigger --name ${name}`} />
  return (
    <Card title="Jobs it started" bare>
      <ul>
        {rows.map((job) => (
          <li key={job.name} className="line">
            <span className="state">
              <Status state={job.status} />
            </span>
            <Link href={jobPath(job.name)} className="name">
              {job.displayName}
            </Link>
            <span className="quiet end">
              {job.startedAt !== undefined && job.endedAt !== undefined
                ? duration((job.endedAt - job.startedAt) / 1000)
                : ''}
            </span>
            <span className="quiet at">
              <Ago at={job.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
