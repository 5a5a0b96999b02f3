/**
 * A run in the words of Azure's run history. The official client decides by a few of these fields (status, error,
 * outputs, logFiles), shows some, and needs the others only to be of the right type.
 */
import {
  asArray,
  asObject,
  asString,
  errors,
  historyStatus,
  isoNow,
  type Json,
  type JsonObject,
  parseArmId,
  parseUri,
} from '@lazurite/spec'
import { ownerId, tenantId } from '../../signer.ts'
import type { RunRecord } from './room.ts'
import { typeWord } from './types-of-assets.ts'

/** Job type → what run history calls such a run. */
const runTypes: Record<string, string> = {
  Command: 'azureml.scriptrun',
  Pipeline: 'azureml.PipelineRun',
  Sweep: 'hyperdrive',
  AutoML: 'automl',
  Spark: 'azureml.spark',
}
const stepType = 'azureml.StepRun'

/** What of a request decides how a run is printed. */
export interface PrintOptions {
  workspaceGuid: string
  userAgent: string | undefined
}

/** The `Run` of the wire. */
export function printRun(record: RunRecord, options: PrintOptions): JsonObject {
  const { id, row, run, status } = record
  const props = row?.props ?? {}
  return {
    ...shared(record, options),
    createdUtc: createdAt(record),
    token: null,
    tokenExpiryTimeUtc: null,
    cancelationReason: null,
    isVirtual: false,
    displayName: asString(props.displayName) ?? run?.name ?? id,
    name: asString(props.displayName) ?? run?.name ?? id,
    description: asString(props.description) ?? null,
    hidden: row ? row.archived : run?.lifecycle === 'deleted',
    runType: runTypeOf(record),
    actionUris: {},
    scriptName: null,
    uniqueChildRunComputeTargets: [],
    queueingInfo: status.waiting === undefined ? null : { code: 'Waiting', message: status.waiting },
  }
}

/** The `RunDetails` of the wire; `logFiles` maps the path of a log to where it can be read without a token. */
export function printDetails(record: RunRecord, options: PrintOptions, logFiles: Record<string, string>): JsonObject {
  return {
    ...shared(record, options),
    createdTimeUtc: createdAt(record),
    runDefinition: null,
    logFiles,
    jobCost: null,
  }
}

function shared(record: RunRecord, options: PrintOptions): JsonObject {
  const { id, row, run, status } = record
  const started = status.startedAt ?? (run?.startTime || undefined)
  const ended = status.endedAt ?? run?.endTime
  const runTime = started === undefined || ended === undefined ? null : timeSpan(ended - started)
  const who = { userObjectId: ownerId, userTenantId: tenantId, userName: row?.createdBy ?? run?.user ?? '' }
  return {
    runId: id,
    runUuid: status.runUuid ?? null,
    parentRunUuid: null,
    rootRunUuid: null,
    parentRunId: row?.parent ?? run?.tags['mlflow.parentRunId'] ?? null,
    rootRunId: status.rootRunId ?? row?.parent ?? id,
    runNumber: row?.id ?? null,
    experimentId: status.experimentId ?? run?.experimentId ?? null,
    dataContainerId: `dcid.${id}`,
    status: historyStatus(row?.state ?? ''),
    startTimeUtc: started === undefined ? null : isoNow(started),
    endTimeUtc: ended === undefined ? null : isoNow(ended),
    effectiveStartTimeUtc: null,
    lastStartTimeUtc: null,
    currentComputeTime: null,
    duration: runTime,
    computeDuration: runTime,
    error: printError(record),
    warnings: (status.notes ?? []).map((message) => ({ source: 'lazurite', message })),
    tags: tagsOf(record),
    properties: propertiesOf(record),
    parameters: { ...run?.params },
    runTypeV2: { orchestrator: null, traits: [], attribution: null, computeType: null },
    settings: {},
    services: printServices(record),
    inputDatasets: [],
    outputDatasets: [],
    inputs: printInputs(record),
    outputs: printOutputs(record, options),
    ...printCompute(record),
    revision: row?.seq ?? 1,
    statusRevision: row?.seq ?? 1,
    hasVirtualParent: false,
    createdBy: who,
    userId: who.userObjectId,
    lastModifiedBy: row ? { ...who, userName: row.modifiedBy } : who,
    lastModifiedUtc: row?.modifiedAt ?? null,
  }
}

function createdAt({ row, run }: RunRecord): Json {
  return row?.createdAt ?? (run?.startTime ? isoNow(run.startTime) : null)
}

function runTypeOf({ row }: RunRecord): string {
  const source = asString(asObject(row?.props.properties)['azureml.runsource'])
  if (row?.parent !== undefined && !row.outside) return source ?? stepType
  const word = asString(row?.props.jobType) ?? ''
  return (Object.hasOwn(runTypes, word) ? runTypes[word] : undefined) ?? 'azureml.scriptrun'
}

/** `hh:mm:ss.fffffff`, with days in front when it took any. */
function timeSpan(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  const days = Math.floor(seconds / 86_400)
  const part = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const rest = (seconds % 60).toFixed(7).padStart(10, '0')
  return `${days > 0 ? `${days}.` : ''}${part((seconds % 86_400) / 3600)}:${part((seconds % 3600) / 60)}:${rest}`
}

function tagsOf({ row, run }: RunRecord): JsonObject {
  const logged = Object.entries(run?.tags ?? {}).filter(([name]) => !name.startsWith('lazurite.property.'))
  return { ...Object.fromEntries(logged), ...texts(row?.props.tags) }
}

function texts(value: Json | undefined): JsonObject {
  const pairs = Object.entries(asObject(value)).filter(([, text]) => text !== null)
  return Object.fromEntries(pairs.map(([name, text]) => [name, typeof text === 'string' ? text : JSON.stringify(text)]))
}

function propertiesOf({ row, status }: RunRecord): JsonObject {
  if (!row) return {}
  const code = parseArmId(asString(row.props.codeId) ?? '')
  return {
    ...(row.parent === undefined || row.outside
      ? {}
      : { 'azureml.runsource': stepType, 'azureml.pipelinerunid': row.parent }),
    ...texts(row.props.properties),
    ...status.properties,
    ...(code?.name === undefined ? {} : { ContentSnapshotId: code.name }),
    ...(status.reuse?.reused && status.reuse.of !== undefined
      ? { 'azureml.isreused': 'true', 'azureml.reusedrunid': status.reuse.of }
      : {}),
  }
}

function printCompute({ row, status }: RunRecord): JsonObject {
  const id = asString(row?.props.computeId)
  const target = id === undefined ? (row && !row.outside ? 'serverless' : null) : (parseArmId(id)?.name ?? id)
  const nodes = status.node?.nodes.length ?? 1
  const gpuCount = status.node?.gpus.length ?? 0
  return {
    target,
    computeRequest: target === null ? null : { nodeCount: nodes, gpuCount },
    compute:
      target === null
        ? null
        : { target, targetType: 'local', vmSize: null, instanceCount: nodes, gpuCount, priority: null, region: null },
  }
}

/** A service that a job declares is shown as what it is here: not started. */
export function printServices({ row }: RunRecord): JsonObject {
  const shown = Object.entries(asObject(row?.props.services)).map(([name, value]) => {
    const service = asObject(value)
    const settings = {
      type: asString(service.jobServiceType) ?? 'Custom',
      port: service.port ?? null,
      status: 'NotStarted',
      errorMessage: notStarted,
      endpoint: null,
      enabled: false,
      properties: texts(service.properties),
    }
    return [name, settings] as const
  })
  return Object.fromEntries(shown)
}

export const notStarted = 'Interactive services of jobs are not started by this version.'

/** The error of a failed run as the official client prints it, whole, to its user. */
function printError({ row, status, id }: RunRecord): JsonObject | null {
  const { error } = status
  if (!row || error === undefined) return null
  const known = Object.entries(errors).find(([code]) => code === error.code)?.[1]
  const tail = error.tail !== undefined && !error.message.includes(error.tail) ? error.tail : undefined
  const message = [error.message, error.hint, tail && `Last lines of the log:\n${tail}`]
  const at = status.endedAt === undefined ? row.modifiedAt : isoNow(status.endedAt)
  return {
    error: {
      code: known && known.http >= 500 ? 'SystemError' : 'UserError',
      severity: null,
      message: message.filter((part) => part).join('\n'),
      messageFormat: null,
      messageParameters: {},
      referenceCode: null,
      detailsUri: null,
      target: null,
      details: [],
      innerError: { code: error.code, innerError: null },
      debugInfo: null,
      additionalInfo: null,
    },
    correlation: { operation: id, request: id },
    environment: 'local',
    location: 'local',
    time: at,
    componentName: 'lazurite',
  }
}

function printInputs({ row }: RunRecord): JsonObject {
  const found = Object.entries(asObject(row?.props.inputs)).flatMap(([name, value]) => {
    const input = asObject(value)
    const uri = asString(input.uri)
    const isAsset = uri !== undefined && (parseArmId(uri)?.version !== undefined || parseUri(uri).form === 'asset')
    return isAsset ? [[name, { assetId: uri, type: asString(input.jobInputType) ?? null }] as const] : []
  })
  return Object.fromEntries(found)
}

/** Outputs by the asset they are, or would be: `outputs.ts` finds the place behind either. */
function printOutputs({ id, status }: RunRecord, options: PrintOptions): JsonObject {
  const shown = Object.entries(status.outputs ?? {}).map(([name, output]) => {
    const asset = output.assetName === undefined ? outputAsset(id, name) : output.assetName
    const collection = output.type.endsWith('_model') ? 'models' : 'data'
    const assetId =
      `azureml://locations/local/workspaces/${options.workspaceGuid}/${collection}/` +
      `${asset}/versions/${output.assetVersion ?? '1'}`
    return [name, { assetId, type: typeWord(output.type, options.userAgent) }] as const
  })
  return Object.fromEntries(shown)
}

/** The name an output goes by that was registered as nothing. */
export function outputAsset(job: string, output: string): string {
  return `azureml_${job}_output_${output}`
}

/** A list of texts from a body. */
export function textsOf(value: Json | undefined): string[] {
  return asArray(value).flatMap((one) => (typeof one === 'string' ? [one] : []))
}
