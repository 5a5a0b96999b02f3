/** Refusals at the door: a trigger that means nothing here, a job that cannot run. */
import { asObject, asString, errorsOf, type Issue, isLazError, type Path } from '@lazurite/spec'
import { jobTypeOf } from '../jobs/index.ts'
import type { Draft } from '../jobs/type.ts'
import { definitionOf, isInvocation } from './draft.ts'
import { admitTrigger } from './timetable.ts'

export async function admitSchedule(draft: Draft): Promise<Issue[]> {
  const { props, ctx } = draft
  const trigger = admitTrigger(asObject(props.trigger), ctx.clock.now())
  const issues = trigger.map((issue) => ({ ...issue, path: ['trigger', ...issue.path] }))
  return [...issues, ...(await admitAction(draft))]
}

async function admitAction({ props, scope, ctx }: Draft): Promise<Issue[]> {
  const action = asString(asObject(props.action).actionType) ?? ''
  const calls = isInvocation(asObject(props.action))
  const at: Path = ['action', calls ? 'endpointInvocationDefinition' : 'jobDefinition']
  if (action.toLowerCase() !== 'createjob' && !calls) {
    const message = `the schedule is kept, but starts nothing: this version starts jobs, and does not do what ${action || 'its action'} asks for`
    const hint = 'do by hand what it would do, or make a job of it'
    return [{ path: ['action'], message, hint, severity: 'warning' }]
  }
  try {
    const job = await definitionOf(ctx.store, { scope, props })
    const issues = await (await jobTypeOf(job)).admit({ scope, props: job, ctx })
    return issues.map((issue) => ({ ...issue, path: [...at, ...issue.path] }))
  } catch (error) {
    if (!isLazError(error)) throw error
    const inner = errorsOf(error.details ?? [])
    if (inner.length > 0) return inner.map((issue) => ({ ...issue, path: [...at, ...issue.path] }))
    return [{ path: at, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }]
  }
}
