/** Wire properties of the jobs that an AutoML job makes. */
import { asObject, asString, type Json, type JsonObject, secondsToIso } from '@lazurite/spec'
import type { Plan } from '../automl/plan.ts'
import type { Recipe } from '../automl/recipes.ts'
import type { AutoMLPart } from './automl-status.ts'
import { automlTrialType } from './automl-trial.ts'

/** Where a job names no environment: what is published for AutoML, or the like of it. */
export const usualEnvironment = 'azureml://registries/azureml/environments/ai-ml-automl/labels/latest'

const words: Record<string, string> = {
  lightgbm: 'LightGBM',
  xgboostclassifier: 'XGBoostClassifier',
  xgboostregressor: 'XGBoostRegressor',
  logisticregression: 'LogisticRegression',
  gradientboosting: 'GradientBoosting',
  randomforest: 'RandomForest',
  extremerandomtrees: 'ExtremeRandomTrees',
  sgd: 'SGD',
  svm: 'SVM',
  linearsvm: 'LinearSVM',
  knn: 'KNN',
  decisiontree: 'DecisionTree',
  bernoullinaivebayes: 'BernoulliNaiveBayes',
  multinomialnaivebayes: 'MultinomialNaiveBayes',
  elasticnet: 'ElasticNet',
  lassolars: 'LassoLars',
  naive: 'Naive',
  seasonalnaive: 'SeasonalNaive',
  average: 'Average',
  seasonalaverage: 'SeasonalAverage',
  exponentialsmoothing: 'ExponentialSmoothing',
  autoarima: 'AutoArima',
  arimax: 'Arimax',
  prophet: 'Prophet',
}
const scalers: Record<Recipe['scaler'], string> = {
  standard: 'StandardScaler',
  maxabs: 'MaxAbsScaler',
  robust: 'RobustScaler',
  minmax: 'MinMaxScaler',
  none: '',
}

/** As Azure ML shows it: what scales, then what learns. */
export function pipelineName({ algorithm, scaler }: Recipe): string {
  return [scalers[scaler], words[algorithm] ?? algorithm].filter(Boolean).join(', ')
}

interface Child {
  name: string
  part: AutoMLPart
  plan: Plan
  iteration: string
  pipeline: string
}

export function childProps(props: JsonObject, { name, part, plan, iteration, pipeline }: Child): JsonObject {
  const details = asObject(props.taskDetails)
  const seconds = plan.limits.trialTimeoutSeconds
  const isTrial = part.part === 'trial' || part.part === 'ensemble'
  return {
    jobType: automlTrialType,
    displayName: name,
    experimentName: asString(props.experimentName) ?? 'Default',
    isArchived: false,
    tags: {},
    properties: {
      'azureml.runsource': 'automl',
      runTemplate: isTrial ? 'automl_child' : `automl_${part.part}`,
      primary_metric: plan.metric,
      ...(isTrial ? { iteration, run_algorithm: pipeline.split(', ').at(-1) ?? '', pipeline } : {}),
      ...(isTrial && pipeline.includes(', ') ? { run_preprocessor: pipeline.split(', ')[0] ?? '' } : {}),
    },
    environmentId: asString(props.environmentId) || usualEnvironment,
    environmentVariables: asObject(props.environmentVariables),
    inputs: {
      ...table('training_data', details.trainingData),
      ...table('validation_data', details.validationData),
      // trials never see it
      ...(part.part === 'test' ? table('test_data', details.testData) : {}),
    },
    outputs: {},
    ...given('resources', nodeOf(props.resources)),
    ...given('computeId', props.computeId),
    ...given('identity', props.identity),
    ...given('queueSettings', props.queueSettings),
    ...(isTrial && seconds !== undefined
      ? { limits: { jobLimitsType: 'Command', timeout: secondsToIso(seconds) } }
      : {}),
  }
}

/** A trial is one process on one node, however many nodes the job may use at once. */
function nodeOf(resources: Json | undefined): JsonObject | undefined {
  const { instanceCount: _, ...rest } = asObject(resources)
  return Object.keys(rest).length > 0 ? rest : undefined
}

function table(name: string, raw: Json | undefined): JsonObject {
  const { uri, mode, jobInputType } = asObject(raw)
  if (!asString(uri)) return {}
  // a table is evaluated by the program itself
  const asked = asString(mode)
  const plain = asked && !/^eval|^direct$/i.test(asked) ? { mode: asked } : {}
  return { [name]: { jobInputType: asString(jobInputType) ?? 'mltable', uri: uri ?? '', ...plain } }
}

function given(name: string, value: Json | undefined): JsonObject {
  return value === undefined || value === null ? {} : { [name]: value }
}
