// automl job: a model sought among many.
import { type Fields, f } from '../../field.ts'
import { environmentVariables, job, outputs, queueSettings, resources } from './common.ts'

/** Words with a space between; one whose spelling on the wire is more than its words in a row is written `word=Wire`. */
function word(values: string) {
  const pairs = values.split(' ').map((entry): [string, string] => {
    const [yaml = '', wire] = entry.split('=')
    return [yaml, wire ?? pascal(yaml)]
  })
  return f.enum(
    pairs.map(([yaml]) => yaml),
    { spelling: 'snake', map: Object.fromEntries(pairs) },
  )
}

function pascal(text: string): string {
  return text.replace(/(^|_)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase())
}

const mltable = f.input({ doc: 'An MLTable.' })

const common: Fields = {
  ...job,
  environment_id: f.string(),
  environment_variables: environmentVariables,
  outputs,
  resources,
  queue_settings: queueSettings,
  log_verbosity: word('not_set debug info warning error critical'),
  training_data: mltable,
  validation_data: mltable,
}

const minutes = f.int({ doc: 'Minutes.' })
const tableLimits = f.object({
  enable_early_termination: f.bool(),
  exit_score: f.number(),
  max_concurrent_trials: f.int(),
  max_cores_per_trial: f.int(),
  max_nodes: f.int(),
  max_trials: f.int(),
  timeout_minutes: minutes,
  trial_timeout_minutes: minutes,
})
const transformers =
  'text_target_encoder one_hot_encoder cat_target_encoder tf_idf wo_e_target_encoder=WoETargetEncoder label_encoder word_embedding naive_bayes count_vectorizer hash_one_hot_encoder'
const featurization = f.object({
  dataset_language: f.string(),
  mode: word('auto=auto off=off custom=custom'),
  blocked_transformers: f.list(word(transformers)),
  column_name_and_types: f.map(f.string()),
  transformer_params: f.map(
    f.list(f.object({ fields: f.list(f.string()), parameters: f.map(f.any({ nullable: true })) })),
  ),
  enable_dnn_featurization: f.bool(),
})
const training = (algorithms: string) =>
  f.object({
    enable_dnn_training: f.bool(),
    enable_model_explainability: f.bool(),
    enable_onnx_compatible_models: f.bool(),
    enable_stack_ensemble: f.bool(),
    enable_vote_ensemble: f.bool(),
    ensemble_model_download_timeout: minutes,
    ensemble_model_download_timeout_minutes: minutes,
    stack_ensemble_settings: f.object({
      stack_meta_learner_type: f.string(),
      stack_meta_learner_train_percentage: f.number(),
      stack_meta_learner_kwargs: f.map(f.any({ nullable: true })),
    }),
    training_mode: word('auto distributed non_distributed'),
    allowed_training_algorithms: f.list(word(algorithms)),
    blocked_training_algorithms: f.list(word(algorithms)),
  })
const table: Fields = {
  ...common,
  limits: tableLimits,
  featurization,
  target_column_name: f.required(f.string()),
  validation_data_size: f.number(),
  cv_split_column_names: f.list(f.string()),
  n_cross_validations: f.union([word('auto=auto'), f.int()]),
  weight_column_name: f.string(),
  test_data: mltable,
  test_data_size: f.number(),
}

const classifiers =
  'logistic_regression sgd=SGD multinomial_naive_bayes bernoulli_naive_bayes svm=SVM linear_svm=LinearSVM knn=KNN decision_tree random_forest extreme_random_trees light_gbm=LightGBM gradient_boosting xg_boost_classifier=XGBoostClassifier'
const regressors =
  'elastic_net gradient_boosting decision_tree knn=KNN lasso_lars sgd=SGD random_forest extreme_random_trees light_gbm=LightGBM xg_boost_regressor=XGBoostRegressor'
const forecasters = `auto_arima prophet naive seasonal_naive average seasonal_average exponential_smoothing arimax tcn_forecaster=TCNForecaster ${regressors}`
const classMetrics =
  'auc_weighted=AUCWeighted accuracy norm_macro_recall average_precision_score_weighted precision_score_weighted'
const regressionMetrics =
  'spearman_correlation normalized_root_mean_squared_error r2_score normalized_mean_absolute_error'

const forecasting = f.object({
  country_or_region_for_holidays: f.string(),
  cv_step_size: f.int(),
  forecast_horizon: f.union([word('auto=auto'), f.int()]),
  target_lags: f.union([word('auto=auto'), f.int(), f.list(f.int())]),
  target_rolling_window_size: f.union([word('auto=auto'), f.int()]),
  time_column_name: f.string(),
  time_series_id_column_names: f.union([f.string(), f.list(f.string())]),
  frequency: f.string(),
  feature_lags: word('none auto'),
  seasonality: f.union([word('auto=auto'), f.int()]),
  short_series_handling_config: word('none auto pad drop'),
  use_stl: word('none season season_trend'),
  target_aggregate_function: word('none sum max min mean'),
  features_unknown_at_forecast_time: f.union([f.string(), f.list(f.string())]),
})

const sweep = f.object({ sampling_algorithm: f.any(), early_termination: f.any() })
const nlp: Fields = {
  ...common,
  limits: f.object({
    max_concurrent_trials: f.int(),
    max_trials: f.int(),
    max_nodes: f.int(),
    timeout_minutes: minutes,
    trial_timeout_minutes: minutes,
  }),
  sweep,
  training_parameters: f.map(f.any({ nullable: true })),
  search_space: f.list(f.map(f.any({ nullable: true }))),
  featurization: f.object({ dataset_language: f.string() }),
  target_column_name: f.string(),
}
const image: Fields = {
  ...common,
  limits: f.object({ max_concurrent_trials: f.int(), max_trials: f.int(), timeout_minutes: minutes }),
  sweep,
  target_column_name: f.required(f.string()),
  test_data: mltable,
  test_data_size: f.number(),
  validation_data_size: f.number(),
  training_parameters: f.map(f.any({ nullable: true })),
  search_space: f.list(f.map(f.any({ nullable: true }))),
}
const task = (wire: string, fields: Fields, metrics: string, more: Fields = {}) => ({
  wire,
  fields: { ...fields, primary_metric: word(metrics), ...more },
})

/** One table a task. */
export const automlTasks = {
  classification: task('Classification', table, classMetrics, {
    positive_label: f.string(),
    training: training(classifiers),
  }),
  regression: task('Regression', table, regressionMetrics, { training: training(regressors) }),
  forecasting: task('Forecasting', table, regressionMetrics, { training: training(forecasters), forecasting }),
  image_classification: task('ImageClassification', image, classMetrics),
  image_classification_multilabel: task('ImageClassificationMultilabel', image, `${classMetrics} iou=IOU`),
  image_object_detection: task('ImageObjectDetection', image, 'mean_average_precision'),
  image_instance_segmentation: task('ImageInstanceSegmentation', image, 'mean_average_precision'),
  text_classification: task('TextClassification', nlp, classMetrics),
  text_classification_multilabel: task('TextClassificationMultilabel', nlp, 'accuracy'),
  text_ner: task('TextNER', nlp, 'accuracy'),
}
