// ISO 8601 durations and instants as the wire spells them.

/** Seconds → ISO 8601 duration in the largest units, as the official client prints it: 60 → PT1M, 90000 → P1DT1H, 0 → P0D. */
export function secondsToIso(seconds: number): string {
  if (seconds < 0) return `-${secondsToIso(-seconds)}`
  const micros = Math.round(seconds * 1e6)
  const whole = Math.floor(micros / 1e6)
  const fraction = micros % 1e6
  const days = Math.floor(whole / 86_400)
  const hours = Math.floor((whole % 86_400) / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const rest = whole % 60
  const tail = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`
  const secondsPart = rest === 0 && tail === '' ? '' : `${rest}${tail}S`
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${secondsPart}`
  if (days === 0 && time === '') return 'P0D'
  return `P${days ? `${days}D` : ''}${time ? `T${time}` : ''}`
}

const duration =
  /^([-+])?P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/** ISO 8601 duration → seconds; undefined when the text is not one. A year counts 365 days, a month 30. */
export function isoToSeconds(text: string): number | undefined {
  const m = text.length <= 64 ? duration.exec(text) : null
  if (!m || m.slice(2).every((part) => part === undefined)) return undefined
  const unit = (i: number, size: number) => (m[i] === undefined ? 0 : Number(m[i]) * size)
  const sum =
    unit(2, 31_536_000) +
    unit(3, 2_592_000) +
    unit(4, 604_800) +
    unit(5, 86_400) +
    unit(6, 3600) +
    unit(7, 60) +
    unit(8, 1)
  return m[1] === '-' ? -sum : sum
}

/** Epoch milliseconds → 2025-01-01T00:00:00.0000000+00:00, the spelling of systemData. */
export function isoNow(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}0000+00:00`
}
