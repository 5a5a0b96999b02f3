/** Why a step, or every step of a pipeline, was run or reused. `?step=outer/train` names a step by its keys. */
import { explain as explainJob, findStep } from '@lazurite/engine'
import { type JobVerb, ownJobOf } from './call.ts'

export const explain: JobVerb = {
  method: 'GET',
  path: '/jobs/:name/explain',
  async handle(call) {
    const { store } = call.room.deps
    const row = await ownJobOf(call, 'Explaining')
    return explainJob(store, await findStep(store, row, call.room.query.get('step') ?? ''))
  },
}
