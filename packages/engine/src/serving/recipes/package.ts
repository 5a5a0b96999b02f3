/** An environment that is a model package: it brings model, code and server along. */
import { existsSync, readFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asObject, asString, fail, type Issue } from '@lazurite/spec'
import { safeJoin } from '@lazurite/store'
import { locatePlace } from '../../datastores/resolve.ts'
import { fetchTree } from '../../datastores/transfer.ts'
import { placeEnvironment, variablesOf } from '../material.ts'
import { baseKey, type Manifest, modelFolder, packageKey } from '../package/texts.ts'
import type { DeploymentFacts, PlanAsk, Recipe, ReplicaPlan } from '../recipe.ts'
import { inferenceServerOf, served, variablesOfMlflow } from './servers.ts'

const propertiesOf = ({ environment }: DeploymentFacts) => asObject(environment?.props.properties)

export const packaged: Recipe = {
  name: 'package',
  fits: (facts) =>
    asString(propertiesOf(facts)[packageKey]) !== undefined && !facts.model && !facts.props.codeConfiguration,
  admit: (): Issue[] => [],
  async plan(ask: PlanAsk): Promise<ReplicaPlan> {
    const { facts, say, signal } = ask
    const { folder, manifest } = await placePackage(ask)
    const base = asString(propertiesOf(facts)[baseKey])
    const within = base ? { ...ask, facts: { ...facts, props: { ...facts.props, environmentId: base } } } : ask
    const { env } = await placeEnvironment(within)
    const server = await inferenceServerOf(env, signal)
    const script = safeJoin(folder, manifest.script)
    const { name, version, last } = manifest.model
    say(`The package brings the model ${name}:${version}${server ? '' : '; score_driver.py serves it'}.`)
    const plan = served(script, server)
    return {
      ...plan,
      env: {
        ...env,
        ...plan.env,
        AZUREML_MODEL_DIR: safeJoin(folder, modelFolder(manifest)),
        ...(manifest.kind === 'mlflow' ? variablesOfMlflow(last) : {}),
        SERVICE_NAME: facts.endpoint,
        ...manifest.variables,
        ...variablesOf(facts),
      },
      ...(manifest.kind === 'mlflow' ? { passes: true } : {}),
    }
  },
}

async function placePackage({ ctx, facts, dir, signal }: PlanAsk): Promise<{ folder: string; manifest: Manifest }> {
  const folder = join(dir, 'package')
  const uri = asString(propertiesOf(facts)[packageKey]) ?? ''
  if (!existsSync(folder)) {
    const from = await locatePlace(ctx.store, facts.environment?.scope ?? facts.scope, uri)
    await rm(`${folder}.coming`, { recursive: true, force: true })
    await fetchTree(from.storage, from.path, `${folder}.coming`, { signal })
    await rename(`${folder}.coming`, folder)
  }
  const about = join(folder, 'package.json')
  if (!existsSync(about)) fail('PathNotFound', { path: `${uri}package.json` })
  // written by us; what is in it is a path or a text, and paths are joined safely
  return { folder, manifest: JSON.parse(readFileSync(about, 'utf8')) as Manifest }
}
