/**
 * A pipeline that goes on where another one ended: a new job with the same properties that names the old one. What
 * completed there and is the same now is taken over; what failed, was never started, or was edited runs, and what needs
 * it. Steps of pipeline components are edited by making the components anew, up to the pipeline itself.
 */
import { createHash } from 'node:crypto'
import {
  armId,
  asObject,
  asString,
  fail,
  isFinal,
  isObject,
  type JsonObject,
  own,
  stableStringify,
} from '@lazurite/spec'
import type { Row, Store } from '@lazurite/store'
import { pythonText } from '../bind.ts'
import { findAsset } from '../lookup.ts'
import { workspaceOf } from '../reconcile/workspace.ts'
import { field } from './graph.ts'
import { jobsOf } from './pipeline-spec.ts'
import { resumedFrom } from './reuse.ts'
import { readJobStatus } from './status.ts'

/** What is different about a step this time; absent members stay as they were. */
export interface StepEdit {
  command?: string
  /** Id of a registered code. */
  code?: string
  environment?: string
  /** Values, or URIs of data. */
  inputs?: JsonObject
  environmentVariables?: JsonObject
}

export interface Resuming {
  /** Inputs of the pipeline. */
  inputs?: JsonObject
  /** By path of node keys: `train`, `outer/train`. */
  steps?: Record<string, StepEdit>
}

export interface Resumed {
  props: JsonObject
  /** Components that have to be registered first. */
  components: { name: string; version: string; props: JsonObject }[]
}

const anonymous = 'azureml_anonymous'
/** What is said of one job is not said of the one that goes on. */
const ofOneRun = /^azureml\.(?!git\.)|^lazurite\./

/**
 * The wire properties of the pipeline that goes on with `row`. Nothing is written.
 * Raises JobNotFinal, NotSupported for a job that is no pipeline, BadArgument for what it does not have.
 */
export async function resumePipeline(store: Store, row: Row, change: Resuming): Promise<Resumed> {
  if (asString(row.props.jobType)?.toLowerCase() !== 'pipeline') {
    return fail('NotSupported', {
      what: `Going on with ${row.name}`,
      why: 'it is no pipeline: it has no steps that could be taken over',
      instead: `Run it again with: laz job rerun -n ${row.name}`,
    })
  }
  if (!isFinal(row.state)) fail('JobNotFinal', { name: row.name, state: row.state })
  const inputs = Object.entries(change.inputs ?? {})
  const steps = Object.entries(change.steps ?? {})
  if (row.state === 'Completed' && inputs.length + steps.length === 0) {
    const what = `${row.name} completed: there is nothing left to run. Change something with --set, or run all of it with laz job rerun.`
    return fail('BadArgument', { what })
  }
  const props: JsonObject = structuredClone(row.props)
  const kept = Object.entries(asObject(props.properties)).filter(([key]) => !ofOneRun.test(key))
  props.properties = { ...Object.fromEntries(kept), [resumedFrom]: row.name }
  for (const [name, value] of inputs) setInput(props, name, value)
  const editing: Editing = { store, row, components: [] }
  if (steps.length > 0) {
    const jobs = await jobsOf(store, row.scope, props, readJobStatus(row.status).component)
    for (const [path, edit] of steps) await editStep(editing, jobs, path.split('/').filter(Boolean), edit)
    props.jobs = jobs
  }
  return { props, components: editing.components }
}

/** The official wire's forms of an input: a literal, or data with its address. */
function setInput(props: JsonObject, name: string, value: unknown): void {
  const inputs = asObject(props.inputs)
  const known = own(inputs, name)
  if (known === undefined) {
    const there = Object.keys(inputs).join(', ') || 'none'
    fail('BadArgument', { what: `The pipeline has no input ${name}; it has ${there}.` }, { target: `inputs.${name}` })
  }
  const { jobInputType, mode } = asObject(known)
  const data = typeof jobInputType === 'string' && jobInputType !== 'literal'
  const text = textOf(name, value)
  const fresh: JsonObject = data ? { jobInputType, uri: text } : { jobInputType: 'literal', value: text }
  props.inputs = { ...inputs, [name]: { ...fresh, ...(mode === undefined ? {} : { mode }) } }
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return pythonText(value)
  return fail('BadArgument', { what: `The input ${name} must be a text, a number or a boolean.` })
}

interface Editing {
  store: Store
  row: Row
  components: Resumed['components']
}

/** Changes a step inside `jobs`, which belongs to us. */
async function editStep(editing: Editing, jobs: JsonObject, path: string[], edit: StepEdit): Promise<void> {
  const [key = '', ...rest] = path
  const node = own(jobs, key)
  if (!isObject(node ?? null)) {
    const there = Object.keys(jobs).join(', ') || 'none'
    fail(
      'BadArgument',
      { what: `There is no step ${key || '(empty)'}; there are ${there}.` },
      { target: `steps.${path.join('/')}` },
    )
  }
  const wire = asObject(node)
  if (rest.length === 0) {
    setPorts(wire, edit)
    await setBody(editing, wire, key, edit)
    return
  }
  const inside = isObject(wire.jobs ?? null) ? { spec: wire } : await componentOf(editing, wire, key)
  const inner = asObject(inside.spec.jobs)
  await editStep(editing, inner, rest, edit)
  inside.spec.jobs = inner
  if ('keep' in inside) await inside.keep()
}

function setPorts(wire: JsonObject, { inputs, environmentVariables }: StepEdit): void {
  if (inputs) {
    const fresh = Object.entries(inputs).map(([name, value]) => [name, nodeInput(name, value)])
    wire.inputs = { ...asObject(wire.inputs), ...Object.fromEntries(fresh) }
  }
  if (!environmentVariables) return
  const key = wire.environmentVariables === undefined ? 'environment_variables' : 'environmentVariables'
  wire[key] = { ...asObject(wire[key]), ...environmentVariables }
}

function nodeInput(name: string, value: unknown): JsonObject {
  const text = textOf(name, value)
  if (/^(azureml|https?|wasbs|abfss|s3):/i.test(text)) return { job_input_type: 'uri_folder', uri: text }
  return { job_input_type: 'literal', value: text }
}

/** Command, code and environment stand in the node itself, or in its component. */
async function setBody(editing: Editing, wire: JsonObject, key: string, edit: StepEdit): Promise<void> {
  const { command, code, environment } = edit
  if (command === undefined && code === undefined && environment === undefined) return
  const own = field(wire, 'componentId', 'component_id', 'component') === undefined
  const body = own ? { spec: wire } : await componentOf(editing, wire, key)
  const set = (names: string[], value: string | undefined) => {
    if (value === undefined) return
    const name = names.find((one) => body.spec[one] !== undefined) ?? names.at(-1) ?? ''
    body.spec[name] = value
  }
  set(['command'], command)
  set(['codeId', 'code'], code)
  set(['environmentId', 'environment'], environment)
  if ('keep' in body) await body.keep()
}

/** The spec of a node's component, ours to change; `keep` makes the node use the changed one. */
async function componentOf({ store, row, components }: Editing, wire: JsonObject, key: string) {
  const name = ['componentId', 'component_id', 'component'].find((one) => wire[one] !== undefined) ?? 'componentId'
  const given = wire[name]
  if (isObject(given ?? null)) return { spec: asObject(given) }
  const id = asString(given) ?? fail('BadArgument', { what: `The step ${key} has no steps or command of its own.` })
  const found = await findAsset(store, row.scope, id, 'components')
  if (!('row' in found))
    return fail('BadArgument', { what: `The component of ${key} cannot be used: ${found.missing}.` })
  const spec: JsonObject = structuredClone(asObject(found.row.props.componentSpec))
  return {
    spec,
    async keep() {
      const props: JsonObject = { componentSpec: spec, isAnonymous: true, isArchived: false, properties: {}, tags: {} }
      const version = guidOf(stableStringify(props))
      components.push({ name: anonymous, version, props })
      const { id: workspace } = await workspaceOf(store, row.scope)
      wire[name] = armId(workspace, 'components', anonymous, version)
    },
  }
}

function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)]
  return parts.join('-')
}
