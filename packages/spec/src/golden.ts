// What the tests of conversion and validation share: files in memory, and a caller whose answers are all there. For
// tests only; nothing else imports it.
import type { YamlContext } from './context.ts'
import { toWire } from './convert.ts'
import type { Issue } from './issue.ts'
import type { JsonObject } from './json.ts'
import { validateYaml } from './validate.ts'
import { parseYaml } from './yaml.ts'

export const WS = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w'
export const files: Record<string, string> = {
  'parts/c.yml': [
    '$schema: https://example.com/commandComponent.schema.json',
    'name: c',
    'display_name: Train',
    'version: 3',
    'inputs:',
    '  d: {type: uri_folder}',
    '  lr: {type: number, optional: true, default: 0.10, min: 0}',
    '  n: {type: integer, default: 3}',
    'outputs: {m: {type: mlflow_model, mode: upload}}',
    'command: python a.py ${{inputs.d}} $[[--lr ${{inputs.lr}}]]',
    'code: ./src',
    'environment: azureml:AzureML-sklearn-1.0@latest',
  ].join('\n'),
  'p.yml': [
    'type: pipeline',
    'name: p',
    'inputs: {x: {type: uri_folder}, c: {type: string, default: cpu}}',
    'outputs: {y: {type: mlflow_model}}',
    'jobs:',
    "  a: {component: ./parts/c.yml, inputs: {d: '${{parent.inputs.x}}'}, outputs: {m: '${{parent.outputs.y}}'}, compute: '${{parent.inputs.c}}'}",
  ].join('\n'),
}

/** A caller whose answers are all there: ids are made from names, uploads from paths, registrations numbered. */
export function convert(kind: string, text: string, extra: Partial<YamlContext> = {}) {
  const doc = parseYaml(text)
  const registered: [string, JsonObject][] = []
  const ctx: YamlContext & { beside: JsonObject } = {
    issues: [],
    beside: {},
    numberText: doc.numberText,
    isDate: doc.isDate,
    include: (path) => (files[path] === undefined ? undefined : parseYaml(files[path], { file: path })),
    ref: (of, ref) => {
      const [name, version] = ref.replace(/^azureml:/, '').split(/[:@]/)
      return `${WS}/${of === 'data' ? of : `${of}s`}/${name}${version === undefined ? '' : `/versions/${version}`}`
    },
    upload: (path, _, purpose) =>
      purpose === 'code'
        ? `${WS}/codes/${path}/versions/1`
        : `azureml://datastores/workspaceblobstore/paths/up/${path}`,
    text: (path) => `text of ${path}`,
    register: (of, props) => {
      registered.push([of, props])
      return `${WS}/${of}s/anonymous/versions/${registered.length}`
    },
    ...extra,
  }
  const wire = toWire(kind, doc.value, ctx)
  return { wire, issues: ctx.issues, beside: ctx.beside, registered }
}
/** The wire of a file without a problem. */
export function wireOf(kind: string, text: string): JsonObject {
  const { wire, issues } = convert(kind, text)
  if (issues.length > 0) throw new Error(JSON.stringify(issues))
  return wire
}

/** A folder of files in memory: what a checker of real files sees. */
const folder: Record<string, string> = {
  'src/a.py': '',
  'conda.yml': 'name: x\ndependencies: [python=3.10]\n',
  'c.yml': [
    'name: c',
    'type: command',
    'inputs:',
    '  d: {type: uri_folder}',
    '  lr: {type: number, default: 0.1}',
    '  o: {type: string, optional: true}',
    'outputs: {m: {type: mlflow_model}}',
    'command: python a.py ${{inputs.d}} $[[--o ${{inputs.o}}]] ${{outputs.m}}',
    'environment: azureml:e:1',
  ].join('\n'),
  'wrong-expression.yml':
    'name: c\ninputs: {d: {type: uri_folder}}\ncommand: echo ${{inputs.q}}\nenvironment: azureml:e:1',
  'wrong-key.yml': 'name: c\ncommand: echo\nenvironment:\n  image: x\n  imagee: y',
  'shouting.yml': 'name: SHOUT-1\ncommand: echo\nenvironment: azureml:e:1',
  'p.yml': [
    'type: pipeline',
    'name: p',
    'inputs: {x: {type: uri_folder}}',
    'outputs: {y: {type: mlflow_model}}',
    'jobs:',
    "  a: {component: ./c.yml, inputs: {d: '${{parent.inputs.x}}'}, outputs: {m: '${{parent.outputs.y}}'}}",
  ].join('\n'),
  'itself.yml': 'type: pipeline\nname: i\njobs:\n  a: {type: pipeline, component: ./itself.yml, compute: c}',
}

const eyes = {
  include: (path: string) => (folder[path] === undefined ? undefined : parseYaml(folder[path], { file: path })),
  exists: (path: string) => {
    if (folder[path] !== undefined) return 'file' as const
    return path === 'src' || path === '.' ? ('folder' as const) : ('nothing' as const)
  },
}
export const check = (kind: string, text: string): Issue[] => validateYaml(kind, parseYaml(text), eyes)
export const refusals = (kind: string, text: string) => check(kind, text).filter((i) => i.severity !== 'warning')

/** A command job and a pipeline to which cases add a line. */
export const job = 'command: echo\nenvironment: azureml:e:1\n'
export const pipeline = 'type: pipeline\ncompute: azureml:c\n'
