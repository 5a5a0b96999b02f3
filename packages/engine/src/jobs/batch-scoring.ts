/**
 * What a parallel step does for a batch deployment beside what every parallel step does: the model lies where
 * AZUREML_MODEL_DIR says, under the name it was registered with, and the output is where AZUREML_BI_OUTPUT_PATH says.
 */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { asObject, asString, type JsonObject } from '@lazurite/spec'
import type { StageIn } from '../stage.ts'
import type { Staged } from './launch.ts'

export type BatchScoring = {
  /** The input that is the model; absent for a script that needs none. */
  model?: string
  /** The last component of the model's path. */
  modelFolder?: string
  /** The output that results go to. */
  output: string
  /** An MLflow model, scored by a script of ours. */
  mlflow: boolean
}

const plain = /^[A-Za-z_][\w.]*$/

/** Reads `batch_scoring` of a step; undefined for a step that scores for nobody. */
export function readBatchScoring(raw: unknown): BatchScoring | undefined {
  const { model, model_folder: folder, output, mlflow } = asObject(raw)
  const [input, to, last] = [asString(model) ?? '', asString(output) ?? '', asString(folder) ?? '']
  if (!plain.test(to)) return undefined
  const safe = last !== '' && last !== '.' && last !== '..' && !/[/\\\u0000]/.test(last)
  return {
    output: to,
    mlflow: mlflow === true,
    ...(plain.test(input) ? { model: input } : {}),
    ...(safe ? { modelFolder: last } : {}),
  }
}

/** Under which name the model is brought in, so that its folder keeps its name; no input of a user can have it. */
const modelName = (folder: string) => `~model/${folder}`

/** The inputs with the model where its environment variable will say. */
export function placeModelInput(inputs: StageIn[], scoring: BatchScoring | undefined): StageIn[] {
  if (scoring?.model === undefined) return inputs
  return inputs.map((input) =>
    input.name === scoring.model ? { ...input, name: modelName(scoring.modelFolder ?? 'model') } : input,
  )
}

/** Environment variables of a scoring script. */
export function scoringVariables(scoring: BatchScoring, { inputs, outputs }: Staged): Record<string, string> {
  const variables: Record<string, string> = {}
  const model = scoring.model === undefined ? undefined : inputs[modelName(scoring.modelFolder ?? 'model')]
  if (model !== undefined) variables.AZUREML_MODEL_DIR = modelDir(model)
  const output = outputs[scoring.output]
  if (output !== undefined) {
    const folder = statSync(output, { throwIfNoEntry: false })?.isDirectory() ?? false
    variables.AZUREML_BI_OUTPUT_PATH = folder ? output : dirname(output)
  }
  return variables
}

/** A file is staged inside a folder of its own name: both lie one below what is named here. */
function modelDir(path: string): string {
  return dirname(path)
}

/** The wire form of what a step is told. */
export function writeBatchScoring({ model, modelFolder, output, mlflow }: BatchScoring): JsonObject {
  return {
    output,
    mlflow,
    ...(model === undefined ? {} : { model }),
    ...(modelFolder === undefined ? {} : { model_folder: modelFolder }),
  }
}
