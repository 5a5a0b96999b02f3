// The ends of two logs: beside each other, or one on the other.
import { lazy, Suspense } from 'react'
import type { Compared } from '../../data/compare.ts'
import { count } from '../../data/format.ts'
import { type LogWindow, useLogEnd } from '../../data/run.ts'
import type { Words } from '../../data/words.ts'
import { Card, Empty, Loading, Problem } from '../bits.tsx'
import { lastState, plainText } from '../logs/ansi.ts'
import { LogLines } from '../logs/line.tsx'
import { type Pair, PickOther, pairOf } from './pair.tsx'

const Changes = lazy(() => import('../changes.tsx').then((part) => ({ default: part.Changes })))

interface LogDiffProps {
  jobs: readonly Compared[]
  base: string
  words: Words
}

const lines = 1000

export function LogDiff({ jobs, base, words }: LogDiffProps) {
  const pair = pairOf(jobs, base, words)
  if (!pair) return <Empty title="One job has nothing to differ from" />
  const isOne = words.get('as') === 'changes'
  return (
    <div className="stack">
      <div className="filters">
        <PickOther jobs={jobs} pair={pair} words={words} />
        <div className="end inline">
          <label className="pick">
            <input
              type="checkbox"
              checked={words.get('numbers') === 'off'}
              disabled={!isOne}
              onChange={(event) => words.put({ numbers: event.target.checked ? 'off' : '' })}
            />
            Leave numbers out
          </label>
          <fieldset className="segments">
            <legend className="hidden">Shown as</legend>
            {(['', 'changes'] as const).map((as) => (
              <button key={as} type="button" aria-pressed={isOne === (as !== '')} onClick={() => words.put({ as })}>
                {as === '' ? 'Side by side' : 'Changes'}
              </button>
            ))}
          </fieldset>
        </div>
      </div>
      <Both pair={pair} isOne={isOne} without={words.get('numbers') === 'off'} />
    </div>
  )
}

function Both({ pair: { before, after }, isOne, without }: { pair: Pair; isOne: boolean; without: boolean }) {
  const old = useLogEnd(before.name, { count: lines, status: before.status })
  const now = useLogEnd(after.name, { count: lines, status: after.status })
  const error = old.error ?? now.error
  if (error) return <Problem error={error} />
  if (!old.data || !now.data) return <Loading what="the logs" />
  if (!isOne) {
    return (
      <div className="side-by-side">
        <One job={before} log={old.data} />
        <One job={after} log={now.data} />
      </div>
    )
  }
  const [a, b] = [textOf(old.data, without), textOf(now.data, without)]
  if (a === b) return <Empty title={without ? 'The logs say the same, but for numbers' : 'The logs are the same'} />
  return (
    <Card title={`Last ${count(lines)} lines`} bare>
      <Suspense fallback={<Loading what="the changes" />}>
        <Changes label="Changes of the logs" before={a} after={b} language="text" />
      </Suspense>
    </Card>
  )
}

function One({ job, log }: { job: Compared; log: LogWindow }) {
  return (
    <Card title={job.label} end={<span className="quiet">{`${count(log.total)} lines`}</span>} bare>
      {log.total === 0 ? (
        <Empty title="Nothing was written" />
      ) : (
        <LogLines lines={log.value} first={log.from} label={`Last lines of ${job.label}`} />
      )}
    </Card>
  )
}

/** Numbers and times differ in any two runs; without them what was said is left. */
function textOf({ value }: LogWindow, without: boolean): string {
  const text = value.map((line) => plainText(lastState(line))).join('\n')
  return without ? text.replace(/\d+(?:[.:,T-]\d+)*/g, '#') : text
}
