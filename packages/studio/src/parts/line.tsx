// A small chart of a few lines over the last minutes, drawn as a picture: for numbers that come while one looks.
export interface Series {
  title: string
  /** Token of the colour: `run-1`. */
  token: string
  /** Values, the newest last; undefined where nothing is known. */
  values: readonly (number | undefined)[]
}

const width = 300
const height = 90

export function Lines({ title, unit, series }: { title: string; unit: string; series: readonly Series[] }) {
  const most = Math.max(1e-9, ...series.flatMap(({ values }) => values.filter((value) => value !== undefined)))
  const top = most > 1e-9 ? niceTop(most) : 1
  const last = series.map(({ title: name, values }) => `${name} ${short(values.at(-1))} ${unit}`).join(', ')
  return (
    <figure className="lines">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${last}`}>
        <path d={`M0 ${height - 0.5}H${width}M0 ${height / 2}H${width}M0 .5H${width}`} className="rule" />
        {series.map(({ title: name, token, values }) => (
          <path key={name} d={pathOf(values, top)} stroke={`var(--${token})`} className="value" />
        ))}
      </svg>
      <figcaption>
        <span className="quiet">
          0 to {short(top)} {unit}
        </span>
        {series.map(({ title: name, token, values }) => (
          <span key={name} className="key">
            <i style={{ background: `var(--${token})` }} /> {name} <b>{short(values.at(-1))}</b>
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

function pathOf(values: readonly (number | undefined)[], top: number): string {
  const step = width / Math.max(1, values.length - 1)
  let pen = false
  return values
    .map((value, index) => {
      if (value === undefined) {
        pen = false
        return ''
      }
      const point = `${pen ? 'L' : 'M'}${(index * step).toFixed(1)} ${(height - 1 - (value / top) * (height - 2)).toFixed(1)}`
      pen = true
      return point
    })
    .join('')
}

/** The next of 1, 2, 5, 10, … */
export function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power
}

function short(value: number | undefined): string {
  return value === undefined ? '' : String(+value.toPrecision(3))
}
