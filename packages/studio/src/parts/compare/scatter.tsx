// Two values of each job against each other, and which parameters go along with a metric.
import { useState } from 'react'
import { Link } from 'wouter'
import { type Axis, placeOn, rankCorrelation, valueAt } from '../../data/compare.ts'
import { number } from '../../data/format.ts'
import { jobPath } from '../../places.ts'
import { Card } from '../bits.tsx'
import { ramp } from './ramp.ts'

interface ScatterProps {
  axes: readonly Axis[]
  names: readonly { name: string; label: string }[]
  /** Ids of the axes of the picture. */
  x: string
  y: string
  colour: string
  put(words: Record<string, string>): void
}

const width = 640
const height = 320
const pad = { left: 62, right: 16, top: 14, bottom: 34 }

export function Scatter({ axes, names, x, y, colour, put }: ScatterProps) {
  const find = (id: string) => axes.find((axis) => axis.id === id) ?? axes[0]
  const [ax, ay, ac] = [find(x), find(y), axes.find((axis) => axis.id === colour)]
  const [over, setOver] = useState<number>()
  if (!ax || !ay) return null
  const points = names.flatMap(({ name, label }, index) => {
    const [px, py] = [placeOn(ax, ax.values[index]), placeOn(ay, ay.values[index])]
    if (px === undefined || py === undefined) return []
    const shade = ac ? placeOn(ac, ac.values[index]) : undefined
    const left = pad.left + px * (width - pad.left - pad.right)
    const down = height - pad.bottom - py * (height - pad.top - pad.bottom)
    return [{ name, label, index, left, down, fill: shade === undefined ? 'var(--accent)' : ramp(shade) }]
  })
  const shown = over === undefined ? undefined : names[over]
  return (
    <Card
      title={`${ay.title} against ${ax.title}`}
      end={
        <span className="actions">
          <Pick title="X" axes={axes} value={ax.id} change={(id) => put({ sx: id })} />
          <Pick title="Y" axes={axes} value={ay.id} change={(id) => put({ sy: id })} />
          <Pick title="Colour" axes={axes} value={ac?.id ?? ''} change={(id) => put({ sc: id })} none />
        </span>
      }
    >
      <svg viewBox={`0 0 ${width} ${height}`} className="scatter">
        <title>{`${points.length} jobs by ${ax.title} and ${ay.title}`}</title>
        <Scale axis={ax} along="x" />
        <Scale axis={ay} along="y" />
        {points.map(({ name, label, index, left, down, fill }) => (
          <Link
            key={name}
            href={jobPath(name)}
            aria-label={`${label}: ${ax.title} ${ax.values[index]}, ${ay.title} ${ay.values[index]}`}
            onPointerEnter={() => setOver(index)}
            onPointerLeave={() => setOver(undefined)}
            onFocus={() => setOver(index)}
          >
            <circle cx={left} cy={down} r="12" fill="transparent" />
            <circle cx={left} cy={down} r={over === index ? 7 : 5} fill={fill} />
          </Link>
        ))}
      </svg>
      <p className="quiet" role="status">
        {shown && over !== undefined
          ? `${shown.label}: ${ax.title} ${ax.values[over]}, ${ay.title} ${ay.values[over]}`
          : `${points.length} of ${names.length} jobs have both.`}
      </p>
    </Card>
  )
}

function Scale({ axis, along }: { axis: Axis; along: 'x' | 'y' }) {
  const places =
    axis.kind === 'words' ? axis.words.map((_, i) => i / Math.max(1, axis.words.length - 1)) : [0, 0.25, 0.5, 0.75, 1]
  return places.map((place) => {
    const value = valueAt(axis, place)
    const word = typeof value === 'number' ? number(+value.toPrecision(3)) : value.slice(0, 12)
    const left = pad.left + place * (width - pad.left - pad.right)
    const down = height - pad.bottom - place * (height - pad.top - pad.bottom)
    return along === 'x' ? (
      <g key={place}>
        <line x1={left} x2={left} y1={pad.top} y2={height - pad.bottom} className="rule" />
        <text x={left} y={height - pad.bottom + 18} textAnchor="middle">
          {word}
        </text>
      </g>
    ) : (
      <g key={place}>
        <line x1={pad.left} x2={width - pad.right} y1={down} y2={down} className="rule" />
        <text x={pad.left - 8} y={down + 4} textAnchor="end">
          {word}
        </text>
      </g>
    )
  })
}

interface PickProps {
  title: string
  axes: readonly Axis[]
  value: string
  change(id: string): void
  none?: boolean
}

export function Pick({ title, axes, value, change, none }: PickProps) {
  return (
    <label className="pick">
      {title}
      <select className="bare" value={value} onChange={(event) => change(event.target.value)}>
        {none && <option value="">none</option>}
        {axes.map(({ id, title: word }) => (
          <option key={id} value={id}>
            {word}
          </option>
        ))}
      </select>
    </label>
  )
}

/** How parameters go along with a metric, strongest first. */
export function Importance({ params, metric }: { params: readonly Axis[]; metric: Axis }) {
  const numbers = (axis: Axis) =>
    axis.values.map((value) =>
      value === undefined ? undefined : axis.kind === 'words' ? axis.words.indexOf(String(value)) : Number(value),
    )
  const found = params
    .map((axis) => ({ title: axis.title, rho: rankCorrelation(numbers(axis), numbers(metric)) }))
    .filter((one): one is { title: string; rho: number } => one.rho !== undefined)
    .sort((a, b) => Math.abs(b.rho) - Math.abs(a.rho))
  return (
    <Card title={`What goes along with ${metric.title}`} end={<span className="quiet">rank correlation</span>}>
      {found.length === 0 ? (
        <p className="quiet">Three jobs that differ in a parameter are needed.</p>
      ) : (
        <ul className="stack" style={{ gap: 8 }}>
          {found.map(({ title, rho }) => (
            <li key={title}>
              <div className="row-of">
                <span>{title}</span>
                <span className="quiet">
                  {rho < 0 ? 'falls, ' : 'rises, '}
                  {number(+Math.abs(rho).toFixed(2))}
                </span>
              </div>
              <div className="meter">
                <div className={rho < 0 ? 'track much' : 'track'} aria-hidden="true">
                  <i style={{ width: `${Math.abs(rho) * 100}%` }} />
                </div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
