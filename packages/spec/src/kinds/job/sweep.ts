// sweep job: many trials of one command with values drawn from a space.
import { type Fields, f } from '../../field.ts'
import { type JsonObject, own } from '../../json.ts'
import { parameterised } from './command.ts'
import { inputs, job, outputs, queueSettings, resources } from './common.ts'

const samplers: Record<string, string> = { random: 'Random', grid: 'Grid', bayesian: 'Bayesian' }
const samplingWord = f.enum(Object.keys(samplers), { literal: true })
const seed = f.int({ doc: 'Seed of the draw.' })
const sampling = f.oneOf(
  'type',
  'samplingAlgorithmType',
  {
    random: {
      wire: 'Random',
      fields: {
        seed,
        rule: f.enum(['random', 'sobol'], { map: { random: 'Random', sobol: 'Sobol' } }),
        logbase: f.union([f.string(), f.number()]),
      },
    },
    grid: { wire: 'Grid', fields: {} },
    bayesian: { wire: 'Bayesian', fields: {} },
  },
  { spelling: 'snake' },
)
export const samplingAlgorithm = f.union([samplingWord, sampling], {
  doc: 'How values are drawn: random, grid or bayesian.',
})

export const searchSpace = f.map(f.space(), { doc: 'The values of each parameter: choice, uniform, …' })

export const objective = f.object(
  {
    goal: f.required(f.enum(['minimize', 'maximize'], { spelling: 'snake', doc: 'Which end is better.' })),
    primary_metric: f.required(f.string({ doc: 'Metric, as the trial logs it.' })),
  },
  { doc: 'What is sought.' },
)

const intervals = {
  evaluation_interval: f.int({ def: 0, nullable: true, doc: 'Judge every so many values.' }),
  delay_evaluation: f.int({ def: 0, nullable: true, doc: 'Spare the first so many.' }),
}
export const earlyTermination = f.oneOf(
  'type',
  'policyType',
  {
    bandit: {
      wire: 'Bandit',
      doc: 'Ends trials too far from the best.',
      fields: {
        ...intervals,
        slack_factor: f.number({ def: 0, nullable: true, doc: 'Ratio from the best.' }),
        slack_amount: f.number({ def: 0, nullable: true, doc: 'Distance from the best.' }),
      },
    },
    median_stopping: { wire: 'MedianStopping', doc: 'Ends trials below the median.', fields: intervals },
    truncation_selection: {
      wire: 'TruncationSelection',
      doc: 'Ends the worst share.',
      fields: { ...intervals, truncation_percentage: f.required(f.int({ doc: 'Share in percent.' })) },
    },
  },
  { spelling: 'snake', doc: 'When hopeless trials are ended.' },
)

const trials = {
  max_concurrent_trials: f.int({ doc: 'Trials at once.' }),
  max_total_trials: f.required(f.int({ doc: 'Trials in all.' })),
}
const sweepLimits = f.object(
  {
    ...trials,
    timeout: f.seconds({ doc: 'Seconds for the whole sweep.' }),
    trial_timeout: f.seconds({ doc: 'Seconds for one trial.' }),
  },
  { constant: ['jobLimitsType', 'Sweep'], doc: 'How much it may do.' },
)
/** In a pipeline node durations stay numbers. */
export const nodeSweepLimits = f.object(
  { ...trials, timeout: f.int(), trial_timeout: f.int() },
  { doc: 'How much it may do.' },
)

export const sweepJob: Fields = {
  ...job,
  sampling_algorithm: samplingAlgorithm,
  search_space: f.required(searchSpace),
  objective: f.required(objective),
  early_termination: earlyTermination,
  limits: f.required(sweepLimits),
  queue_settings: queueSettings,
  resources,
  trial: f.required(f.object(parameterised, { doc: 'The command tried.' })),
  inputs,
  outputs,
}

/** The word form of the sampling algorithm is a map on the wire. */
export function sweepToWire(written: JsonObject): JsonObject {
  const { samplingAlgorithm: given } = written
  const word = typeof given === 'string' ? own(samplers, given) : undefined
  return word === undefined ? written : { ...written, samplingAlgorithm: { samplingAlgorithmType: word } }
}
