// What a job read and wrote, who wrote what it read, and who read what it wrote.
import { useQueries, useQuery } from '@tanstack/react-query'
import { useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import { rowOf } from '../data/jobs.ts'
import { itemPath } from '../data/kind-places.ts'
import { useWorkspace } from '../data/queries.ts'
import { Empty, Loading, Problem, Twin } from '../parts/bits.tsx'
import { Icon, type IconName } from '../parts/icons.tsx'
import { jobPath } from '../places.ts'
import type { JobTabProps } from './job-tab.ts'
import '../style/lines.css'

interface Use {
  asset: string
  kind: string
  name: string
  version: string
  direction: 'read' | 'written'
  as: string
}

interface UseOfAsset {
  job: string
  direction: 'read' | 'written'
  as: string
}

/** Neighbours of neighbours are asked for, of so many. */
const mostAsked = 24
const mostShown = 8

export function Side({ job }: JobTabProps) {
  const { name, displayName } = rowOf(job)
  const { own } = useWorkspace()
  const uses = useQuery({
    queryKey: ['job', name, 'lineage'],
    queryFn: ({ signal }) => ask<{ value: Use[] }>(`${own}/jobs/${encodeURIComponent(name)}/lineage`, { signal }),
  })
  const assets = (uses.data?.value ?? []).slice(0, mostAsked)
  const others = useQueries({
    queries: assets.map(({ asset, kind }) => ({
      queryKey: [kind, undefined, 'lineage', asset],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ask<{ value: UseOfAsset[] }>(`${ownOf(asset, own)}/lineage`, { signal }),
    })),
  })
  if (uses.isPending) return <Loading what="the lineage" />
  if (uses.isError) return <Problem error={uses.error} retry={() => void uses.refetch()} />
  if (uses.data.value.length === 0)
    return (
      <Empty title="It read and wrote nothing that is registered" command={`laz job lineage --name ${name}`}>
        <p>Data, models, environments and code that it uses appear here.</p>
      </Empty>
    )
  const neighbours = assets.map((asset, i) => ({ asset, uses: others[i]?.data?.value ?? [] }))
  return (
    <div className="stack">
      <Picture name={name} title={displayName} uses={uses.data.value} others={neighbours} />
      <Uses uses={uses.data.value} />
      <Twin command={`laz job lineage --name ${name}`} />
    </div>
  )
}

/** The path of our own face for an asset of a workspace or of a registry. */
function ownOf(asset: string, own: string): string {
  if (!asset.startsWith('azureml://')) return `/lazurite/v1${asset}`
  const found = /^azureml:\/\/registries\/([^/]+)\/(.*)$/.exec(asset)
  const group = own.slice(0, own.indexOf('/workspaces/'))
  return `${group}/registries/${found?.[1] ?? ''}/${found?.[2] ?? ''}`
}

interface Dot {
  id: string
  column: number
  title: string
  under: string
  icon: IconName
  href: string | undefined
}

interface Tie {
  from: string
  to: string
  as: string
}

const icons: Readonly<Record<string, IconName>> = {
  data: 'data',
  model: 'model',
  environment: 'box',
  component: 'blocks',
  code: 'file',
}

interface PictureProps {
  name: string
  title: string
  uses: readonly Use[]
  others: readonly { asset: Use; uses: readonly UseOfAsset[] }[]
}

/** Five columns: makers, what was read, this job, what was written, readers. */
function pictureOf({ name, title, uses, others }: PictureProps): { dots: Dot[]; ties: Tie[] } {
  const dots = new Map<string, Dot>()
  const ties: Tie[] = []
  const here = { id: `job ${name}`, column: 2, title, under: name, icon: 'play' as const, href: undefined }
  dots.set(here.id, here)
  for (const use of uses) {
    const read = use.direction === 'read'
    const id = `${use.direction} ${use.asset}`
    dots.set(id, {
      id,
      column: read ? 1 : 3,
      title: use.kind === 'code' ? 'code' : use.name,
      under: `${use.kind} ${use.kind === 'code' ? use.name.slice(0, 8) : use.version}`,
      icon: icons[use.kind] ?? 'file',
      href: use.kind === 'code' ? `${jobPath(name)}?tab=code` : itemPath(use.kind, use),
    })
    ties.push(read ? { from: id, to: here.id, as: use.as } : { from: here.id, to: id, as: use.as })
  }
  for (const { asset, uses: their } of others) {
    const wanted = asset.direction === 'read' ? 'written' : 'read'
    const middle = `${asset.direction} ${asset.asset}`
    const shown = their.filter((one) => one.direction === wanted && one.job !== name)
    for (const { job, as } of shown.slice(0, mostShown)) {
      const id = `${wanted} by ${job}`
      dots.set(id, {
        id,
        column: wanted === 'written' ? 0 : 4,
        title: job,
        under: 'job',
        icon: 'play',
        href: jobPath(job),
      })
      ties.push(wanted === 'written' ? { from: id, to: middle, as } : { from: middle, to: id, as })
    }
  }
  return { dots: [...dots.values()], ties }
}

const columnTitles = ['Made by', 'Read', 'This job', 'Written', 'Read by']

function Picture(props: PictureProps) {
  const { dots, ties } = pictureOf(props)
  const box = useRef<HTMLDivElement>(null)
  const [paths, setPaths] = useState<{ id: string; d: string }[]>([])
  const drawn = ties.map(({ from, to }) => `${from}\n${to}`).join('\n\n')
  useLayoutEffect(() => {
    const home = box.current
    if (!home) return
    const draw = () => setPaths(pathsIn(home, drawn))
    draw()
    const watcher = new ResizeObserver(draw)
    watcher.observe(home)
    return () => watcher.disconnect()
  }, [drawn])
  return (
    <section className="card lines-box" aria-label="Lineage">
      <div className="lines-columns" ref={box}>
        <svg aria-hidden="true">
          {paths.map(({ id, d }) => (
            <path key={id} d={d} />
          ))}
        </svg>
        {columnTitles.map((title, column) =>
          !dots.some((dot) => dot.column === column) ? null : (
            <div key={title}>
              <h2>{title}</h2>
              <ul>
                {dots
                  .filter((dot) => dot.column === column)
                  .map((dot) => (
                    <li key={dot.id} data-dot={dot.id} className={column === 2 ? 'dot here' : 'dot'}>
                      <Icon name={dot.icon} />
                      <span>
                        {dot.href ? <Link href={dot.href}>{dot.title}</Link> : <b>{dot.title}</b>}
                        <small>{dot.under}</small>
                      </span>
                    </li>
                  ))}
              </ul>
            </div>
          ),
        )}
      </div>
    </section>
  )
}

/** Curves between the things of a box, where they stand now. */
function pathsIn(home: HTMLElement, drawn: string): { id: string; d: string }[] {
  const origin = home.getBoundingClientRect()
  const places = new Map(
    [...home.querySelectorAll<HTMLElement>('[data-dot]')].map((one) => [
      one.dataset.dot ?? '',
      one.getBoundingClientRect(),
    ]),
  )
  return drawn.split('\n\n').flatMap((tie) => {
    const [from = '', to = ''] = tie.split('\n')
    const [a, b] = [places.get(from), places.get(to)]
    if (!a || !b) return []
    const [x1, y1] = [a.right - origin.left, a.top + a.height / 2 - origin.top]
    const [x2, y2] = [b.left - origin.left, b.top + b.height / 2 - origin.top]
    const bend = (x2 - x1) / 2
    return [{ id: tie, d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }]
  })
}

function Uses({ uses }: { uses: readonly Use[] }) {
  return (
    <section className="card" aria-label="Lineage as a table">
      <table className="singles">
        <thead>
          <tr>
            <th scope="col">As</th>
            <th scope="col">What</th>
            <th scope="col">Kind</th>
            <th scope="col">Version</th>
          </tr>
        </thead>
        <tbody>
          {uses.map((use) => (
            <tr key={`${use.direction} ${use.as} ${use.asset}`}>
              <th scope="row">
                {use.direction === 'read' ? 'read' : 'wrote'} {use.as}
              </th>
              <td>
                {use.kind === 'code' ? (
                  <span className="mono">{use.name}</span>
                ) : (
                  <Link href={itemPath(use.kind, use)}>{use.name}</Link>
                )}
              </td>
              <td>{use.kind}</td>
              <td>{use.version}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
