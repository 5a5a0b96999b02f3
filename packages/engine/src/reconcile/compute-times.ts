/**
 * When an instance starts and stops by itself. Of what was missed while no server ran, or while another look was under
 * way, the last counts: the instance is then as its schedules want it now.
 */
import { asArray, asObject, asString, type Issue, type JsonObject, type Path } from '@lazurite/spec'
import type { Row } from '@lazurite/store'
import { admitTrigger, timetableOf } from '../schedules/timetable.ts'

export interface Due {
  action: 'start' | 'stop'
  /** Epoch ms. */
  at: number
}

/** How far back is looked for what was missed. */
const memoryMs = 32 * 86_400_000
const mostTimes = 50_000
const mostSchedules = 4

interface Entry {
  action: Due['action']
  enabled: boolean
  trigger: JsonObject
  path: Path
}

/** The schedules as the wire has them: the trigger stands under its own name. */
function entriesOf(props: JsonObject): Entry[] {
  const list = asArray(asObject(asObject(props.properties).schedules).computeStartStop)
  return list.map((one, index) => {
    const item = asObject(one)
    const type = asString(item.triggerType) ?? 'Cron'
    const name = type.toLowerCase()
    return {
      action: asString(item.action)?.toLowerCase() === 'start' ? 'start' : 'stop',
      enabled: asString(item.status)?.toLowerCase() !== 'disabled',
      trigger: { ...asObject(item[name]), triggerType: type },
      path: ['properties', 'schedules', 'computeStartStop', index, name],
    }
  })
}

/** What the schedules of an instance wanted last in (since, now], and when they want something next. */
export function timesOf(row: Row, since: number, now: number): { last: Due | undefined; next: number | undefined } {
  let last: Due | undefined
  let next: number | undefined
  for (const { action, trigger } of entriesOf(row.props).filter(({ enabled }) => enabled)) {
    const table = timetableOf(trigger, Date.parse(row.createdAt) || 0)
    let at = table.after(Math.max(since, now - memoryMs))
    for (let count = 0; at !== undefined && at <= now && count < mostTimes; count++) {
      // of two at the same moment the later entry counts
      if (!last || at >= last.at) last = { action, at }
      at = table.after(at)
    }
    if (at !== undefined) next = Math.min(next ?? at, at)
  }
  return { last, next }
}

/** What is wrong with the schedules of an instance, with the place. */
export function checkTimes(props: JsonObject, now: number): Issue[] {
  const entries = entriesOf(props)
  const issues = entries.flatMap(({ trigger, path }) =>
    admitTrigger(trigger, now).map((issue) => ({ ...issue, path: [...path, ...issue.path] })),
  )
  if (entries.length <= mostSchedules) return issues
  const message = `An instance has at most ${mostSchedules} schedules, and these are ${entries.length}.`
  return [...issues, { path: ['properties', 'schedules', 'computeStartStop'], message }]
}
