/**
 * What an AutoML job asks for, read from `taskDetails`. Names of algorithms and metrics are compared without case and
 * underscores: YAML, the wire and nodes of pipelines spell them each in their own way.
 */
import {
  asArray,
  asNumber,
  asObject,
  asString,
  type Issue,
  isObject,
  isoToSeconds,
  type Json,
  type JsonObject,
  type Path,
} from '@lazurite/spec'
import { algorithmsOf, type Task, taskOf } from './recipes.ts'

export interface Plan {
  task: Task
  /** As it is logged, e.g. `AUC_weighted`. */
  metric: string
  goal: 'maximize' | 'minimize'
  target: string
  /** Algorithms that may be tried, in the order of the recipes. */
  algorithms: string[]
  limits: Limits
  ensembles: ('voting' | 'stack')[]
  /** Settings for the Python side, in the spelling of YAML. */
  settings: JsonObject
}

export interface Limits {
  maxTrials: number
  maxConcurrent: number
  /** Absent: as long as it takes. */
  timeoutSeconds: number
  trialTimeoutSeconds?: number
  /** Cores of a trial; -1 for all of its node. */
  maxCores: number
  exitScore?: number
  earlyTermination: boolean
}

/** The metrics that can be searched for: plain name → as logged, and which way is better. */
const metrics: Record<string, { name: string; goal: Plan['goal']; tasks: readonly Task[] }> = {
  aucweighted: { name: 'AUC_weighted', goal: 'maximize', tasks: ['classification'] },
  accuracy: { name: 'accuracy', goal: 'maximize', tasks: ['classification'] },
  normmacrorecall: { name: 'norm_macro_recall', goal: 'maximize', tasks: ['classification'] },
  averageprecisionscoreweighted: {
    name: 'average_precision_score_weighted',
    goal: 'maximize',
    tasks: ['classification'],
  },
  precisionscoreweighted: { name: 'precision_score_weighted', goal: 'maximize', tasks: ['classification'] },
  spearmancorrelation: { name: 'spearman_correlation', goal: 'maximize', tasks: ['regression', 'forecasting'] },
  normalizedrootmeansquarederror: {
    name: 'normalized_root_mean_squared_error',
    goal: 'minimize',
    tasks: ['regression', 'forecasting'],
  },
  r2score: { name: 'r2_score', goal: 'maximize', tasks: ['regression', 'forecasting'] },
  normalizedmeanabsoluteerror: {
    name: 'normalized_mean_absolute_error',
    goal: 'minimize',
    tasks: ['regression', 'forecasting'],
  },
}

const usualMetric: Record<Task, string> = {
  classification: 'accuracy',
  regression: 'normalizedrootmeansquarederror',
  forecasting: 'normalizedrootmeansquarederror',
}

/** Letters and digits alone, lower case. */
export function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

const usualTimeoutSeconds = 6 * 3600
const mostTrials = 1000

/** The plan, and what is wrong with it; paths are those of the wire. */
export function readPlan(props: JsonObject): { plan: Plan; issues: Issue[] } {
  const details = asObject(props.taskDetails)
  const issues: Issue[] = []
  const say = (path: Path, message: string, hint?: string) =>
    issues.push({ path: ['taskDetails', ...path], message, ...(hint ? { hint } : {}) })
  const word = asString(details.taskType) ?? ''
  const task = taskOf(plain(word))
  if (!task) {
    const hint = 'Train such a model in a command job; AutoML here knows classification, regression and forecasting.'
    say(['taskType'], `AutoML for ${word || 'no task'} is not supported: only tasks on tables run here.`, hint)
  }
  const known = task ?? 'regression'
  const metric = readMetric(details, known, say)
  const target = asString(details.targetColumnName) ?? ''
  if (!target && task) say(['targetColumnName'], 'AutoML needs the name of the column to predict.')
  if (task) checkData(details, say)
  const training = asObject(details.trainingSettings)
  const algorithms = readAlgorithms(training, known, say)
  const limits = readLimits(asObject(details.limitSettings), say)
  const forecasting = asObject(details.forecastingSettings)
  if (task === 'forecasting' && !asString(forecasting.timeColumnName)) {
    say(['forecastingSettings', 'timeColumnName'], 'A forecast needs the name of the column that holds the time.')
  }
  warnIdle(details, training, issues)
  const wants = (name: string, usual: boolean) => (typeof training[name] === 'boolean' ? training[name] : usual)
  const ensembles: Plan['ensembles'] = []
  if (wants('enableVoteEnsemble', true)) ensembles.push('voting')
  if (wants('enableStackEnsemble', known !== 'forecasting') && known !== 'forecasting') ensembles.push('stack')
  return {
    plan: { task: known, ...metric, target, algorithms, limits, ensembles, settings: settingsOf(details, forecasting) },
    issues,
  }
}

type Say = (path: Path, message: string, hint?: string) => void

function readMetric(details: JsonObject, task: Task, say: Say): Pick<Plan, 'metric' | 'goal'> {
  const given = asString(details.primaryMetric)
  const key = given ? plain(given) : usualMetric[task]
  const found = Object.hasOwn(metrics, key) ? metrics[key] : undefined
  if (found?.tasks.includes(task)) return { metric: found.name, goal: found.goal }
  const good = Object.values(metrics).flatMap(({ name, tasks }) => (tasks.includes(task) ? [name.toLowerCase()] : []))
  say(['primaryMetric'], `${given} is no primary metric of ${task}; use one of ${good.join(', ')}.`)
  return { metric: 'accuracy', goal: 'maximize' }
}

function checkData(details: JsonObject, say: Say): void {
  if (!asString(asObject(details.trainingData).uri)) say(['trainingData'], 'AutoML needs training data.')
  for (const name of ['validationDataSize', 'testDataSize']) {
    const size = details[name]
    if (size === undefined || size === null || size === 0) continue
    const share = asNumber(size)
    if (share === undefined || !(share > 0 && share < 1))
      say([name], `must be between 0 and 1, not ${JSON.stringify(size)}`)
  }
  const folds = asNumber(asObject(details.nCrossValidations).value)
  if (folds !== undefined && !(Number.isInteger(folds) && folds >= 2 && folds <= 1000)) {
    say(['nCrossValidations'], `must be 2 or more, not ${folds}`)
  }
}

function readAlgorithms(training: JsonObject, task: Task, say: Say): string[] {
  const all = algorithmsOf(task)
  const list = (name: string): string[] =>
    asArray(training[name]).flatMap((entry, i) => {
      const key = plain(asString(entry) ?? '')
      if (key === 'tcnforecaster') return [key]
      if (all.includes(key)) return [key]
      say(['trainingSettings', name, i], `${asString(entry)} is no algorithm of ${task}.`)
      return []
    })
  const allowed = list('allowedTrainingAlgorithms')
  const blocked = list('blockedTrainingAlgorithms')
  const left = all.filter((name) => (allowed.length === 0 || allowed.includes(name)) && !blocked.includes(name))
  if (left.length === 0) {
    const only = allowed.length > 0 && allowed.every((name) => name === 'tcnforecaster')
    say(
      ['trainingSettings', 'allowedTrainingAlgorithms'],
      only
        ? 'TCNForecaster is not supported: no neural networks are trained by AutoML here.'
        : 'No algorithm is left that may be tried.',
      `Known are ${all.join(', ')}.`,
    )
  }
  return left
}

function readLimits(given: JsonObject, say: Say): Limits {
  const count = (name: string, usual: number, least = 1): number => {
    const value = asNumber(given[name])
    if (value === undefined) return usual
    if (Number.isInteger(value) && value >= least) return value
    say(['limitSettings', name], `must be a whole number of ${least} or more, not ${value}`)
    return usual
  }
  const duration = (name: string): number | undefined => {
    const text = asString(given[name])
    if (text === undefined) return undefined
    const seconds = isoToSeconds(text)
    if (seconds !== undefined && seconds > 0) return seconds
    say(['limitSettings', name], `must be a duration above zero, not ${text}`)
    return undefined
  }
  const maxTrials = count('maxTrials', mostTrials)
  if (maxTrials > mostTrials) say(['limitSettings', 'maxTrials'], `must be at most ${mostTrials}, not ${maxTrials}`)
  const exitScore = asNumber(given.exitScore)
  const trialTimeoutSeconds = duration('trialTimeout')
  return {
    maxTrials,
    maxConcurrent: Math.min(count('maxConcurrentTrials', 1), maxTrials),
    timeoutSeconds: duration('timeout') ?? usualTimeoutSeconds,
    ...(trialTimeoutSeconds === undefined ? {} : { trialTimeoutSeconds }),
    maxCores: asNumber(given.maxCoresPerTrial) ?? -1,
    ...(exitScore === undefined ? {} : { exitScore }),
    earlyTermination: given.enableEarlyTermination !== false,
  }
}

/** What is kept and shown and changes nothing here. */
function warnIdle(details: JsonObject, training: JsonObject, issues: Issue[]): void {
  const idle: [Path, boolean, string][] = [
    [['trainingSettings', 'enableDnnTraining'], training.enableDnnTraining === true, 'Neural networks are not tried'],
    [
      ['trainingSettings', 'enableOnnxCompatibleModels'],
      training.enableOnnxCompatibleModels === true,
      'Models are not written as ONNX',
    ],
    [
      ['trainingSettings', 'enableModelExplainability'],
      training.enableModelExplainability === true,
      'No explanation of the best model is made',
    ],
    [
      ['featurizationSettings', 'enableDnnFeaturization'],
      asObject(details.featurizationSettings).enableDnnFeaturization === true,
      'Text is not read by neural networks',
    ],
  ]
  const forecasting = asObject(details.forecastingSettings)
  for (const name of ['useStl', 'featureLags', 'shortSeriesHandlingConfig']) {
    const word = asString(forecasting[name])
    const said = word !== undefined && !/^(none|auto)$/i.test(word)
    idle.push([['forecastingSettings', name], said, `Nothing here does ${name} ${word}`])
  }
  const params = Object.keys(asObject(asObject(details.featurizationSettings).transformerParams))
  const strangers = params.filter((name) => !['imputer', 'tfidf'].includes(plain(name)))
  const where: Path = ['featurizationSettings', 'transformerParams']
  idle.push([where, strangers.length > 0, `There is no transformer ${strangers.join(', ')} here`])
  idle.push([['positiveLabel'], asString(details.positiveLabel) !== undefined, 'Metrics count all classes alike'])
  for (const [path, given, message] of idle) {
    if (!given) continue
    const whole = `${message}; the setting is kept without effect.`
    issues.push({ path: ['taskDetails', ...path], message: whole, severity: 'warning' })
  }
}

/** The rest, for the programs that look at data and fit models. */
function settingsOf(details: JsonObject, forecasting: JsonObject): JsonObject {
  const folds = asObject(details.nCrossValidations)
  const custom = asNumber(folds.value)
  const some: Record<string, Json | undefined> = {
    folds: custom ?? (details.nCrossValidations === undefined ? undefined : 'auto'),
    validation_size: asNumber(details.validationDataSize) || undefined,
    test_size: asNumber(details.testDataSize) || undefined,
    cv_columns: asArray(details.cvSplitColumnNames),
    weight: asString(details.weightColumnName),
    positive_label: asString(details.positiveLabel),
    featurization: snakeKeys(details.featurizationSettings),
    stack: snakeKeys(asObject(details.trainingSettings).stackEnsembleSettings),
    forecasting: forecastingOf(forecasting),
  }
  const known = Object.entries(some).filter((pair): pair is [string, Json] => pair[1] !== undefined)
  return Object.fromEntries(known)
}

/** `{mode, value}` becomes the number or `auto`. */
function forecastingOf(forecasting: JsonObject): JsonObject {
  const flat = Object.entries(forecasting).map(([name, value]): [string, Json] => {
    const { mode, value: number, values } = asObject(value)
    return [name, mode === undefined ? value : (number ?? values ?? 'auto')]
  })
  return asObject(snakeKeys(Object.fromEntries(flat)))
}

/** Keys of settings, one level deep: below it they are names of columns. */
function snakeKeys(value: Json | undefined): Json | undefined {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value).map(([key, item]): [string, Json] => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    item,
  ])
  return Object.fromEntries(entries)
}
