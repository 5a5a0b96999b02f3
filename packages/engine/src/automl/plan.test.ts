import type { JsonObject } from '@lazurite/spec'
import { describe, expect, test } from 'vitest'
import { readPlan } from './plan.ts'

const job = (details: JsonObject): JsonObject => ({
  jobType: 'AutoML',
  taskDetails: {
    taskType: 'Classification',
    targetColumnName: 'y',
    trainingData: { jobInputType: 'mltable', uri: 'azureml:t:1' },
    ...details,
  },
})
const problems = (details: JsonObject) =>
  readPlan(job(details))
    .issues.filter(({ severity }) => severity !== 'warning')
    .map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('the plan of an AutoML job', () => {
  test('knows metrics and algorithms in every spelling', () => {
    for (const primaryMetric of ['AUCWeighted', 'auc_weighted', 'AUC_weighted']) {
      const { plan, issues } = readPlan(job({ primaryMetric }))
      expect(issues).toEqual([])
      expect(plan).toMatchObject({ metric: 'AUC_weighted', goal: 'maximize' })
    }
    const trainingSettings = { allowedTrainingAlgorithms: ['LightGBM', 'xg_boost_classifier'] }
    expect(readPlan(job({ trainingSettings })).plan.algorithms).toEqual(['lightgbm', 'xgboostclassifier'])
  })

  test('minimizes errors and maximizes everything else', () => {
    const goals = [
      'SpearmanCorrelation',
      'NormalizedRootMeanSquaredError',
      'R2Score',
      'NormalizedMeanAbsoluteError',
    ].map((primaryMetric) => readPlan(job({ taskType: 'Regression', primaryMetric })).plan.goal)
    expect(goals).toEqual(['maximize', 'minimize', 'maximize', 'minimize'])
  })

  test('takes the defaults of Azure where nothing is said', () => {
    const { plan } = readPlan(job({}))
    expect(plan.limits).toEqual({
      maxTrials: 1000,
      maxConcurrent: 1,
      timeoutSeconds: 21_600,
      maxCores: -1,
      earlyTermination: true,
    })
    expect(plan.ensembles).toEqual(['voting', 'stack'])
    const forecast = job({ taskType: 'Forecasting', forecastingSettings: { timeColumnName: 't' } })
    expect(readPlan(forecast).plan).toMatchObject({
      ensembles: ['voting'],
      metric: 'normalized_root_mean_squared_error',
      goal: 'minimize',
    })
  })

  test('turns the modes of the wire into numbers and auto', () => {
    const { settings } = readPlan(
      job({
        taskType: 'Forecasting',
        nCrossValidations: { mode: 'Custom', value: 4 },
        forecastingSettings: {
          timeColumnName: 't',
          forecastHorizon: { mode: 'Custom', value: 12 },
          targetLags: { mode: 'Custom', values: [1, 2] },
          seasonality: { mode: 'Auto' },
        },
      }),
    ).plan
    expect(settings).toMatchObject({
      folds: 4,
      forecasting: { time_column_name: 't', forecast_horizon: 12, target_lags: [1, 2], seasonality: 'auto' },
    })
  })

  test.each<[string, JsonObject, RegExp]>([
    ['images', { taskType: 'ImageClassification' }, /taskType: AutoML for ImageClassification is not supported/],
    ['text', { taskType: 'TextNER' }, /taskType: AutoML for TextNER is not supported/],
    ['a metric of another task', { primaryMetric: 'R2Score' }, /primaryMetric: R2Score is no primary metric of class/],
    ['an unknown metric', { primaryMetric: 'beauty' }, /use one of auc_weighted, accuracy/],
    ['no target', { targetColumnName: '' }, /targetColumnName: AutoML needs the name/],
    ['no data', { trainingData: {} }, /trainingData: AutoML needs training data/],
    ['a neural network alone', tcn(), /TCNForecaster is not supported/],
    ['an algorithm of another task', { trainingSettings: { allowedTrainingAlgorithms: ['LassoLars'] } }, /LassoLars/],
    ['no trials', { limitSettings: { maxTrials: 0 } }, /limitSettings.maxTrials: must be a whole number of 1/],
    ['10,000 trials', { limitSettings: { maxTrials: 10_000 } }, /maxTrials: must be at most 1000/],
    ['a share above one', { validationDataSize: 1.5 }, /validationDataSize: must be between 0 and 1/],
    ['one fold', { nCrossValidations: { mode: 'Custom', value: 1 } }, /nCrossValidations: must be 2 or more/],
    [
      'a forecast without a time',
      { taskType: 'Forecasting', trainingSettings: {} },
      /timeColumnName: A forecast needs/,
    ],
  ])('refuses %s, with the place', (_, details, text) => {
    expect(problems(details).join('\n')).toMatch(text)
  })

  test('says what it keeps without effect', () => {
    const trainingSettings = { enableDnnTraining: true, enableModelExplainability: true }
    const { issues } = readPlan(job({ trainingSettings }))
    expect(issues.map(({ severity }) => severity)).toEqual(['warning', 'warning'])
  })
})

function tcn(): JsonObject {
  return {
    taskType: 'Forecasting',
    primaryMetric: 'R2Score',
    forecastingSettings: { timeColumnName: 't' },
    trainingSettings: { allowedTrainingAlgorithms: ['TCNForecaster'] },
  }
}
