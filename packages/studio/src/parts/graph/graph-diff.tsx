// Two pipelines in one drawing, and what differs as a list.
import { useMemo, useState } from 'react'
import { Card, Empty, Loading, Problem } from '../bits.tsx'
import { GraphCanvas } from './canvas.tsx'
import { type Change, type GraphDiff as Diff, diffDrawings, differenceWords, type NodeDiff, withMarks } from './diff.ts'
import { layOut } from './layout.ts'
import { sceneOf } from './scene.ts'
import { useDrawing } from './use-drawing.ts'
import '../../style/grid.css'
import '../../style/graph.css'

interface Named {
  name: string
  label: string
}

export function GraphDiff({ a, b }: { a: Named; b: Named }) {
  const before = useDrawing(a.name)
  const after = useDrawing(b.name)
  const diff = useMemo(
    () => (before.data && after.data ? diffDrawings(before.data, after.data) : undefined),
    [before.data, after.data],
  )
  const error = before.error ?? after.error
  if (error) return <Problem error={error} />
  if (!diff) return <Loading what="both graphs" />
  if (diff.drawing.nodes.length === 0) return <Empty title="Neither has steps" />
  return <Both diff={diff} a={a} b={b} />
}

function Both({ diff, a, b }: { diff: Diff; a: Named; b: Named }) {
  const [at, setAt] = useState('')
  const [selected, setSelected] = useState<string>()
  const [only, setOnly] = useState(false)
  const scene = useMemo(() => withMarks(sceneOf(diff.drawing, at, new Set()), diff), [diff, at])
  const key = `${diff.drawing.hash} ${at}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that places depend on
  const layout = useMemo(() => layOut([...scene.cards.values()], [...scene.strands.values()]), [key])
  const different = useMemo(
    () => new Set([...scene.cards.values()].filter(({ tone }) => tone !== undefined).map(({ id }) => id)),
    [scene],
  )
  const select = (id: string | undefined) => {
    const node = diff.drawing.nodes.find((one) => one.id === id)
    if (node) setAt(node.in)
    setSelected(id)
  }
  const open = (id: string) => {
    if (diff.drawing.nodes.find((one) => one.id === id)?.kind === 'pipeline') setAt(id)
  }
  return (
    <>
      <div className="filters">
        <Key a={a} b={b} />
        <div className="end">
          {at !== '' && (
            <button type="button" className="pick" onClick={() => setAt(at.split('/').slice(0, -1).join('/'))}>
              Out of {at}
            </button>
          )}
          <button type="button" className="pick" aria-pressed={only} onClick={() => setOnly(!only)}>
            Point out what differs
          </button>
        </div>
      </div>
      <div className="lineage-board">
        <GraphCanvas
          label="Both pipelines"
          {...{ scene, layout, select, open }}
          selected={selected === undefined ? undefined : scene.cardOf(selected)}
          lit={only ? different : undefined}
          fitKey={key}
        />
        <div className="stack">
          <Differences diff={diff} select={select} />
        </div>
      </div>
    </>
  )
}

function Key({ a, b }: { a: Named; b: Named }) {
  return (
    <ul className="key">
      <li>
        <i className="tone-removed" />− only in A: {a.label === b.label ? a.name : a.label}
      </li>
      <li>
        <i className="tone-added" />+ only in B: {a.label === b.label ? b.name : b.label}
      </li>
      <li>
        <i className="tone-changed" />~ in both, and different
      </li>
    </ul>
  )
}

function Differences({ diff, select }: { diff: Diff; select(id: string): void }) {
  return (
    <Card title={`What differs · ${diff.nodes.size}`}>
      {diff.nodes.size === 0 ? (
        <p className="quiet">Nothing: the same steps, fed by the same, with the same parameters.</p>
      ) : (
        <ul className="differences">
          {[...diff.nodes].slice(0, mostShown).map(([id, one]) => (
            <li key={id}>
              <NodeChanges id={id} diff={one} select={select} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

const mostShown = 200

function NodeChanges({ id, diff, select }: { id: string; diff: NodeDiff; select(id: string): void }) {
  const { tone, changes } = diff
  return (
    <>
      <button type="button" className="link" onClick={() => select(id)}>
        {id.replace(/(^|\/):(in|out)\//, '$1')}
      </button>
      {tone !== 'changed' && (
        <span className={`word-${tone === 'added' ? 'ok' : 'fail'}`}> only in {tone === 'added' ? 'B' : 'A'}</span>
      )}
      {changes.map((change) => (
        <ChangeLine key={`${change.is} ${change.what}`} change={change} />
      ))}
    </>
  )
}

function ChangeLine({ change: { is, what, a, b } }: { change: Change }) {
  return (
    <p>
      <span className="quiet">
        {differenceWords[is]}
        {is === 'component' || is === 'type' ? '' : ` ${what}`}:
      </span>{' '}
      <del className="mono wrap">{a || 'nothing'}</del> <ins className="mono wrap">{b || 'nothing'}</ins>
    </p>
  )
}
