/** The trials of a sweep side by side. */
import { trialTableOf } from '@lazurite/engine'
import { fail, type Json, type JsonObject } from '@lazurite/spec'
import { type JobVerb, jobOf } from './call.ts'

export const trials: JobVerb = {
  method: 'GET',
  path: '/jobs/:name/trials',
  async handle(call) {
    const row = await jobOf(call)
    const table = await trialTableOf(call.room.deps.store, row)
    if (!table) fail('BadArgument', { what: `${row.name} has no trials: it is no sweep, or it has not begun.` })
    const { trials: rows, ...rest } = table
    const value = rows.map(({ score, last, stopped, startedAt, endedAt, state, values, ...trial }): JsonObject => {
      const known: JsonObject = { ...trial, status: state, values: { ...values } }
      return {
        ...known,
        score: number(score),
        last: number(last),
        stopped: stopped ?? null,
        startedAt: startedAt ?? null,
        endedAt: endedAt ?? null,
      }
    })
    return { ...rest, name: row.name, status: row.state, stopping: rest.stopping ?? null, value }
  },
}

/** JSON has no word for NaN. */
function number(value: number | undefined): Json {
  if (value === undefined) return null
  return Number.isFinite(value) ? value : String(value)
}
