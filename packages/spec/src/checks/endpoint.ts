// Endpoints and deployments: names, traffic, and keys that depend on each other.
import { asObject, isObject, type JsonObject, own, type Path } from '../json.ts'
import type { Look } from '../look.ts'

const shape = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/

/** Names of endpoints and deployments are parts of host names. */
export function checkEndpointName(name: unknown, at: Path, look: Look): void {
  if (typeof name !== 'string') return
  if (!shape.test(name)) {
    look.issue(at, `'${name}' cannot be a name here: letters, digits and - only, starting with a letter`)
  } else if (name.length < 3 || name.length > 32) look.issue(at, `'${name}' must have 3 to 32 characters`)
}

export function checkTraffic(yaml: JsonObject, look: Look): void {
  const sum = Object.values(asObject(yaml.traffic)).reduce<number>((n, v) => n + Number(v), 0)
  if (sum > 100) look.issue(['traffic'], `the percentages add up to ${sum}: at most 100`)
  const mirrored = Object.values(asObject(yaml.mirror_traffic))
  if (mirrored.length > 1 || mirrored.some((v) => Number(v) > 50)) {
    look.issue(['mirror_traffic'], 'one deployment may get copies, of at most 50 percent', undefined, 'warning')
  }
}

/** What both kinds of deployments must hold beyond their tables. */
export function checkDeployment(yaml: JsonObject, look: Look): void {
  checkEndpointName(yaml.name, ['name'], look)
  const code = yaml.code_configuration
  if (isObject(code) && code.code !== undefined && code.scoring_script === undefined) {
    look.issue(['code_configuration', 'scoring_script'], 'is required beside code')
  }
  const { output_action: action, output_file_name: file } = { ...yaml, ...asObject(yaml.settings) }
  if (typeof action === 'string' && action.toLowerCase() === 'summary_only' && file) {
    look.issue(
      own(yaml, 'settings') === undefined ? ['output_file_name'] : ['settings', 'output_file_name'],
      'has no meaning with output_action summary_only',
      'leave it out',
    )
  }
}
