/** What a pipeline says about all of its steps. */
import { asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import { field } from './graph.ts'

/** Settings of the pipeline, which the wire writes in snake case and some clients in camel case. */
export function settingOf(props: JsonObject, snake: string): Json | undefined {
  const camel = snake.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return field(asObject(props.settings), snake, camel)
}

/** The compute of steps that name none. */
export function pipelineCompute(props: JsonObject): string | undefined {
  return asString(field(props, 'computeId', 'compute')) ?? asString(settingOf(props, 'default_compute'))
}

/** The datastore that a pipeline's settings name for its outputs. */
export function datastoreOf(props: JsonObject): string | undefined {
  return asString(settingOf(props, 'default_datastore'))
    ?.replace(/^azureml:/i, '')
    .split('/')
    .at(-1)
}
