// The chart of one metric or of several together: lines over one axis, what they are, and what is known of them.
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { count, number } from '../../data/format.ts'
import { type MetricLines, useMetricLines } from '../../data/run.ts'
import type { Words } from '../../data/words.ts'
import { Problem } from '../bits.tsx'
import { ChartMenu } from './chart-menu.tsx'
import { csvOf } from './csv.ts'
import { savePicture, saveText } from './export.ts'
import type { ChartLine } from './groups.ts'
import type { AxisKind, PlotLine } from './options.ts'
import { type Overrides, overridden, readOverrides, wordOfChart, writeOverrides } from './overrides.ts'
import { Plot, place, Swatch } from './plot.tsx'
import { type Smoothing, smooth } from './smooth.ts'

export interface ChartView {
  /** `step`, `relative`, `wall` or `metric:<key>`. */
  x: string
  logX: boolean
  logY: boolean
  smoothing: Smoothing
  amount: number
  /** Whether the height is that of most values, not of all. */
  clip?: boolean
  from?: number | undefined
  to?: number | undefined
}

export interface MetricCardProps {
  title: string
  lines: readonly ChartLine[]
  view: ChartView
  height?: number
  /** Milliseconds after which it is asked for again. */
  again: number | false
  zoom?: ((from: number, to: number) => void) | undefined
  end?: ReactNode
  sync?: string | undefined
  wide?: boolean
  /** Where it keeps what it does otherwise than the page. */
  words?: Words | undefined
}

const pixelsASlice = 1.5

export function axisOfView(x: string): AxisKind {
  return x === 'wall' ? 'wall' : x === 'relative' ? 'seconds' : 'number'
}

export function MetricCard(props: MetricCardProps) {
  const { title, lines, again, zoom, end, sync, wide } = props
  const box = useRef<HTMLElement>(null)
  const seen = useSeen(box)
  const [isWhole, setWhole] = useWhole(box)
  const [table, setTable] = useState(false)
  const text = props.words?.get(wordOfChart(title)) ?? ''
  const value = useMemo(() => readOverrides(text), [text])
  const view = useMemo(() => overridden(props.view, value), [props.view, value])
  const put = (next: Overrides) => props.words?.put({ [wordOfChart(title)]: writeOverrides(next) })
  const asTable = value.table ?? table
  const height = isWhole ? Math.max(220, innerHeight - 160) : (props.height ?? 220)
  const answer = useMetricLines(
    {
      jobs: [...new Set(lines.map(({ job }) => job))],
      keys: [...new Set(lines.map(({ key }) => key))],
      x: view.x,
      from: view.from,
      to: view.to,
      buckets: Math.round((wide ? 1400 : 700) / pixelsASlice),
      scale: view.logX ? 'log' : 'linear',
    },
    { again: seen && again, enabled: seen },
  )
  const drawn = useMemo(() => (answer.data ? draw(answer.data, lines, view) : []), [answer.data, lines, view])
  const data = answer.data
  return (
    <section ref={box} className={wide ? 'card chart wide' : 'card chart'} aria-label={title}>
      <header>
        <h2>{title}</h2>
        <div className="end">
          {data && <span className="quiet">{range(data, view)}</span>}
          <button
            type="button"
            className="button bare small"
            aria-pressed={asTable}
            onClick={() => (props.words ? put(tableOf(value, !asTable)) : setTable(!asTable))}
          >
            {asTable ? 'Chart' : 'Table'}
          </button>
          {end}
          {data && (
            <ChartMenu
              title={title}
              view={view}
              own={props.words && { value, put }}
              whole={setWhole}
              csv={() => saveText(`${fileName(title)}.csv`, csvOf(view.x, data.x, drawn))}
              png={() => {
                const canvas = box.current?.querySelector('canvas')
                if (canvas) savePicture(`${fileName(title)}.png`, canvas)
              }}
            />
          )}
        </div>
      </header>
      <div className="body">
        {answer.isError && !data ? (
          <Problem error={answer.error} retry={() => void answer.refetch()} />
        ) : data === undefined ? (
          <div style={{ height }} />
        ) : (
          <Inside {...{ data, drawn, asTable, title, view, height, zoom, sync }} />
        )}
        <Legend lines={drawn} />
        {data && !data.exact && <p className="caption">{caption(data)}</p>}
      </div>
    </section>
  )
}

function tableOf({ table: _, ...rest }: Overrides, on: boolean): Overrides {
  return on ? { ...rest, table: true } : rest
}

/** Whether it has the whole screen, and the way there; Escape leads back. */
function useWhole(box: React.RefObject<HTMLElement | null>): [boolean, () => void] {
  const [is, setIs] = useState(false)
  useEffect(() => {
    const onChange = () => setIs(box.current !== null && document.fullscreenElement === box.current)
    document.addEventListener('fullscreenchange', onChange)
    return () => document.removeEventListener('fullscreenchange', onChange)
  }, [box])
  return [is, () => void box.current?.requestFullscreen().catch(() => undefined)]
}

interface InsideProps extends Pick<MetricCardProps, 'title' | 'view' | 'zoom' | 'sync'> {
  data: MetricLines
  drawn: PlotLine[]
  asTable: boolean
  height: number
}

function Inside({ data, drawn, asTable, title, view, height, zoom, sync }: InsideProps) {
  const axis = axisOfView(view.x)
  if (asTable) return <ValueTable data={data} lines={drawn} axis={axis} height={height} title={title} />
  return (
    <Plot
      x={data.x}
      lines={drawn}
      axis={axis}
      logX={view.logX}
      logY={view.logY}
      clip={view.clip ?? false}
      height={height}
      label={title}
      zoom={zoom}
      sync={sync}
    />
  )
}

const fileName = (title: string) => title.replace(/[^\w.-]+/g, '-')

/** A card far from the window asks for nothing. */
function useSeen(box: React.RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    if (!box.current) return
    const watcher = new IntersectionObserver((entries) => setSeen(entries.some((one) => one.isIntersecting)), {
      rootMargin: '300px',
    })
    watcher.observe(box.current)
    return () => watcher.disconnect()
  }, [box])
  return seen
}

function draw(data: MetricLines, lines: readonly ChartLine[], view: ChartView): PlotLine[] {
  const known = new Map(data.series.map((one) => [`${one.job}\n${one.key}`, one]))
  return lines.flatMap((line) => {
    const found = known.get(`${line.job}\n${line.key}`)
    if (!found) return []
    const smoothed = view.smoothing !== 'none' && view.amount > 0
    return [
      {
        id: `${line.job}\n${line.key}`,
        label: line.label,
        token: line.stroke.token,
        dash: line.stroke.dash,
        values: smoothed ? smooth(view.smoothing, view.amount, data.x, found.mean) : found.mean,
        ...(smoothed ? { raw: found.mean } : {}),
        ...(found.min && found.max ? { min: found.min, max: found.max } : {}),
        odd: found.odd,
      },
    ]
  })
}

function range({ x }: MetricLines, view: ChartView): string {
  const [first, last] = [x[0], x.at(-1)]
  if (first === undefined || last === undefined) return 'no points'
  const axis = axisOfView(view.x)
  if (axis === 'wall') return ''
  // slices of steps lie between steps
  const told = (at: number) => place(view.x === 'step' ? Math.round(at) : at, axis)
  return `${view.x.replace(/^metric:/, '')} ${told(first)}–${told(last)}`
}

function caption({ series, x }: MetricLines): string {
  const points = series.reduce((sum, one) => sum + one.points, 0)
  return `${count(points)} points in ${count(x.length)} slices: mean, with least and greatest behind it`
}

function Legend({ lines }: { lines: readonly PlotLine[] }) {
  if (lines.length < 2) return null
  return (
    <div className="legend">
      {lines.slice(0, 12).map((line) => (
        <span key={line.id}>
          <Swatch token={line.token} /> {line.label}
        </span>
      ))}
      {lines.length > 12 && <span>{lines.length - 12} more</span>}
    </div>
  )
}

const mostRows = 500

interface ValueTableProps {
  data: MetricLines
  lines: readonly PlotLine[]
  axis: AxisKind
  height: number
  title: string
}

function ValueTable({ data, lines, axis, height, title }: ValueTableProps) {
  const rows = data.x.slice(-mostRows)
  const skipped = data.x.length - rows.length
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <section className="scrolling" style={{ height }} tabIndex={0} aria-label={`Values of ${title}`}>
      <table className="singles">
        <thead>
          <tr>
            <th scope="col">at</th>
            {lines.map((line) => (
              <th key={line.id} scope="col" className="numeric">
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((at, i) => (
            <tr key={at}>
              <th scope="row" className="numeric">
                {place(at, axis)}
              </th>
              {lines.map((line) => (
                <td key={line.id} className="numeric">
                  {number(line.values[i + skipped])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
