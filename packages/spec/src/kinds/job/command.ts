// command job: one shell command in a copy of a folder.
import { type Fields, f } from '../../field.ts'
import { asObject, type JsonObject } from '../../json.ts'
import {
  code,
  commandLimits,
  distribution,
  environment,
  environmentVariables,
  inputs,
  job,
  outputs,
  queueSettings,
  resources,
} from './common.ts'

export const commandLine = f.string({
  doc: 'Shell line, run with bash in the copy of the code folder; ${{inputs.x}}, ${{outputs.y}} and $[[ … ]] are filled in.',
})

/** The command itself, as jobs, sweeps and components share it. */
export const parameterised: Fields = {
  command: f.required(commandLine),
  code,
  environment: f.required(environment),
  environment_variables: environmentVariables,
  resources,
  distribution,
  queue_settings: queueSettings,
}

export const commandJob: Fields = {
  ...job,
  ...parameterised,
  limits: commandLimits,
  parameters: f.any({ out: true, doc: 'Parameters the server knows of.' }),
  inputs,
  outputs,
  parent_job_name: f.string({ doc: 'Run it is nested in.' }),
}

/** What the wire spells in more than one place. */
export function commandToWire(written: JsonObject, yaml: JsonObject): JsonObject {
  if (typeof yaml.compute !== 'string' || yaml.compute.toLowerCase() !== 'local') return written
  const given = asObject(written.resources)
  return {
    ...written,
    environmentVariables: { ...asObject(written.environmentVariables), AZUREML_COMPUTE_USE_COMMON_RUNTIME: 'true' },
    resources: { ...given, properties: { ...asObject(given.properties), IsLocal: { IsLocal: true } } },
  }
}

/** The inverse. */
export function commandFromWire(props: JsonObject): JsonObject {
  const given = asObject(props.resources)
  const { IsLocal, ...rest } = asObject(given.properties)
  if (IsLocal === undefined) return props
  const { AZUREML_COMPUTE_USE_COMMON_RUNTIME: _, ...variables } = asObject(props.environmentVariables)
  return { ...props, computeId: 'local', environmentVariables: variables, resources: { ...given, properties: rest } }
}
