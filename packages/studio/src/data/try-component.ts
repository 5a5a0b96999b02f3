// A job that tries a component.
import { asObject, type JsonObject } from '@lazurite/spec'
import { textOf } from './described.ts'

/** A pipeline of one step: its inputs are those of the component that must be given. */
export function pipelineOf(name: string, version: string, component: JsonObject): JsonObject {
  const ports = Object.entries(asObject(component.inputs))
  const step = name.replace(/\W/g, '_').toLowerCase()
  const inputs = ports.flatMap(([key, port]): [string, JsonObject | string | number | boolean][] => {
    const { type, optional, default: usual } = asObject(port)
    if (optional === true && usual === undefined) return []
    if (['string', 'number', 'integer', 'boolean'].includes(textOf(type)))
      return [[key, typeof usual === 'object' || usual === undefined ? '' : (usual ?? '')]]
    return [[key, { type: textOf(type), path: typeof usual === 'string' ? usual : '' }]]
  })
  const bound = Object.fromEntries(inputs.map(([key]) => [key, `\${{parent.inputs.${key}}}`]))
  return {
    type: 'pipeline',
    display_name: `Try ${name}`,
    settings: { default_compute: 'serverless' },
    inputs: Object.fromEntries(inputs),
    jobs: {
      [step]: {
        type: textOf(component.type) || 'command',
        component: `azureml:${name}:${version}`,
        ...(inputs.length > 0 ? { inputs: bound } : {}),
      },
    },
  }
}
