// A line a job through one axis a parameter, to the metric at the right. A range of an axis hides what is outside.
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { type Axis, placeOn, valueAt } from '../../data/compare.ts'
import { number } from '../../data/format.ts'
import { ramp } from './ramp.ts'

export interface Range {
  low: number
  high: number
}

export interface ParallelProps {
  axes: readonly Axis[]
  /** In the order of the values of the axes. */
  names: readonly { name: string; label: string }[]
  /** Places between 0 and 1, by the axis' id. */
  ranges: Readonly<Record<string, Range>>
  setRange(axis: string, range: Range | undefined): void
  move(axis: string, step: -1 | 1): void
}

const height = 260
const top = 34
const bottom = 22
const leastGap = 110

/** Whether a job is within every range. */
export function isInside(axes: readonly Axis[], ranges: ParallelProps['ranges'], index: number): boolean {
  return axes.every((axis) => {
    const range = ranges[axis.id]
    if (!range) return true
    const at = placeOn(axis, axis.values[index])
    return at !== undefined && at >= range.low - 1e-9 && at <= range.high + 1e-9
  })
}

export function Parallel({ axes, names, ranges, setRange, move }: ParallelProps) {
  const [over, setOver] = useState<number>()
  const box = useRef<HTMLElement>(null)
  const room = useWidth(box)
  const gap = Math.max(leastGap, room / Math.max(1, axes.length))
  const width = Math.max(1, axes.length) * gap
  const xOf = (index: number) => gap / 2 + index * gap
  const yOf = (axis: Axis, value: number | string | undefined) => {
    const at = placeOn(axis, value)
    return at === undefined ? height - 4 : top + (1 - at) * (height - top - bottom)
  }
  const target = axes.at(-1)
  const shown = names.map((_, index) => isInside(axes, ranges, index))
  const words = `${shown.filter(Boolean).length} of ${names.length} jobs over ${axes.map(({ title }) => title).join(', ')}`
  return (
    <div className="parallel">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
      <section ref={box} className="scrolled" tabIndex={0} aria-label={`Parallel coordinates: ${words}`}>
        <div style={{ width }}>
          <div className="axis-names" style={{ gridTemplateColumns: `repeat(${axes.length}, 1fr)` }}>
            {axes.map((axis) => (
              <AxisName key={axis.id} axis={axis} move={(step) => move(axis.id, step)} />
            ))}
          </div>
          <svg
            viewBox={`0 0 ${width} ${height}`}
            width={width}
            height={height}
            style={{ display: 'block' }}
            aria-hidden="true"
          >
            {names.map(({ name, label }, index) => (
              <path
                key={name}
                d={axes
                  .map((axis, at) => `${at === 0 ? 'M' : 'L'}${xOf(at)} ${yOf(axis, axis.values[index])}`)
                  .join('')}
                stroke={ramp(target ? (placeOn(target, target.values[index]) ?? 0) : 0)}
                className={shown[index] ? (over === index ? 'job over' : 'job') : 'job away'}
                onPointerEnter={() => setOver(index)}
                onPointerLeave={() => setOver(undefined)}
              >
                <title>{label}</title>
              </path>
            ))}
            {axes.map((axis, at) => (
              <AxisLine
                key={axis.id}
                axis={axis}
                x={xOf(at)}
                range={ranges[axis.id]}
                set={(range) => setRange(axis.id, range)}
              />
            ))}
          </svg>
        </div>
      </section>
      <p className="quiet" role="status">
        {over === undefined ? words : names[over]?.label}
      </p>
    </div>
  )
}

/** Pixels there are across. */
function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(800)
  useEffect(() => {
    if (!box.current) return
    const watcher = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)))
    watcher.observe(box.current)
    return () => watcher.disconnect()
  }, [box])
  return width
}

function AxisName({ axis, move }: { axis: Axis; move(step: -1 | 1): void }) {
  const press = (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return
    move(event.key === 'ArrowLeft' ? -1 : 1)
    event.preventDefault()
  }
  return (
    <span className="axis-name">
      <button type="button" aria-label={`Move ${axis.title} to the left`} onClick={() => move(-1)} onKeyDown={press}>
        ‹
      </button>
      <b title={axis.title}>{axis.title}</b>
      <button type="button" aria-label={`Move ${axis.title} to the right`} onClick={() => move(1)} onKeyDown={press}>
        ›
      </button>
    </span>
  )
}

interface AxisLineProps {
  axis: Axis
  x: number
  range: Range | undefined
  set(range: Range | undefined): void
}

function AxisLine({ axis, x, range, set }: AxisLineProps) {
  const line = useRef<SVGRectElement>(null)
  const began = useRef<number>(undefined)
  const long = height - top - bottom
  const placeOf = (event: PointerEvent) => {
    const box = line.current?.getBoundingClientRect()
    if (!box) return 0
    return Math.max(0, Math.min(1, 1 - (event.clientY - box.top) / box.height))
  }
  const down = (event: PointerEvent) => {
    began.current = placeOf(event)
    event.currentTarget.setPointerCapture(event.pointerId)
  }
  const drag = (event: PointerEvent) => {
    if (began.current === undefined) return
    const at = placeOf(event)
    if (Math.abs(at - began.current) > 0.02)
      set({ low: Math.min(at, began.current), high: Math.max(at, began.current) })
  }
  const up = (event: PointerEvent) => {
    if (began.current !== undefined && Math.abs(placeOf(event) - began.current) <= 0.02) set(undefined)
    began.current = undefined
  }
  const ends = [valueAt(axis, 1), valueAt(axis, 0)]
  return (
    <g>
      <line x1={x} x2={x} y1={top} y2={height - bottom} className="axis" />
      <text x={x} y={top - 6} textAnchor="middle">
        {shortEnd(ends[0])}
      </text>
      <text x={x} y={height - bottom + 14} textAnchor="middle">
        {shortEnd(ends[1])}
      </text>
      {range && (
        <rect
          x={x - 7}
          width={14}
          y={top + (1 - range.high) * long}
          height={Math.max(3, (range.high - range.low) * long)}
          className="range"
        />
      )}
      <rect
        ref={line}
        x={x - 12}
        width={24}
        y={top}
        height={long}
        fill="transparent"
        style={{ cursor: 'ns-resize', touchAction: 'none' }}
        onPointerDown={down}
        onPointerMove={drag}
        onPointerUp={up}
      />
    </g>
  )
}

function shortEnd(value: number | string | undefined): string {
  const shown = typeof value === 'number' ? number(+value.toPrecision(4)) : (value ?? '')
  return shown.length > 16 ? `${shown.slice(0, 15)}…` : shown
}
