/**
 * The same job once more under a new name, with other values where the body says so:
 * `{name?, display_name?, experiment_name?, compute?, inputs?, environment_variables?, tags?, force?}`. A step becomes a
 * job of its own, with its inputs as they were. Answers the new job as ARM would.
 */
import { readJobStatus } from '@lazurite/engine'
import {
  armId,
  asObject,
  asString,
  fail,
  isObject,
  type Json,
  type JsonObject,
  kindByName,
  newJobName,
} from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { show } from '../arm/read.ts'
import { putResource } from '../arm/write.ts'
import { type JobCall, type JobVerb, ownJobOf } from './call.ts'

export const rerun: JobVerb = {
  method: 'POST',
  path: '/jobs/:name/rerun',
  async handle(call) {
    const { room, scope } = call
    refuseUnknown(call.body)
    const row = await ownJobOf(call, 'Running again')
    const kind = kindByName('job') ?? fail('InternalError', {})
    const name = asString(call.body.name) ?? newJobName(Math.random)
    const key = { scope, kind: kind.name, name }
    if (await room.deps.store.resources.get(key)) fail('ResourceExists', { kind: kind.name, name }, { target: 'name' })
    const { row: made } = await putResource(room, kind, key, { properties: changed(call, row, name) })
    return show(room, kind, made)
  },
}

const members = new Set([
  'name',
  'display_name',
  'experiment_name',
  'compute',
  'inputs',
  'environment_variables',
  'tags',
  'force',
])

function refuseUnknown(body: JsonObject): void {
  const unknown = Object.keys(body).find((key) => !members.has(key))
  if (unknown === undefined) return
  fail('BadArgument', { what: `The body has ${[...members].join(', ')}, and no ${unknown}.` }, { target: unknown })
}

/** What the loop and Azure's own words say of one run is not said of the next. */
const ofOneRun = /^azureml\.(?!git\.)|^lazurite\./
const rerunMark = 'lazurite.rerunOf'

function changed({ room, body }: JobCall, { name: of, props, status }: Row, name: string): JsonObject {
  const { isArchived: _, services: __, ...rest } = props
  const properties = Object.entries(asObject(props.properties)).filter(([key]) => !ofOneRun.test(key))
  const displayName = props.displayName === of ? name : (props.displayName ?? name)
  const { experimentName } = readJobStatus(status)
  const next: JsonObject = {
    ...rest,
    displayName: asString(body.display_name) ?? displayName,
    experimentName: asString(body.experiment_name) ?? props.experimentName ?? experimentName ?? 'Default',
    properties: { ...Object.fromEntries(properties), [rerunMark]: of },
    inputs: inputsOf(props, mapping(body.inputs, 'inputs')),
  }
  const compute = asString(body.compute)?.replace(/^azureml:/, '')
  if (compute !== undefined)
    next.computeId = compute.startsWith('/') ? compute : armId(room.workspace.id, 'computes', compute)
  for (const [member, key] of [
    ['environment_variables', 'environmentVariables'],
    ['tags', 'tags'],
  ] as const) {
    const given = mapping(body[member], member)
    const texts = Object.fromEntries(Object.entries(given).map(([each, value]) => [each, textOf(value)]))
    if (Object.keys(texts).length > 0) next[key] = { ...asObject(props[key]), ...texts }
  }
  if (body.force === true) next.settings = { ...asObject(props.settings), force_rerun: true }
  return next
}

/** Other values for inputs that the job has. */
function inputsOf(props: JsonObject, given: JsonObject): JsonObject {
  const inputs: JsonObject = { ...asObject(props.inputs) }
  for (const [name, value] of Object.entries(given)) {
    const before = Object.hasOwn(inputs, name) ? asObject(inputs[name]) : undefined
    if (before === undefined) {
      const known = Object.keys(inputs).join(', ') || 'none'
      fail('BadArgument', { what: `The job has no input ${name}; it has ${known}.` }, { target: `inputs.${name}` })
    }
    const isLiteral = before.jobInputType === 'literal'
    inputs[name] = isObject(value) ? value : { ...before, [isLiteral ? 'value' : 'uri']: textOf(value) }
  }
  return inputs
}

function mapping(value: Json | undefined, target: string): JsonObject {
  if (value === undefined || value === null) return {}
  return isObject(value) ? value : fail('BadArgument', { what: `${target} must be a mapping.` }, { target })
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
