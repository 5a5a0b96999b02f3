/** Starts the job of a schedule now, by hand: what its time would start once there is a clock that starts things. */
import { asObject, asString, fail, isoNow, type JsonObject, kindByName } from '@lazurite/spec'
import { type Asked, needed } from './asked.ts'
import { putResource } from './write.ts'

/** The name of the job that was started. Raises NotSupported for a schedule of anything but a job, and what a job raises. */
export async function trigger(asked: Asked): Promise<JsonObject> {
  const { room, key } = asked
  const row = await needed(asked)
  const action = asObject(row.props.action)
  const scheduleActionType = asString(action.actionType) ?? ''
  const jobDefinition = asObject(action.jobDefinition)
  const kind = kindByName('job')
  if (scheduleActionType.toLowerCase() !== 'createjob' || jobDefinition.jobType === undefined || !kind) {
    fail('NotSupported', {
      what: `Triggering a schedule whose action is ${scheduleActionType.slice(0, 60) || 'unknown'}`,
      why: 'only a schedule that creates a job can be triggered',
      instead: 'Do by hand what it would do.',
    })
  }
  const moment = isoNow(room.deps.store.clock.now()).replace(/\.\d+.*$/, 'Z')
  const display = `${row.name}-${moment.replace(/[-:]/g, '')}`
  const properties: JsonObject = {
    ...jobDefinition,
    displayName: display,
    properties: { ...asObject(jobDefinition.properties), 'azureml.scheduleName': row.name },
  }
  const name = `${display.toLowerCase()}-${room.request.id.replace(/[^a-z0-9]/gi, '').slice(0, 8)}`
  await putResource(room, kind, { scope: key.scope, kind: kind.name, name }, { properties })
  return { submissionId: name, scheduleActionType: 'CreateJob' }
}
