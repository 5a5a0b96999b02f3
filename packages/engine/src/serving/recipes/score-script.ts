/** A scoring script with `init()` and `run()`, in the deployment's environment. */
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { asObject, asString, fail, type Issue } from '@lazurite/spec'
import { safeJoin } from '@lazurite/store'
import { quoteShell } from '../../computes/wrapper.ts'
import { ownPython } from '../../own-python.ts'
import { placeCode, placeEnvironment, placeModel, variablesOf } from '../material.ts'
import type { DeploymentFacts, PlanAsk, Recipe, ReplicaPlan } from '../recipe.ts'

const scriptOf = ({ props }: DeploymentFacts) => asString(asObject(props.codeConfiguration).scoringScript)

export const scoreScript: Recipe = {
  name: 'score-script',
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
    say('The scoring script is served by score_driver.py, which keeps to the contract of the inference server.')
    const words = ['python3', ownPython('score_driver.py'), '--entry_script', script].map(quoteShell).join(' ')
    return {
      cwd: dirname(script),
      command: `exec ${words} --port "$LAZ_PORT"`,
      env: {
        ...env,
        AML_APP_ROOT: dirname(script),
        AZUREML_ENTRY_SCRIPT: basename(script),
        ...(model ? { AZUREML_MODEL_DIR: model.dir } : {}),
        SERVICE_NAME: facts.endpoint,
        PYTHONUNBUFFERED: '1',
        ...variablesOf(facts),
      },
      routes: { score: '/score', live: '/', ready: '/' },
    }
  },
}
