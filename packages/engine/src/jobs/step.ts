/**
 * A step of a pipeline is a job like any other: a command job whose inputs are known by now, or a pipeline of its own
 * for a pipeline component. This makes its wire properties out of the node, its component and the pipeline around it.
 */
import { createHash } from 'node:crypto'
import { asObject, asString, type Json, type JsonObject, own } from '@lazurite/spec'
import { defaultOutputPath } from '../bind.ts'
import { boundOutput, field, type Node } from './graph.ts'
import { nodeTypeOf } from './nodes/index.ts'
import type { Around } from './nodes/type.ts'
import { datastoreOf, pipelineCompute, settingOf } from './pipeline-settings.ts'
import type { NodeSpec } from './spec-of-node.ts'
import { fillText, stepInputs } from './step-inputs.ts'
import { valueTypes } from './step-values.ts'

/** Eight hex digits that name a node of a pipeline. */
export function nodeId(pipeline: string, node: string): string {
  return createHash('sha256').update(`${pipeline}/${node}`).digest('hex').slice(0, 8)
}

/** Wire properties of the step's job. Raises BadArgument for a value that does not fit its input. */
export async function stepProps(around: Around, node: Node, spec: NodeSpec): Promise<JsonObject> {
  const { wire } = node
  const { props, sources } = around
  const inputs = await stepInputs(sources, asObject(wire.inputs), asObject(spec.spec.inputs))
  const shared: JsonObject = {
    displayName: node.key,
    experimentName: asString(props.experimentName) ?? 'Default',
    tags: asObject(wire.tags),
    properties: stepProperties(around, node, spec),
    isArchived: false,
    inputs,
    outputs: stepOutputs(around, node, spec),
    ...(await computeOf(around, wire)),
    ...(wire.identity === undefined ? {} : { identity: wire.identity }),
  }
  const type = await nodeTypeOf(node, spec)
  return withRetries(props, { ...shared, ...(await type.props(around, shared, node, spec)) })
}

/** What the pipeline says about retries counts for steps that run a process and say nothing themselves. */
function withRetries(pipeline: JsonObject, step: JsonObject): JsonObject {
  const most = settingOf(pipeline, 'max_step_retries')
  const limits = asObject(step.limits)
  if (most === undefined || step.jobType !== 'Command' || limits.maxRetries !== undefined) return step
  return { ...step, limits: { jobLimitsType: 'Command', ...limits, maxRetries: most } }
}

function stepProperties({ pipeline }: Around, node: Node, { component }: NodeSpec): JsonObject {
  return {
    ...asObject(node.wire.properties),
    'azureml.runsource': 'azureml.StepRun',
    'azureml.nodeid': nodeId(pipeline, node.key),
    'azureml.moduleName': component.displayName || node.key,
    ...(component.name ? { 'azureml.moduleid': `${component.name}:${component.version}` } : {}),
    'azureml.pipelinerunid': pipeline,
    StepType: 'PythonScriptStep',
  }
}

/** The node's compute, else that of the pipeline, else its default. */
async function computeOf({ props, sources }: Around, wire: JsonObject): Promise<JsonObject> {
  const own = asString(field(wire, 'computeId', 'compute_id', 'compute'))
  const text = own ? await fillText(sources, own) : pipelineCompute(props)
  return text ? { computeId: text } : {}
}

/** Outputs of the step: what the pipeline says about an output goes before what the node says, that before the component. */
export function stepOutputs({ props }: Pick<Around, 'props'>, node: Node, spec: NodeSpec): JsonObject {
  const given = asObject(node.wire.outputs)
  const declared = asObject(spec.spec.outputs)
  const names = Object.keys(spec.declared ? declared : given)
  return Object.fromEntries(
    names.map((name) => {
      const said = own(given, name)
      const of = boundOutput(said)
      const top = of === undefined ? {} : asObject(own(asObject(props.outputs), of))
      return [name, stepOutput(props, name, [asObject(declared[name]), plainOutput(said), top])]
    }),
  )
}

/** A node's output without the binding it may carry in place of a path. */
function plainOutput(raw: Json | undefined): JsonObject {
  const { value, path, type, ...rest } = asObject(raw)
  const bound = boundOutput(raw) !== undefined
  return {
    ...rest,
    ...(type === undefined || type === 'literal' ? {} : { type }),
    ...(path === undefined || bound ? {} : { path }),
    ...(value === undefined || bound ? {} : { path: value }),
  }
}

/** `layers` from the weakest to the strongest. */
function stepOutput(props: JsonObject, name: string, layers: JsonObject[]): JsonObject {
  const pick = (...keys: string[]) => layers.map((layer) => asString(field(layer, ...keys))).findLast((text) => text)
  // the wire fills in uri_folder where nobody said anything, so that word never overrides another
  const types = layers.map((layer) => asString(field(layer, 'jobOutputType', 'job_output_type', 'type')))
  const said = types.findLast((text) => text && text !== 'uri_folder' && text !== 'path' && text !== 'literal')
  // a value is written into a file
  const type = said !== undefined && valueTypes.has(said) ? 'uri_file' : said
  const datastore = datastoreOf(props)
  const uri = pick('uri', 'path') ?? (name === 'artifacts' ? artifactsUri : undefined)
  const mode = pick('mode')
  const assetName = pick('assetName', 'asset_name', 'name')
  const assetVersion = pick('assetVersion', 'asset_version', 'version')
  const description = pick('description')
  return {
    jobOutputType: type ?? 'uri_folder',
    ...(uri || datastore ? { uri: withDatastore(uri ?? defaultOutputPath(type), datastore) } : {}),
    ...(mode ? { mode } : {}),
    ...(assetName ? { assetName } : {}),
    ...(assetName && assetVersion ? { assetVersion } : {}),
    ...(description ? { description } : {}),
  }
}

/** An output named `artifacts` is the step's default artifacts themselves. */
const artifactsUri = 'azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.${{name}}/'

function withDatastore(uri: string, datastore: string | undefined): string {
  return datastore ? uri.replace(/\$\{\{\s*default_datastore\s*\}\}/g, datastore) : uri
}
