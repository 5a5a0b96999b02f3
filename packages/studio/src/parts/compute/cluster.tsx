// The nodes of a cluster and how many there may be.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../../data/api.ts'
import { type ComputeRow, innerOf } from '../../data/computes.ts'
import { armUrl, useWorkspace } from '../../data/queries.ts'
import { useSession } from '../../data/session.ts'
import { jobPath, part } from '../../places.ts'
import { useActing } from '../act.tsx'
import { Card, Loading, Problem } from '../bits.tsx'
import { Status } from '../status.tsx'

interface NodesAnswer {
  busy: number
  waiting: number
  value: { name: string; state: string; jobs: string[] }[]
}

const most = 64

export function Nodes({ row }: { row: ComputeRow }) {
  const { own } = useWorkspace()
  const nodes = useQuery({
    queryKey: ['compute', row.name, 'nodes'],
    queryFn: ({ signal }) => ask<NodesAnswer>(`${own}/computes/${part(row.name)}/nodes`, { signal }),
    // jobs come to nodes and go without a change of the cluster
    refetchInterval: 3000,
  })
  const { min, max, idle } = scaleOf(row)
  const up = nodes.data?.value ?? []
  const room = Math.max(0, Math.min(most, max) - up.length)
  return (
    <Card
      title="Nodes"
      end={
        <span className="quiet">
          {up.length} of {max} up, at least {min}, {idle} s idle before one goes
        </span>
      }
    >
      {nodes.isPending ? (
        <Loading what="nodes" />
      ) : nodes.isError ? (
        <Problem error={nodes.error} retry={() => void nodes.refetch()} />
      ) : (
        <ul className="nodes">
          {up.slice(0, most).map(({ name, state, jobs }) => (
            <li key={name} className="tile">
              <header>
                <b className="mono">{name}</b>
                <Status state={state} word={state.charAt(0).toUpperCase() + state.slice(1)} />
              </header>
              {jobs.length === 0 ? (
                <p className="quiet">No job</p>
              ) : (
                jobs.map((job) => (
                  <p key={job}>
                    <Link href={jobPath(job)} className="mono">
                      {job}
                    </Link>
                  </p>
                ))
              )}
            </li>
          ))}
          {Array.from({ length: room }, (_, i) => (
            <li
              className="tile absent"
              // biome-ignore lint/suspicious/noArrayIndexKey: a place without a node has nothing else
              key={i}
            >
              <header>
                <span className="quiet">Not up</span>
              </header>
              <p className="quiet">Comes up when a job waits</p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function scaleOf({ resource }: ComputeRow): { min: number; max: number; idle: number } {
  const scale = (innerOf(resource).scaleSettings ?? {}) as Record<string, unknown> // as ARM has it
  return {
    min: Number(scale.minNodeCount ?? 0),
    max: Number(scale.maxNodeCount ?? 4),
    idle: secondsOf(String(scale.nodeIdleTimeBeforeScaleDown ?? 'PT120S')),
  }
}

/** `PT2M` and its like, as far as scale settings use them. */
export function secondsOf(duration: string): number {
  const found = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration)
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = (found ?? []).slice(1).map((text) => Number(text ?? 0))
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
}

/** How many nodes there may be; changed in place. */
export function Scale({ row }: { row: ComputeRow }) {
  const { arm } = useWorkspace()
  const { readOnly } = useSession()
  const queries = useQueryClient()
  const { busy, problem, act } = useActing()
  const now = scaleOf(row)
  const [form, setForm] = useState<{ min: string; max: string; idle: string }>()
  if (readOnly) return null
  const shown = form ?? { min: String(now.min), max: String(now.max), idle: String(now.idle) }
  const put = (key: keyof typeof shown) => (event: { target: { value: string } }) =>
    setForm({ ...shown, [key]: event.target.value })
  const save = (event: FormEvent) => {
    event.preventDefault()
    const scaleSettings = {
      minNodeCount: Number(shown.min),
      maxNodeCount: Number(shown.max),
      nodeIdleTimeBeforeScaleDown: `PT${Number(shown.idle)}S`,
    }
    act({
      title: 'Save',
      run: async () => {
        const body = { properties: { properties: { scaleSettings } } }
        await ask(armUrl(`${arm}/computes/${part(row.name)}`), { method: 'PATCH', body })
        await queries.invalidateQueries({ queryKey: ['compute'] })
        setForm(undefined)
      },
    })
  }
  return (
    <Card title="Scale">
      <form className="stack" style={{ gap: 10 }} onSubmit={save}>
        <Whole title="Fewest nodes" value={shown.min} change={put('min')} />
        <Whole title="Most nodes" value={shown.max} change={put('max')} />
        <Whole title="Seconds idle before a node goes" value={shown.idle} change={put('idle')} />
        {problem}
        <div>
          <button type="submit" className="button" disabled={form === undefined || busy !== ''}>
            Save
          </button>
        </div>
      </form>
    </Card>
  )
}

function Whole({
  title,
  value,
  change,
}: {
  title: string
  value: string
  change(event: { target: { value: string } }): void
}) {
  return (
    <label className="labelled">
      {title}
      <input className="field" type="number" min="0" value={value} onChange={change} />
    </label>
  )
}
