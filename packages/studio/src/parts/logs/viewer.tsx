// A log to read: followed, searched, filtered, however long.
import { type KeyboardEvent, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { bytes, count } from '../../data/format.ts'
import type { Words } from '../../data/words.ts'
import { isTyping, lettersAreOn } from '../keys.ts'
import { lastState, plainText } from './ansi.ts'
import { firstAbove, mostHits, withContext } from './line-store.ts'
import { LogReader, type LogSource, type LogState } from './log-reader.ts'
import { Rows, scaleOf } from './rows.tsx'
import '../../style/logs.css'

export interface LogViewerProps {
  source: LogSource
  /** What is read out. */
  label: string
  /** The page of a line of code that a log names. */
  link?: ((file: string, line: number) => string | undefined) | undefined
  words: Words
}

const none = new Uint32Array()
const typingMs = 120

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
  const rows = find.only?.length ?? state.lines
  const chosen = useMemo(() => readRange(words.get('L')), [words.get])
  useFirstLine({ state, box, rows, line: chosen?.[0] })
  const goTo = (line: number) => {
    setFollow(false)
    scrollTo(box.current, find.only ? Math.max(0, firstAbove(find.only, line) - 1) : line, rows)
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
          only={find.only}
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
  line: number | undefined
}): void {
  const { state, box, rows, line } = o
  const done = useRef(line === undefined)
  useEffect(() => {
    const home = box.current
    if (done.current || !home || line === undefined || (state.lines < line && state.reading)) return
    // what is read meanwhile moves the place
    done.current = !state.reading
    scrollTo(home, line - 1 - state.first, rows)
  }, [state, box, rows, line])
}

export function readRange(text: string): readonly [number, number] | undefined {
  const found = /^L?(\d+)(?:-L?(\d+))?$/.exec(text)
  if (!found) return undefined
  const from = Number(found[1])
  return [from, Math.max(from, Number(found[2] ?? from))]
}

interface Find {
  hits: Uint32Array
  only: Uint32Array | undefined
  mark: RegExp | undefined
  /** Nothing was looked for. */
  idle: boolean
}

/** Looks again when the words change, and when there is more. */
function useFind(reader: LogReader, state: LogState, words: Words): Find {
  const [text, regex, exact] = [words.get('q'), words.get('re') !== '', words.get('case') !== '']
  const filter = words.get('only')
  const around = Number(words.get('around')) || 0
  const [hits, setHits] = useState<Uint32Array>(none)
  const [loud, setLoud] = useState<Uint32Array>(none)
  useEffect(() => {
    let current = true
    if (text === '' || state.lines === 0) setHits(none)
    // who types is let finish
    const timer = setTimeout(() => {
      if (text !== '') void reader.search({ text, regex, exact }).then((found) => current && setHits(found))
    }, typingMs)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [reader, text, regex, exact, state.lines])
  useEffect(() => {
    let current = true
    if (filter === 'errors' && state.lines > 0) void reader.errors().then((found) => current && setLoud(found))
    return () => {
      current = false
    }
  }, [reader, filter, state.lines])
  const mark = useMemo(() => markOf(text, regex, exact), [text, regex, exact])
  const only = useMemo(() => {
    if (filter === 'errors') return withContext(loud, around, state.lines)
    return filter === 'hits' && text !== '' ? withContext(hits, around, state.lines) : undefined
  }, [filter, loud, hits, around, text, state.lines])
  return { hits, only, mark, idle: text === '' }
}

function markOf(text: string, regex: boolean, exact: boolean): RegExp | undefined {
  if (text === '') return undefined
  try {
    return new RegExp(regex ? text : text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), exact ? 'g' : 'gi')
  } catch {
    return undefined
  }
}

interface FindBarProps {
  find: Find
  walk(hits: Uint32Array, by: 1 | -1): void
  words: Words
}

function FindBar({ find, walk, words }: FindBarProps) {
  const { get, put } = words
  const flag = (name: string, title: string, label: string) => (
    <button
      type="button"
      className="button small"
      aria-pressed={get(name) !== ''}
      aria-label={label}
      title={label}
      onClick={() => put({ [name]: get(name) === '' ? '1' : '' })}
    >
      {title}
    </button>
  )
  return (
    <div className="inline find">
      <input
        className="field"
        type="search"
        aria-label="Search the log"
        placeholder="Search"
        value={get('q')}
        onChange={(event) => put({ q: event.target.value })}
        onKeyDown={(event) => event.key === 'Enter' && walk(find.hits, event.shiftKey ? -1 : 1)}
      />
      {flag('case', 'Aa', 'Upper and lower case')}
      {flag('re', '.*', 'Pattern')}
      <span className="quiet" role="status">
        {find.idle ? '' : `${count(find.hits.length)}${find.hits.length >= mostHits ? '+' : ''} lines`}
      </span>
      <label className="pick">
        Show
        <select className="bare" value={get('only')} onChange={(event) => put({ only: event.target.value })}>
          <option value="">all lines</option>
          <option value="hits">found lines</option>
          <option value="errors">errors</option>
        </select>
      </label>
      {get('only') !== '' && (
        <label className="pick">
          Around
          <select className="bare" value={get('around')} onChange={(event) => put({ around: event.target.value })}>
            {['', '2', '5', '20'].map((lines) => (
              <option key={lines} value={lines}>
                {lines || '0'}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  )
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
