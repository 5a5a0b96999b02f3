// Monitors between their two spellings. A file nests what is compared and by which measure; the wire flattens the data
// it reads, lists thresholds, and says of each signal whether it alerts.
import { asArray, asObject, isObject, type Json, type JsonObject, own } from '../json.ts'

/** ISO 8601 lengths that stand for a window nobody gave: of what is watched, and of what it is compared with. */
function windowsOf(trigger: JsonObject): [string, string] {
  const days: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30 }
  const unit = String(trigger.frequency ?? '').toLowerCase()
  if (unit === 'minute' || unit === 'hour') return ['P1D', 'P2D']
  const size = own(days, unit)
  const count = size === undefined ? 7 : size * Number(trigger.interval ?? 1)
  return [`P${count}D`, `P${count * 2}D`]
}

const present = (o: Record<string, Json | undefined>): JsonObject =>
  Object.fromEntries(Object.entries(o).filter((entry): entry is [string, Json] => entry[1] !== undefined))
const mapOf = (v: Json | undefined, change: (x: JsonObject) => Json): JsonObject =>
  Object.fromEntries(Object.entries(asObject(v)).map(([key, x]) => [key, change(asObject(x))]))

/** Written by the table of monitors → the wire's definition. */
export function monitorToWire(written: JsonObject, trigger: JsonObject): JsonObject {
  const { compute, monitoringTarget: target, signals, alertNotification: alert } = written
  const { runtimeVersion, instanceType } = asObject(compute)
  return present({
    computeConfiguration: present({
      computeType: 'ServerlessSpark',
      runtimeVersion,
      instanceType,
      computeIdentity: { computeIdentityType: 'AmlToken' },
    }),
    monitoringTarget: isObject(target) ? { taskType: 'classification', ...target } : undefined,
    signals: isObject(signals) ? mapOf(signals, (one) => signalToWire(one, windowsOf(trigger))) : undefined,
    alertNotificationSetting: alertToWire(alert),
  })
}

function alertToWire(alert: Json | undefined): JsonObject | undefined {
  if (alert === undefined) return undefined
  if (!isObject(alert)) return { alertNotificationType: 'AzureMonitor' }
  const emails = { emails: alert.emails ?? [], emailOn: ['JobFailed', 'JobCompleted'] }
  return { alertNotificationType: 'Email', emailNotificationSetting: emails }
}

type Windows = [string, string]

function signalToWire(signal: JsonObject, windows: Windows): JsonObject {
  const {
    alertEnabled,
    productionData: production,
    referenceData: reference,
    metricThresholds: limits,
    ...rest
  } = signal
  const { features, featureTypeOverride, dataSegment, connection, connectionId, inputData, ...more } = rest
  const watched = (one: JsonObject) => dataToWire(one, windows, true)
  const segment = asObject(dataSegment)
  return present({
    ...more,
    productionData: Array.isArray(production)
      ? production.map((one) => watched(asObject(one)))
      : isObject(production)
        ? watched(production)
        : undefined,
    referenceData: isObject(reference) ? dataToWire(reference, windows, false) : undefined,
    features: featuresToWire(features),
    featureDataTypeOverride: featureTypeOverride,
    dataSegment: isObject(dataSegment)
      ? present({ feature: segment.featureName, values: segment.featureValues })
      : undefined,
    inputAssets: isObject(inputData) ? mapOf(inputData, (one) => dataToWire(one, windows, false)) : undefined,
    workspaceConnectionId: connectionId,
    ...(signal.signalType === 'Custom' ? { workspaceConnection: connectionToWire(connection) } : {}),
    ...limitsToWire(String(signal.signalType), limits),
    ...(signal.signalType === 'PredictionDrift' ? { modelType: 'classification' } : {}),
    mode: alertEnabled === true ? 'Enabled' : 'Disabled',
  })
}

function connectionToWire(connection: Json | undefined): JsonObject {
  const { environmentVariables, secretConfig } = asObject(connection)
  return present({ environmentVariables, secrets: secretConfig })
}

function dataToWire(data: JsonObject, [size, before]: Windows, watched: boolean): JsonObject {
  const { inputData, dataContext, dataColumnNames, preProcessingComponent, dataWindow, targetColumnName } = data
  const { jobInputType, uri, value } = asObject(inputData)
  const window = asObject(dataWindow)
  const base = {
    dataContext,
    columns: dataColumnNames,
    jobInputType,
    uri: uri ?? value,
    preprocessingComponentId: preProcessingComponent,
    targetColumnName,
  }
  const length = window.lookbackWindowSize
  if (window.windowStart !== undefined && length === undefined) {
    const { windowStart, windowEnd } = window
    return present({
      ...base,
      inputDataType: 'Static',
      windowStart: instant(windowStart),
      windowEnd: instant(windowEnd),
    })
  }
  if (!watched && length === undefined) return present({ ...base, inputDataType: 'Fixed' })
  const usual = watched ? size : before
  const offset = window.lookbackWindowOffset
  return present({
    ...base,
    inputDataType: 'Trailing',
    windowSize: length === undefined || length === 'default' ? usual : length,
    windowOffset: offset === undefined ? 'P0D' : offset === 'default' ? size : offset,
  })
}

/** A day as the instant it begins at. */
function instant(day: Json | undefined): Json | undefined {
  return typeof day === 'string' && /^\d{4}-\d\d-\d\d$/.test(day) ? `${day}T00:00:00.000Z` : day
}

function featuresToWire(features: Json | undefined): JsonObject | undefined {
  if (Array.isArray(features)) return { filterType: 'FeatureSubset', features }
  if (isObject(features)) return { filterType: 'TopNByAttribution', top: features.topNFeatureImportance ?? 10 }
  return features === undefined ? undefined : { filterType: 'AllFeatures' }
}

const pascal = (word: string) => word.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())
const limit = (metric: string, value: Json, more: JsonObject = {}): JsonObject => ({
  metric,
  threshold: { value },
  ...more,
})
/** The groups of thresholds that a signal has, by their key and what the wire calls them. */
const groups: Readonly<Record<string, readonly [key: string, word: string]>> = {
  numerical: ['dataType', 'Numerical'],
  categorical: ['dataType', 'Categorical'],
  classification: ['modelType', 'Classification'],
  regression: ['modelType', 'Regression'],
}

function limitsToWire(type: string, limits: Json | undefined): JsonObject {
  if (limits === undefined) return {}
  if (Array.isArray(limits)) {
    const list = limits.map((one) => limit(String(asObject(one).metricName), asObject(one).threshold ?? null))
    return { metricThresholds: list }
  }
  const given = asObject(limits)
  if (type === 'FeatureAttributionDrift') {
    const gain = 'normalizedDiscountedCumulativeGain'
    return { metricThreshold: limit(gain, given[gain] ?? null) }
  }
  const list = Object.entries(given).flatMap(([group, measures]) => {
    if (!isObject(measures)) return []
    const told = own(groups, group)
    return Object.entries(measures).map(([name, value]) =>
      told === undefined ? limit(pascal(name), value) : limit(name, value, { [told[0]]: told[1] }),
    )
  })
  // one threshold is all that this signal has; what a file says beyond it stands beside
  if (type === 'ModelPerformance')
    return present({ metricThreshold: list[0], metricThresholds: list.length > 1 ? list : undefined })
  return { metricThresholds: list }
}

/** The wire's definition → what the table of monitors reads. */
export function monitorFromWire(wire: JsonObject): JsonObject {
  const { computeConfiguration: compute, monitoringTarget, signals, alertNotificationSetting: alert } = wire
  const { runtimeVersion, instanceType } = asObject(compute)
  const mail = asObject(asObject(alert).emailNotificationSetting)
  return present({
    compute: isObject(compute) ? present({ runtimeVersion, instanceType }) : undefined,
    monitoringTarget,
    signals: isObject(signals) ? mapOf(signals, signalFromWire) : undefined,
    alertNotification: isObject(alert)
      ? alert.alertNotificationType === 'AzureMonitor'
        ? 'azmonitoring'
        : { emails: mail.emails ?? [] }
      : undefined,
  })
}

function signalFromWire(signal: JsonObject): JsonObject {
  const { mode, productionData: production, referenceData: reference, features, inputAssets, ...rest } = signal
  const {
    featureDataTypeOverride,
    dataSegment,
    workspaceConnection,
    workspaceConnectionId,
    modelType: _,
    ...more
  } = rest
  const { metricThreshold, metricThresholds, ...others } = more
  const segment = asObject(dataSegment)
  const { environmentVariables, secrets } = asObject(workspaceConnection)
  const connection = present({ environmentVariables, secretConfig: secrets })
  return present({
    ...others,
    productionData: Array.isArray(production)
      ? production.map((one) => dataFromWire(asObject(one)))
      : isObject(production)
        ? dataFromWire(production)
        : undefined,
    referenceData: isObject(reference) ? dataFromWire(reference) : undefined,
    features: featuresFromWire(features),
    featureTypeOverride: featureDataTypeOverride,
    dataSegment: isObject(dataSegment)
      ? present({ featureName: segment.feature, featureValues: segment.values })
      : undefined,
    inputData: isObject(inputAssets) ? mapOf(inputAssets, dataFromWire) : undefined,
    connection: Object.keys(connection).length > 0 ? connection : undefined,
    connectionId: workspaceConnectionId,
    metricThresholds: limitsFromWire(String(signal.signalType), metricThresholds ?? metricThreshold),
    alertEnabled: mode === undefined ? undefined : String(mode).toLowerCase() === 'enabled',
  })
}

function dataFromWire(data: JsonObject): JsonObject {
  const { jobInputType, uri, columns, preprocessingComponentId, dataContext, targetColumnName } = data
  const { windowSize, windowOffset, windowStart, windowEnd } = data
  const day = (v: Json | undefined) => (typeof v === 'string' ? v.replace(/T00:00:00(\.0+)?Z$/, '') : v)
  const window = present({
    lookbackWindowSize: windowSize,
    lookbackWindowOffset: windowOffset,
    windowStart: day(windowStart),
    windowEnd: day(windowEnd),
  })
  return present({
    inputData: present({ jobInputType, uri }),
    dataContext,
    dataColumnNames: columns,
    preProcessingComponent: preprocessingComponentId,
    targetColumnName,
    dataWindow: Object.keys(window).length > 0 ? window : undefined,
  })
}

function featuresFromWire(features: Json | undefined): Json | undefined {
  if (!isObject(features)) return undefined
  const type = String(features.filterType).toLowerCase()
  if (type === 'featuresubset') return features.features ?? []
  return type === 'allfeatures' ? 'all_features' : { topNFeatureImportance: features.top ?? 10 }
}

function limitsFromWire(type: string, limits: Json | undefined): Json | undefined {
  if (limits === undefined || limits === null) return undefined
  const list = (Array.isArray(limits) ? asArray(limits) : [limits]).map(asObject)
  const amountOf = (one: JsonObject) => asObject(one.threshold).value ?? null
  const name = (one: JsonObject) => String(one.metric)
  const small = (word: string) => word.charAt(0).toLowerCase() + word.slice(1)
  if (type === 'Custom') return list.map((one) => ({ metricName: name(one), threshold: amountOf(one) }))
  if (type === 'FeatureAttributionDrift') {
    return Object.fromEntries(list.map((one) => [small(name(one)), amountOf(one)]))
  }
  const out: Record<string, JsonObject> = {}
  for (const one of list) {
    const group = String(one.dataType ?? one.modelType ?? groupOf(name(one))).toLowerCase()
    const key = one.dataType === undefined && one.modelType === undefined ? snakeOf(name(one)) : small(name(one))
    out[group] = { ...out[group], [key]: amountOf(one) }
  }
  return out
}

const snakeOf = (word: string) => word.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase()

/** The measure of generated text that a metric is about: AggregatedFluencyPassRate is about fluency. */
function groupOf(metric: string): string {
  const known = ['groundedness', 'relevance', 'coherence', 'fluency', 'similarity']
  return known.find((word) => metric.toLowerCase().includes(word)) ?? 'totaltoken'
}
