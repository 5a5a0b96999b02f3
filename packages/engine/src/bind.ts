/**
 * From what a job says about its inputs and outputs to what its command sees. Literals are text as Python prints it;
 * data is a path, or the URI when the mode is direct; the location of an output may be written with expressions that
 * only the server can fill.
 */
import {
  asObject,
  asString,
  fail,
  fillTemplate,
  type Json,
  type JsonObject,
  parseUri,
  printUri,
  type WorkspaceId,
} from '@lazurite/spec'
import type { Store } from '@lazurite/store'
import { artifactsPath } from './run-folder.ts'
import type { StageIn, StageOut } from './stage.ts'

export interface BoundInputs {
  literals: Record<string, string>
  data: StageIn[]
}

/** An output with what the end of the job needs to know about it. */
export interface BoundOutput extends StageOut {
  /** Asked-for asset, when the output is named. */
  assetName?: string
  assetVersion?: string
  description?: string
  /** It is the run's artifacts themselves: nothing to open, nothing to take out. */
  artifacts?: boolean
}

/** Values of `${{inputs.x}}` and `${{outputs.x}}`. */
export interface Values {
  inputs: Record<string, string>
  outputs: Record<string, string>
}

/** The text Python's `str()` would give for a JSON value. */
export function pythonText(value: Json): string {
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (value === null) return 'None'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Splits wire `inputs` into literals and data. An input without a value is no input: optional segments that use it go. */
export function bindInputs(inputs: JsonObject): BoundInputs {
  const bound: BoundInputs = { literals: {}, data: [] }
  for (const [name, raw] of Object.entries(inputs)) {
    const input = asObject(raw)
    const type = asString(input.jobInputType) ?? 'literal'
    if (type === 'literal') {
      if (input.value !== undefined && input.value !== null) bound.literals[name] = pythonText(input.value)
      continue
    }
    const uri = asString(input.uri)
    if (uri) bound.data.push({ name, type, uri, mode: inputMode(asString(input.mode)) })
  }
  return bound
}

/** What the location of an output is made from. */
export interface OutputFacts {
  workspace: WorkspaceId
  /** The job's own name: `${{name}}`. */
  job: string
  defaultDatastore: string
}

/** Wire `outputs` with a location each; the implicit `default` output is not among them. */
export function bindOutputs(outputs: JsonObject, facts: OutputFacts): BoundOutput[] {
  return Object.entries(outputs).flatMap(([name, raw]) => {
    const output = asObject(raw)
    const given = asString(output.uri)
    if (name === 'default' && given?.includes('ExperimentRun/')) return []
    const type = asString(output.jobOutputType) ?? 'uri_folder'
    const [assetName, assetVersion] = [asString(output.assetName), asString(output.assetVersion)]
    const description = asString(output.description)
    const uri = outputUri(given || defaultOutputPath(type), name, facts)
    return [
      {
        name,
        type,
        uri,
        mode: outputMode(asString(output.mode)),
        ...(assetName ? { assetName } : {}),
        ...(assetName && assetVersion ? { assetVersion } : {}),
        ...(description ? { description } : {}),
        ...(uri.includes(`/workspaceartifactstore/paths/${artifactsPath(facts.job)}`) ? { artifacts: true } : {}),
      },
    ]
  })
}

/** Where an output goes when nobody says: a folder, or for `uri_file` the file itself. */
export function defaultOutputPath(type: string | undefined): string {
  const path = 'azureml://datastores/${{default_datastore}}/paths/azureml/${{name}}/${{output_name}}'
  return type === 'uri_file' ? path : `${path}/`
}

function outputUri(text: string, output: string, facts: OutputFacts): string {
  const known: Record<string, string> = {
    default_datastore: facts.defaultDatastore,
    name: facts.job,
    output_name: output,
  }
  const filled = fillTemplate(text, (path) => (path.length === 1 ? known[path[0] ?? ''] : undefined))
  const [missing] = filled.missing
  const refuse = (what: string): never => fail('BadArgument', { what: `The path of the output ${output} ${what}` })
  if (missing) refuse(`uses \${{${missing.join('.')}}}; only default_datastore, name and output_name can be used there`)
  const uri = parseUri(filled.text)
  if (uri.form !== 'datastore') {
    return refuse(`must be azureml://datastores/<datastore>/paths/<path>, not ${filled.text}`)
  }
  return printUri({ ...uri, workspace: uri.workspace ?? facts.workspace })
}

/** The workspace's default datastore. */
export async function defaultDatastore(store: Store, scope: string): Promise<string> {
  const usual = await store.resources.get({ scope, kind: 'datastore', name: 'workspaceblobstore' })
  if (!usual || usual.props.isDefault === true) return 'workspaceblobstore'
  const { rows } = await store.resources.list({
    scope,
    kind: 'datastore',
    where: [{ path: ['isDefault'], equals: true }],
    top: 1,
  })
  return rows[0]?.name ?? 'workspaceblobstore'
}

/** Fills a command or a variable. Raises BadArgument for a reference that has no value outside an optional segment. */
export function render(text: string, values: Values, where: string): string {
  const filled = fillTemplate(text, ([area, ...name]) => {
    const table = area === 'inputs' ? values.inputs : area === 'outputs' ? values.outputs : {}
    const key = name.join('.')
    return Object.hasOwn(table, key) ? table[key] : undefined
  })
  const missing = filled.missing.filter(([area]) => area === 'inputs' || area === 'outputs' || area === 'search_space')
  const [first] = missing
  if (first) {
    fail('BadArgument', {
      what: `${where} uses \${{${first.join('.')}}}, which has no value; put the part that needs it between $[[ and ]] if it is optional`,
    })
  }
  return filled.text
}

const inputModes: Record<string, StageIn['mode']> = {
  readonlymount: 'ReadOnlyMount',
  romount: 'ReadOnlyMount',
  readwritemount: 'ReadWriteMount',
  rwmount: 'ReadWriteMount',
  download: 'Download',
  direct: 'Direct',
  evalmount: 'EvalMount',
  evaldownload: 'EvalDownload',
}

function inputMode(text: string | undefined): StageIn['mode'] {
  return modeOf(inputModes, text) ?? 'ReadOnlyMount'
}

const outputModes: Record<string, StageOut['mode']> = {
  readwritemount: 'ReadWriteMount',
  rwmount: 'ReadWriteMount',
  mount: 'ReadWriteMount',
  upload: 'Upload',
  direct: 'Direct',
}

function outputMode(text: string | undefined): StageOut['mode'] {
  return modeOf(outputModes, text) ?? 'ReadWriteMount'
}

function modeOf<T>(table: Record<string, T>, text: string | undefined): T | undefined {
  const key = (text ?? '').toLowerCase().replaceAll('_', '')
  return Object.hasOwn(table, key) ? table[key] : undefined
}
