// What only endpoints and deployments do. What nothing moves yet the server refuses by name.
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { callsPath, itemsOf, readResource } from '@lazurite/client'
import {
  asObject,
  asString,
  fail,
  isLazError,
  type Json,
  type JsonObject,
  kindByCollection,
  parseArmId,
} from '@lazurite/spec'
import { type Args, isSet, listOf, textOf, wholeOf } from '../args.ts'
import type { Run } from '../command.ts'
import { brief, describe, shownOf } from '../describe.ts'
import { type Document, readDocument, shownPath } from '../document.ts'
import { load } from '../load.ts'
import { collectionOf, kindOf, whichOf, whichOfDocument } from '../reach.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage.ts'
import { put, update } from './resource.ts'

/** Creates a deployment; --all-traffic and --set-default then turn the endpoint to it. */
export const createDeployment: Run = async (session, args) => {
  const kind = kindOf(session)
  const told = readDocument(session, args)
  const isFirst = isSet(args, 'local') && (await openLocal(session, args, told))
  const document = isSet(args, 'package-model') ? await packed(session, told) : told
  const made = await put(session, args, document)
  const change: JsonObject = {
    ...(isSet(args, 'all-traffic') || isFirst ? { traffic: { [made.name]: 100 } } : {}),
    ...(isSet(args, 'set-default') ? { defaults: { deploymentName: made.name } } : {}),
  }
  if (Object.keys(change).length > 0) await turn(session, asString(document.yaml.endpoint_name) ?? '', change)
  return { value: describe(kind, made) }
}

/** Makes the endpoint of a local deployment when it is not there. Answers whether nothing of it gets calls yet. */
async function openLocal(session: Session, args: Args, { kind, yaml }: Document): Promise<boolean> {
  const name = whichOfDocument(kind, args, yaml).parent ?? ''
  const all = (await session.client()).of('online-endpoint')
  const there = await all.get({ name }).catch((error: unknown) => {
    if (isLazError(error) && error.http === 404) return undefined
    throw error
  })
  const endpoint = there ?? (await all.put({ name }, { authMode: 'Key' }, {}))
  if (!there) session.say(`The endpoint ${name} was not there, and is made.`)
  return Object.values(asObject(endpoint.properties.traffic)).every((share) => share === 0)
}

/** The same deployment, of a package in place of model, code and environment. */
async function packed(session: Session, document: Document): Promise<Document> {
  const client = await session.client()
  const { properties } = await load(session, client, document)
  const { name, version } = parseArmId(asString(properties.model) ?? '') ?? {}
  if (name === undefined)
    throw new UsageError(
      '--package-model needs a model',
      'Name it in the file of the deployment: model: azureml:NAME:1',
    )
  const { codeConfiguration, environmentId } = properties
  const answer = await client.of('model').act({ name, version }, 'package', {
    targetEnvironmentName: 'packaged-env',
    inferencingServer: { serverType: 'AzureMLOnline', ...(codeConfiguration ? { codeConfiguration } : {}) },
    ...(environmentId ? { baseEnvironmentSource: { resourceId: environmentId } } : {}),
  })
  const made = /\/environments\/([^/]+)\/versions\/([^/]+)$/.exec(asString(asObject(answer).targetEnvironmentId) ?? '')
  const { model: _, code_configuration: __, ...rest } = document.yaml
  const yaml = { ...rest, environment: `azureml:${made?.[1]}:${made?.[2]}` }
  session.say(`The model is packed into the environment ${made?.[1]}:${made?.[2]}.`)
  return { ...document, yaml, doc: { ...document.doc, value: yaml } }
}

/** PUT and not PATCH: the shares of other deployments go to zero. */
async function turn(session: Session, name: string, change: JsonObject): Promise<void> {
  const { shape } = kindOf(session)
  const parent = typeof shape === 'object' ? kindByCollection(shape.under) : undefined
  const all = (await session.client()).of(parent?.name ?? '')
  const { properties, rest } = await all.get({ name })
  const { location, tags, identity, kind } = rest
  const beside = { location, tags, identity, kind }
  const kept = Object.fromEntries(Object.entries(beside).filter(([, value]) => value !== undefined && value !== null))
  // values that are not there were left out on the line above
  await all.put({ name }, { ...properties, ...change }, kept as JsonObject)
}

/** Changes an endpoint; shares go to deployments that are there. */
export const updateEndpoint: Run = async (session, args) => {
  const all = await collectionOf(session, args)
  const shares = new Set(['traffic', 'mirror-traffic'].flatMap((flag) => listOf(args, flag)).flatMap(namesIn))
  const name = textOf(args, 'name')
  if (shares.size > 0 && name !== undefined) {
    await all.get({ name })
    const there: string[] = []
    const below = (await session.client()).of('online-deployment')
    for await (const one of below.list({ parent: name })) there.push(one.name)
    const unknown = [...shares].filter((share) => !there.includes(share))
    if (unknown.length > 0)
      throw new UsageError(
        `the endpoint ${name} has no deployment ${unknown.join(', ')}`,
        there.length > 0 ? `There is: ${there.sort().join(', ')}` : 'Create one with: laz online-deployment create',
      )
  }
  return update(session, args)
}

/** `blue=90 green=10` → blue, green. */
function namesIn(word: string): string[] {
  return word.split(/[\s,]+/).flatMap((pair) => (pair.includes('=') ? [pair.slice(0, pair.indexOf('='))] : []))
}

export const credentials: Run = async (session, args) => {
  const all = await collectionOf(session, args)
  const which = whichOf(args)
  const endpoint = await all.get(which)
  const byKey = (asString(endpoint.properties.authMode) ?? 'Key').toLowerCase() === 'key'
  const action = byKey || kindOf(session).actions?.token === undefined ? 'listKeys' : 'token'
  return { value: asObject(await all.act(which, action)) }
}

/** Sends a file, or nothing, to the endpoint with its own key or token; what comes back is printed as it is. */
export const invokeOnline: Run = async (session, args) => {
  const client = await session.client()
  const { name } = whichOf(args)
  const file = resolve(session.cwd, textOf(args, 'request-file') ?? missingFile())
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) fail('FileNotFound', { path: shownPath(file, session.cwd) })
  const body = readFileSync(file)
  const deployment = textOf(args, 'deployment-name')
  const answer = await client.onlineEndpoints.scorer(name).raw(body, deployment === undefined ? {} : { deployment })
  const text = await answer.text()
  // `az` answers a text; a query asks for something in it
  const value = textOf(args, 'query') === undefined ? text : parsed(text)
  return { value, text: text.endsWith('\n') ? text : `${text}\n` }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json // JSON.parse yields JSON
  } catch {
    return text
  }
}

function missingFile(): never {
  throw new UsageError('--request-file is missing', 'Name the file that is sent, e.g. --request-file sample.json')
}

export const regenerate: Run = async (session, args) => {
  const all = await collectionOf(session, args)
  const keyType = textOf(args, 'key-type') === 'secondary' ? 'Secondary' : 'Primary'
  await all.act(whichOf(args), 'regenerateKeys', { keyType })
  return {}
}

const containers: Readonly<Record<string, string>> = {
  'inference-server': 'InferenceServer',
  'storage-initializer': 'StorageInitializer',
}

export const logs: Run = async (session, args) => {
  if (isSet(args, 'follow')) {
    const { followDeployment } = await import('./endpoint-watch.ts')
    await followDeployment(session, args)
    return {}
  }
  const all = await collectionOf(session, args)
  const tail = wholeOf(args, 'lines') ?? 5000
  const containerType = containers[textOf(args, 'container') ?? 'inference-server'] ?? null
  const answer = asObject(await all.act(whichOf(args), 'getLogs', { tail, containerType }))
  const text = asString(answer.content) ?? ''
  return { value: text, text: text.endsWith('\n') ? text : `${text}\n` }
}

/** The jobs that calls of an endpoint started. */
export const jobs: Run = async (session, args) => {
  const client = await session.client()
  const all = await collectionOf(session, args, client)
  const which = whichOf(args)
  await all.get(which)
  const job = client.of('job').kind
  const rows: JsonObject[] = []
  const path = callsPath(client, all.kind.name, which)
  for await (const item of itemsOf(client, path)) rows.push(brief(job, readResource(item)))
  return { value: rows, shown: shownOf(job, session.now()) }
}
