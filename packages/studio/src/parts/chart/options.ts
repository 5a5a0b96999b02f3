// What uPlot is told: axes, lines with bands, colours of the theme. Canvases do not know of stylesheets, so colours are
// read from the tokens each time a chart is made.
import type uPlot from 'uplot'
import { number } from '../../data/format.ts'
import { token } from '../theme.ts'
import { around, mostOf } from './range.ts'

export interface PlotLine {
  id: string
  label: string
  /** Name of the token of the colour. */
  token: string
  dash: readonly number[]
  values: (number | null)[]
  /** As logged, behind a smoothed line. */
  raw?: (number | null)[] | undefined
  /** Least and greatest where points were gathered. */
  min?: (number | null)[] | undefined
  max?: (number | null)[] | undefined
  /** Values that are no numbers: slice and word. */
  odd?: readonly (readonly [number, string])[]
}

export type AxisKind = 'number' | 'seconds' | 'wall'

export interface PlotSpec {
  x: number[]
  lines: PlotLine[]
  axis: AxisKind
  logX: boolean
  logY: boolean
  /** The height is that of most values: the greatest and least twentieth may lie beyond. */
  clip?: boolean | undefined
  height: number
}

export interface Hooks {
  onPoint(index: number | null): void
  onZoom(from: number, to: number): void
  sync?: string | undefined
}

const font = '11px "Inter Variable", system-ui, sans-serif'

/** Lines as uPlot numbers them: index 0 is the axis; of each line, its band, what was logged, and the line itself. */
export function columnsOf({ x, lines, logY }: PlotSpec): uPlot.AlignedData {
  const positive = (values: (number | null)[]) => (logY ? values.map((v) => (v !== null && v > 0 ? v : null)) : values)
  const columns: (number | null)[][] = []
  for (const line of lines) {
    if (line.min && line.max) columns.push(positive(line.max), positive(line.min))
    if (line.raw) columns.push(positive(line.raw))
    columns.push(positive(line.values))
  }
  return [x, ...columns] as uPlot.AlignedData // rows of one length, made here
}

export function optionsOf(spec: PlotSpec, width: number, hooks: Hooks): uPlot.Options {
  const { axis, logX, logY, height, lines } = spec
  const series: uPlot.Series[] = [{}]
  const bands: uPlot.Band[] = []
  for (const line of lines) {
    const stroke = token(line.token)
    const still = { spanGaps: true, points: { show: false } }
    if (line.min && line.max) {
      bands.push({ series: [series.length, series.length + 1], fill: faint(stroke, 0.16) })
      series.push({ ...still, stroke: 'transparent', width: 0 }, { ...still, stroke: 'transparent', width: 0 })
    }
    if (line.raw) series.push({ ...still, stroke: faint(stroke, 0.28), width: 1 })
    const few = line.values.filter((value) => value !== null).length < 40
    series.push({
      spanGaps: true,
      stroke,
      width: 1.75,
      dash: [...line.dash],
      points: { show: few, size: 4, fill: stroke },
    })
  }
  return {
    width,
    height,
    series,
    bands,
    legend: { show: false },
    padding: [10, 12, 0, 0],
    scales: {
      x: { time: axis === 'wall', distr: logX ? 3 : 1, ...(logX ? { range: decades } : {}) },
      y: { distr: logY ? 3 : 1, ...(logY ? {} : { range: spec.clip ? () => mostOf(lines) : around }) },
    },
    axes: [axisOf(axis, logX), { ...axisOf('number', false), size: 52 }],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { show: false },
      ...(hooks.sync ? { sync: { key: hooks.sync } } : {}),
    },
    hooks: {
      setCursor: [(plot) => hooks.onPoint(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          const { left, width: wide } = plot.select
          if (wide < 6) return
          hooks.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + wide, 'x'))
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
      draw: [(plot) => drawOdd(plot, spec)],
    },
  }
}

function axisOf(kind: AxisKind, log: boolean): uPlot.Axis {
  const lines = { stroke: token('border'), width: 1 }
  const base: uPlot.Axis = { stroke: token('text3'), font, grid: lines, ticks: { show: false }, size: 30, gap: 6 }
  if (kind === 'wall') return { ...base, values: (_, splits) => momentsOf(splits) }
  const told = kind === 'seconds' ? clock : tick
  return { ...base, space: 60, values: (_, splits) => splits.map((at) => (log && !isRound(at) ? '' : told(at))) }
}

const clockTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const dayTime = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
const daySeconds = 86_400

/** What has no logarithm is there for a moment, while other lines are on their way. */
function decades(_: unknown, low: number | null, high: number | null): [number, number] {
  const from = low !== null && low > 0 ? low : 1
  return [from, high !== null && high > from ? high : from * 10]
}

/** Epoch seconds as moments of a day, with the day where there are several. */
function momentsOf(splits: readonly number[]): string[] {
  const span = (splits.at(-1) ?? 0) - (splits[0] ?? 0)
  const format = span > daySeconds ? dayTime : clockTime
  return splits.map((at) => format.format(at * 1000))
}

/** Short beside an axis: `5e14`. */
function tick(value: number): string {
  return Math.abs(value) < 1e6 ? number(value) : value.toExponential().replace('e+', 'e')
}

function isRound(value: number): boolean {
  const power = Math.log10(value)
  return Math.abs(power - Math.round(power)) < 1e-9
}

/** Seconds along an axis. */
export function clock(seconds: number): string {
  const whole = Math.abs(seconds)
  if (whole < 60) return `${+seconds.toFixed(2)}s`
  if (whole < 3600) return `${+(seconds / 60).toFixed(1)}m`
  return `${+(seconds / 3600).toFixed(2)}h`
}

/** What is no number stands at the edge: infinite ones where they point to, the rest as a ring on the axis. */
function drawOdd(plot: uPlot, { x, lines }: PlotSpec): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.lineWidth = 1.5 * devicePixelRatio
  for (const line of lines) {
    ctx.strokeStyle = token(line.token)
    ctx.fillStyle = token(line.token)
    for (const [slice, word] of line.odd ?? []) {
      const left = plot.valToPos(x[slice] ?? 0, 'x', true)
      const size = 4 * devicePixelRatio
      ctx.beginPath()
      if (word === 'NaN') {
        ctx.arc(left, bbox.top + bbox.height - size, size * 0.8, 0, 7)
        ctx.stroke()
        continue
      }
      const [tip, base] = word === 'Infinity' ? [bbox.top, bbox.top + 2 * size] : [bbox.top + bbox.height, 0]
      const foot = word === 'Infinity' ? base : tip - 2 * size
      ctx.moveTo(left, tip)
      ctx.lineTo(left - size, foot)
      ctx.lineTo(left + size, foot)
      ctx.fill()
    }
  }
  ctx.restore()
}

/** `#rrggbb` with less of it. */
function faint(colour: string, alpha: number): string {
  return `${colour}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`
}
