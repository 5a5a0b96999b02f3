// Tracebacks of Python fold to their first line and their last: the frames between are shown when asked for.
import { plainText } from './ansi.ts'

/** Lines of a traceback: its head, and the line that says what was raised. */
export interface Fold {
  from: number
  to: number
}

export const foldHead = 'Traceback (most recent call last):'
/** What is longer is no traceback. */
const mostFrames = 2000
/** Shorter ones are shown whole. */
const leastHidden = 2

/** `heads`: lines that hold the head, ascending. A traceback whose end is not there yet does not fold. */
export function foldsOf(heads: Iterable<number>, lineAt: (line: number) => string, lines: number): Fold[] {
  const folds: Fold[] = []
  for (const from of heads) {
    if (from <= (folds.at(-1)?.to ?? -1) || !plainText(lineAt(from)).startsWith(foldHead)) continue
    const last = Math.min(lines - 1, from + mostFrames)
    let to = from + 1
    // frames are set in, their code too; what was raised is not
    while (to <= last && /^(?:\s|$)/.test(plainText(lineAt(to)))) to++
    if (to <= last && to - from - 1 >= leastHidden) folds.push({ from, to })
  }
  return folds
}

/** Lines that are shown while all folds but the open ones are closed; undefined for all. */
export function unfolded(lines: number, folds: readonly Fold[], open: ReadonlySet<number>): Uint32Array | undefined {
  const closed = folds.filter(({ from, to }) => !open.has(from) && to < lines)
  if (closed.length === 0) return undefined
  const hidden = closed.reduce((sum, { from, to }) => sum + to - from - 1, 0)
  const shown = new Uint32Array(lines - hidden)
  let [at, line] = [0, 0]
  for (const { from, to } of closed) {
    while (line <= from) shown[at++] = line++
    line = to
  }
  while (line < lines) shown[at++] = line++
  return shown
}

/** The fold that begins at a line, or hides it. */
export function foldAt(folds: readonly Fold[], line: number): Fold | undefined {
  let [low, high] = [0, folds.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((folds[middle]?.from ?? 0) > line) high = middle
    else low = middle + 1
  }
  const fold = folds[low - 1]
  return fold && line < fold.to ? fold : undefined
}
