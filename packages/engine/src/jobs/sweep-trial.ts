/**
 * A trial is a command job: that of the sweep, with the values of the search space among its inputs. Where the command
 * says `${{search_space.x}}`, the trial's says `${{inputs.x}}`.
 */
import { asObject, asString, isObject, type Json, type JsonObject } from '@lazurite/spec'
import { type Values, valueText } from '../sweep/space.ts'

const reference = /\$\{\{\s*search_space\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g

/** Wire properties of a trial. */
export function trialProps(
  props: JsonObject,
  { name, values, timeout }: { name: string; values: Values; timeout?: string | undefined },
): JsonObject {
  const trial = asObject(props.trial)
  const drawn = Object.entries(values).map(([key, value]): [string, JsonObject] => [
    key,
    { jobInputType: 'literal', value: valueText(value) },
  ])
  const resources = isObject(trial.resources) ? trial.resources : props.resources
  return {
    jobType: 'Command',
    displayName: name,
    experimentName: asString(props.experimentName) ?? 'Default',
    isArchived: false,
    tags: { hyperparameters: JSON.stringify(values) },
    properties: { 'azureml.runsource': 'azureml.scriptrun' },
    command: withInputs(asString(trial.command) ?? ''),
    environmentId: asString(trial.environmentId) ?? '',
    environmentVariables: Object.fromEntries(
      Object.entries(asObject(trial.environmentVariables)).map(([key, value]) => [
        key,
        typeof value === 'string' ? withInputs(value) : value,
      ]),
    ),
    inputs: { ...asObject(props.inputs), ...Object.fromEntries(drawn) },
    outputs: trialOutputs(asObject(props.outputs)),
    ...given('codeId', asString(trial.codeId)),
    ...given('distribution', trial.distribution),
    ...given('resources', resources),
    ...given('computeId', props.computeId),
    ...given('identity', props.identity),
    ...given('queueSettings', props.queueSettings),
    ...(timeout === undefined ? {} : { limits: { jobLimitsType: 'Command', timeout } }),
  }
}

function given(name: string, value: Json | undefined): JsonObject {
  return value === undefined || value === null ? {} : { [name]: value }
}

function withInputs(text: string): string {
  return text.replace(reference, (_, name: string) => `\${{inputs.${name}}}`)
}

/** Only the best trial's outputs are registered, so a trial's have no names; and each has a place of its own. */
function trialOutputs(outputs: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, raw]) => {
      const { assetName: _, assetVersion: __, ...output } = asObject(raw)
      const uri = asString(output.uri)
      return [name, uri && isShared(uri) ? { ...output, uri: ownPlace(uri) } : output]
    }),
  )
}

/** A location that would be the same for all trials. */
export function isShared(uri: string): boolean {
  return !/\$\{\{\s*name\s*\}\}/.test(uri)
}

/** A folder of its own below the location; for a file, in front of its name. */
function ownPlace(uri: string): string {
  const name = '${{name}}'
  if (uri.endsWith('/')) return `${uri}${name}/`
  const cut = uri.lastIndexOf('/')
  return /\.[A-Za-z0-9]+$/.test(uri.slice(cut)) ? `${uri.slice(0, cut)}/${name}${uri.slice(cut)}` : `${uri}/${name}`
}
