// A log to read: followed, searched, filtered, however long.
import { type KeyboardEvent, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { bytes, count } from '../../data/format.ts'
import type { Words } from '../../data/words.ts'
import { isTyping, lettersAreOn } from '../keys.ts'
import { lastState, plainText } from './ansi.ts'
import { FindBar, useFind } from './find.tsx'
import { firstAbove } from './line-store.ts'
import { LogReader, type LogSource, type LogState } from './log-reader.ts'
import { Rows, scaleOf } from './rows.tsx'
import { type Folding, useFolding } from './use-folding.ts'
import '../../style/logs.css'

export interface LogViewerProps {
  source: LogSource
  /** What is read out. */
  label: string
  /** The page of a line of code that a log names. */
  link?: ((file: string, line: number) => string | undefined) | undefined
  words: Words
}

export function LogViewer(props: LogViewerProps) {
  const reader = useReader(props.source)
  return reader ? <Viewer {...props} reader={reader} /> : null
}

function Viewer({ source, label, link, words, reader }: LogViewerProps & { reader: LogReader }) {
  const state = useSyncExternalStore(reader.watch, () => reader.state)
  const find = useFind(reader, state, words)
  const [follow, setFollow] = useState(source.live && words.get('L') === '')
  const [wrap, setWrap] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const folding = useFolding({ reader, state, off: find.only !== undefined || words.get('fold') === 'off' })
  const only = find.only ?? folding.only
  const rows = only?.length ?? state.lines
  const shown = useRef({ only, rows })
  shown.current = { only, rows }
  const chosen = useMemo(() => readRange(words.get('L')), [words.get])
  useFirstLine({ state, box, rows, only, folding, line: chosen?.[0] })
  const goTo = (line: number) => {
    setFollow(false)
    folding.reveal(line)
    // what it was folded into opens first
    requestAnimationFrame(() => scrollTo(box.current, rowOf(shown.current.only, line), shown.current.rows))
    words.put({ L: String(line + state.first + 1) })
  }
  const walk = (hits: Uint32Array, by: 1 | -1) => {
    const line = stepIn(hits, (chosen?.[0] ?? 0) - state.first - 1, by)
    if (line !== undefined) goTo(line)
  }
  const choose = (line: number, extend: boolean) => words.put({ L: rangeOf(chosen, line, extend) })
  const onKey = keysOf([
    ['f', () => setFollow(!follow)],
    ['w', () => setWrap(!wrap)],
    ['n', () => walk(find.hits, 1)],
    ['N', () => walk(find.hits, -1)],
    ['e', () => void reader.errors().then((hits) => walk(hits, 1))],
    ['E', () => void reader.errors().then((hits) => walk(hits, -1))],
    ['End', () => box.current?.scrollTo({ top: box.current.scrollHeight })],
    ['Home', () => box.current?.scrollTo({ top: 0 })],
  ])
  return (
    <section className="card viewer" aria-label={label} onKeyDown={onKey}>
      <header>
        <FindBar find={find} walk={walk} words={words} />
        <div className="end inline">
          {folding.some && (
            <Check title="Fold" on={words.get('fold') !== 'off'} set={(on) => words.put({ fold: on ? '' : 'off' })} />
          )}
          <Check title="Wrap" on={wrap} set={setWrap} />
          {!state.over && source.live && <Check title="Follow" on={follow} set={setFollow} />}
          {!state.over && source.live && <Announce reader={reader} lines={state.lines} />}
          <a className="button small" href={source.contentUrl} download>
            Download
          </a>
        </div>
      </header>
      {state.failed || state.lines === 0 ? (
        <p className="empty" role="status">
          {state.failed ?? (state.reading ? 'Reading …' : 'Nothing was written yet.')}
        </p>
      ) : (
        <Rows
          {...{ reader, rows, wrap, chosen, choose, follow, box, label, link }}
          only={only}
          hidden={folding.hidden}
          unfold={folding.reveal}
          first={state.first}
          mark={find.mark}
          atEnd={(is) => source.live && setFollow(is)}
        />
      )}
      <StateLine state={state} follow={follow} live={source.live} toEnd={() => setFollow(true)} />
    </section>
  )
}

const announceMs = 4000

/** Reads the last line out, now and then, to who asks for it. */
function Announce({ reader, lines }: { reader: LogReader; lines: number }) {
  const [on, setOn] = useState(false)
  const [text, setText] = useState('')
  const last = useRef(lines)
  last.current = lines
  useEffect(() => {
    if (!on) return
    const timer = setInterval(
      () =>
        void reader.lines(Uint32Array.of(last.current - 1)).then(([line = '']) => setText(plainText(lastState(line)))),
      announceMs,
    )
    return () => clearInterval(timer)
  }, [on, reader])
  return (
    <>
      <Check title="Announce" on={on} set={setOn} />
      <span className="hidden" aria-live="polite">
        {on ? text : ''}
      </span>
    </>
  )
}

function Check({ title, on, set }: { title: string; on: boolean; set(on: boolean): void }) {
  return (
    <label className="pick">
      <input type="checkbox" checked={on} onChange={(event) => set(event.target.checked)} />
      {title}
    </label>
  )
}

function rangeOf(chosen: readonly [number, number] | undefined, line: number, extend: boolean): string {
  return extend && chosen ? `${Math.min(chosen[0], line)}-${Math.max(chosen[0], line)}` : String(line)
}

/** What single keys do while nobody types. */
function keysOf(acts: readonly (readonly [key: string, act: () => void])[]) {
  return (event: KeyboardEvent) => {
    const typing = isTyping(event.target) || !lettersAreOn()
    const act = acts.find(([key]) => key === event.key)?.[1]
    if (typing || !act || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    act()
  }
}

/** Where a line stands among those that are shown. */
function rowOf(only: Uint32Array | undefined, line: number): number {
  return only ? Math.max(0, firstAbove(only, line) - 1) : line
}

function scrollTo(box: HTMLDivElement | null, row: number, rows: number): void {
  if (box) box.scrollTop = scaleOf(rows, box.clientHeight).topAround(row)
}

/** The next of the numbers, or the one before; from the other end behind the last. */
function stepIn(hits: Uint32Array, here: number, by: 1 | -1): number | undefined {
  const above = firstAbove(hits, here)
  if (by === 1) return hits[above] ?? hits[0]
  return hits[above - (hits[above - 1] === here ? 2 : 1)] ?? hits.at(-1)
}

function useReader({ url, linesUrl, contentUrl, live }: LogSource): LogReader | undefined {
  const [reader, setReader] = useState<LogReader>()
  // a log that ends is not read anew: its reader hears of it
  const first = useRef(live)
  useEffect(() => {
    const made = new LogReader({ url, linesUrl, contentUrl, live: first.current })
    setReader(made)
    return () => made.close()
  }, [url, linesUrl, contentUrl])
  return reader
}

/** Goes to the line of the address once it is there. */
function useFirstLine(o: {
  state: LogState
  box: React.RefObject<HTMLDivElement | null>
  rows: number
  only: Uint32Array | undefined
  folding: Folding
  line: number | undefined
}): void {
  const { state, box, rows, only, line } = o
  const { known, reveal } = o.folding
  const done = useRef(line === undefined)
  useEffect(() => {
    const home = box.current
    if (done.current || !home || line === undefined || (state.lines < line && state.reading)) return
    // what is read meanwhile, and folded, moves the place
    done.current = !state.reading && known
    reveal(line - 1 - state.first)
    scrollTo(home, rowOf(only, line - 1 - state.first), rows)
  }, [state, box, rows, only, known, reveal, line])
}

export function readRange(text: string): readonly [number, number] | undefined {
  const found = /^L?(\d+)(?:-L?(\d+))?$/.exec(text)
  if (!found) return undefined
  const from = Number(found[1])
  return [from, Math.max(from, Number(found[2] ?? from))]
}

function StateLine(o: { state: LogState; follow: boolean; live: boolean; toEnd(): void }) {
  const { state, follow, live, toEnd } = o
  const seen = useRef(state.lines)
  if (follow || !live) seen.current = state.lines
  const fresh = state.lines - seen.current
  return (
    <footer className="inline">
      <span className="quiet">
        {count(state.first + state.lines)} lines, {bytes(state.sizeBytes)}
        {state.first > 0 && `; the first ${count(state.first)} are only in the download`}
      </span>
      {state.reading && <span className="quiet">reading …</span>}
      {live && !state.over && fresh > 0 && (
        <button type="button" className="button small end" onClick={toEnd}>
          {count(fresh)} new {fresh === 1 ? 'line' : 'lines'} ↓
        </button>
      )}
      <span className="quiet end keys">
        <kbd>n</kbd> next found <kbd>e</kbd> next error <kbd>f</kbd> follow <kbd>w</kbd> wrap
      </span>
    </footer>
  )
}
