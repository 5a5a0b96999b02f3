// What is looked for in a log: words, patterns, errors; and what is shown of it then.
import { useEffect, useMemo, useState } from 'react'
import { count } from '../../data/format.ts'
import type { Words } from '../../data/words.ts'
import { mostHits, withContext } from './line-store.ts'
import type { LogReader, LogState } from './log-reader.ts'

const none = new Uint32Array()
const typingMs = 120

export interface Find {
  hits: Uint32Array
  only: Uint32Array | undefined
  mark: RegExp | undefined
  /** Nothing was looked for. */
  idle: boolean
}

/** Looks again when the words change, and when there is more. */
export function useFind(reader: LogReader, state: LogState, words: Words): Find {
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

export function FindBar({ find, walk, words }: FindBarProps) {
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
