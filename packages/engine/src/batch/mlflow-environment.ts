/** The environment of an MLflow model that a deployment gives none: what the model itself says it needs. */
import { asString, fail } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { isWeb, locate } from '../datastores/resolve.ts'
import { anonymousEnvironment } from '../environments/anonymous.ts'

const mostBytes = 1 << 20

/** The id of the environment, which is registered when it is not there. Raises BadArgument for a model without one. */
export async function environmentOfModel(o: { store: Store; scope: string }, model: Row): Promise<string> {
  const description = `Of the model ${model.name}:${model.version}`
  const condaFile = await condaOf(o.store, model)
  return anonymousEnvironment(o.store, { scope: o.scope, condaFile, by: model.createdBy, description })
}

async function condaOf(store: Store, model: Row): Promise<string> {
  const from = await locate(store, model.scope, asString(model.props.modelUri) ?? '')
  if (isWeb(from)) {
    const what = `The MLflow model ${model.name}:${model.version} lies behind a web address; register its files`
    return fail('BadArgument', { what })
  }
  const path = `${from.path.replace(/\/+$/, '')}/conda.yaml`
  const found = await from.storage.stat(path)
  if (!found || found.folder || found.sizeBytes > mostBytes) {
    return fail('NotSupported', {
      what: `Scoring the model ${model.name}:${model.version} in an environment of its own`,
      why: 'it has no conda.yaml',
      instead: 'Give the deployment an environment.',
    })
  }
  const parts: Buffer[] = []
  for await (const part of await from.storage.read(path)) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8')
}
