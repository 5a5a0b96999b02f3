/** Why an AutoML job cannot run here, as far as can be told before it runs. */
import { asObject, asString, type Issue, type JsonObject, type Path } from '@lazurite/spec'
import { readPlan } from '../automl/plan.ts'
import { admitCommand } from './admit.ts'
import { usualEnvironment } from './automl-child.ts'
import type { Draft } from './type.ts'

const inputs = { training_data: 'trainingData', validation_data: 'validationData', test_data: 'testData' } as const

export async function admitAutoML(draft: Draft): Promise<Issue[]> {
  const { props } = draft
  const { issues } = readPlan(props)
  const details = asObject(props.taskDetails)
  const asCommand: JsonObject = {
    ...props,
    command: '',
    environmentId: asString(props.environmentId) || usualEnvironment,
    inputs: tablesOf(details),
    ...(props.resources === undefined ? {} : { resources: { ...asObject(props.resources), instanceCount: 1 } }),
  }
  const around = await admitCommand({ ...draft, props: asCommand })
  return [...issues, ...around.map((issue) => ({ ...issue, path: placeOf(issue.path) }))]
}

/** The data of the job as the inputs its trials will have. */
export function tablesOf(details: JsonObject): JsonObject {
  const found = Object.entries(inputs).flatMap(([name, wire]): [string, JsonObject][] => {
    const table = asObject(details[wire])
    return asString(table.uri) ? [[name, { jobInputType: 'mltable', ...table }]] : []
  })
  return Object.fromEntries(found)
}

function placeOf(path: Path): Path {
  const [area, name, ...rest] = path
  const wire = area === 'inputs' && typeof name === 'string' && Object.hasOwn(inputs, name) ? name : undefined
  return wire === undefined ? path : ['taskDetails', inputs[wire as keyof typeof inputs], ...rest] // a key of the table
}
