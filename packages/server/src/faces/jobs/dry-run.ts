/** What would happen to a job, without submitting it: `{properties, pending: [{id, properties, files}]}`. */
import {
  asArray,
  asObject,
  canonWire,
  checkWire,
  errorsOf,
  fail,
  isObject,
  type JsonObject,
  kindByName,
} from '@lazurite/spec'
import { withoutNulls } from '../arm/envelope.ts'
import type { JobVerb } from './call.ts'

export const dryRun: JobVerb = {
  method: 'POST',
  path: '/jobs/:name/dry-run',
  async handle({ room, scope, name, body }) {
    const kind = kindByName('job') ?? fail('InternalError', {})
    const { properties, pending } = body
    if (!isObject(properties)) fail('BadArgument', { what: 'The body needs the properties of the job.' })
    const canon = asObject(withoutNulls(canonWire(kind.name, properties)))
    const props = kind.prepare ? kind.prepare(canon) : canon
    const wrong = errorsOf([...checkWire(kind.name, props), ...(kind.check?.(props) ?? [])])
    if (wrong.length > 0) fail('ValidationFailed', { kind: kind.name }, { details: wrong })
    const assets = asArray(pending).map(asObject)
    const told = await room.deps.engine.dryRun({ scope, name, props, pending: assets })
    const errors = errorsOf(told.issues)
    if (errors.length > 0) fail('ValidationFailed', { kind: kind.name }, { details: errors })
    return JSON.parse(JSON.stringify({ name, ...told })) as JsonObject // what went through JSON is JSON
  },
}
