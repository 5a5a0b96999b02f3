/** A scoring script with `init()` and `run()`, in the deployment's environment. */
import { existsSync } from 'node:fs'
import { asObject, asString, fail, type Issue } from '@lazurite/spec'
import { safeJoin } from '@lazurite/store'
import { placeCode, placeEnvironment, placeModel, variablesOf } from '../material.ts'
import type { DeploymentFacts, PlanAsk, Recipe, ReplicaPlan } from '../recipe.ts'
import { inferenceServerOf, served } from './servers.ts'

const scriptOf = ({ props }: DeploymentFacts) => asString(asObject(props.codeConfiguration).scoringScript)

export const scoreScript: Recipe = {
  name: 'score-script',
  collects: true,
  fits: ({ props }) => asString(asObject(props.codeConfiguration).codeId) !== undefined,
  admit(facts): Issue[] {
    const path = ['properties', 'codeConfiguration', 'scoringScript']
    return scriptOf(facts) ? [] : [{ path, message: 'a deployment with code needs the name of its scoring script' }]
  },
  async plan(ask: PlanAsk): Promise<ReplicaPlan> {
    const { facts, say } = ask
    const code = (await placeCode(ask)) ?? ''
    const script = safeJoin(code, scriptOf(facts) ?? '')
    if (!existsSync(script)) fail('PathNotFound', { path: `the scoring script ${scriptOf(facts)} of the code` })
    const model = await placeModel(ask)
    const { env } = await placeEnvironment(ask)
    const server = await inferenceServerOf(env, ask.signal)
    say(
      server === undefined
        ? 'The environment has no azureml-inference-server-http: score_driver.py serves the script, with the same contract.'
        : `The script is served by azureml-inference-server-http ${server} of the environment.`,
    )
    const plan = served(script, server)
    return {
      ...plan,
      env: {
        ...env,
        ...plan.env,
        ...(model ? { AZUREML_MODEL_DIR: model.dir } : {}),
        SERVICE_NAME: facts.endpoint,
        ...variablesOf(facts),
      },
    }
  },
}
