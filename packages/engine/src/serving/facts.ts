/** A deployment's row, with the assets it names. */
import { createHash } from 'node:crypto'
import { asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { findAsset, refuseMissing } from '../lookup.ts'
import { isSystemScope } from '../system-registry.ts'
import { type Collection, customOf } from './collect.ts'
import type { DeploymentFacts } from './recipe.ts'

/** Raises ResourceNotFound for a model or an environment that is not there. */
export async function factsOf(
  store: Store,
  at: { scope: string; name: string },
  props: JsonObject,
): Promise<DeploymentFacts> {
  const [endpoint = '', deployment = ''] = at.name.split('/')
  const model = await assetOf(store, at.scope, { text: asString(props.model), collection: 'models', kind: 'model' })
  const environment = await environmentOf(store, at.scope, asString(props.environmentId))
  return {
    scope: at.scope,
    endpoint,
    deployment,
    props,
    ...(model ? { model, modelType: asString(model.props.modelType) ?? 'custom_model' } : {}),
    ...(environment ? { environment } : {}),
  }
}

interface Wanted {
  text: string | undefined
  collection: string
  kind: string
}

async function assetOf(store: Store, scope: string, { text, collection, kind }: Wanted): Promise<Row | undefined> {
  if (text === undefined || text === '') return undefined
  // azure-ai-ml 1.35 leaves the prefix in the name when it looks a label up
  const plain = text.replace(/\/azureml:(?=[^/]+\/versions\/[^/]+$)/, '/')
  const found = await findAsset(store, scope, plain, collection)
  return 'row' in found ? found.row : refuseMissing(found, kind, text)
}

/** Names that no row stands for are the business of whoever makes the environment real. */
async function environmentOf(store: Store, scope: string, text: string | undefined): Promise<Row | undefined> {
  if (text === undefined || text === '') return undefined
  const found = await findAsset(store, scope, text, 'environments')
  return 'row' in found && !isSystemScope(found.row.scope) ? found.row : undefined
}

/** Properties that a replica is made of; the rest (scale, limits, tags) changes without a new process. */
const material = [
  'model',
  'codeConfiguration',
  'environmentId',
  'environmentVariables',
  'instanceType',
  'modelMountPath',
  'containerResourceRequirements',
]

/** Equal for deployments whose replicas are the same. `salt` makes it another one: a restart that was asked for. */
export function revisionOf({ props, model, environment }: DeploymentFacts, salt = ''): string {
  const custom = customOf(props)
  // calls are kept in front of the replicas, which need not know
  const collected: Json =
    custom.length === 0 ? null : [asObject(props.dataCollector).rollingRate ?? null, ...custom.map(printed)]
  const parts: Json[] = [...material.map((name) => props[name] ?? null), collected]
  const assets = [model, environment].map((row): Json => (row ? [row.scope, row.name, row.version, row.id] : null))
  return createHash('sha256')
    .update(JSON.stringify([...parts, ...assets, salt]))
    .digest('hex')
    .slice(0, 12)
}

const printed = ({ name, rate, dataId, data }: Collection): Json => [name, rate, dataId ?? null, { ...data }]
