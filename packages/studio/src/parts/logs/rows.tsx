// Lines in a window that scrolls over however many: those in view are in the page, the rest is height. Above what browsers
// can be high, the height stands for more lines than it would hold.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { lastState, plainText, statesOf } from './ansi.ts'
import { LogText, longLine, loudness } from './line.tsx'
import type { LogReader } from './log-reader.ts'

const rowHeight = 18
const mostHeight = 15_000_000

/** Where a line stands: `line` of a scroll position, and the other way. */
export function scaleOf(rows: number, height: number) {
  const whole = rows * rowHeight
  const spacer = Math.min(whole, mostHeight)
  const ratio = spacer > height ? (whole - height) / (spacer - height) : 1
  return {
    spacer,
    rowAt: (scrollTop: number) => Math.max(0, Math.floor((scrollTop * ratio) / rowHeight)),
    /** Pixels of the first row that are above the window. */
    hiddenAt: (scrollTop: number) => Math.max(0, scrollTop * ratio) % rowHeight,
    /** Where to scroll to so that a row stands a third down the window. */
    topAround: (row: number) => Math.max(0, row * rowHeight - height / 3) / ratio,
  }
}

export interface RowsProps {
  reader: LogReader
  /** Which lines, when not all. */
  only: Uint32Array | undefined
  /** How many lines are folded away behind this one. */
  hidden(index: number): number
  unfold(index: number): void
  rows: number
  /** Number of the first line that is held. */
  first: number
  mark: RegExp | undefined
  wrap: boolean
  chosen: readonly [number, number] | undefined
  choose(line: number, extend: boolean): void
  follow: boolean
  /** Somebody scrolled to the end or away from it. */
  atEnd(isAtEnd: boolean): void
  box: RefObject<HTMLDivElement | null>
  label: string
  link: ((file: string, line: number) => string | undefined) | undefined
}

interface Shown {
  numbers: Uint32Array
  lines: string[]
}

export function Rows(props: RowsProps) {
  const { reader, only, rows, first, box, follow, wrap } = props
  const [view, setView] = useState({ top: 0, height: 600 })
  const [shown, setShown] = useState<Shown>({ numbers: new Uint32Array(), lines: [] })
  const { spacer, rowAt, hiddenAt } = scaleOf(rows, view.height)
  const inView = Math.ceil(view.height / rowHeight) + 1
  const from = Math.max(0, Math.min(rowAt(view.top), rows - 1))
  const isLast = from + inView >= rows
  useShown({ reader, only, from, count: Math.min(rows - from, inView), rows }, setShown)
  const measure = useCallback(() => {
    const { scrollTop = 0, clientHeight = 600 } = box.current ?? {}
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
  // biome-ignore lint/correctness/useExhaustiveDependencies: more rows are the reason to go on
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [follow, rows, box])
  const before = useRef(0)
  const onScroll = () => {
    measure()
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = box.current ?? {}
    if (scrollTop < before.current - 1) props.atEnd(false)
    if (scrollTop + clientHeight >= scrollHeight - 2) props.atEnd(true)
    before.current = scrollTop
  }
  return (
    <div
      ref={box}
      className={wrap ? 'log rows wrap' : 'log rows'}
      role="log"
      aria-live="off"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
      tabIndex={0}
      onScroll={onScroll}
    >
      <div style={{ height: spacer }}>
        <div className={isLast && wrap ? 'window last' : 'window'} style={{ height: Math.min(view.height, spacer) }}>
          <div style={wrap ? undefined : { transform: `translateY(${-hiddenAt(view.top)}px)` }}>
            {shown.lines.map((line, i) => {
              const number = shown.numbers[i] ?? 0
              return <Row key={number} {...props} text={line} index={number} number={first + number + 1} />
            })}
          </div>
        </div>
      </div>
    </div>
  )
}

interface Wanted {
  reader: LogReader
  only: Uint32Array | undefined
  from: number
  count: number
  rows: number
}

/** Asks for the lines in view; while they come, those before stay. Of what is asked while one asks, the last counts. */
function useShown({ reader, only, from, count, rows }: Wanted, show: (shown: Shown) => void): void {
  const wanted = useRef<Uint32Array | undefined>(undefined)
  const busy = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the last line may have grown with the rows
  useEffect(() => {
    wanted.current = only ? only.slice(from, from + count) : Uint32Array.from({ length: count }, (_, i) => from + i)
    if (busy.current) return
    const run = async () => {
      busy.current = true
      while (wanted.current) {
        const numbers: Uint32Array = wanted.current
        wanted.current = undefined
        show({ numbers, lines: await reader.lines(numbers) })
      }
      busy.current = false
    }
    void run()
  }, [reader, only, from, count, rows, show])
}

interface RowProps extends RowsProps {
  text: string
  /** In the store. */
  index: number
  /** As it is told, from 1. */
  number: number
}

const named = /File "([^"]+)", line (\d+)/

function Row({ text, index, number, mark, chosen, choose, link, hidden, unfold }: RowProps) {
  const folded = hidden(index)
  const [whole, setWhole] = useState(false)
  const states = whole ? statesOf(text) : [lastState(text)]
  const isChosen = chosen !== undefined && number >= chosen[0] && number <= chosen[1]
  const plain = plainText(states.at(-1) ?? '')
  const overwritten = text.slice(0, -1).includes('\r')
  const [, file, line] = (link && named.exec(plain)) || []
  const code = file === undefined ? undefined : link?.(file, Number(line))
  const long = plain.length > longLine && !whole
  return (
    <div className={`${loudness(plain)}${isChosen ? ' chosen' : ''}`}>
      <button
        type="button"
        tabIndex={-1}
        className="log-number"
        aria-label={`Line ${number}`}
        onClick={(event) => choose(number, event.shiftKey)}
      >
        {number}
      </button>
      <span className="log-text">
        <LogText text={long ? (states[0] ?? '').slice(0, longLine) : states.join(' ⏎ ')} mark={mark} />
        {code && (
          <Link href={code} className="log-more">
            code
          </Link>
        )}
        {folded > 0 && (
          <button type="button" className="log-more" onClick={() => unfold(index)}>
            {folded} lines
          </button>
        )}
        {(long || (overwritten && !whole)) && (
          <button type="button" className="log-more" onClick={() => setWhole(true)}>
            {long ? `show all ${Math.ceil(plain.length / 1000)} kB` : 'overwritten'}
          </button>
        )}
      </span>
    </div>
  )
}
