// A pipeline to be looked at: its outline, the drawing or the timeline or the list, and what is known of one node.
import { useMemo } from 'react'
import { Link } from 'wouter'
import { useSession } from '../../data/session.ts'
import { familyOf } from '../../data/states.ts'
import { part } from '../../places.ts'
import { Empty } from '../bits.tsx'
import { GraphCanvas } from './canvas.tsx'
import type { Drawing } from './drawing.ts'
import { type Direction, type Layout, layOut } from './layout.ts'
import { NodeList } from './node-list.tsx'
import { NodePanel, StackPanel } from './node-panel.tsx'
import { Outline } from './outline.tsx'
import { type Place, usePlace, type View, views } from './place.ts'
import { type Scene, sceneOf } from './scene.ts'
import { reach, selectNodes } from './select.ts'
import { Timeline } from './timeline.tsx'
import { withAround } from './tree.ts'
import '../../style/graph.css'

/** `timed`: it is a job, with states and times. */
export function Board({ drawing, timed }: { drawing: Drawing; timed: boolean }) {
  const place = usePlace()
  const { go, node: selected, words, at } = place
  const view = timed || place.view === 'list' ? place.view : 'graph'
  const meant = useMemo(
    () => selectNodes(words, { nodes: drawing.nodes, links: drawing.edges }),
    [words, drawing.nodes, drawing.edges],
  )
  const known = useMemo(() => new Map(drawing.nodes.map((node) => [node.id, node])), [drawing.nodes])
  const { scene, layout, fitKey } = useScene(drawing, place)
  const lit = useLit({ drawing, scene, meant, selected })
  const node = selected === undefined ? undefined : known.get(selected)
  const card = selected === undefined ? undefined : scene.cards.get(selected)
  const select = (id: string | undefined) => {
    const to = id === undefined ? undefined : known.get(id)
    go({ node: id, ...(to && to.in !== at ? { at: to.in } : {}) })
  }
  const enter = (id: string) => go({ at: id, node: undefined })
  const open = (id: string) => {
    if (id.startsWith('*')) go({ open: new Set([...place.open, id]), node: undefined })
    else if (known.get(id)?.kind === 'pipeline') enter(id)
    else if (id === selected)
      document.querySelector<HTMLElement>('.node-panel .ways a, .node-panel .ways button')?.focus()
    else select(id)
  }
  if (drawing.nodes.length === 0) return <Empty title="It has no steps" />
  const shared = { drawing, meant, selected, select, open }
  return (
    <div className={node || card ? 'board with-panel' : 'board'}>
      <Outline {...shared} words={words} find={(text) => go({ words: text })} />
      <div className="middle">
        <Bar
          place={place}
          view={view}
          timed={timed}
          title={drawing.displayName}
          clone={timed ? `/new/pipeline?from=${part(drawing.name)}` : undefined}
        />
        {view === 'graph' && timed && <Inside drawing={drawing} at={at} select={select} />}
        {view === 'graph' && (
          <GraphCanvas
            label={`Graph of ${drawing.displayName}`}
            {...{ scene, layout, fitKey, lit, select, open }}
            kept={{ text: place.look, put: (look) => go({ look }) }}
            selected={selected === undefined ? undefined : scene.cardOf(selected)}
          />
        )}
        {view === 'timeline' && <Timeline {...shared} />}
        {view === 'list' && <NodeList {...shared} />}
      </div>
      {node ? (
        <NodePanel {...{ drawing, node, select, enter }} />
      ) : (
        card && <StackPanel {...{ drawing, card, select, enter }} spread={() => open(card.id)} />
      )}
    </div>
  )
}

const mostNamed = 6

/** Steps inside pipelines that are not looked into: what failed there, else what runs, is a click away. */
function Inside({ drawing, at, select }: { drawing: Drawing; at: string; select(id: string): void }) {
  const leaves = drawing.nodes.filter(({ kind, in: of }) => kind !== 'pipeline' && of !== at && of.startsWith(at))
  const failed = leaves.filter(({ status }) => familyOf(status) === 'fail')
  const shown = failed.length > 0 ? failed : leaves.filter(({ status }) => familyOf(status) === 'run')
  if (shown.length === 0) return null
  return (
    <p className={failed.length > 0 ? 'notice fail inside' : 'notice inside'} role="status">
      <b>{failed.length > 0 ? `${shown.length} failed inside:` : `${shown.length} running inside:`}</b>
      {shown.slice(0, mostNamed).map(({ id }) => (
        <button key={id} type="button" className="link" onClick={() => select(id)}>
          {id}
        </button>
      ))}
      {shown.length > mostNamed && <span className="quiet">and {shown.length - mostNamed} more</span>}
    </p>
  )
}

const remembered = new Map<string, Layout>()
const mostRemembered = 8

/** Places are found once for the same graph, also when one leaves and comes back. */
function placesOf(scene: Scene, key: string, direction: Direction): Layout {
  const known = remembered.get(key)
  if (known) return known
  const layout = layOut([...scene.cards.values()], [...scene.strands.values()], { direction })
  if (remembered.size >= mostRemembered) remembered.delete(remembered.keys().next().value ?? '')
  remembered.set(key, layout)
  return layout
}

/** States change the cards and never the places. */
function useScene(drawing: Drawing, { at, open, direction }: Place) {
  const opened = [...open].join(',')
  // biome-ignore lint/correctness/useExhaustiveDependencies: a set is a new one each time, its text is not
  const scene = useMemo(() => sceneOf(drawing, at, open), [drawing, at, opened])
  const fitKey = `${drawing.hash} ${at} ${opened} ${direction}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that places depend on
  const layout = useMemo(() => placesOf(scene, fitKey, direction), [fitKey])
  return { scene, layout, fitKey }
}

interface Lighting {
  drawing: Drawing
  scene: Scene
  meant: ReadonlySet<string> | undefined
  selected: string | undefined
}

/** What was looked for; else what is before and after the node that is looked at. */
function useLit({ drawing, scene, meant, selected }: Lighting): ReadonlySet<string> | undefined {
  return useMemo(() => {
    if (meant) return new Set([...withAround(drawing.nodes, meant)].map(scene.cardOf))
    if (selected === undefined) return undefined
    const card = scene.cardOf(selected)
    if (!scene.cards.has(card)) return undefined
    const strands = [...scene.strands.values()]
    return new Set([...reach([card], strands, 'up'), ...reach([card], strands, 'down')])
  }, [drawing.nodes, scene, meant, selected])
}

const viewWords: Record<View, string> = { graph: 'Graph', timeline: 'Timeline', list: 'List' }

interface BarProps {
  place: ReturnType<typeof usePlace>
  view: View
  timed: boolean
  title: string
  /** Address of a designer that begins as this. */
  clone: string | undefined
}

function Bar({ place: { go, at, direction, open }, view, timed, title, clone }: BarProps) {
  const { readOnly } = useSession()
  const steps = at === '' ? [] : at.split('/')
  return (
    <div className="board-bar">
      <nav aria-label="Pipelines around">
        <ol className="crumbs">
          <li>
            <button type="button" className="link" disabled={at === ''} onClick={() => go({ at: '', node: undefined })}>
              {title}
            </button>
          </li>
          {steps.map((step, i) => {
            const path = steps.slice(0, i + 1).join('/')
            return (
              <li key={path}>
                <button
                  type="button"
                  className="link"
                  disabled={path === at}
                  onClick={() => go({ at: path, node: undefined })}
                >
                  {step}
                </button>
              </li>
            )
          })}
        </ol>
      </nav>
      <div className="end">
        {clone && !readOnly && (
          <Link href={clone} className="button small">
            Clone
          </Link>
        )}
        {view === 'graph' && open.size > 0 && (
          <button type="button" className="button small" onClick={() => go({ open: new Set() })}>
            Stack up again
          </button>
        )}
        {view === 'graph' && (
          <button
            type="button"
            className="button small"
            aria-pressed={direction === 'right'}
            onClick={() => go({ direction: direction === 'right' ? 'down' : 'right' })}
          >
            Left to right
          </button>
        )}
        <fieldset className="segments">
          <legend className="hidden">View</legend>
          {views
            .filter((one) => timed || one !== 'timeline')
            .map((one) => (
              <button key={one} type="button" aria-pressed={view === one} onClick={() => go({ view: one })}>
                {viewWords[one]}
              </button>
            ))}
        </fieldset>
      </div>
    </div>
  )
}
