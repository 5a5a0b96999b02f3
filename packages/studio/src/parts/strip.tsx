// A share over time as a row of cells, the newest at the right: darker is more.
import '../style/compute.css'

const cells = 64

export function Strip({ title, shares }: { title: string; shares: readonly number[] }) {
  const shown = shares.slice(-cells)
  const last = shown.at(-1)
  const text = last === undefined ? 'not known yet' : `${Math.round(last * 100)}%`
  return (
    <div className="strip">
      <div className="row-of">
        <span>{title}</span>
        <b>{text}</b>
      </div>
      <svg
        viewBox={`0 0 ${cells} 4`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${text}, at most ${Math.round(Math.max(0, ...shown) * 100)}% in the last minutes`}
      >
        {Array.from({ length: cells }, (_, i) => {
          const share = shown[i - (cells - shown.length)]
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have places and nothing else
              key={i}
              x={i + 0.08}
              y="0"
              width="0.84"
              height="4"
              className={share === undefined ? 'none' : undefined}
              opacity={share === undefined ? 1 : 0.15 + 0.85 * share}
            />
          )
        })}
      </svg>
    </div>
  )
}

/** How much of something is taken. */
export function Meter({
  title,
  text,
  share,
  warn = 0.9,
}: {
  title: string
  text: string
  share: number
  warn?: number
}) {
  const percent = Math.round(Math.max(0, Math.min(1, share)) * 100)
  return (
    <div className="meter">
      <div className="row-of">
        <span>{title}</span>
        <span className="quiet">{text}</span>
      </div>
      <div className={share >= warn ? 'track much' : 'track'} aria-hidden="true">
        <i style={{ width: `${percent}%` }} />
      </div>
    </div>
  )
}
