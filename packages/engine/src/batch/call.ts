/**
 * A call of a batch endpoint: what is to be scored, where results go, and what is different this once. Clients spell keys
 * and types in any case, with and without underscores.
 */
import { asNumber, asObject, asString, fail, isObject, isoToSeconds, type Json, type JsonObject } from '@lazurite/spec'

export interface BatchCall {
  /** Wire inputs of a job, by name. */
  inputs: JsonObject
  /** Wire outputs of a job, by name. */
  outputs: JsonObject
  outputFileName?: string
  miniBatchSize?: number
  errorThreshold?: number
  maxConcurrencyPerInstance?: number
  maxRetries?: number
  timeoutSeconds?: number
  loggingLevel?: string
  instanceCount?: number
  instanceType?: string
  compute?: string
  /** Name of the job. */
  name?: string
  experimentName?: string
  displayName?: string
  description?: string
  tags: JsonObject
  properties: JsonObject
}

const plainKey = (key: string) => key.replace(/_/g, '').toLowerCase()

/** A value by its name, however the name is written. */
function pick(from: JsonObject, name: string): Json | undefined {
  const found = Object.keys(from).find((key) => plainKey(key) === plainKey(name))
  const value = found === undefined ? undefined : from[found]
  return value === null ? undefined : value
}

/** Reads the body of a call. Raises BadArgument naming what cannot be understood. */
export function readCall(body: JsonObject): BatchCall {
  const said = pick(body, 'properties')
  if (said !== undefined && !isObject(said)) refuse('properties', 'must be a mapping')
  const from = asObject(said)
  const retry = asObject(pick(from, 'retrySettings'))
  const compute = pick(from, 'compute')
  const place = isObject(compute) ? compute : {}
  const { experimentName, ...properties } = textsOf(pick(from, 'properties'), 'properties')
  const text = (name: string) => asString(pick(from, name)) || undefined
  const found = {
    outputFileName: fileName(text('outputFileName')),
    miniBatchSize: whole(from, 'miniBatchSize', 1),
    errorThreshold: whole(from, 'errorThreshold', -1),
    maxConcurrencyPerInstance: whole(from, 'maxConcurrencyPerInstance', 1),
    maxRetries: whole(retry, 'maxRetries', 0),
    timeoutSeconds: seconds(pick(retry, 'timeout')),
    loggingLevel: text('loggingLevel'),
    instanceCount: whole(place, 'instanceCount', 1),
    instanceType: asString(pick(place, 'instanceType')),
    compute: asString(compute) ?? asString(pick(place, 'target')),
    name: text('name') ?? text('jobName'),
    experimentName: asString(experimentName) ?? text('experimentName'),
    displayName: text('displayName'),
    description: text('description'),
  }
  return {
    ...(Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Partial<BatchCall>), // undefined is gone
    inputs: inputsOf(from),
    outputs: outputsOf(from),
    tags: textsOf(pick(from, 'tags'), 'tags'),
    properties,
  }
}

function refuse(where: string, what: string): never {
  return fail('BadArgument', { what: `${where} of the call ${what}` }, { target: `properties.${where}` })
}

function whole(from: JsonObject, name: string, least: number): number | undefined {
  const value = pick(from, name)
  if (value === undefined) return undefined
  const number = asNumber(value) ?? Number(asString(value) || Number.NaN)
  if (Number.isInteger(number) && number >= least && number < 2 ** 31) return number
  return refuse(name, `must be a whole number of at least ${least}, not ${JSON.stringify(value).slice(0, 60)}`)
}

/** A number of seconds, or a duration. */
export function seconds(value: Json | undefined): number | undefined {
  if (value === undefined || value === null) return undefined
  const text = asString(value)
  const found = asNumber(value) ?? (text === undefined ? undefined : (isoToSeconds(text) ?? Number(text || Number.NaN)))
  if (found !== undefined && found > 0 && found <= 259_200) return Math.ceil(found)
  return refuse('retrySettings.timeout', `must be a duration of 1 to 259200 seconds, not ${JSON.stringify(value)}`)
}

/** The name of a file, without a folder. Raises BadArgument. */
export function fileName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (/^[^/\\\u0000-\u001f]{1,200}$/.test(text) && text !== '.' && text !== '..') return text
  return refuse('outputFileName', `must be the name of a file, without a folder, not ${JSON.stringify(text)}`)
}

function textsOf(value: Json | undefined, where: string): JsonObject {
  if (value === undefined) return {}
  if (!isObject(value)) return refuse(where, 'must be a mapping of texts')
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]): [string, string][] => {
      if (item === null) return []
      if (typeof item === 'object') return refuse(`${where}.${key}`, 'must be a text')
      return [[key, String(item)]]
    }),
  )
}

const portName = /^[A-Za-z_][\w.]*$/

function ports(value: Json | undefined, where: string): [string, Json][] {
  if (value === undefined) return []
  if (!isObject(value)) return refuse(where, 'must be a mapping by name')
  const entries = Object.entries(value).filter(([, item]) => item !== null)
  for (const [name] of entries) {
    if (!portName.test(name) || name === '__proto__') {
      refuse(`${where}.${name.slice(0, 60)}`, 'cannot be a name: letters, digits, _ and . only')
    }
  }
  return entries
}

const dataTypes: Record<string, string> = {
  urifolder: 'uri_folder',
  urifile: 'uri_file',
  mltable: 'mltable',
  custommodel: 'custom_model',
  mlflowmodel: 'mlflow_model',
  tritonmodel: 'triton_model',
}
const literalTypes = new Set(['literal', 'string', 'integer', 'number', 'boolean'])
const modes: Record<string, string> = {
  readonlymount: 'ReadOnlyMount',
  romount: 'ReadOnlyMount',
  readwritemount: 'ReadWriteMount',
  rwmount: 'ReadWriteMount',
  download: 'Download',
  upload: 'Upload',
  direct: 'Direct',
}

function inputsOf(from: JsonObject): JsonObject {
  const given = ports(pick(from, 'inputData'), 'inputData').map(([name, raw]): [string, JsonObject] => [
    name,
    inputOf(name, raw),
  ])
  const dataset = pick(from, 'dataset')
  return Object.fromEntries([...given, ...(dataset === undefined ? [] : [['dataset', oldDataset(dataset)] as const])])
}

function inputOf(name: string, raw: Json): JsonObject {
  const where = `inputData.${name}`
  if (!isObject(raw)) {
    return typeof raw === 'object'
      ? refuse(where, 'must be a mapping')
      : { jobInputType: 'literal', value: String(raw) }
  }
  const word = plainKey(asString(pick(raw, 'jobInputType')) ?? asString(pick(raw, 'type')) ?? '')
  const uri = asString(pick(raw, 'uri')) ?? asString(pick(raw, 'path'))
  const value = pick(raw, 'value')
  if (literalTypes.has(word) || (word === '' && uri === undefined)) {
    if (value === undefined || typeof value === 'object') return refuse(where, 'is a literal without a value')
    return { jobInputType: 'literal', value: String(value) }
  }
  const type = Object.hasOwn(dataTypes, word) ? dataTypes[word] : word === '' ? guessType(uri ?? '') : undefined
  if (type === undefined) return refuse(where, `has the type ${word.slice(0, 40)}, which is none of a job's inputs`)
  if (uri === undefined || uri === '') return refuse(where, 'has no uri')
  return { jobInputType: type, uri, ...modeOf(raw, where) }
}

function guessType(uri: string): string {
  return /\.\w+$/.test(uri) ? 'uri_file' : 'uri_folder'
}

function modeOf(raw: JsonObject, where: string): JsonObject {
  const word = asString(pick(raw, 'mode'))
  if (word === undefined) return {}
  const mode = modes[plainKey(word)]
  return mode === undefined ? refuse(where, `has the mode ${word.slice(0, 40)}, which is none`) : { mode }
}

/** The input of older clients: an address, or a registered set of data. */
function oldDataset(raw: Json): JsonObject {
  if (typeof raw === 'string') return { jobInputType: guessType(raw), uri: raw }
  const from = asObject(raw)
  const name = asString(pick(from, 'datasetName'))
  const version = pick(from, 'datasetVersion')
  const named =
    name === undefined ? undefined : `azureml:${name}${version === undefined ? '@latest' : `:${String(version)}`}`
  const uri = asString(pick(from, 'path')) ?? asString(pick(from, 'id')) ?? asString(pick(from, 'assetId')) ?? named
  return uri === undefined ? refuse('dataset', 'names no data') : { jobInputType: guessType(uri), uri }
}

function outputsOf(from: JsonObject): JsonObject {
  const given = ports(pick(from, 'outputData'), 'outputData').map(([name, raw]): [string, JsonObject] => [
    name,
    outputOf(name, raw),
  ])
  const old = pick(from, 'outputDataset')
  return Object.fromEntries([...given, ...(old === undefined ? [] : [['output', oldOutput(old)] as const])])
}

function outputOf(name: string, raw: Json): JsonObject {
  const where = `outputData.${name}`
  if (typeof raw === 'string') return { jobOutputType: guessType(raw), uri: raw }
  if (!isObject(raw)) return refuse(where, 'must be a mapping')
  const word = plainKey(asString(pick(raw, 'jobOutputType')) ?? asString(pick(raw, 'type')) ?? '')
  const uri = asString(pick(raw, 'uri')) ?? asString(pick(raw, 'path'))
  const type = word === '' ? 'uri_folder' : Object.hasOwn(dataTypes, word) ? dataTypes[word] : undefined
  if (type === undefined) return refuse(where, `has the type ${word.slice(0, 40)}, which is none of a job's outputs`)
  // the official client says file for the folder of --output-path
  const seen = type === 'uri_file' && uri !== undefined ? guessType(uri) : type
  return { jobOutputType: seen, ...(uri ? { uri } : {}), ...modeOf(raw, where) }
}

function oldOutput(raw: Json): JsonObject {
  const from = asObject(raw)
  const datastore = (asString(pick(from, 'datastoreId')) ?? '')
    .replace(/^azureml:/i, '')
    .split('/')
    .at(-1)
  const path = (asString(pick(from, 'path')) ?? '').replace(/^\/+/, '')
  if (!datastore || !path) return refuse('outputDataset', 'needs a datastoreId and a path')
  return { jobOutputType: 'uri_folder', uri: `azureml://datastores/${datastore}/paths/${path}` }
}
