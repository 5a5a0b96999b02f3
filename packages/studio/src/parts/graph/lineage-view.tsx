// What is around something in its lineage, as a picture or a table. The address holds how far one looks.
import { useMemo, useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { itemPath } from '../../data/kind-places.ts'
import { shellWord } from '../../data/shell.ts'
import { jobPath } from '../../places.ts'
import { Ago, Card, Empty, Loading, Problem, Twin } from '../bits.tsx'
import { Icon } from '../icons.tsx'
import { Status } from '../status.tsx'
import { GraphCanvas } from './canvas.tsx'
import { layOut } from './layout.ts'
import { iconOfKind, type LineageGraph, lineageScene, type Thing, titleOf, useLineageGraph } from './lineage.ts'
import { reach } from './select.ts'
import '../../style/grid.css'
import '../../style/graph.css'

export function LineageView({ focus }: { focus: string }) {
  const [search, setSearch] = useSearchParams()
  const depth = Math.min(10, Math.max(1, Number(search.get('depth') ?? 1) || 1))
  const open = (search.get('open') ?? '').split(',').filter(Boolean)
  const all = search.get('all') === '1'
  const view = search.get('view') === 'table' ? 'table' : 'graph'
  const lineage = useLineageGraph({ focus, depth, open, all })
  const put = (name: string, value: string) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: name !== 'focus' },
    )
  const graph = lineage.data
  if (lineage.isPending) return <Loading what="the lineage" />
  if (lineage.isError && !graph) return <Problem error={lineage.error} retry={() => void lineage.refetch()} />
  if (!graph) return null
  const further = (id: string) => put('open', [...new Set([...open, id])].join(','))
  const [word = '', name = '', version = ''] = focus.split(':')
  const command = focus.startsWith('job:')
    ? `laz job lineage --name ${shellWord(focus.slice(4))}`
    : `laz ${shellWord(word)} lineage --name ${shellWord(name)} --version ${shellWord(version)}`
  return (
    <>
      <Bar {...{ depth, all, view, put }} />
      {graph.truncated && <p className="notice warn">There is more than can be shown; take fewer steps.</p>}
      {view === 'table' ? <Table graph={graph} /> : <Picture graph={graph} further={further} />}
      <div style={{ marginTop: 16 }}>
        <Twin command={command} />
      </div>
    </>
  )
}

interface BarProps {
  depth: number
  all: boolean
  view: 'graph' | 'table'
  put(name: string, value: string): void
}

function Bar({ depth, all, view, put }: BarProps) {
  return (
    <div className="filters">
      <label className="pick">
        Steps
        <select className="bare" value={depth} onChange={(event) => put('depth', event.target.value)}>
          {[1, 2, 3, 5, 10].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <button type="button" className="pick" aria-pressed={all} onClick={() => put('all', all ? '' : '1')}>
        Environments, code, components
      </button>
      <div className="end">
        <fieldset className="segments">
          <legend className="hidden">View</legend>
          {(['graph', 'table'] as const).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={view === one}
              onClick={() => put('view', one === 'graph' ? '' : one)}
            >
              {one === 'graph' ? 'Graph' : 'Table'}
            </button>
          ))}
        </fieldset>
      </div>
    </div>
  )
}

function Picture({ graph, further }: { graph: LineageGraph; further(id: string): void }) {
  const [, go] = useLocation()
  const [spread, setSpread] = useState<ReadonlySet<string>>(new Set())
  const [selected, setSelected] = useState<string | undefined>(graph.focus)
  const scene = useMemo(() => lineageScene(graph, spread), [graph, spread])
  const shape = `${[...scene.cards.keys()].join(' ')} ${[...scene.strands.keys()].join(' ')}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape says all that places depend on
  const layout = useMemo(
    () => layOut([...scene.cards.values()], [...scene.strands.values()], { direction: 'right', rowGap: 72, gap: 18 }),
    [shape],
  )
  const lit = useMemo(() => {
    if (selected === undefined || selected === graph.focus) return undefined
    const strands = [...scene.strands.values()]
    return new Set([...reach([selected], strands, 'up'), ...reach([selected], strands, 'down')])
  }, [selected, scene, graph.focus])
  const thing = graph.nodes.find(({ id }) => id === selected)
  const look = (id: string) => {
    if (id.startsWith('*')) setSpread((old) => new Set([...old, id]))
    else go(`/lineage?focus=${encodeURIComponent(id)}`)
  }
  return (
    <div className="lineage-board">
      <GraphCanvas
        label={`Lineage of ${graph.focus}`}
        {...{ scene, layout, selected, lit }}
        fitKey={shape}
        select={setSelected}
        open={look}
      />
      <div className="stack">
        {thing && <Facts thing={thing} isFocus={thing.id === graph.focus} look={look} further={further} />}
        <Affected focus={graph.focus} select={look} />
      </div>
    </div>
  )
}

/** The page of a thing. */
function pathOf({ kind, name, version }: Thing): string {
  if (kind === 'job') return jobPath(name)
  // a deployment is shown with its endpoint
  const [endpoint = '', deployment] = name.split('/')
  if (deployment !== undefined) return itemPath(kind.replace('deployment', 'endpoint'), { name: endpoint })
  return itemPath(kind, { name, version })
}

interface FactsProps {
  thing: Thing
  isFocus: boolean
  look(id: string): void
  further(id: string): void
}

function Facts({ thing, isFocus, look, further }: FactsProps) {
  const { kind, name, version, status, gone, createdAt, more, parent, type } = thing
  return (
    <Card title={titleOf(thing)} end={status && <Status state={status} />}>
      <dl className="facts">
        <dt>Kind</dt>
        <dd>
          {kind}
          {type ? `, ${type}` : ''}
        </dd>
        <dt>Name</dt>
        <dd className="mono">{version === '' ? name : `${name}:${version}`}</dd>
        {parent && (
          <>
            <dt>Step of</dt>
            <dd>
              <Link href={jobPath(parent)}>{parent}</Link>
            </dd>
          </>
        )}
        {createdAt && (
          <>
            <dt>Since</dt>
            <dd>
              <Ago at={createdAt} />
            </dd>
          </>
        )}
      </dl>
      {gone && <p className="quiet">It was deleted; what it did is still known.</p>}
      <p className="ways" style={{ marginTop: 12 }}>
        {!gone && (
          <Link href={pathOf(thing)} className="button">
            Open
          </Link>
        )}
        {!isFocus && !gone && (
          <button type="button" className="button" onClick={() => look(thing.id)}>
            Look from here
          </button>
        )}
        {more.up + more.down > 0 && (
          <button type="button" className="button" onClick={() => further(thing.id)}>
            Show {more.up + more.down} more
          </button>
        )}
      </p>
    </Card>
  )
}

const affectedDepth = 6

/** Everything that was made of it, in the end. */
function Affected({ focus, select }: { focus: string; select(id: string): void }) {
  const down = useLineageGraph({ focus, depth: affectedDepth, way: 'down' })
  const things = (down.data?.nodes ?? []).filter(({ id }) => id !== focus)
  return (
    <Card title={`What would be affected${things.length > 0 ? ` · ${things.length}` : ''}`}>
      {things.length === 0 ? (
        <p className="quiet">{down.isPending ? 'Looking …' : 'Nothing was made of it yet.'}</p>
      ) : (
        <ul className="members">
          {things.slice(0, 50).map((thing) => (
            <li key={thing.id}>
              <button type="button" onClick={() => select(thing.id)}>
                <Icon name={iconOfKind(thing.kind)} />
                <span className="name">{titleOf(thing)}</span>
                <span className="dim">{thing.kind}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Table({ graph: { nodes, edges } }: { graph: LineageGraph }) {
  const byId = new Map(nodes.map((thing) => [thing.id, thing]))
  if (edges.length === 0) return <Empty title="No job has read or written it" />
  return (
    <div className="card lineage-box">
      <table className="lineage-table">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">As</th>
            <th scope="col">To</th>
          </tr>
        </thead>
        <tbody>
          {edges.map(({ from, to, as }) => (
            <tr key={`${from} ${to}`}>
              <td>
                <ThingLink thing={byId.get(from)} />
              </td>
              <td>{as.join(', ')}</td>
              <td>
                <ThingLink thing={byId.get(to)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function ThingLink({ thing }: { thing: Thing | undefined }) {
  if (!thing) return null
  return (
    <>
      {thing.gone ? titleOf(thing) : <Link href={pathOf(thing)}>{titleOf(thing)}</Link>}{' '}
      <span className="quiet">{thing.kind}</span>
    </>
  )
}
