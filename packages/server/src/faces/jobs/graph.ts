/** A pipeline as a graph: its steps with states and times, the data that goes through it, and what connects them. */
import { type Drawing, drawComponent, drawJob } from '@lazurite/engine'
import { fail, type JsonObject, kindByName } from '@lazurite/spec'
import { getRow } from '../arm/read.ts'
import { type JobVerb, jobOf } from './call.ts'

/** Of a job: `{name, displayName, status, hash, nodes, edges, truncated}`; a job without steps has no nodes. */
export const graph: JobVerb = {
  method: 'GET',
  path: '/jobs/:name/graph',
  async handle(call) {
    return told(await drawJob(call.room.deps.store, await jobOf(call)))
  },
}

/** The same of a pipeline component, without states. */
export const componentGraph: JobVerb = {
  method: 'GET',
  path: '/components/:name/versions/:version/graph',
  async handle({ room, scope, name }) {
    const { version = '' } = room.request.params as Record<string, string> // what the router found
    const kind = kindByName('component') ?? fail('InternalError', {})
    const row = await getRow(room, kind, { scope, kind: kind.name, name, version })
    return told(await drawComponent(room.deps.store, row))
  },
}

function told(drawing: Drawing): JsonObject {
  return JSON.parse(JSON.stringify(drawing)) as JsonObject // what went through JSON is JSON
}
