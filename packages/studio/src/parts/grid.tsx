// Rows of things, however many: those in view are in the page, the rest is height. Arrow keys walk, Enter opens, the space
// bar selects.
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { Icon } from './icons.tsx'
import { lettersAreOn } from './keys.ts'
import '../style/grid.css'

export interface Column<T> {
  id: string
  title: string
  /** CSS grid track: `120px`, `minmax(180px, 1fr)`. */
  width: string
  cell(row: T): ReactNode
  numeric?: boolean
  /** Words of the server for sorting by it. */
  sort?: string
}

export interface Sorting {
  by: string
  descending: boolean
}

export interface GridProps<T> {
  label: string
  rows: readonly T[]
  columns: readonly Column<T>[]
  keyOf(row: T): string
  /** What is read out for a row. */
  nameOf(row: T): string
  open(row: T): void
  sorting?: Sorting | undefined
  sortBy?(sorting: Sorting): void
  selected?: ReadonlySet<string> | undefined
  select?(keys: ReadonlySet<string>): void
  /** Called when the last rows come into view. */
  more?: (() => void) | undefined
  /** All there are, when there are more than were brought. */
  total?: number | undefined
  /** What stands over all columns of a row that is none of the others: the head of those below it. */
  wide?(row: T): ReactNode
  /** The space bar looks at a row beside the list; `x` selects then. */
  peek?(row: T): void
  /** Called with the row that one walks to. */
  walked?(row: T): void
  /** Colours of selected rows by key, where they have one of their own. */
  tints?: ReadonlyMap<string, string>
  /** The row that is looked at. */
  peeked?: string | undefined
}

const titlesHeight = 33
const beyond = 8

function rowHeight(): number {
  return Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row'), 10) || 36
}

export function Grid<T>(props: GridProps<T>) {
  const { rows, columns, keyOf, select, more } = props
  const box = useRef<HTMLDivElement>(null)
  const [here, setHere] = useState(-1)
  const id = useId()
  const row = rowHeight()
  const { view, measure } = useView(box)
  const first = Math.max(0, Math.floor(view.top / row) - beyond)
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / row) + beyond)
  useEffect(() => {
    if (more && last >= rows.length - 20) more()
  }, [more, last, rows.length])
  const walk = useWalk({ ...props, box, here, setHere, row })
  const tracks = [...(select ? ['36px'] : []), ...columns.map((column) => column.width)].join(' ')
  const least = `${leastWidth(tracks)}px`
  const active = rows[here]
  return (
    <div
      ref={box}
      className="grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={(props.total ?? rows.length) + 1}
      aria-colcount={columns.length + (select ? 1 : 0)}
      aria-activedescendant={active ? `${id}-${here}` : undefined}
      aria-multiselectable={select ? true : undefined}
      tabIndex={0}
      onScroll={measure}
      onKeyDown={walk}
      style={{ '--columns': tracks, '--least': least } as React.CSSProperties}
    >
      <Titles {...props} />
      <div role="rowgroup" style={{ position: 'relative', height: rows.length * row }}>
        {rows.slice(first, last).map((one, offset) => {
          const index = first + offset
          return (
            <GridRow
              key={keyOf(one)}
              {...props}
              row={one}
              index={index}
              id={`${id}-${index}`}
              here={index === here}
              top={index * row}
              setHere={setHere}
            />
          )
        })}
      </div>
    </div>
  )
}

/** How far a box is scrolled, and how much of it is seen. */
function useView(box: React.RefObject<HTMLDivElement | null>) {
  const [view, setView] = useState({ top: 0, height: 800 })
  const measure = useCallback(() => {
    const { scrollTop = 0, clientHeight = 800 } = box.current ?? {}
    setView((old) =>
      old.top === scrollTop && old.height === clientHeight ? old : { top: scrollTop, height: clientHeight },
    )
  }, [box])
  useLayoutEffect(measure, [measure])
  useEffect(() => {
    const watcher = new ResizeObserver(measure)
    if (box.current) watcher.observe(box.current)
    return () => watcher.disconnect()
  }, [box, measure])
  return { view, measure }
}

interface RowProps<T> extends GridProps<T> {
  row: T
  index: number
  id: string
  here: boolean
  top: number
  setHere(index: number): void
}

function GridRow<T>(props: RowProps<T>) {
  const { row, index, id, here, columns, selected, select } = props
  const key = props.keyOf(row)
  const name = props.nameOf(row)
  const isSelected = selected?.has(key) ?? false
  const band = props.wide?.(row)
  const place = { id, 'aria-rowindex': index + 2, style: { transform: `translateY(${props.top}px)` } }
  if (band) {
    return (
      <div {...place} role="row" className={here ? 'row band here' : 'row band'}>
        <div role="gridcell" className="cell" aria-colspan={columns.length + (select ? 1 : 0)}>
          {band}
        </div>
      </div>
    )
  }
  return (
    <div
      {...place}
      role="row"
      aria-label={name}
      aria-selected={select ? isSelected : undefined}
      className={`row${here ? ' here' : ''}${props.peeked === key ? ' peeked' : ''}`}
      onClick={({ target }) => {
        props.setHere(index)
        if (target instanceof Element && target.closest('a,button,input,label')) return
        // beside a list that is looked at, the next row is looked at too
        if (props.peek && props.peeked !== undefined) props.peek(row)
        else props.open(row)
      }}
    >
      {select && (
        <Choice
          name={name}
          checked={isSelected}
          tint={isSelected ? props.tints?.get(key) : undefined}
          change={() => select(toggled(selected, key))}
        />
      )}
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={column.numeric ? 'cell numeric' : 'cell'}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  )
}

/** Tracks are `120px` or `minmax(120px, …)`: what they take at least, so that all rows are equally wide. */
function leastWidth(tracks: string): number {
  return [...tracks.matchAll(/(?:^|\s|minmax\()(\d+)px/g)].reduce((sum, [, width]) => sum + Number(width), 0)
}

interface ChoiceProps {
  name: string
  checked: boolean
  tint: string | undefined
  change(): void
}

function Choice({ name, checked, tint, change }: ChoiceProps) {
  return (
    <div role="gridcell" className="cell">
      <input
        type="checkbox"
        tabIndex={-1}
        aria-label={`Select ${name}`}
        checked={checked}
        onChange={change}
        style={tint === undefined ? undefined : { accentColor: tint }}
      />
    </div>
  )
}

function Titles<T>({ columns, rows, keyOf, selected, select, sorting, sortBy, wide }: GridProps<T>) {
  const choices = wide ? rows.filter((row) => !wide(row)) : rows
  const all = choices.length > 0 && choices.every((row) => selected?.has(keyOf(row)))
  return (
    <div role="row" className="titles" aria-rowindex={1} style={{ minHeight: titlesHeight - 1 }}>
      {select && (
        <div role="columnheader" className="cell">
          <input
            type="checkbox"
            aria-label="Select all that are loaded"
            checked={all}
            onChange={() => select(new Set(all ? [] : choices.map(keyOf)))}
          />
        </div>
      )}
      {columns.map(({ id, title, numeric, sort }) => {
        const on = sorting !== undefined && sorting.by === sort
        const order = on ? (sorting.descending ? 'descending' : 'ascending') : undefined
        return (
          <div key={id} role="columnheader" aria-sort={order} className={numeric ? 'cell numeric' : 'cell'}>
            {sort && sortBy ? (
              <button type="button" onClick={() => sortBy({ by: sort, descending: on ? !sorting.descending : true })}>
                {title}
                {on && <Icon name={sorting.descending ? 'down' : 'up'} />}
              </button>
            ) : (
              title
            )}
          </div>
        )
      })}
    </div>
  )
}

function toggled(set: ReadonlySet<string> | undefined, key: string): ReadonlySet<string> {
  const copy = new Set(set)
  if (!copy.delete(key)) copy.add(key)
  return copy
}

interface Walking<T> extends GridProps<T> {
  box: React.RefObject<HTMLDivElement | null>
  here: number
  setHere(index: number): void
  row: number
}

function useWalk<T>(o: Walking<T>) {
  const { rows, keyOf, selected, select, box, here, setHere, row, wide } = o
  return (event: KeyboardEvent) => {
    if (event.target !== box.current) return
    const next = stepOf(event, o)
    const current = rows[here]
    if (next !== undefined) {
      const index = Math.max(0, Math.min(rows.length - 1, next))
      const to = rows[index]
      setHere(index)
      show(box.current, index * row, row)
      if (to !== undefined) o.walked?.(to)
      // with shift, what one walks over is selected
      if (event.shiftKey && select && to !== undefined && !wide?.(to))
        select(new Set([...(selected ?? []), ...(current && !wide?.(current) ? [keyOf(current)] : []), keyOf(to)]))
    } else if (event.key === 'Enter' && current) o.open(current)
    else if (event.key === ' ' && current && o.peek) o.peek(current)
    else if ((event.key === ' ' || event.key === 'x') && current && select && !wide?.(current))
      select(toggled(selected, keyOf(current)))
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey) && select)
      select(new Set(rows.filter((one) => !wide?.(one)).map(keyOf)))
    else return
    event.preventDefault()
  }
}

/** Where a key leads; undefined for one that does not walk. */
function stepOf<T>(event: KeyboardEvent, { rows, box, here, row }: Walking<T>): number | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined
  const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / row) - 2)
  const steps: Record<string, number> = {
    ArrowDown: here + 1,
    ArrowUp: here - 1,
    ...(lettersAreOn() ? { j: here + 1, k: here - 1 } : {}),
    PageDown: here + page,
    PageUp: here - page,
    Home: 0,
    End: rows.length - 1,
  }
  return steps[event.key]
}

/** Brings a row into view, below the titles. */
function show(box: HTMLDivElement | null, top: number, height: number): void {
  if (!box) return
  if (top < box.scrollTop) box.scrollTop = top
  const bottom = top + height + titlesHeight
  if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight
}
