// A state: mark, word and colour; never colour alone.
import { type Family, familyOf, wordOf } from '../data/states.ts'

const marks: Record<Family, string> = {
  queue: 'M6 1.5a4.5 4.5 0 1 0 .01 0',
  prep: 'M6 1.5a4.5 4.5 0 1 0 .01 0',
  run: 'M6 1.5A4.5 4.5 0 0 1 10.5 6',
  ok: 'M2.5 6.3 5 8.8l4.5-5.3',
  fail: 'M3 3l6 6M9 3l-6 6',
  warn: 'M6 2.5v4.2M6 9.2h.01',
  cancel: 'M6 1.5a4.5 4.5 0 1 0 .01 0M3 3l6 6',
}

export function Mark({ state }: { state: string }) {
  const family = familyOf(state)
  return (
    <svg
      viewBox="0 0 12 12"
      width="12"
      height="12"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeDasharray={family === 'prep' ? '1.6 2.4' : undefined}
      className={family === 'run' ? 'turning' : undefined}
      aria-hidden="true"
    >
      {family === 'run' && <path d={marks.queue} opacity=".3" />}
      <path d={marks[family]} />
    </svg>
  )
}

export function Status({ state, word = wordOf(state) }: { state: string; word?: string }) {
  if (state === '') return null
  return (
    <span className={`status family-${familyOf(state)}`}>
      <Mark state={state} />
      {word}
    </span>
  )
}
