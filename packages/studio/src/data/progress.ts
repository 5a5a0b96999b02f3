// How far a job is, where what it logs tells: epochs or steps done of those it was given.
import type { RunFacts } from './run.ts'

export interface Progress {
  /** Between 0 and 1. */
  share: number
  /** `epoch 13 of 20`. */
  words: string
  /** Until its end, at the pace so far. */
  secondsLeft: number | undefined
}

const wholes = [
  'epochs',
  'num_epochs',
  'n_epochs',
  'max_epochs',
  'num_train_epochs',
  'total_steps',
  'max_steps',
  'num_steps',
  'steps',
  'n_iter',
]
const least = 0.02

/** undefined when nothing tells. `seconds` is how long it has run. */
export function progressOf(
  { params, metrics }: Pick<RunFacts, 'params' | 'metrics'>,
  seconds: number | undefined,
): Progress | undefined {
  const name = wholes.find((one) => Number(params[one]) > 0)
  if (name === undefined) return undefined
  const whole = Number(params[name])
  const word = name.includes('epoch') ? 'epoch' : 'step'
  const told = metrics.find(({ key }) => key === word)?.last
  const reached = typeof told === 'number' ? told : furthestStep(metrics, whole)
  if (reached === undefined) return undefined
  const share = Math.max(0, Math.min(1, reached / whole))
  const secondsLeft = seconds !== undefined && share >= least && share < 1 ? seconds / share - seconds : undefined
  return { share, words: `${word} ${Math.round(reached)} of ${whole}`, secondsLeft }
}

/** Metrics logged step by step count from 0; a step past the whole means something else by it. */
function furthestStep(metrics: RunFacts['metrics'], whole: number): number | undefined {
  const steps = metrics.filter(({ key }) => !key.startsWith('system/')).map(({ step }) => step + 1)
  const furthest = Math.max(0, ...steps)
  return furthest > 0 && furthest <= whole ? furthest : undefined
}
