/** The job of a call whose deployment is a model: a pipeline with one parallel step, whose output `score` has the results. */
import { createHash } from 'node:crypto'
import { armId, asNumber, asObject, asString, fail, isObject, type Json, type JsonObject } from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { type BatchScoring, writeBatchScoring } from '../jobs/batch-scoring.ts'
import { findAsset, idOf, refuseMissing } from '../lookup.ts'
import { workspaceOf } from '../reconcile/workspace.ts'
import { type BatchCall, fileName, seconds } from './call.ts'
import { environmentOfModel } from './mlflow-environment.ts'
import { refuseTaken } from './taken.ts'

/** As Azure ML names them: the step, its output, and the file in it. */
const step = 'batchscoring'
const score = 'score'
const usualFile = 'predictions.csv'
const modelInput = 'model_input'

export interface Calling {
  store: Store
  scope: string
  /** Wire properties of the deployment. */
  deployment: JsonObject
  call: BatchCall
}

/** Inputs, outputs and the step. Raises BadArgument for a call that does not fit, ResourceNotFound for a missing model. */
export async function modelJob(o: Calling): Promise<JsonObject> {
  const { deployment, call } = o
  const [name, input] = dataOf(call)
  const model = await modelOf(o)
  const { codeId, scoringScript } = asObject(deployment.codeConfiguration)
  const script = asString(scoringScript)
  const mlflow = script === undefined && asString(model?.props.modelType) === 'mlflow_model'
  if (script === undefined && !mlflow) {
    const what = 'The deployment has neither a scoring script nor an MLflow model'
    fail('BadArgument', { what }, { target: 'codeConfiguration' })
  }
  const output = outputOf(call)
  const settings = settingsOf(o)
  const compute = call.compute ?? asString(deployment.compute)
  const scoring: BatchScoring = { output: score, mlflow, ...modelFacts(model) }
  const environment = asString(deployment.environmentId) || (model && mlflow ? await environmentOfModel(o, model) : '')
  const appended = (asString(deployment.outputAction) ?? 'AppendRow').toLowerCase() !== 'summaryonly'
  await refuseTaken(o.store, o.scope, { output, file: appended ? fileOf(o) : undefined })
  const spec: JsonObject = {
    type: 'parallel',
    display_name: step,
    inputs: {
      [name]: { type: input.jobInputType ?? 'uri_folder' },
      ...(model ? { [modelInput]: { type: typeOf(model) } } : {}),
    },
    outputs: { [score]: { type: output.jobOutputType ?? 'uri_folder' } },
    input_data: `\${{inputs.${name}}}`,
    ...settings,
    environment_variables: variablesOf(deployment),
    batch_scoring: writeBatchScoring(scoring),
    task: {
      type: 'run_function',
      ...(mlflow ? {} : { code: asString(codeId) ?? '' }),
      entry_script: script ?? 'score.py',
      environment: environment || 'azureml:host@latest',
      program_arguments: argumentsOf(o, output),
      ...(appended ? { append_row_to: `\${{outputs.${score}}}` } : {}),
    },
  }
  return {
    inputs: { [name]: input },
    outputs: { [score]: output },
    jobs: {
      [step]: {
        type: 'parallel',
        name: step,
        // clients that show a pipeline know parallel steps of components alone
        componentId: await anonymousComponent(o, spec),
        ...(compute ? { computeId: compute } : {}),
        inputs: {
          [name]: { job_input_type: 'literal', value: `\${{parent.inputs.${name}}}` },
          ...(model ? { [modelInput]: { job_input_type: typeOf(model), uri: idOf(deployment.model) ?? '' } } : {}),
        },
        outputs: { [score]: { type: 'literal', value: `\${{parent.outputs.${score}}}` } },
        resources: asObject(settings.resources),
      },
    },
  }
}

/** The id of the unnamed component of this content, which is registered when it is not there. */
async function anonymousComponent({ store, scope }: Calling, content: JsonObject): Promise<string> {
  const version = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 40)
  const name = 'azureml_anonymous'
  await store.resources.put({
    key: { scope, kind: 'component', name, version },
    props: { componentSpec: { name, version, ...content }, isAnonymous: true },
    by: 'batch endpoints',
    keepExisting: true,
  })
  return armId((await workspaceOf(store, scope)).id, 'components', name, version)
}

/** Exactly one input, which is data; its name means nothing. */
function dataOf({ inputs }: BatchCall): [string, JsonObject] {
  const all = Object.entries(inputs)
  const literal = all.find(([, input]) => asObject(input).jobInputType === 'literal')
  if (literal) {
    const what = `The input ${literal[0]} is a value; a deployment of a model takes data alone`
    fail('BadArgument', { what }, { target: `properties.inputData.${literal[0]}` })
  }
  const [first] = all
  if (first === undefined || all.length > 1) {
    const what = `A deployment of a model takes exactly one input, a folder or a file; the call has ${all.length}`
    return fail('BadArgument', { what }, { target: 'properties.inputData' })
  }
  return [first[0], asObject(first[1])]
}

/** Results of a model go to one place, whatever it is called. */
function outputOf({ outputs }: BatchCall): JsonObject {
  const all = Object.values(outputs)
  if (all.length > 1) {
    const what = `A deployment of a model has one output; the call names ${all.length}`
    fail('BadArgument', { what }, { target: 'properties.outputData' })
  }
  return isObject(all[0]) ? all[0] : { jobOutputType: 'uri_folder' }
}

async function modelOf({ store, scope, deployment }: Calling): Promise<Row | undefined> {
  const text = idOf(deployment.model)
  if (text === undefined) return undefined
  const found = await findAsset(store, scope, text, 'models')
  return 'row' in found ? found.row : refuseMissing(found, 'model', text)
}

function typeOf(model: Row): string {
  return asString(model.props.modelType) ?? 'custom_model'
}

function modelFacts(model: Row | undefined): Pick<BatchScoring, 'model' | 'modelFolder'> {
  if (!model) return {}
  const last = (asString(model.props.modelUri) ?? '')
    .replace(/[/?#]+$/, '')
    .split('/')
    .at(-1)
  return { model: modelInput, ...(last ? { modelFolder: last } : {}) }
}

/** What the call says goes before what the deployment says. */
function settingsOf({ deployment, call }: Calling): JsonObject {
  const retry = asObject(deployment.retrySettings)
  const resources = asObject(deployment.resources)
  const level = call.loggingLevel ?? asString(deployment.loggingLevel) ?? 'Info'
  const count = call.instanceCount ?? asNumber(resources.instanceCount) ?? 1
  const size = call.instanceType ?? asString(resources.instanceType)
  return {
    resources: { instance_count: count, ...(size ? { instance_type: size } : {}) },
    mini_batch_size: String(call.miniBatchSize ?? asNumber(deployment.miniBatchSize) ?? 10),
    error_threshold: call.errorThreshold ?? asNumber(deployment.errorThreshold) ?? -1,
    mini_batch_error_threshold: -1,
    max_concurrency_per_instance: call.maxConcurrencyPerInstance ?? asNumber(deployment.maxConcurrencyPerInstance) ?? 1,
    retry_settings: {
      max_retries: call.maxRetries ?? asNumber(retry.maxRetries) ?? 3,
      timeout: call.timeoutSeconds ?? seconds(retry.timeout) ?? 30,
    },
    logging_level: level.toUpperCase(),
  }
}

function variablesOf({ environmentVariables }: JsonObject): JsonObject {
  const given = Object.entries(asObject(environmentVariables))
  return Object.fromEntries(given.map(([name, value]): [string, Json] => [name, value ?? '']))
}

/** The name of the file of results, where the output is a folder. */
function fileOf({ deployment, call }: Calling): string {
  return call.outputFileName ?? fileName(asString(deployment.outputFileName) || undefined) ?? usualFile
}

function argumentsOf(o: Calling, output: JsonObject): string {
  if (output.jobOutputType === 'uri_file') return ''
  return `--append_row_file_name '${fileOf(o).replaceAll("'", "'\\''").replaceAll('${{', '')}'`
}
