/**
 * Time zones: what a clock on the wall shows, and when it shows that. Local times are written as epoch milliseconds of
 * the same reading in UTC. The rules of the zones are those of Node's own time zone data; names may be IANA's or those
 * of Windows, which Azure ML uses.
 */
import { WINDOWS_TO_IANA_MAP } from 'windows-iana'

export interface Zone {
  /** As IANA names it. */
  readonly name: string
  /** Milliseconds to add to an instant to read the clock on the wall. */
  offset(instant: number): number
  /**
   * When the wall shows that. Of two such moments the first; for a time that a change of the clock leaves out, the
   * moment of the change.
   */
  instant(local: number): number
}

const minuteMs = 60_000
const dayMs = 86_400_000
/** Zones change on the quarter of an hour. */
const blockMs = 15 * minuteMs
const mostBlocks = 50_000

/** Windows names that its table of today has no more, but the official client still offers. */
const former: Readonly<Record<string, string>> = {
  'mid-atlantic standard time': 'Etc/GMT+2',
  'kamchatka standard time': 'Asia/Kamchatka',
}

const zones = new Map<string, Zone>()

/** The zone of that name; undefined when there is none. */
export function zoneOf(name: string): Zone | undefined {
  const iana = ianaName(name.trim())
  if (iana === undefined) return undefined
  const known = zones.get(iana)
  if (known) return known
  const zone = openZone(iana)
  zones.set(iana, zone)
  return zone
}

function ianaName(name: string): string | undefined {
  if (!/^[\w+\-/ .():']{1,64}$/.test(name) || /^[+-]/.test(name)) return undefined
  const windows = windowsNames().get(name.toLowerCase())
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: windows ?? name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

let byWindowsName: Map<string, string> | undefined

/** Lower-case Windows name → the zone that stands for it anywhere. */
function windowsNames(): Map<string, string> {
  byWindowsName ??= new Map([
    ...Object.entries(former),
    ...WINDOWS_TO_IANA_MAP.filter(({ territory }) => territory === '001').map(
      ({ windowsName, iana }): [string, string] => [windowsName.toLowerCase(), iana[0] ?? 'UTC'],
    ),
  ])
  return byWindowsName
}

function openZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const blocks = new Map<number, number>()
  const offset = (instant: number): number => {
    const block = Math.floor(instant / blockMs)
    const known = blocks.get(block)
    if (known !== undefined) return known
    if (blocks.size >= mostBlocks) blocks.clear()
    const value = readOffset(format, block * blockMs)
    blocks.set(block, value)
    return value
  }
  return { name, offset, instant: (local) => instantOf(offset, local) }
}

function readOffset(format: Intl.DateTimeFormat, instant: number): number {
  const of: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(instant)) of[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = of
  return Date.UTC(year, month - 1, day, hour, minute, second) - instant
}

function instantOf(offset: Zone['offset'], local: number): number {
  const [before, after] = [offset(local - dayMs), offset(local + dayMs)]
  const fitting = [before, after].map((ms) => local - ms).filter((instant) => instant + offset(instant) === local)
  if (fitting.length > 0) return Math.min(...fitting)
  let [low, high] = [Math.floor((local - dayMs) / minuteMs), Math.ceil((local + dayMs) / minuteMs)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offset(middle * minuteMs) === before) low = middle
    else high = middle
  }
  return high * minuteMs
}
