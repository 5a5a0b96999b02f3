// Which tracebacks of a log are folded.
import { useCallback, useEffect, useMemo, useState } from 'react'
import { type Fold, foldAt, unfolded } from './folds.ts'
import type { LogReader, LogState } from './log-reader.ts'

/** What is read is let come first. */
const waitMs = 400

const none: readonly Fold[] = []

export interface Folding {
  /** Lines that are shown; undefined for all. */
  only: Uint32Array | undefined
  /** It was looked for what folds. */
  known: boolean
  /** There is something to fold. */
  some: boolean
  /** Lines that are folded away behind this one. */
  hidden(line: number): number
  /** Opens the fold that a line is in or begins. */
  reveal(line: number): void
}

export function useFolding(o: { reader: LogReader; state: LogState; off: boolean }): Folding {
  const { reader, state, off } = o
  const [found, setFound] = useState<readonly Fold[]>()
  const folds = found ?? none
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set())
  useEffect(() => {
    if (state.lines === 0 || state.reading) return
    let current = true
    const ask = () =>
      void reader.folds().then((now) => {
        // the same folds are the same thing: rows are not drawn anew for them
        if (current) setFound((old) => (old?.length === now.length && old.at(-1)?.to === now.at(-1)?.to ? old : now))
      })
    const timer = setTimeout(ask, waitMs)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [reader, state.lines, state.reading])
  const only = useMemo(
    () => (off || folds.length === 0 ? undefined : unfolded(state.lines, folds, open)),
    [off, folds, open, state.lines],
  )
  const reveal = useCallback(
    (line: number) => {
      const fold = foldAt(folds, line)
      if (fold) setOpen((old) => (old.has(fold.from) ? old : new Set([...old, fold.from])))
    },
    [folds],
  )
  const hidden = useCallback(
    (line: number) => {
      const fold = off || open.has(line) ? undefined : foldAt(folds, line)
      return fold?.from === line ? fold.to - line - 1 : 0
    },
    [off, folds, open],
  )
  return { only, known: found !== undefined, some: folds.length > 0, hidden, reveal }
}
