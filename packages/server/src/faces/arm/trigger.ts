/** Starts the job of a schedule now, by hand: what its next moment would start. */
import { scheduledJob } from '@lazurite/engine'
import { fail, type JsonObject, kindByName } from '@lazurite/spec'
import { type Asked, needed } from './asked.ts'
import { putResource } from './write.ts'

/** The name of the job that was started. Raises NotSupported for a schedule of anything but a job, and what a job raises. */
export async function trigger(asked: Asked): Promise<JsonObject> {
  const { room, key } = asked
  const { store } = room.deps
  const schedule = await needed(asked)
  const { name, props } = await scheduledJob(store, schedule, { due: store.clock.now(), by: 'hand' })
  const kind = kindByName('job')
  if (!kind) fail('RouteNotFound', { method: 'POST', path: 'jobs' })
  await putResource(room, kind, { scope: key.scope, kind: kind.name, name }, { properties: props })
  return { submissionId: name, scheduleActionType: 'CreateJob' }
}
