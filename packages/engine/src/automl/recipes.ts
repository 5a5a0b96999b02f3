/**
 * What AutoML tries: first every algorithm once or more with settings that are good as a rule, the quick and strong ones
 * before the others; then variations of what did best. All of it follows from the number of the trial and the scores of
 * those before, so that a server that comes back goes on where it was.
 */
import type { JsonObject } from '@lazurite/spec'

export type Task = 'classification' | 'regression' | 'forecasting'

export interface Recipe {
  /** Plain name, e.g. `lightgbm`. */
  algorithm: string
  scaler: 'standard' | 'maxabs' | 'robust' | 'minmax' | 'none'
  params: JsonObject
}

const tasks: Record<string, Task> = {
  classification: 'classification',
  regression: 'regression',
  forecasting: 'forecasting',
}

export function taskOf(word: string): Task | undefined {
  return Object.hasOwn(tasks, word) ? tasks[word] : undefined
}

const one = (algorithm: string, scaler: Recipe['scaler'], params: JsonObject = {}): Recipe => ({
  algorithm,
  scaler,
  params,
})

const boosted: JsonObject = { n_estimators: 200, learning_rate: 0.08 }
const forest: JsonObject = { n_estimators: 150, min_samples_leaf: 2 }

const classifiers: readonly Recipe[] = [
  one('lightgbm', 'maxabs', { n_estimators: 100 }),
  one('xgboostclassifier', 'maxabs', { n_estimators: 100 }),
  one('logisticregression', 'standard'),
  one('gradientboosting', 'maxabs'),
  one('randomforest', 'maxabs', forest),
  one('extremerandomtrees', 'maxabs', forest),
  one('lightgbm', 'standard', { ...boosted, num_leaves: 63, subsample: 0.8, subsample_freq: 1, colsample_bytree: 0.8 }),
  one('xgboostclassifier', 'standard', { ...boosted, max_depth: 5, subsample: 0.8, colsample_bytree: 0.8 }),
  one('sgd', 'standard', { alpha: 0.0005 }),
  one('linearsvm', 'standard', { C: 0.5 }),
  one('knn', 'standard', { n_neighbors: 15, weights: 'distance' }),
  one('decisiontree', 'maxabs', { min_samples_leaf: 10 }),
  one('bernoullinaivebayes', 'maxabs'),
  one('multinomialnaivebayes', 'minmax'),
  one('logisticregression', 'robust', { C: 0.1, class_weight: 'balanced' }),
  one('gradientboosting', 'maxabs', { learning_rate: 0.05, max_iter: 250, l2_regularization: 1 }),
  one('svm', 'standard', { C: 1 }),
  one('randomforest', 'maxabs', {
    n_estimators: 200,
    min_samples_leaf: 5,
    max_features: 0.5,
    class_weight: 'balanced',
  }),
]

const regressors: readonly Recipe[] = [
  one('lightgbm', 'maxabs', { n_estimators: 100 }),
  one('xgboostregressor', 'maxabs', { n_estimators: 100 }),
  one('elasticnet', 'standard', { alpha: 0.01, l1_ratio: 0.5 }),
  one('gradientboosting', 'maxabs'),
  one('randomforest', 'maxabs', forest),
  one('extremerandomtrees', 'maxabs', forest),
  one('lightgbm', 'standard', { ...boosted, num_leaves: 15, min_child_samples: 5, subsample: 0.8, subsample_freq: 1 }),
  one('xgboostregressor', 'standard', { ...boosted, max_depth: 4, subsample: 0.8, colsample_bytree: 0.8 }),
  one('lassolars', 'standard', { alpha: 0.01 }),
  one('knn', 'standard', { n_neighbors: 8, weights: 'distance' }),
  one('decisiontree', 'maxabs', { min_samples_leaf: 5 }),
  one('sgd', 'standard', { alpha: 0.001 }),
  one('gradientboosting', 'maxabs', { learning_rate: 0.05, max_iter: 250, l2_regularization: 1 }),
]

const forecasters: readonly Recipe[] = [
  one('naive', 'none'),
  one('seasonalnaive', 'none'),
  one('average', 'none'),
  one('seasonalaverage', 'none'),
  one('exponentialsmoothing', 'none'),
  one('lightgbm', 'maxabs', { n_estimators: 100 }),
  one('xgboostregressor', 'maxabs', { n_estimators: 100 }),
  one('elasticnet', 'standard', { alpha: 0.01, l1_ratio: 0.5 }),
  one('autoarima', 'none'),
  one('prophet', 'none'),
  ...regressors.slice(3),
  one('arimax', 'none'),
]

const lists: Record<Task, readonly Recipe[]> = {
  classification: classifiers,
  regression: regressors,
  forecasting: forecasters,
}

/** Plain names of the algorithms of a task. */
export function algorithmsOf(task: Task): string[] {
  return [...new Set(lists[task].map(({ algorithm }) => algorithm))]
}

/** Models that are one and the same, however often they are made: nothing about them can be varied. */
const fixed = new Set([
  ...['naive', 'seasonalnaive', 'average', 'seasonalaverage', 'exponentialsmoothing', 'autoarima', 'arimax', 'prophet'],
])

type Range =
  | readonly [low: number, high: number, how: 'log' | 'whole' | 'plain']
  | readonly (string | number | boolean)[]

const treeRanges: Record<string, Range> = { min_samples_leaf: [1, 40, 'log'], max_features: [0.2, 1, 'plain'] }
const forestRanges: Record<string, Range> = { ...treeRanges, n_estimators: [50, 300, 'whole'] }
const lightRanges: Record<string, Range> = {
  n_estimators: [50, 500, 'whole'],
  learning_rate: [0.01, 0.3, 'log'],
  num_leaves: [7, 127, 'whole'],
  min_child_samples: [5, 60, 'whole'],
  subsample: [0.5, 1, 'plain'],
  colsample_bytree: [0.4, 1, 'plain'],
  reg_lambda: [0.001, 10, 'log'],
}
const extremeRanges: Record<string, Range> = {
  n_estimators: [50, 500, 'whole'],
  learning_rate: [0.01, 0.3, 'log'],
  max_depth: [2, 10, 'whole'],
  subsample: [0.5, 1, 'plain'],
  colsample_bytree: [0.4, 1, 'plain'],
  reg_lambda: [0.001, 10, 'log'],
}
const ranges: Record<string, Record<string, Range>> = {
  lightgbm: lightRanges,
  xgboostclassifier: extremeRanges,
  xgboostregressor: extremeRanges,
  gradientboosting: {
    learning_rate: [0.01, 0.3, 'log'],
    max_iter: [50, 400, 'whole'],
    max_leaf_nodes: [7, 63, 'whole'],
    l2_regularization: [0.001, 10, 'log'],
  },
  randomforest: forestRanges,
  extremerandomtrees: forestRanges,
  decisiontree: { ...treeRanges, max_depth: [2, 20, 'whole'] },
  logisticregression: { C: [0.001, 100, 'log'] },
  linearsvm: { C: [0.001, 30, 'log'] },
  svm: { C: [0.01, 100, 'log'] },
  sgd: { alpha: [0.00001, 0.1, 'log'] },
  knn: { n_neighbors: [2, 50, 'whole'], weights: ['uniform', 'distance'] },
  bernoullinaivebayes: { alpha: [0.01, 10, 'log'] },
  multinomialnaivebayes: { alpha: [0.01, 10, 'log'] },
  elasticnet: { alpha: [0.0001, 10, 'log'], l1_ratio: [0.05, 1, 'plain'] },
  lassolars: { alpha: [0.0001, 1, 'log'] },
}

/** Landmarks: what is tried before anything is known. */
export function landmarksOf(task: Task, algorithms: readonly string[]): Recipe[] {
  return lists[task].filter(({ algorithm }) => algorithms.includes(algorithm))
}

export interface Tried {
  algorithm: string
  /** Larger is better; absent while it runs, or when it came to nothing. */
  score?: number
}

/**
 * The recipe of trial `number`; undefined when nothing is left to vary. After the landmarks every third trial takes any
 * algorithm, the others one of the three that did best.
 */
export function recipeOf(
  task: Task,
  algorithms: readonly string[],
  { number, tried }: { number: number; tried: readonly Tried[] },
): Recipe | undefined {
  const landmarks = landmarksOf(task, algorithms)
  const landmark = landmarks[number]
  if (landmark) return landmark
  const open = algorithms.filter((name) => !fixed.has(name))
  if (open.length === 0) return undefined
  const draw = generator(number + 1)
  const best = new Map<string, number>()
  for (const { algorithm, score } of tried) {
    if (score !== undefined && !fixed.has(algorithm) && score > (best.get(algorithm) ?? Number.NEGATIVE_INFINITY)) {
      best.set(algorithm, score)
    }
  }
  const ranked = [...best].sort((a, b) => b[1] - a[1]).map(([name]) => name)
  const from = number % 3 === 2 || ranked.length === 0 ? open : ranked.slice(0, 3)
  const algorithm = from[Math.floor(draw() * from.length)] ?? open[0] ?? ''
  const scalers: Recipe['scaler'][] =
    algorithm === 'multinomialnaivebayes' ? ['minmax'] : ['standard', 'maxabs', 'robust']
  const scaler = scalers[Math.floor(draw() * scalers.length)] ?? 'maxabs'
  const params: JsonObject = {}
  for (const [name, range] of Object.entries(ranges[algorithm] ?? {})) params[name] = drawFrom(range, draw())
  if (algorithm === 'lightgbm') params.subsample_freq = 1
  return { algorithm, scaler, params }
}

function drawFrom(range: Range, at: number): string | number | boolean {
  const [low, high, how] = range
  if (typeof low !== 'number' || typeof high !== 'number' || typeof how !== 'string') {
    return range[Math.floor(at * range.length)] ?? ''
  }
  if (how === 'log') return rounded(Math.exp(Math.log(low) + at * (Math.log(high) - Math.log(low))), low >= 1)
  return how === 'whole' ? Math.round(low + at * (high - low)) : rounded(low + at * (high - low), false)
}

function rounded(value: number, whole: boolean): number {
  return whole ? Math.round(value) : Number(value.toPrecision(4))
}

/** Numbers in [0, 1) that follow from a seed: mulberry32. */
function generator(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
