/**
 * A new pipeline that goes on where this one ended: `{name?, inputs?, steps?, dry_run?}`. Of a step, the pipeline around
 * all of it is meant. Answers the new job as ARM would, or what would happen.
 */
import { resumePipeline, type StepEdit, whereIs } from '@lazurite/engine'
import {
  armId,
  asObject,
  asString,
  errorsOf,
  fail,
  isObject,
  type JsonObject,
  type Kind,
  kindByName,
  newJobName,
} from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { show } from '../arm/read.ts'
import { putResource } from '../arm/write.ts'
import { type JobCall, type JobVerb, ownJobOf } from './call.ts'

export const resume: JobVerb = {
  method: 'POST',
  path: '/jobs/:name/resume',
  async handle(call) {
    const { room, scope, body } = call
    const { store, engine } = room.deps
    refuseUnknown(body)
    const { root } = await whereIs(store, await ownJobOf(call, 'Resuming'))
    const change = { inputs: mapping(body.inputs, 'inputs'), steps: editsOf(body.steps) }
    const { props, components } = await resumePipeline(store, root, change)
    const name = asString(body.name) ?? newJobName(Math.random)
    const properties = { ...props, displayName: props.displayName === root.name ? name : (props.displayName ?? name) }
    if (body.dry_run === true) {
      const pending = components.map(
        (one): JsonObject => ({
          id: armId(room.workspace.id, 'components', one.name, one.version),
          properties: one.props,
        }),
      )
      const told = await engine.dryRun({ scope, name, props: properties, pending })
      const errors = errorsOf(told.issues)
      if (errors.length > 0) fail('ValidationFailed', { kind: 'job' }, { details: errors })
      return JSON.parse(JSON.stringify({ name, ...told })) as JsonObject // what went through JSON is JSON
    }
    for (const one of components) {
      const { name, version, props } = one
      await putResource(room, kindOf('component'), { scope, kind: 'component', name, version }, { properties: props })
    }
    return submit(call, name, properties)
  },
}

async function submit({ room, scope }: JobCall, name: string, properties: JsonObject): Promise<JsonObject> {
  const kind = kindOf('job')
  const key = { scope, kind: kind.name, name }
  const before: Row | undefined = await room.deps.store.resources.get(key)
  if (before) fail('ResourceExists', { kind: kind.name, name }, { target: 'name' })
  const { row } = await putResource(room, kind, key, { properties })
  return show(room, kind, row)
}

function kindOf(name: string): Kind {
  return kindByName(name) ?? fail('InternalError', {})
}

const members = new Set(['name', 'inputs', 'steps', 'dry_run'])

function refuseUnknown(body: JsonObject): void {
  const unknown = Object.keys(body).find((key) => !members.has(key))
  if (unknown === undefined) return
  fail('BadArgument', { what: `The body has ${[...members].join(', ')}, and no ${unknown}.` }, { target: unknown })
}

function mapping(value: unknown, target: string): JsonObject {
  if (value === undefined || value === null) return {}
  return isObject(value) ? asObject(value) : fail('BadArgument', { what: `${target} must be a mapping.` }, { target })
}

const texts = ['command', 'code', 'environment'] as const

function editsOf(value: unknown): Record<string, StepEdit> {
  const steps = Object.entries(mapping(value, 'steps'))
  return Object.fromEntries(
    steps.map(([path, one]) => {
      const at = `steps.${path}`
      const given = mapping(one, at)
      const { inputs, environment_variables, ...rest } = given
      const edit: StepEdit = {}
      for (const [key, text] of Object.entries(rest)) {
        const name = texts.find((known) => known === key)
        if (name === undefined || typeof text !== 'string') {
          const what = `A step can be given another ${texts.join(', ')}, inputs and environment_variables, and no ${key}.`
          fail('BadArgument', { what }, { target: `${at}.${key}` })
        }
        edit[name] = text
      }
      if (inputs !== undefined) edit.inputs = mapping(inputs, `${at}.inputs`)
      if (environment_variables !== undefined) {
        edit.environmentVariables = mapping(environment_variables, `${at}.environment_variables`)
      }
      return [path, edit]
    }),
  )
}
