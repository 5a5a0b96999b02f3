// Numbers, times and sizes as people read them. Times are epoch milliseconds unless their name says otherwise.

const integers = new Intl.NumberFormat('en')
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
const instant = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

export function count(value: number): string {
  return integers.format(value)
}

/** `1.2k`, for small places. */
export function shortCount(value: number): string {
  if (value < 1000) return String(value)
  if (value < 1_000_000) return `${+(value / 1000).toFixed(value < 10_000 ? 1 : 0)}k`
  return `${+(value / 1_000_000).toFixed(1)}M`
}

/** Four significant digits, exponents where they are shorter. */
export function number(value: number | string | null | undefined): string {
  if (value === null || value === undefined || value === '') return ''
  const real = Number(value)
  if (!Number.isFinite(real)) return String(value)
  if (Number.isInteger(real) && Math.abs(real) < 1e7) return integers.format(real)
  const size = Math.abs(real)
  return size >= 1e7 || size < 1e-4 ? real.toExponential(3) : String(+real.toPrecision(5))
}

/** `3m 58s`; the two greatest units. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return ''
  if (seconds < 1) return `${Math.round(seconds * 1000)}ms`
  if (seconds < 10) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount], index) => index === 0 || amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ')
}

/** `0.4ms`, `380ms`, `1m 3s`; of microseconds. */
export function shortTime(us: number): string {
  return us > 0 && us < 10_000 ? `${+(us / 1000).toFixed(us < 100 ? 2 : 1)}ms` : duration(us / 1e6)
}

const steps: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, 'second'],
  [3600, 'minute'],
  [86_400, 'hour'],
  [86_400 * 30, 'day'],
  [86_400 * 365, 'month'],
]

/** `3 min. ago`. */
export function since(at: number, now: number): string {
  const seconds = Math.max(0, (now - at) / 1000)
  if (seconds < 5) return 'now'
  let unit = 1
  for (const [limit, name] of steps) {
    if (seconds < limit) return ago.format(-Math.floor(seconds / unit), name)
    unit = limit
  }
  return ago.format(-Math.floor(seconds / unit), 'year')
}

export function when(at: number | string | undefined): string {
  if (at === undefined) return ''
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? '' : instant.format(date)
}

export function bytes(size: number | undefined): string {
  if (size === undefined) return ''
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = size
  let unit = 0
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000
  return `${unit === 0 ? value : +value.toPrecision(3)} ${units[unit]}`
}
