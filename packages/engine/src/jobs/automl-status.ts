/** What an AutoML job remembers between two looks, and what each of its jobs was told at birth. */
import type { JsonObject } from '@lazurite/spec'
import type { Recipe } from '../automl/recipes.ts'

export interface AutoMLStatus {
  stage: 'setup' | 'trials' | 'ensembles' | 'test' | 'over'
  /** What the first look at the data found. */
  setup?: JsonObject
  /** Every model that was tried, in the order they were started; the first is number 0. */
  trials: ModelTrial[]
  /** Number of the best trial. */
  best?: number
  /** Why no more trials are made. */
  ending?: string
  /** Nothing is to be started any more, not even to join models. */
  hurried?: boolean
  test?: string
}

export interface ModelTrial {
  name: string
  /** A plain name, or the kind of the ensemble. */
  algorithm: string
  /** As people read it. */
  pipeline: string
  ensemble?: boolean
  /** Final state, once it is over. */
  state?: string
  score?: number
  /** Seconds it ran. */
  seconds?: number
}

/** What a job of an AutoML job is for. */
export interface AutoMLPart {
  part: 'setup' | 'trial' | 'ensemble' | 'test'
  recipe?: Recipe
  ensemble?: 'voting' | 'stack'
  /** Jobs whose models it needs, best first. */
  members?: { run: string; algorithm: string }[]
}
