// Colour, aligned columns and progress bars for people; plain text as soon as nobody is looking.

export interface Screen {
  colour: boolean
  tty: boolean
  width: number
}

/** What the stream can show. NO_COLOR and a pipe mean plain; FORCE_COLOR means colour. */
export function screenOf(
  stream: { isTTY?: boolean; columns?: number },
  env: Record<string, string | undefined> = process.env,
): Screen {
  const tty = stream.isTTY === true
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0'
  const refused = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  return { colour: !refused && (forced || tty), tty, width: stream.columns || Number(env.COLUMNS) || 80 }
}

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const
export type Tint = keyof typeof codes

export function tint(screen: Screen, name: Tint | undefined, text: string): string {
  if (!screen.colour || name === undefined || text === '') return text
  const [on, off] = codes[name]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

const tintOfState: Record<string, Tint> = {
  completed: 'green',
  succeeded: 'green',
  running: 'blue',
  finalizing: 'blue',
  failed: 'red',
  notresponding: 'red',
  canceled: 'yellow',
  cancelrequested: 'yellow',
  paused: 'yellow',
}

/** The colour that a state is shown in everywhere. */
export function tintOf(state: string): Tint | undefined {
  return tintOfState[state.toLowerCase()]
}

/** Cells on a terminal: wide characters count two, combining marks none. */
export function widthOf(text: string): number {
  let width = 0
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0
    if (point < 32 || (point >= 0x300 && point <= 0x36f) || point === 0x200d || (point >= 0xfe00 && point <= 0xfe0f))
      continue
    width += isWide(point) ? 2 : 1
  }
  return width
}

function isWide(point: number): boolean {
  return (
    (point >= 0x1100 && point <= 0x115f) ||
    (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0x1f300 && point <= 0x1faff)
  )
}

/** Text from elsewhere on a terminal: control characters shown, not obeyed. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\u0000-\u001f\u007f\u009b]/g, '\u00b7')
}

export interface Column {
  title: string
  cells: string[]
  tints?: (Tint | undefined)[]
  right?: boolean
  /** Stays whole while others can give way: a name to copy, a state, a figure. */
  keep?: boolean
}

const gap = '  '

/**
 * A table for people: bold headings, no wider than the screen. The widest column gives way first, what is there to be
 * copied last; what has no room at all is left out from the right.
 */
export function drawTable(all: readonly Column[], screen: Screen): string {
  const columns = screen.tty ? roomFor(all, screen.width) : all
  const cells = columns.map((c) => c.cells.map(oneLine))
  const widths = columns.map((c, i) => Math.max(widthOf(c.title), ...(cells[i] ?? []).map(widthOf)))
  if (screen.tty) fit(widths, columns, screen.width)
  const line = (texts: string[], tints: (Tint | undefined)[]) =>
    texts
      .map((text, i) => {
        const shown = shorten(text, widths[i] ?? 0)
        const fill = ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(shown)))
        return columns[i]?.right ? fill + tint(screen, tints[i], shown) : tint(screen, tints[i], shown) + fill
      })
      .join(gap)
      .trimEnd()
  const head = line(
    columns.map((c) => c.title),
    columns.map(() => 'bold'),
  )
  const rows = (cells[0] ?? []).map((_, row) =>
    line(
      cells.map((column) => column[row] ?? ''),
      columns.map((c) => c.tints?.[row]),
    ),
  )
  return `${[head, ...rows].join('\n')}\n`
}

const leastWidth = 8

function widthNeeded(widths: readonly number[]): number {
  return widths.reduce((sum, w) => sum + w, 0) + gap.length * (widths.length - 1)
}

/** The columns that have room when all that may give way has given way. */
function roomFor(columns: readonly Column[], room: number): readonly Column[] {
  const shown = [...columns]
  const least = (column: Column) => {
    const whole = Math.max(widthOf(column.title), ...column.cells.map((cell) => widthOf(oneLine(cell))))
    return column.keep ? whole : Math.min(whole, leastWidth)
  }
  while (widthNeeded(shown.map(least)) > room) {
    const last = shown.findLastIndex((column) => !column.keep)
    if (last < 0) break
    shown.splice(last, 1)
  }
  return shown
}

function fit(widths: number[], columns: readonly Column[], room: number): void {
  const shrink = (mayShrink: (i: number) => boolean) => {
    while (widthNeeded(widths) > room) {
      const widest = Math.max(...widths.filter((_, i) => mayShrink(i)))
      if (widest <= leastWidth) return
      const index = widths.findIndex((width, i) => mayShrink(i) && width === widest)
      widths[index] = Math.max(leastWidth, widest - (widthNeeded(widths) - room))
    }
  }
  shrink((i) => !columns[i]?.keep)
  shrink(() => true)
}

function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let out = ''
  for (const char of text) {
    if (widthOf(out) + widthOf(char) > width - 1) break
    out += char
  }
  return `${out}…`
}

/** 1536 → `1.5 KiB`. */
export function bytesText(sizeBytes: number): string {
  if (sizeBytes < 1024) return `${sizeBytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let value = sizeBytes / 1024
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`
}

/** 75 seconds → `1m 15s`; short times keep a decimal. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}s`
  if (seconds < 60) return `${Math.floor(seconds)}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${Math.floor(seconds % 60)}s`
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`
}

/** How long ago an ISO instant was, in one word; `now` is epoch milliseconds. */
export function agoText(iso: string, now: number): string {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return ''
  const seconds = Math.max(0, (now - at) / 1000)
  if (seconds < 60) return `${Math.floor(seconds)}s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`
  return `${Math.floor(seconds / 86_400)}d ago`
}

/** A progress bar on stderr that appears only after a second, only on a terminal, and leaves nothing behind. */
export function progressBar(
  label: string,
  stream: NodeJS.WriteStream = process.stderr,
  clock: () => number = Date.now,
) {
  const screen = screenOf(stream)
  const startedAt = clock()
  let drawnAt = 0
  let drawn = false
  return {
    update(done: number, total: number): void {
      const now = clock()
      if (!screen.tty || now - startedAt < 1000 || now - drawnAt < 100) return
      drawnAt = now
      drawn = true
      const share = total === 0 ? 1 : Math.min(1, done / total)
      const filled = Math.round(share * 24)
      const bar = tint(screen, 'cyan', '█'.repeat(filled)) + tint(screen, 'dim', '░'.repeat(24 - filled))
      stream.write(`\r\u001b[2K${label} ${bar} ${Math.floor(share * 100)}% ${bytesText(done)} of ${bytesText(total)}`)
    },
    end(): void {
      if (drawn) stream.write('\r\u001b[2K')
    },
  }
}
