// The same as the drawing, as a tree: for the keyboard, for screen readers, and for finding what failed.
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { duration } from '../../data/format.ts'
import { familyOf, isOver, wordOf } from '../../data/states.ts'
import { useNow } from '../bits.tsx'
import { Icon } from '../icons.tsx'
import { Mark } from '../status.tsx'
import { type Drawing, isData, secondsOf } from './drawing.ts'
import { type Line, linesOf } from './tree.ts'
import '../../style/grid.css'

const lineHeight = 28
const beyond = 10

interface OutlineProps {
  drawing: Drawing
  selected: string | undefined
  meant: ReadonlySet<string> | undefined
  words: string
  find(words: string): void
  select(id: string): void
  open(id: string): void
}

const filters: [title: string, words: string][] = [
  ['Failed', 'status:failed'],
  ['Running', 'status:running'],
  ['Completed', 'status:completed'],
  ['Reused', 'reused'],
]

export function Outline(props: OutlineProps) {
  const { drawing, meant, words, find } = props
  const [order, setOrder] = useState<Order>('written')
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const now = useNow()
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is longest first is not shuffled every second
  const lines = useMemo(
    () => linesOf({ nodes: drawing.nodes, meant, closed, order, now }),
    [drawing.nodes, meant, closed, order],
  )
  const toggle = (id: string) =>
    setClosed((old) => {
      const next = new Set(old)
      if (!next.delete(id)) next.add(id)
      return next
    })
  return (
    <section className="card outline" aria-label="Outline">
      <header>
        <h2>Outline</h2>
        <span className="quiet end">
          {meant ? `${meant.size} found` : drawing.nodes.filter((n) => !isData(n)).length}
        </span>
      </header>
      <div className="finder">
        <input
          className="field"
          type="search"
          aria-label="Find steps"
          placeholder="+train  status:failed"
          title="name, +name with all before it, name+ with all after it, 2+name, status:failed, component:name, kind:data"
          value={words}
          onChange={(event) => find(event.target.value)}
        />
        {drawing.status !== '' && <Filters {...{ words, find, order, setOrder }} />}
      </div>
      {lines.length === 0 ? (
        <p className="empty">No step is like that.</p>
      ) : (
        <Lines {...props} {...{ lines, toggle }} />
      )}
    </section>
  )
}

type Order = 'written' | 'longest'

interface FiltersProps {
  words: string
  find(words: string): void
  order: Order
  setOrder(order: Order): void
}

function Filters({ words, find, order, setOrder }: FiltersProps) {
  return (
    <div className="chips">
      {filters.map(([title, word]) => (
        <button
          key={word}
          type="button"
          className="pick"
          aria-pressed={words === word}
          onClick={() => find(words === word ? '' : word)}
        >
          {title}
        </button>
      ))}
      <button
        type="button"
        className="pick"
        aria-pressed={order === 'longest'}
        onClick={() => setOrder(order === 'longest' ? 'written' : 'longest')}
      >
        Longest first
      </button>
    </div>
  )
}

function Lines({ lines, toggle, selected, select, open }: OutlineProps & { lines: Line[]; toggle(id: string): void }) {
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(600)
  const id = useId()
  const here = lines.findIndex(({ node }) => node.id === selected)
  useEffect(() => {
    const measure = () => setHeight(box.current?.clientHeight ?? 600)
    const watcher = new ResizeObserver(measure)
    if (box.current) watcher.observe(box.current)
    return () => watcher.disconnect()
  }, [])
  useEffect(() => {
    const element = box.current
    if (!element || here < 0) return
    const at = here * lineHeight
    if (at < element.scrollTop || at + lineHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = at - element.clientHeight / 2
  }, [here])
  const press = treeKeys({ lines, here, select, toggle, open })
  const first = Math.max(0, Math.floor(top / lineHeight) - beyond)
  const last = Math.min(lines.length, Math.ceil((top + height) / lineHeight) + beyond)
  return (
    <div
      ref={box}
      role="tree"
      aria-label="Steps"
      tabIndex={0}
      aria-activedescendant={here >= first && here < last ? `${id}-${here}` : undefined}
      className="tree"
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={press}
    >
      <div role="presentation" style={{ height: lines.length * lineHeight, position: 'relative' }}>
        {lines.slice(first, last).map((line, offset) => (
          <TreeLine
            key={line.node.id}
            line={line}
            id={`${id}-${first + offset}`}
            top={(first + offset) * lineHeight}
            selected={line.node.id === selected}
            {...{ select, toggle, open }}
          />
        ))}
      </div>
    </div>
  )
}

interface TreeKeys extends Pick<OutlineProps, 'select' | 'open'> {
  lines: Line[]
  here: number
  toggle(id: string): void
}

function treeKeys({ lines, here, select, toggle, open }: TreeKeys) {
  return (event: KeyboardEvent) => {
    const line = lines[here]
    const to: Record<string, number> = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: lines.length - 1 }
    const next = to[event.key]
    if (next !== undefined) {
      const found = lines[Math.max(0, Math.min(lines.length - 1, next))]
      if (found) select(found.node.id)
    } else if (event.key === 'Enter' && line) open(line.node.id)
    else if (event.key === 'ArrowRight' && line?.opens && !line.isOpen) toggle(line.node.id)
    else if (event.key === 'ArrowLeft' && line?.isOpen) toggle(line.node.id)
    else if (event.key === 'ArrowLeft' && line?.node.in) select(line.node.in)
    else return
    event.preventDefault()
  }
}

interface TreeLineProps {
  line: Line
  id: string
  top: number
  selected: boolean
  select(id: string): void
  toggle(id: string): void
  open(id: string): void
}

function TreeLine({ line, id, top, selected, select, toggle, open }: TreeLineProps) {
  const { node, level, opens, isOpen } = line
  const seconds = secondsOf(node, useNow())
  const word = node.status ? wordOf(node.status) : node.kind
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and tells which line is meant
    <div
      id={id}
      role="treeitem"
      aria-level={level}
      aria-selected={selected}
      aria-expanded={opens ? isOpen : undefined}
      className="tree-line"
      style={{ top, paddingLeft: 6 + (level - 1) * 14 }}
      onClick={() => select(node.id)}
      onDoubleClick={() => open(node.id)}
    >
      {opens ? (
        // the tree's own arrow keys do the same
        <span className="twist" onClick={() => toggle(node.id)} aria-hidden="true">
          <Icon name={isOpen ? 'down' : 'right'} />
        </span>
      ) : (
        <span className="twist" />
      )}
      <span className={node.status ? `mark of-${familyOf(node.status)}` : 'mark'}>
        {node.status ? <Mark state={node.status} /> : <Icon name={isData(node) ? 'data' : 'box'} />}
      </span>
      <span className="name">{node.key}</span>
      <span className="hidden">, {word} </span>
      {node.reusedFrom !== undefined && <span className="dim">reused</span>}
      <span className="dim time">{isOver(node.status) || (seconds ?? 0) >= 1 ? duration(seconds) : ''}</span>
    </div>
  )
}
