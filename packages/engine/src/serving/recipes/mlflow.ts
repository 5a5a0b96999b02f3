/** A model of MLflow without code: our script serves it, in what the model itself says it needs. */
import type { Issue } from '@lazurite/spec'
import { environmentOfModel } from '../../batch/mlflow-environment.ts'
import { ownPython } from '../../own-python.ts'
import { placeEnvironment, placeModel, variablesOf, withEnvironment } from '../material.ts'
import type { DeploymentFacts, PlanAsk, Recipe, ReplicaPlan } from '../recipe.ts'
import { driver, variablesOfMlflow } from './servers.ts'

export const mlflow: Recipe = {
  name: 'mlflow',
  collects: true,
  fits: ({ modelType, props }: DeploymentFacts) => modelType === 'mlflow_model' && !props.codeConfiguration,
  admit: (): Issue[] => [],
  async plan(ask: PlanAsk): Promise<ReplicaPlan> {
    const { facts, dir, say } = ask
    const model = await placeModel(ask)
    const { env } = await placeEnvironment(await withOwnEnvironment(ask))
    const script = ownPython('mlflow_score.py')
    say('The model needs no code: mlflow_score.py serves it, for input_data and for the forms of MLflow.')
    return {
      cwd: dir,
      // what a model writes into its working folder is the replica's own
      command: `cd "$LAZ_REPLICA_DIR" || exit 70\n${driver(script)}`,
      env: {
        ...env,
        AML_APP_ROOT: dir,
        AZUREML_ENTRY_SCRIPT: script,
        ...(model ? { AZUREML_MODEL_DIR: model.dir } : {}),
        ...variablesOfMlflow(model?.last),
        SERVICE_NAME: facts.endpoint,
        PYTHONUNBUFFERED: '1',
        PYTHONDONTWRITEBYTECODE: '1',
        ...variablesOf(facts),
      },
      routes: { score: '/score', live: '/', ready: '/' },
      passes: true,
    }
  },
}

const withOwnEnvironment = (ask: PlanAsk) =>
  withEnvironment(ask, async ({ scope, model }) =>
    model ? environmentOfModel({ store: ask.ctx.store, scope }, model) : undefined,
  )
