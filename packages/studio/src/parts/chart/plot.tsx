// One chart: uPlot in a box that fits, what is under the pointer beside it, and arrow keys that walk along the axis.
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import '../../style/chart.css'
import { number, when } from '../../data/format.ts'
import { useTheme } from '../theme.ts'
import { type AxisKind, clock, columnsOf, optionsOf, type PlotLine, type PlotSpec } from './options.ts'

export interface PlotProps extends PlotSpec {
  /** What is read out. */
  label: string
  /** A stretch of the axis was chosen. */
  zoom?: ((from: number, to: number) => void) | undefined
  /** Charts of one name point at the same place. */
  sync?: string | undefined
}

const nearest = 8

export function Plot(props: PlotProps) {
  const { x, lines, axis, label } = props
  const [at, setAt] = useState<number | null>(null)
  const { box, plot } = usePlot(props, setAt)
  const walk = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }
    const ends: Record<string, number> = { Home: 0, End: x.length - 1 }
    const next = ends[event.key] ?? (steps[event.key] === undefined ? undefined : (at ?? -1) + (steps[event.key] ?? 0))
    if (next === undefined || !plot.current) return
    event.preventDefault()
    const index = Math.max(0, Math.min(x.length - 1, next))
    setAt(index)
    plot.current.setCursor({ left: plot.current.valToPos(x[index] ?? 0, 'x'), top: 10 }, false)
  }
  const here = at === null ? undefined : x[at]
  const told = at === null ? [] : valuesAt(lines, at)
  return (
    <div
      className="plot"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, x.length - 1)}
      aria-valuenow={at ?? 0}
      aria-valuetext={
        here === undefined ? `${x.length} places` : `${place(here, axis)}: ${told.map(sentence).join(', ')}`
      }
      onKeyDown={walk}
    >
      <div ref={box} style={{ height: props.height }} />
      {here !== undefined && told.length > 0 && <Tip plot={plot.current} here={here} axis={axis} told={told} />}
    </div>
  )
}

/** The chart in its box: made anew when its looks change, told of new values otherwise. */
function usePlot(props: PlotProps, point: (index: number | null) => void) {
  const { x, lines, axis, logX, logY, clip, height, sync } = props
  const theme = useTheme()
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const zoom = useRef(props.zoom)
  zoom.current = props.zoom
  const spec = useMemo(() => ({ x, lines, axis, logX, logY, clip, height }), [x, lines, axis, logX, logY, clip, height])
  const looks = `${theme} ${axis} ${logX} ${logY} ${clip} ${height} ${lines.map((line) => `${line.id} ${line.token} ${Boolean(line.raw)} ${Boolean(line.min)} ${line.values.length < 40}`)}`
  const drawn = useRef<typeof spec | undefined>(undefined)
  const latest = useRef(spec)
  latest.current = spec
  // biome-ignore lint/correctness/useExhaustiveDependencies: the looks stand for all that is read from the latest
  useEffect(() => {
    const home = box.current
    if (!home) return
    const options = optionsOf(latest.current, Math.max(120, home.clientWidth), {
      onPoint: point,
      onZoom: (from, to) => zoom.current?.(from, to),
      sync,
    })
    const made = new uPlot(options, columnsOf(latest.current), home)
    plot.current = made
    drawn.current = latest.current
    // its texts are drawn in the fonts that are there
    if (document.fonts.status !== 'loaded')
      void document.fonts.ready.then(() => plot.current === made && made.redraw(false, true))
    const watcher = new ResizeObserver(() => made.setSize({ width: Math.max(120, home.clientWidth), height }))
    watcher.observe(home)
    return () => {
      watcher.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [looks, sync])
  useEffect(() => {
    // what it was made with is not drawn twice
    if (drawn.current !== spec) plot.current?.setData(columnsOf(spec))
    drawn.current = spec
  }, [spec])
  return { box, plot }
}

interface Told {
  line: PlotLine
  value: number
}

const sentence = ({ line, value }: Told) => `${line.label} ${number(value)}`

function valuesAt(lines: readonly PlotLine[], index: number): Told[] {
  return lines.flatMap((line) => {
    const value = line.values[index]
    return value === null || value === undefined ? [] : [{ line, value }]
  })
}

export function place(at: number, axis: AxisKind): string {
  return axis === 'wall' ? when(at * 1000) : axis === 'seconds' ? clock(at) : number(at)
}

function Tip({ plot, here, axis, told }: { plot: uPlot | undefined; here: number; axis: AxisKind; told: Told[] }) {
  const left = plot?.valToPos(here, 'x') ?? 0
  const wide = plot ? plot.bbox.width / devicePixelRatio : 0
  const offset = plot ? plot.bbox.left / devicePixelRatio : 0
  const side = left > wide / 2 ? { right: `calc(100% - ${offset + left - 12}px)` } : { left: offset + left + 12 }
  const shown = [...told].sort((a, b) => b.value - a.value).slice(0, nearest)
  return (
    <div className="tip" style={side} aria-hidden="true">
      <b>{place(here, axis)}</b>
      {shown.map(({ line, value }) => (
        <span key={line.id}>
          <Swatch token={line.token} /> <span className="what">{line.label}</span>
          <span className="numeric">{number(value)}</span>
        </span>
      ))}
      {told.length > shown.length && <span className="quiet">{told.length - shown.length} more</span>}
    </div>
  )
}

export function Swatch({ token }: { token: string }) {
  return <i className="swatch" style={{ background: `var(--${token})` }} />
}
