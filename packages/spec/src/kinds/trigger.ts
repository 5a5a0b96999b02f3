// When something happens again: cron, or every so often.
import { type Field, type Fields, f } from '../field.ts'

/** In quotes: YAML makes an instant of its own of one without. */
const instant =
  '^\\d{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\\d|3[01])[T ]([01]?\\d|2[0-3]):[0-5]?\\d(:[0-5]?\\d(\\.\\d{1,12})?)?(Z|[+-]\\d{2}(:?\\d{2})?)?$'
const time = (doc: string) =>
  f.string({ pattern: instant, says: 'it must be a date and a time, such as 2026-01-31T08:00:00', doc })
const base: Fields = {
  start_time: time('ISO 8601 instant, read in the time zone; now when absent.'),
  end_time: time('ISO 8601 instant, read in the time zone; never when absent.'),
  time_zone: f.string({ def: 'UTC', doc: 'Time zone name: UTC, Eastern Standard Time, …' }),
}
const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const capital = (words: readonly string[]) =>
  Object.fromEntries(words.map((word) => [word, `${word.charAt(0).toUpperCase()}${word.slice(1)}`]))
const units = ['minute', 'hour', 'day', 'week', 'month']
/** One or several: the wire always has a list. */
const some = (item: Field, doc: string) => f.several(item, { doc })

const cron = {
  wire: 'Cron',
  doc: 'By a cron expression.',
  fields: { ...base, expression: f.required(f.string({ doc: 'Five cron fields.' })) },
}
const recurrence = {
  wire: 'Recurrence',
  doc: 'Every so often.',
  fields: {
    ...base,
    frequency: f.required(f.enum(units, { map: capital(units), doc: 'Unit of the interval.' })),
    interval: f.required(f.int({ doc: 'How many of them.' })),
    schedule: f.object(
      {
        hours: f.required(some(f.int(), 'Hours of the day.')),
        minutes: f.required(some(f.int(), 'Minutes of the hour.')),
        week_days: some(f.enum(days, { map: capital(days) }), 'Days of the week.'),
        month_days: some(f.int(), 'Days of the month.'),
      },
      { def: { hours: [], minutes: [] }, doc: 'At which times of such a day.' },
    ),
  },
}

export const trigger = f.oneOf('type', 'triggerType', { cron, recurrence }, { doc: 'When: cron or recurrence.' })
/** Feature sets know this one alone. */
export const recurrenceTrigger = f.oneOf('type', 'triggerType', { recurrence }, { doc: 'When.' })
