/** Lays a finished job out again on the machine of the server, and tells where: `{step?, fresh?}`. */
import { findStep, whereIs } from '@lazurite/engine'
import { asString, type JsonObject } from '@lazurite/spec'
import { type JobVerb, ownJobOf } from './call.ts'

export const debug: JobVerb = {
  method: 'POST',
  path: '/jobs/:name/debug',
  async handle(call) {
    const { store, engine } = call.room.deps
    const row = await findStep(store, await ownJobOf(call, 'Opening a shell in'), asString(call.body.step) ?? '')
    const laid = await engine.layOut(row, call.body.fresh === true)
    const { root, path } = await whereIs(store, row)
    const told = { job: row.name, pipeline: root.name, step: path.join('/'), state: row.state, ...laid }
    return JSON.parse(JSON.stringify(told)) as JsonObject // what went through JSON is JSON
  },
}
