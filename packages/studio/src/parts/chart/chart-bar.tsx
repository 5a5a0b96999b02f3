// What holds for all charts of a page: the axis, smoothing, logarithms, how lines are put together. It stands in the
// address.
import { useMemo } from 'react'
import { useWords, type Words } from '../../data/words.ts'
import type { GroupBy } from './groups.ts'
import type { ChartView } from './metric-card.tsx'
import { type Smoothing, smoothings } from './smooth.ts'

export interface ChartWords {
  view: ChartView
  by: GroupBy
  words: Words
}

const usualAmount = 0.6

export function useChartWords(usualBy: GroupBy = 'metric'): ChartWords {
  const words = useWords()
  const get = words.get
  const smoothing = (get('sk') in smoothings ? get('sk') : 'time') as Smoothing // looked up on the left
  const told = {
    x: get('x') || 'step',
    lx: get('lx'),
    y: get('y'),
    s: get('s'),
    from: get('from'),
    to: get('to'),
    clip: get('clip'),
  }
  const { x, lx, y, s, from, to, clip } = told
  const view = useMemo(
    (): ChartView => ({
      x,
      logX: lx === 'log',
      logY: y === 'log',
      smoothing: Number(s) > 0 ? smoothing : 'none',
      amount: Math.min(0.999, Number(s) || 0),
      clip: clip !== '',
      ...(from === '' ? {} : { from: Number(from) }),
      ...(to === '' ? {} : { to: Number(to) }),
    }),
    [x, lx, y, s, from, to, clip, smoothing],
  )
  const by = get('by')
  return { view, by: by === 'metric' || by === 'name' || by === 'place' ? by : usualBy, words }
}

export function ChartBar({ view, by, words, keys }: ChartWords & { keys: readonly string[] }) {
  const { put } = words
  return (
    <>
      <label className="pick">
        X axis
        <select className="bare" value={view.x} onChange={(event) => put({ x: event.target.value, from: '', to: '' })}>
          <option value="step">step</option>
          <option value="relative">relative time</option>
          <option value="wall">time</option>
          {keys.map((key) => (
            <option key={key} value={`metric:${key}`}>
              {key}
            </option>
          ))}
        </select>
      </label>
      <Toggle title="X log" on={view.logX} set={(on) => put({ lx: on ? 'log' : '' })} />
      <Toggle title="Y log" on={view.logY} set={(on) => put({ y: on ? 'log' : '' })} />
      <Toggle title="No outliers" on={view.clip ?? false} set={(on) => put({ clip: on ? '1' : '' })} />
      <SmoothingPick view={view} words={words} />
      <label className="pick">
        Together
        <select className="bare" value={by} onChange={(event) => put({ by: event.target.value })}>
          <option value="metric">each alone</option>
          <option value="name">of one name</option>
          <option value="place">of one folder</option>
        </select>
      </label>
      {view.from !== undefined && (
        <button type="button" className="button small" onClick={() => put({ from: '', to: '' })}>
          Reset zoom
        </button>
      )}
    </>
  )
}

function Toggle({ title, on, set }: { title: string; on: boolean; set(on: boolean): void }) {
  return (
    <label className="pick">
      <input type="checkbox" checked={on} onChange={(event) => set(event.target.checked)} />
      {title}
    </label>
  )
}

function SmoothingPick({ view, words: { get, put } }: { view: ChartView; words: Words }) {
  return (
    <>
      <label className="pick">
        Smoothing
        <select
          className="bare"
          value={view.smoothing}
          onChange={({ target: { value } }) =>
            put(value === 'none' ? { s: '', sk: '' } : { sk: value, s: get('s') || String(usualAmount) })
          }
        >
          {Object.entries(smoothings).map(([kind, title]) => (
            <option key={kind} value={kind}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {view.smoothing !== 'none' && (
        <label className="pick">
          <span className="hidden">How much</span>
          <input
            type="range"
            min="0.05"
            max="0.99"
            step="0.01"
            value={view.amount}
            onChange={(event) => put({ s: event.target.value })}
          />
          <b className="numeric">{view.amount}</b>
        </label>
      )}
    </>
  )
}
