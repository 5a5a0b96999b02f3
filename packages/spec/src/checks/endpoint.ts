// Endpoints and deployments: names, traffic, and keys that depend on each other.
import { listWords } from '../codecs/scalar.ts'
import { snake } from '../field.ts'
import { asObject, isObject, type JsonObject, own, type Path } from '../json.ts'
import { checkCollector } from '../kinds/data-collector.ts'
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

function checkDeployment(yaml: JsonObject, look: Look): void {
  checkEndpointName(yaml.name, ['name'], look)
  const code = yaml.code_configuration
  if (isObject(code) && code.code !== undefined && code.scoring_script === undefined) {
    look.issue(['code_configuration', 'scoring_script'], 'is required beside code')
  }
}

const word = (v: unknown) => (typeof v === 'string' ? snake(v) : undefined)

/** What an online deployment must hold beyond its table. */
export function checkOnlineDeployment(yaml: JsonObject, look: Look): void {
  checkDeployment(yaml, look)
  checkCollector(yaml, look)
  const { type, min_instances: least, max_instances: most } = asObject(yaml.scale_settings)
  if (word(type) !== 'target_utilization') return
  if (typeof least === 'number' && typeof most === 'number' && least > most)
    look.issue(['scale_settings', 'max_instances'], `${most} is fewer than min_instances, ${least}`)
}

/** Keys that stand in `settings` of a model, and at the root of a deployment without a type. */
const ofSettings = [
  'retry_settings',
  'mini_batch_size',
  'logging_level',
  'output_action',
  'output_file_name',
  'max_concurrency_per_instance',
]
const levels = ['info', 'warning', 'debug']

/** What a batch deployment must hold beyond its table. */
export function checkBatchDeployment(yaml: JsonObject, look: Look): void {
  checkDeployment(yaml, look)
  const type = word(yaml.type)
  if (type === undefined && own(yaml, 'settings') !== undefined)
    look.issue(['settings'], 'has no place in a deployment without a type', 'write type: model above')
  if (type === 'model') checkModelForm(yaml, look)
  if (type === 'pipeline') return
  const at = type === 'model' ? ['settings'] : []
  const settings = type === 'model' ? asObject(yaml.settings) : yaml
  const { output_action: action, output_file_name: file, logging_level: level } = settings
  if (word(action) === 'summary_only' && file)
    look.issue([...at, 'output_file_name'], 'has no meaning with output_action summary_only', 'leave it out')
  if (typeof level === 'string' && !levels.includes(level.toLowerCase()))
    look.issue([...at, 'logging_level'], `'${level}' is no level that is known`, listWords(levels), 'warning')
}

function checkModelForm(yaml: JsonObject, look: Look): void {
  if (own(yaml, 'compute') === undefined) look.issue(['compute'], 'is required')
  for (const key of ofSettings)
    if (own(yaml, key) !== undefined)
      look.issue([key], 'has no place here in a deployment of type model', `move it to settings.${key}`)
  if (!isObject(yaml.settings)) return
  if (own(yaml.settings, 'mini_batch_size') === undefined) look.issue(['settings', 'mini_batch_size'], 'is required')
  if (isObject(yaml.resources) && own(yaml.settings, 'instance_count') !== undefined)
    look.issue(['settings', 'instance_count'], 'cannot stand beside resources', 'say resources.instance_count')
}
