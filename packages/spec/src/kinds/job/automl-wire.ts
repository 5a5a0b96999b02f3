// automl job: in YAML its settings stand beside those of every job, on the wire they are one group, `taskDetails`.
import { asNumber, asObject, asString, type Json, type JsonObject } from '../../json.ts'
import { isoToSeconds, secondsToIso } from '../../time.ts'

/** YAML's word (camel case) → the wire's, for what only changes its name. */
const renamed: Readonly<Record<string, string>> = {
  featurization: 'featurizationSettings',
  training: 'trainingSettings',
  sweep: 'sweepSettings',
  trainingParameters: 'modelSettings',
}
const kept = [
  ...['taskType', 'primaryMetric', 'logVerbosity', 'targetColumnName', 'trainingData', 'validationData', 'testData'],
  ...['validationDataSize', 'testDataSize', 'cvSplitColumnNames', 'weightColumnName', 'positiveLabel', 'searchSpace'],
]
/** Numbers that may be left to the service. */
const autos = ['forecastHorizon', 'targetRollingWindowSize', 'seasonality']

/** From the flat form to `taskDetails`. */
export function automlToWire(written: JsonObject): JsonObject {
  const { limits, nCrossValidations, forecasting, ...flat } = written
  const details: JsonObject = {}
  const rest: JsonObject = {}
  for (const [name, value] of Object.entries(flat)) {
    if (kept.includes(name)) details[name] = value
    else if (Object.hasOwn(renamed, name)) details[renamed[name] ?? name] = value
    else rest[name] = value
  }
  if (limits !== undefined) details.limitSettings = limitsToWire(asObject(limits))
  if (nCrossValidations !== undefined) details.nCrossValidations = modeToWire(nCrossValidations)
  if (forecasting !== undefined) details.forecastingSettings = forecastingToWire(asObject(forecasting))
  return { ...rest, taskDetails: details }
}

/** The inverse; a job that was sent in the flat form stays as it is. */
export function automlFromWire(props: JsonObject): JsonObject {
  if (props.taskDetails === undefined) return props
  const { taskDetails, ...rest } = props
  const { limitSettings, nCrossValidations, forecastingSettings, ...details } = asObject(taskDetails)
  const back = Object.fromEntries(Object.entries(renamed).map(([yaml, wire]) => [wire, yaml]))
  const flat = Object.fromEntries(Object.entries(details).map(([name, value]) => [back[name] ?? name, value]))
  return {
    ...rest,
    ...flat,
    ...(limitSettings === undefined ? {} : { limits: limitsFromWire(asObject(limitSettings)) }),
    ...(nCrossValidations === undefined ? {} : { nCrossValidations: modeFromWire(nCrossValidations) }),
    ...(forecastingSettings === undefined ? {} : { forecasting: forecastingFromWire(asObject(forecastingSettings)) }),
  }
}

const durations = { timeoutMinutes: 'timeout', trialTimeoutMinutes: 'trialTimeout' } as const

function limitsToWire(limits: JsonObject): JsonObject {
  const out: JsonObject = { ...limits }
  for (const [yaml, wire] of Object.entries(durations)) {
    const minutes = asNumber(out[yaml])
    delete out[yaml]
    if (minutes !== undefined) out[wire] = secondsToIso(minutes * 60)
  }
  return out
}

/** What the client adds for tasks that sweep by themselves is no limit that anyone wrote. */
function limitsFromWire(limits: JsonObject): JsonObject {
  const { sweepConcurrentTrials: _, sweepTrials: __, ...out } = limits
  for (const [yaml, wire] of Object.entries(durations)) {
    const seconds = isoToSeconds(asString(out[wire]) ?? '')
    delete out[wire]
    if (seconds !== undefined) out[yaml] = Math.round(seconds / 60)
  }
  return out
}

function modeToWire(value: Json): JsonObject {
  return typeof value === 'number' ? { mode: 'Custom', value } : { mode: 'Auto' }
}

function modeFromWire(value: Json): Json {
  const { mode, value: number } = asObject(value)
  return /^auto$/i.test(asString(mode) ?? '') || number === undefined ? 'auto' : number
}

function forecastingToWire(forecasting: JsonObject): JsonObject {
  const out: JsonObject = { ...forecasting }
  for (const name of autos) {
    const value = out[name]
    if (value !== undefined) out[name] = modeToWire(value)
  }
  const lags = out.targetLags
  if (lags !== undefined) {
    out.targetLags =
      lags === 'auto' ? { mode: 'Auto' } : { mode: 'Custom', values: Array.isArray(lags) ? lags : [lags] }
  }
  for (const name of ['timeSeriesIdColumnNames', 'featuresUnknownAtForecastTime']) {
    const value = out[name]
    if (typeof value === 'string') out[name] = [value]
  }
  return out
}

function forecastingFromWire(forecasting: JsonObject): JsonObject {
  const out: JsonObject = { ...forecasting }
  for (const name of autos) {
    const value = out[name]
    if (value !== undefined) out[name] = modeFromWire(value)
  }
  const { mode, values } = asObject(out.targetLags)
  if (out.targetLags !== undefined) out.targetLags = /^auto$/i.test(asString(mode) ?? '') ? 'auto' : (values ?? 'auto')
  return out
}
