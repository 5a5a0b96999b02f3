/** What recipes lay out of a deployment's assets: its code, verified, and its model, under the name it was registered with. */
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { asObject, asString, fail, parseUri } from '@lazurite/spec'
import type { EngineContext } from '../context.ts'
import { isWeb, locate } from '../datastores/resolve.ts'
import { fetchFile, fetchTree } from '../datastores/transfer.ts'
import { realise } from '../environments/index.ts'
import { placeSnapshot } from '../snapshot.ts'
import type { PlanAsk } from './recipe.ts'

/** What laying out assets needs of an ask. */
type Placing = Pick<PlanAsk, 'facts' | 'dir' | 'say' | 'signal'> & { ctx: Pick<EngineContext, 'store'> }

/** The code folder of a deployment, laid out and verified. Undefined when it has none. Raises SnapshotIntegrity. */
export async function placeCode({ ctx, facts, dir, signal }: Placing): Promise<string | undefined> {
  const codeId = asString(asObject(facts.props.codeConfiguration).codeId)
  if (codeId === undefined || codeId === '') return undefined
  const target = join(dir, 'code')
  if (existsSync(target)) return target
  const coming = `${target}.coming`
  await rm(coming, { recursive: true, force: true })
  mkdirSync(coming, { recursive: true })
  await placeSnapshot(codeId, facts.scope, coming, { store: ctx.store, signal })
  renameSync(coming, target)
  return target
}

/**
 * What AZUREML_MODEL_DIR names: a folder `<name>/<version>` that keeps the last component of the model's path. Undefined
 * for a deployment without a model. Raises what reading the storage raises.
 */
export async function placeModel(ask: Placing): Promise<{ dir: string; last: string } | undefined> {
  const { ctx, facts, dir, say, signal } = ask
  const { model } = facts
  if (!model) return undefined
  const uri = asString(model.props.modelUri) ?? ''
  const from = await locate(ctx.store, model.scope, uri)
  if (isWeb(from)) {
    return fail('NotSupported', {
      what: `The model ${model.name}:${model.version}`,
      why: 'it lies behind a web address',
      instead: 'Download it, and register the file.',
    })
  }
  const last = basename(from.path) || lastOf(uri)
  const target = join(dir, 'azureml-models', model.name, model.version)
  if (existsSync(join(target, last))) return { dir: target, last }
  const coming = join(dir, 'azureml-models', 'coming')
  await rm(coming, { recursive: true, force: true })
  mkdirSync(coming, { recursive: true })
  const found = await from.storage.stat(from.path)
  if (found && !found.folder) await fetchFile(from.storage, found, join(coming, last), { signal })
  else {
    const { files } = await fetchTree(from.storage, from.path, join(coming, last), { signal })
    if (files === 0) fail('PathNotFound', { path: uri })
  }
  mkdirSync(join(target, '..'), { recursive: true })
  await rm(target, { recursive: true, force: true })
  renameSync(coming, target)
  say(`The model ${model.name}:${model.version} is in ${join(target, last)}.`)
  return { dir: target, last }
}

function lastOf(uri: string): string {
  const parsed = parseUri(uri)
  return 'path' in parsed && typeof parsed.path === 'string' ? basename(parsed.path) || 'model' : 'model'
}

/** The same ask with an environment for a deployment that names none; one that is given is taken as it is. */
export async function withEnvironment(
  ask: PlanAsk,
  make: (facts: PlanAsk['facts']) => Promise<string | undefined>,
): Promise<PlanAsk> {
  const { facts } = ask
  if (asString(facts.props.environmentId)) return ask
  const environmentId = await make(facts)
  if (environmentId === undefined) return ask
  return { ...ask, facts: { ...facts, props: { ...facts.props, environmentId } } }
}

/** PATH and the rest of the deployment's environment; `also` are lines for pip beside what it asks for. */
export async function placeEnvironment(ask: PlanAsk, also: string[] = []) {
  const { ctx, facts, signal, say } = ask
  const environmentId = asString(facts.props.environmentId)
  return realise(environmentId, facts.scope, { ...ctx, signal, also }, async (line) => say(line))
}

/** The user's environment variables, as texts. */
export function variablesOf({ props }: { props: PlanAsk['facts']['props'] }): Record<string, string> {
  const given = Object.entries(asObject(props.environmentVariables))
  return Object.fromEntries(given.flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])))
}
