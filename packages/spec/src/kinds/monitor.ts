// The monitors a schedule may start: what is watched, by which signals, and who hears of it.
import { type Fields, f } from '../field.ts'

const amount = f.number()
const measures = (words: string) => f.object(Object.fromEntries(words.split(' ').map((word) => [word, amount])))
const drift = {
  numerical: measures(
    'jensen_shannon_distance normalized_wasserstein_distance population_stability_index two_sample_kolmogorov_smirnov_test',
  ),
  categorical: measures('jensen_shannon_distance population_stability_index pearsons_chi_squared_test'),
}
const quality = 'null_value_rate data_type_error_rate out_of_bounds_rate'
const limit: Fields = { threshold: amount, data_type: f.enum(['numerical', 'categorical']) }
const window = f.object({
  window_start: f.string({ dates: true }),
  window_end: f.string({ dates: true }),
  lookback_window_size: f.string(),
  lookback_window_offset: f.string(),
})
const context = f.enum('model_inputs model_outputs training test validation ground_truth'.split(' '), {
  spelling: 'snake',
})
const production: Fields = {
  input_data: f.input(),
  data_context: context,
  pre_processing_component: f.string(),
  data_window: window,
  data_column_names: f.map(f.string()),
}
const reference: Fields = { ...production, target_column_name: f.string() }
const base: Fields = {
  production_data: f.object(production),
  reference_data: f.object(reference),
  properties: f.map(f.any({ nullable: true })),
  alert_enabled: f.bool(),
}
const features: Fields = {
  features: f.union([
    f.object({ top_n_feature_importance: f.int() }),
    f.enum(['all_features'], { spelling: 'snake' }),
    f.list(f.string()),
  ]),
  feature_type_override: f.map(f.any({ nullable: true })),
}
const segment = f.object({ feature_name: f.string(), feature_values: f.list(f.string()) })
const llm: Fields = {
  input_data: f.input(),
  data_column_names: f.map(f.any({ nullable: true })),
  data_window: window,
}
const bound = f.map(f.number())

const signals = {
  data_drift: {
    wire: 'DataDrift',
    fields: { ...base, ...features, metric_thresholds: f.object({ ...limit, ...drift }), data_segment: segment },
  },
  data_quality: {
    wire: 'DataQuality',
    fields: {
      ...base,
      ...features,
      metric_thresholds: f.object({ ...limit, numerical: measures(quality), categorical: measures(quality) }),
    },
  },
  prediction_drift: {
    wire: 'PredictionDrift',
    fields: { ...base, metric_thresholds: f.object({ ...limit, ...drift }) },
  },
  feature_attribution_drift: {
    wire: 'FeatureAttributionDrift',
    fields: {
      production_data: f.list(f.object(production)),
      reference_data: f.object(reference),
      alert_enabled: f.bool(),
      metric_thresholds: f.object({ threshold: amount, normalized_discounted_cumulative_gain: amount }),
    },
  },
  model_performance: {
    wire: 'ModelPerformance',
    fields: {
      ...base,
      data_segment: segment,
      metric_thresholds: f.object({
        threshold: amount,
        classification: measures('accuracy precision recall'),
        regression: measures('mae mse rmse'),
      }),
    },
  },
  custom: {
    wire: 'Custom',
    fields: {
      connection: f.object({
        environment_variables: f.map(f.string()),
        secret_config: f.map(f.string()),
      }),
      component_id: f.ref('component'),
      metric_thresholds: f.list(f.object({ threshold: amount, metric_name: f.string() })),
      input_data: f.map(f.object(reference)),
      alert_enabled: f.bool(),
      inputs: f.map(f.input()),
    },
  },
  generation_safety_quality: {
    wire: 'GenerationSafetyQuality',
    fields: {
      production_data: f.list(f.object(llm)),
      connection_id: f.string(),
      metric_thresholds: f.object(
        Object.fromEntries('groundedness relevance coherence fluency similarity'.split(' ').map((k) => [k, bound])),
      ),
      alert_enabled: f.bool(),
      properties: f.map(f.any({ nullable: true })),
      sampling_rate: amount,
    },
  },
  generation_token_statistics: {
    wire: 'GenerationTokenStatistics',
    fields: {
      production_data: f.object(llm),
      metric_thresholds: f.object({ totaltoken: bound }),
      alert_enabled: f.bool(),
      properties: f.map(f.any({ nullable: true })),
      sampling_rate: amount,
    },
  },
}

export const monitorDefinition = f.object(
  {
    compute: f.object({
      compute_type: f.string(),
      runtime_version: f.string(),
      instance_type: f.string(),
    }),
    monitoring_target: f.object({
      model_id: f.ref('model', { asIs: true, wire: 'modelId' }),
      ml_task: f.enum(['classification', 'regression', 'questionanswering'], { wire: 'taskType' }),
      endpoint_deployment_id: f.string({ wire: 'deploymentId' }),
    }),
    monitoring_signals: f.map(f.oneOf('type', 'signalType', signals, { spelling: 'snake' }), { wire: 'signals' }),
    alert_notification: f.union([f.enum(['azmonitoring']), f.object({ emails: f.list(f.string()) })]),
  },
  { doc: 'What is watched, and how. Stored; nothing watches here.' },
)
