// Parameters against a metric: parallel coordinates with ranges, a scatter, what goes along with it.
import { type FormEvent, useState } from 'react'
import { type Axis, valueAt } from '../../data/compare.ts'
import { number } from '../../data/format.ts'
import type { Words } from '../../data/words.ts'
import { Card } from '../bits.tsx'
import { Parallel, type Range } from './parallel.tsx'
import { Importance, Pick, Scatter } from './scatter.tsx'

interface AgainstProps {
  params: readonly Axis[]
  metrics: readonly Axis[]
  names: readonly { name: string; label: string }[]
  words: Words
}

const mostAxes = 7

/** `id=low..high` pairs of the address. */
export function readRanges(text: string): Record<string, Range> {
  return Object.fromEntries(
    text.split(';').flatMap((pair): [string, Range][] => {
      const found = /^(.+)=([\d.]+)\.\.([\d.]+)$/.exec(pair)
      const [low, high] = [Number(found?.[2]), Number(found?.[3])]
      return found?.[1] && low <= high && high <= 1 ? [[found[1], { low, high }]] : []
    }),
  )
}

export function writeRanges(ranges: Readonly<Record<string, Range>>): string {
  return Object.entries(ranges)
    .map(([id, { low, high }]) => `${id}=${+low.toFixed(3)}..${+high.toFixed(3)}`)
    .join(';')
}

/** The axes the address names, in its order; else those that differ, and the metric last. */
function chosen(all: readonly Axis[], text: string, metric: Axis): Axis[] {
  const named = text.split(',').flatMap((id) => all.find((axis) => axis.id === id) ?? [])
  if (named.length > 1) return named
  const differing = all.filter(({ id, values }) => id.startsWith('p:') && new Set(values).size > 1)
  return [...differing.slice(0, mostAxes - 1), metric]
}

export function Against({ params, metrics, names, words }: AgainstProps) {
  const metric = metrics.find(({ id }) => id === words.get('metric')) ?? metrics[0]
  if (!metric) return null
  const all = [...params, ...metrics]
  const axes = chosen(all, words.get('axes'), metric)
  const ranges = readRanges(words.get('range'))
  const setRange = (id: string, range: Range | undefined) => {
    const { [id]: _, ...rest } = ranges
    words.put({ range: writeRanges(range ? { ...rest, [id]: range } : rest) })
  }
  const setAxes = (next: readonly Axis[]) => words.put({ axes: next.map(({ id }) => id).join(',') })
  const move = (id: string, step: -1 | 1) => {
    const at = axes.findIndex((axis) => axis.id === id)
    const to = Math.max(0, Math.min(axes.length - 1, at + step))
    const next = axes.filter((axis) => axis.id !== id)
    const moved = axes[at]
    if (moved) setAxes([...next.slice(0, to), moved, ...next.slice(to)])
  }
  return (
    <div className="stack">
      <Card
        title={`Parameters against ${metric.title}`}
        end={
          <Pick title="Metric" axes={metrics} value={metric.id} change={(id) => words.put({ metric: id, axes: '' })} />
        }
      >
        <div className="chips" style={{ marginBottom: 12 }}>
          {all.map((axis) => {
            const on = axes.some(({ id }) => id === axis.id)
            return (
              <label key={axis.id} className="chip">
                <input
                  type="checkbox"
                  checked={on}
                  onChange={() => setAxes(on ? axes.filter(({ id }) => id !== axis.id) : [axis, ...axes])}
                />
                {axis.title}
              </label>
            )
          })}
        </div>
        <Parallel axes={axes} names={names} ranges={ranges} setRange={setRange} move={move} />
        <RangeForm axes={axes} ranges={ranges} setRange={setRange} />
      </Card>
      <div className="with-side">
        <Scatter
          axes={all}
          names={names}
          x={words.get('sx') || (axes[0]?.id ?? '')}
          y={words.get('sy') || metric.id}
          colour={words.get('sc')}
          put={words.put}
        />
        <Importance params={params} metric={metric} />
      </div>
    </div>
  )
}

interface RangeFormProps {
  axes: readonly Axis[]
  ranges: Readonly<Record<string, Range>>
  setRange(id: string, range: Range | undefined): void
}

/** What dragging along an axis does, with keys: shares of the axis from its low end. */
function RangeForm({ axes, ranges, setRange }: RangeFormProps) {
  const [id, setId] = useState('')
  const [low, setLow] = useState('0')
  const [high, setHigh] = useState('100')
  const axis = axes.find((one) => one.id === id) ?? axes[0]
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (axis)
      setRange(axis.id, {
        low: Math.min(Number(low), Number(high)) / 100,
        high: Math.max(Number(low), Number(high)) / 100,
      })
  }
  const words = (one: Axis, place: number) => {
    const value = valueAt(one, place)
    return typeof value === 'number' ? number(+value.toPrecision(4)) : value
  }
  return (
    <div className="actions" style={{ alignItems: 'center', marginTop: 8 }}>
      <form className="actions" style={{ alignItems: 'center' }} onSubmit={save}>
        <span className="quiet">Drag along an axis, or keep</span>
        <Pick title="Axis" axes={axes} value={axis?.id ?? ''} change={setId} />
        <span className="quiet">from</span>
        <Percent label="From, percent of the axis" value={low} change={setLow} />
        <span className="quiet">to</span>
        <Percent label="To, percent of the axis" value={high} change={setHigh} />
        <button type="submit" className="button small">
          Keep
        </button>
      </form>
      {axes
        .filter((one) => ranges[one.id])
        .map((one) => (
          <button key={one.id} type="button" className="chip" onClick={() => setRange(one.id, undefined)}>
            {one.title} {words(one, ranges[one.id]?.low ?? 0)} to {words(one, ranges[one.id]?.high ?? 1)} ✕
            <span className="hidden">, take the range away</span>
          </button>
        ))}
    </div>
  )
}

function Percent({ label, value, change }: { label: string; value: string; change(value: string): void }) {
  return (
    <input
      className="field"
      style={{ width: 76 }}
      type="number"
      min="0"
      max="100"
      aria-label={label}
      value={value}
      onChange={(event) => change(event.target.value)}
    />
  )
}
