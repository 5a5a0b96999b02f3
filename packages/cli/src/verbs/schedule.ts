// What only schedules do: start and stop counting, and start their job now.
import { asObject } from '@lazurite/spec'
import { textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { describe, spelt } from '../describe.ts'
import { kindOf } from '../reach.ts'

const switching =
  (isEnabled: boolean): Run =>
  async (session, args) => {
    const kind = kindOf(session)
    const all = (await session.client()).of(kind.name)
    return {
      value: describe(kind, await all.patch({ name: textOf(args, 'name') ?? '' }, { properties: { isEnabled } })),
    }
  }

export const enable = switching(true)
export const disable = switching(false)

export const trigger: Run = async (session, args) => {
  const all = (await session.client()).of(kindOf(session).name)
  const scheduleTime = new Date(session.now()).toISOString()
  return { value: spelt(asObject(await all.act({ name: textOf(args, 'name') ?? '' }, 'trigger', { scheduleTime }))) }
}
