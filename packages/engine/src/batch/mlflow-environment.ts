/** The environment of an MLflow model that a deployment gives none: what the model itself says it needs. */
import { createHash } from 'node:crypto'
import { asString, fail } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { isWeb, locate } from '../datastores/resolve.ts'

const image = 'mcr.microsoft.com/azureml/minimal-py311-inference:latest'
const mostBytes = 1 << 20
/** What unnamed environments of a workspace are versions of; lists leave them out. */
const anonymous = 'CliV2AnonymousEnvironment'

/** The id of the environment, which is registered when it is not there. Raises BadArgument for a model without one. */
export async function environmentOfModel(o: { store: Store; scope: string }, model: Row): Promise<string> {
  const condaFile = await condaOf(o.store, model)
  const version = createHash('sha256').update(condaFile).digest('hex').slice(0, 40)
  const key = { scope: o.scope, kind: 'environment', name: anonymous, version }
  await o.store.resources.put({
    key,
    props: { image, condaFile, isAnonymous: true, description: `Of the model ${model.name}:${model.version}` },
    by: model.createdBy,
    state: 'Succeeded',
    keepExisting: true,
  })
  return `azureml:${anonymous}:${version}`
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
