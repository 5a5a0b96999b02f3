// When a schedule starts its job.
import type { Schedule } from '../generated/documents.ts'

type Trigger = NonNullable<Schedule['trigger']>
type Of<T extends string> = Extract<Trigger, { type: T }>

/**
 * By five cron fields.
 * @example cron('0 3 * * *', { time_zone: 'UTC' })
 */
export function cron(expression: string, more: Omit<Of<'cron'>, 'type' | 'expression'> = {}): Of<'cron'> {
  return { type: 'cron', expression, ...more }
}

/**
 * Every so often.
 * @example recurrence('day', 1, { schedule: { hours: 3, minutes: 0 } })
 */
export function recurrence(
  frequency: Of<'recurrence'>['frequency'],
  interval = 1,
  more: Omit<Of<'recurrence'>, 'type' | 'frequency' | 'interval'> = {},
): Of<'recurrence'> {
  return { type: 'recurrence', frequency, interval, ...more }
}
