/**
 * What makes a step what it is, part by part: command, code by its content, environment by its content, variables, inputs
 * by where they are, settings of outputs, and whatever else its type is told. A hash over all of it is the key under which
 * a later step finds it; the parts stay with the step, so that two steps can be held against each other.
 */
import { createHash } from 'node:crypto'
import { asObject, asString, isObject, type Json, type JsonObject, parseRef, stableStringify } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { pythonText } from '../bind.ts'
import { findAsset, hashOf } from '../lookup.ts'
import { bareId } from './spec-of-node.ts'
import { identify } from './uses.ts'

export interface AssetRef {
  scope: string
  name: string
  version: string
}

export interface Made {
  /** sha256 over all parts, hex. */
  key: string
  /** E.g. `command`, `code`, `inputs.lr`, `environmentVariables.MODE`: short texts for people; long and secret ones are hashes. */
  parts: Record<string, string>
  /** Of parts whose text is a name: by what they are compared. */
  ids?: Record<string, string>
  /** The asset versions that `code` and `environment` parts mean. */
  refs?: Record<string, AssetRef>
  /** Nobody but a resumed pipeline may take it over. */
  own?: boolean
}

/** Properties of a job that change nothing about what it does. */
const asides = new Set([
  'displayName',
  'experimentName',
  'description',
  'tags',
  'properties',
  'isArchived',
  'computeId',
  'componentId',
  'identity',
  'services',
  'queueSettings',
  'notificationSetting',
  'userProperties',
  'status',
  'parameters',
])
const codeKeys = new Set(['codeId', 'code'])
const environmentKeys = new Set(['environmentId', 'environment'])
const variableKeys = new Set(['environmentVariables', 'environment_variables'])
const limitAsides = new Set(['timeout', 'jobLimitsType', 'job_limits_type'])
const deepest = 3
const shownChars = 200

interface Part {
  /** What goes into the key. */
  full: string
  /** What is shown; `full` when absent. */
  shown?: string
  /** What is shown is a name: the content may be the same under another. */
  named?: boolean
  ref?: AssetRef
}

type Parts = Map<string, Part>

/** Reads the parts out of the wire properties of a step's job. */
export async function madeOf(store: Store, scope: string, step: JsonObject): Promise<Made> {
  const parts: Parts = new Map()
  await collect({ store, scope, parts }, step, '', 0)
  for (const [name, raw] of Object.entries(asObject(step.inputs))) {
    parts.set(`inputs.${name}`, await inputPart(store, scope, asObject(raw)))
  }
  for (const [name, raw] of Object.entries(asObject(step.outputs))) {
    parts.set(`outputs.${name}`, { full: stableStringify(asObject(raw)) })
  }
  const full = Object.fromEntries([...parts].map(([name, part]) => [name, part.full]))
  const ids = [...parts].flatMap(([name, part]) => (part.named ? [[name, sha(part.full).slice(0, 16)] as const] : []))
  const refs = [...parts].flatMap(([name, { ref }]) => (ref ? [[name, ref] as const] : []))
  return {
    key: sha(stableStringify(full)),
    parts: Object.fromEntries([...parts].map(([name, part]) => [name, part.shown ?? shorten(part.full)])),
    ...(ids.length > 0 ? { ids: Object.fromEntries(ids) } : {}),
    ...(refs.length > 0 ? { refs: Object.fromEntries(refs) } : {}),
  }
}

interface Collecting {
  store: Store
  scope: string
  parts: Parts
}

async function collect(c: Collecting, from: JsonObject, prefix: string, depth: number): Promise<void> {
  for (const [key, value] of Object.entries(from)) {
    if (value === null || value === undefined) continue
    if (depth === 0 && (asides.has(key) || key === 'inputs' || key === 'outputs')) continue
    const text = asString(value)
    if (codeKeys.has(key) && text !== undefined) {
      if (text !== '') c.parts.set(`${prefix}code`, await codePart(c, text))
    } else if (environmentKeys.has(key) && text !== undefined) {
      c.parts.set(`${prefix}environment`, await environmentPart(c, text))
    } else if (variableKeys.has(key)) variableParts(c.parts, `${prefix}environmentVariables.`, asObject(value))
    else if (key === 'resources') resourceParts(c.parts, `${prefix}resources.`, asObject(value))
    else if (isObject(value) && depth < deepest) await collect(c, plain(key, value), `${prefix}${key}.`, depth + 1)
    else c.parts.set(prefix + key, { full: text ?? stableStringify(value) })
  }
}

/** How long something may take is no part of what it does. */
function plain(key: string, value: JsonObject): JsonObject {
  if (key !== 'limits') return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => !limitAsides.has(name)))
}

/** One node is what nobody needs to say; the size of it changes nothing. */
function resourceParts(parts: Parts, prefix: string, resources: JsonObject): void {
  for (const [key, value] of Object.entries(resources)) {
    const count = /^instance_?count$/i.test(key)
    if (value === null || sizeKeys.test(key) || (count && Number(value) === 1)) continue
    parts.set(prefix + (count ? 'instanceCount' : key), { full: asString(value) ?? stableStringify(value) })
  }
}

const sizeKeys = /^(instance_?type|shm_?size|docker_?args|locations|max_?instance_?count)$/i

/** Values may be secrets: whether one is the same is all that is kept. */
function variableParts(parts: Parts, prefix: string, variables: JsonObject): void {
  for (const [name, value] of Object.entries(variables)) {
    const full = value === null ? '' : pythonText(value)
    parts.set(prefix + name, { full, shown: `#${sha(full).slice(0, 12)}` })
  }
}

async function codePart({ store, scope }: Collecting, text: string): Promise<Part> {
  const id = bareId(text) ?? text
  const found = await findAsset(store, scope, id, 'codes')
  if (!('row' in found)) return { full: id }
  const hash = hashOf(found.row)
  const ref = identify(found.row)
  return hash === undefined ? { full: id, ref } : { full: hash, shown: hash.slice(0, 12), ref }
}

async function environmentPart({ store, scope }: Collecting, text: string): Promise<Part> {
  const id = bareId(text) ?? text
  const found = id === '' ? undefined : await findAsset(store, scope, id, 'environments')
  if (!found || !('row' in found)) return { full: id }
  const { name, version } = found.row
  return { full: environmentContent(found.row), shown: `${name}:${version}`, named: true, ref: identify(found.row) }
}

/** Two versions of the same content are the same environment. */
function environmentContent({ name, props }: Row): string {
  const { image, condaFile, build, osType } = props
  const content = { image: image ?? '', condaFile: condaFile ?? '', build: build ?? {}, osType: osType ?? 'Linux' }
  return stableStringify(image || condaFile || isObject(build ?? null) ? content : { ...content, name })
}

async function inputPart(store: Store, scope: string, input: JsonObject): Promise<Part> {
  const uri = asString(input.uri)
  if (uri === undefined) {
    const { value } = input
    return { full: value === undefined || value === null ? '' : pythonText(value as Json) } // what is not absent is Json
  }
  const settled = await settle(store, scope, uri)
  return { full: stableStringify({ ...input, uri: settled }), shown: shorten(settled) }
}

/** A label may mean another version tomorrow: what counts is the version it means today. */
async function settle(store: Store, scope: string, uri: string): Promise<string> {
  if (!uri.startsWith('azureml:') || uri.startsWith('azureml://')) return uri
  const ref = parseRef(uri, 'data')
  if (!ref || ref.version !== undefined) return uri
  const found = await findAsset(store, scope, uri, ref.collection)
  return 'row' in found ? `azureml:${found.row.name}:${found.row.version}` : uri
}

/** A query may hold a signature. */
function shorten(text: string): string {
  const cut = /^https?:/i.test(text) ? text.replace(/\?.*$/s, '') : text
  if (cut === text && text.length <= shownChars) return text
  return `${cut.slice(0, shownChars)}… #${sha(text).slice(0, 12)}`
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
