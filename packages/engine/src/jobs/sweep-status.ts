/** What a sweep remembers between two looks, in its status; a trial's own facts are in the trial's. */
import type { Value } from '../sweep/space.ts'

export interface SweepStatus {
  /** What the values are drawn from: as asked for, or found at its birth. */
  seed: number
  /** Trials made so far; they are numbered from 0. */
  made: number
  /** How many there are to be. */
  total: number
  /** Trials that are not known to be over: number → the last interval a policy judged. */
  open: Record<string, number>
  /** Trials that were stopped early: number → why. */
  stopped: Record<string, string>
  /** How those that are over ended. */
  completed: number
  failed: number
  canceled: number
  /** Trials that reported a finite value of the primary metric. */
  reported: number
  best?: BestTrial
  /** Why no more trials are made before all were: the time is over, nobody logs the metric, all fail. */
  ending?: 'timeout' | 'metric' | 'failures'
}

export interface BestTrial {
  trial: number
  name: string
  /** The best finite value of the primary metric. */
  score: number
  /** One that was stopped early is the best only as long as none completed. */
  completed: boolean
}

/** Of a trial: which one it is, and the values it was given. */
export interface TrialStatus {
  number: number
  values: Record<string, Value>
}
