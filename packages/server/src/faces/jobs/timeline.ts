/** Where the time of a job went, and of each of its steps. */
import { readJobStatus, timelineOf } from '@lazurite/engine'
import { asString, type JsonObject } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { type JobVerb, jobOf } from './call.ts'

const mostSteps = 1000

export const timeline: JobVerb = {
  method: 'GET',
  path: '/jobs/:name/timeline',
  async handle(call) {
    const { store } = call.room.deps
    const now = store.clock.now()
    const row = await jobOf(call)
    const { scope, kind } = row
    const { rows } = await store.resources.list({
      scope,
      kind,
      parent: row.name,
      archived: 'all',
      outside: false,
      top: mostSteps,
    })
    const steps = rows.map((step) => print(step, now)).sort((a, b) => Number(a.from) - Number(b.from))
    return { ...print(row, now), waiting: readJobStatus(row.status).waiting ?? null, steps }
  },
}

function print(row: Row, now: number): JsonObject {
  const { phases, stages, totalSeconds } = timelineOf(row, now)
  const { startedAt, endedAt, reuse } = readJobStatus(row.status)
  return {
    name: row.name,
    displayName: asString(row.props.displayName) ?? row.name,
    status: row.state,
    from: Date.parse(row.createdAt),
    startedAt: startedAt ?? null,
    endedAt: endedAt ?? null,
    totalSeconds,
    stages: { ...stages },
    phases: phases.map((phase) => ({ ...phase })),
    ...(reuse?.reused ? { reusedFrom: reuse.of ?? null } : {}),
  }
}
