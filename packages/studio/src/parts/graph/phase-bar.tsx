// Where the time of one step went.
import { duration } from '../../data/format.ts'
import { useNow } from '../bits.tsx'
import type { Phase } from './drawing.ts'
import { type Stage, secondsByStage, stages } from './times.ts'

export const stageFamily: Record<Stage, string> = {
  queued: 'queue',
  preparing: 'prep',
  running: 'run',
  finalizing: 'ok',
}
export const stageWord: Record<Stage, string> = {
  queued: 'Queued',
  preparing: 'Preparing',
  running: 'Running',
  finalizing: 'Finalizing',
}

export function PhaseBar({ phases }: { phases: Phase[] }) {
  const now = useNow()
  const seconds = secondsByStage({ id: '', in: '', key: '', kind: '', status: '', phases }, now)
  const whole = stages.reduce((sum, stage) => sum + seconds[stage], 0)
  const shown = stages.filter((stage) => seconds[stage] > 0)
  if (shown.length === 0) return null
  return (
    <div className="phase-bar">
      <div className="stretches" aria-hidden="true">
        {shown.map((stage) => (
          <span
            key={stage}
            className={`back-${stageFamily[stage]}`}
            style={{ flexGrow: Math.max(0.03, seconds[stage] / whole) }}
          />
        ))}
      </div>
      <p>
        {shown.map((stage) => (
          <span key={stage}>
            <b className={`word-${stageFamily[stage]}`}>{stageWord[stage]}</b> {duration(seconds[stage])}{' '}
          </span>
        ))}
      </p>
    </div>
  )
}
