// Calls of batch endpoints. What is scored is brought in as the inputs of a job are: by the same words, with the same uploads.
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { callsPath } from '@lazurite/client'
import { asObject, asString, isObject, type Json, type JsonObject, kindByName, parseYaml, setKey } from '@lazurite/spec'
import { type Args, textOf, wholeOf } from '../args.ts'
import type { Run } from '../command.ts'
import { brief, shownOf } from '../describe.ts'
import { readDocument } from '../document.ts'
import { load } from '../load.ts'
import { collectionOf, whichOf } from '../reach.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage.ts'

const folder = 'uri_folder'

/** Starts the job of a call and answers it; `-o tsv --query name` is its name. */
export const invokeBatch: Run = async (session, args) => {
  const client = await session.client()
  const all = await collectionOf(session, args, client)
  const which = whichOf(args)
  const job = kindByName('job') ?? client.of('job').kind
  const document = readDocument(session, args, job)
  const { inputs, outputs, $schema: _, ...rest } = document.yaml
  const changes = changesOf(args, settingsOf(rest))
  // a job that takes and gives the same, so that paths, assets and types mean what they mean there
  const yaml: JsonObject = {
    type: 'command',
    command: 'score',
    environment: 'azureml:host@latest',
    inputs: { ...plain(asObject(inputs)), ...namedIn(session, args, 'inputs'), ...inputOf(session, args) },
    outputs: { ...asObject(outputs), ...namedIn(session, args, 'outputs') },
  }
  const doc = { ...document.doc, value: yaml }
  const { properties } = await load(session, client, { ...document, doc, yaml })
  const headers: Record<string, string> = {}
  const deployment = textOf(args, 'deployment-name')
  if (deployment !== undefined) headers['azureml-model-deployment'] = deployment
  const answer = await client.ask({
    method: 'POST',
    path: callsPath(client, all.kind.name, which),
    headers,
    body: { properties: { ...changes, ...dataOf(args, properties) } },
  })
  const { id, name, properties: told, ...beside } = asObject(await answer.json())
  const made = { id: asString(id) ?? '', name: asString(name) ?? '', properties: asObject(told), rest: beside }
  return { value: brief(job, made), shown: shownOf(job, session.now()) }
}

/** Values that a call may name differently than its deployment, and what they are called on the wire. */
const settings: Readonly<Record<string, string>> = {
  job_name: 'name',
  output_file_name: 'outputFileName',
  mini_batch_size: 'miniBatchSize',
  error_threshold: 'errorThreshold',
  logging_level: 'loggingLevel',
  'retry_settings.max_retries': 'retrySettings.maxRetries',
  'retry_settings.timeout': 'retrySettings.timeout',
  'compute.instance_count': 'compute.instanceCount',
  'compute.target': 'compute.target',
}

/** What --set says beside inputs and outputs. */
function settingsOf(rest: JsonObject): JsonObject {
  const found: JsonObject = {}
  const leaves = Object.entries(rest).flatMap(([key, value]): [string, Json][] =>
    isObject(value) ? Object.entries(value).map(([below, leaf]) => [`${key}.${below}`, leaf]) : [[key, value]],
  )
  for (const [key, value] of leaves) {
    const [first = '', below] = (Object.hasOwn(settings, key) ? settings[key] : undefined)?.split('.') ?? unknown(key)
    setKey(found, first, below === undefined ? value : { ...asObject(found[first]), [below]: value })
  }
  return found
}

function unknown(key: string): never {
  const known = Object.keys(settings).join(', ')
  throw new UsageError(`a call has inputs, outputs and settings, and ${key} is none of them`, `Settings are: ${known}.`)
}

const literals = new Set(['string', 'integer', 'number', 'boolean'])

/** `{type: string, default: x}` is x. */
function plain(inputs: JsonObject): JsonObject {
  const values = Object.entries(inputs).map(([name, input]): [string, Json] => {
    const { type, default: value } = asObject(input)
    if (!literals.has(asString(type) ?? '')) return [name, input]
    if (value === undefined)
      throw new UsageError(`the input ${name} of the call has no default`, 'Give its value as default:')
    return [name, value]
  })
  return Object.fromEntries(values)
}

/** --input: one path or address, whose name means nothing. */
function inputOf(session: Session, args: Args): JsonObject {
  const text = textOf(args, 'input')
  if (text === undefined) return {}
  const path = localOf(session, text)
  const file = path !== undefined && statSync(path).isFile()
  const type = textOf(args, 'input-type') ?? (file ? 'uri_file' : folder)
  const name = type === 'uri_file' ? 'UriFile' : 'UriFolder'
  return { [name]: { type, path: path ?? text } }
}

/** The absolute path of what is on this machine; undefined for addresses and registered data. */
function localOf(session: Session, text: string): string | undefined {
  const path = resolve(session.cwd, text)
  if (statSync(path, { throwIfNoEntry: false })) return path
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return undefined
  throw new UsageError(`--input: there is no file or folder ${text}`)
}

/** --inputs and --outputs: JSON, or `name=value` with blanks or commas between. */
function namedIn(session: Session, args: Args, flag: 'inputs' | 'outputs'): JsonObject {
  const text = textOf(args, flag)
  if (text === undefined) return {}
  if (/^\s*\{/.test(text)) {
    const { value, issues } = parseYaml(text, { file: `--${flag}` })
    if (issues[0]) throw new UsageError(`--${flag}: ${issues[0].message}`)
    return asObject(value)
  }
  const found: JsonObject = {}
  for (const pair of text.split(/[\s,]+/).filter(Boolean)) {
    const cut = pair.indexOf('=')
    if (cut < 1) throw new UsageError(`--${flag} takes JSON or name=value pairs, and ${pair} is none`)
    setKey(found, pair.slice(0, cut), portOf(session, pair.slice(cut + 1), flag))
  }
  return found
}

function portOf(session: Session, text: string, flag: 'inputs' | 'outputs'): Json {
  const address = /^[a-z][a-z0-9+.-]*:/i.test(text)
  if (flag === 'outputs') return { type: folder, path: text }
  const path = resolve(session.cwd, text)
  const info = address ? undefined : statSync(path, { throwIfNoEntry: false })
  if (info) return { type: info.isFile() ? 'uri_file' : folder, path }
  return address ? { type: folder, path: text } : text
}

/** What is different this once. */
function changesOf(args: Args, others: JsonObject): JsonObject {
  const count = wholeOf(args, 'instance-count')
  const name = textOf(args, 'job-name')
  const size = textOf(args, 'mini-batch-size')
  const experimentName = textOf(args, 'experiment-name')
  return {
    ...others,
    ...(count === undefined ? {} : { compute: { ...asObject(others.compute), instanceCount: count } }),
    ...(name === undefined ? {} : { name }),
    ...(size === undefined ? {} : { miniBatchSize: size }),
    ...(experimentName === undefined ? {} : { properties: { experimentName } }),
  }
}

function dataOf(args: Args, { inputs, outputs }: JsonObject): JsonObject {
  const path = textOf(args, 'output-path')
  const named = Object.entries(asObject(outputs)).filter(([name]) => name !== 'default')
  const given = path === undefined ? named : [...named, ['score', { jobOutputType: 'UriFile', uri: path }] as const]
  return { inputData: asObject(inputs), ...(given.length > 0 ? { outputData: Object.fromEntries(given) } : {}) }
}
