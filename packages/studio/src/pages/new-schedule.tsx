// A schedule: which job, and when. The YAML it writes stands beside it, and says what no field here does.
import { asString, printYaml } from '@lazurite/spec'
import { useId } from 'react'
import { Link, useSearchParams } from 'wouter'
import { useCreating } from '../data/creating.ts'
import { type Draft, useDraft } from '../data/draft.ts'
import { useJobs } from '../data/jobs.ts'
import { needKind } from '../data/kinds.ts'
import { type Every, type Rhythm, rhythmOf, triggerOf, usualRhythm, weekDays } from '../data/rhythm.ts'
import { useSession } from '../data/session.ts'
import { Card, Empty, useTitle } from '../parts/bits.tsx'
import { DraftForm, NewPage, Outcome, YamlSide } from './new.tsx'
import '../style/form.css'
import '../style/kinds.css'

export function NewSchedule() {
  const { readOnly } = useSession()
  const [search] = useSearchParams()
  // copies, and what is more than a job, have the whole form
  if (search.has('from') || search.has('all')) return <NewPage kind="schedule" />
  if (readOnly) return <Empty title="This login is for reading alone" page />
  return <Wizard job={search.get('job') ?? ''} />
}

const every: readonly (readonly [Every, string, string])[] = [
  ['minute', 'Minutes', 'minutes'],
  ['hour', 'Hours', 'hours'],
  ['day', 'Days', 'days'],
  ['week', 'Weeks', 'weeks'],
  ['month', 'Months', 'months'],
  ['cron', 'A cron expression', ''],
]

function Wizard({ job }: { job: string }) {
  useTitle('New schedule')
  const kind = needKind('schedule')
  const begin = printYaml({
    name: job === '' ? 'nightly' : `${job.slice(0, 40)}-again`,
    trigger: triggerOf(usualRhythm),
    ...(job === '' ? {} : { create_job: `azureml:${job}` }),
  })
  const draft = useDraft(kind, begin, `schedule/wizard/${job}`)
  const creating = useCreating(kind, draft)
  return (
    <>
      <div className="head">
        <h1>New schedule</h1>
        <div className="end">
          <Link href="/new/schedule?all=1" className="button">
            All fields
          </Link>
          <button
            type="button"
            className="button primary"
            disabled={!draft.ready || creating.busy}
            onClick={() => void creating.create()}
          >
            {creating.busy ? 'Sending …' : 'Create'}
          </button>
        </div>
      </div>
      <Outcome creating={creating} />
      <div className="writing">
        <DraftForm draft={draft}>
          <What draft={draft} />
          <When draft={draft} />
        </DraftForm>
        <YamlSide kind={kind} draft={draft} />
      </div>
    </>
  )
}

function What({ draft }: { draft: Draft }) {
  const options = useId()
  const jobs = useJobs({ words: [], top: 100 })
  const { create_job: job } = draft.value
  const named = asString(job)
  return (
    <Card title="What">
      <div className="table-form">
        <label className="form-row">
          Name of the schedule
          <input
            className="field"
            value={asString(draft.value.name) ?? ''}
            onChange={({ target }) => draft.put(['name'], target.value)}
          />
        </label>
        <label className="form-row">
          Job to start again
          <input
            className="field mono"
            list={options}
            autoComplete="off"
            placeholder="a job that ran"
            value={named?.replace(/^azureml:/, '') ?? ''}
            disabled={job !== undefined && named === undefined}
            onChange={({ target }) =>
              draft.put(['create_job'], target.value === '' ? undefined : `azureml:${target.value}`)
            }
          />
        </label>
        <datalist id={options}>
          {jobs.rows.map(({ name, displayName }) => (
            <option key={name} value={name}>
              {displayName}
            </option>
          ))}
        </datalist>
        <p className="help">
          Its code, environment and inputs are those it had. The text beside may hold a whole job instead.
        </p>
      </div>
    </Card>
  )
}

function When({ draft }: { draft: Draft }) {
  const rhythm = rhythmOf(draft.value.trigger)
  if (rhythm === undefined) {
    return (
      <Card title="When">
        <p className="quiet">The text says more than fits here: it is changed there.</p>
      </Card>
    )
  }
  const change = (part: Partial<Rhythm>) => draft.put(['trigger'], triggerOf({ ...rhythm, ...part }))
  const unit = every.find(([word]) => word === rhythm.every)
  return (
    <Card title="When">
      <div className="table-form">
        <label className="form-row">
          Counted in
          <select
            className="field"
            value={rhythm.every}
            onChange={({ target }) => change({ every: every.find(([word]) => word === target.value)?.[0] ?? 'day' })}
          >
            {every.map(([word, title]) => (
              <option key={word} value={word}>
                {title}
              </option>
            ))}
          </select>
        </label>
        {rhythm.every === 'cron' ? (
          <Row
            title="Expression"
            help="Minute, hour, day of the month, month, day of the week."
            value={rhythm.expression}
            put={(expression) => change({ expression })}
          />
        ) : (
          <label className="form-row">
            Every so many {unit?.[2]}
            <input
              className="field short"
              type="number"
              min={1}
              value={rhythm.interval}
              onChange={({ target }) => change({ interval: Math.max(1, Math.round(Number(target.value)) || 1) })}
            />
          </label>
        )}
        <At rhythm={rhythm} change={change} />
        <Bounds rhythm={rhythm} change={change} />
      </div>
    </Card>
  )
}

interface PartProps {
  rhythm: Rhythm
  change(part: Partial<Rhythm>): void
}

/** The time of days, and which days. */
function At({ rhythm, change }: PartProps) {
  const { every: unit, weekDays: chosen } = rhythm
  if (unit === 'cron' || unit === 'minute' || unit === 'hour') return null
  const toggle = (day: string) => {
    const next = weekDays.filter((one) => (one === day ? !chosen.includes(day) : chosen.includes(one)))
    if (next.length > 0) change({ weekDays: next })
  }
  return (
    <>
      {unit === 'week' && (
        <fieldset className="choices">
          <legend>On</legend>
          {weekDays.map((day) => (
            <label key={day} className="inline">
              <input type="checkbox" checked={chosen.includes(day)} onChange={() => toggle(day)} />
              {day.charAt(0).toUpperCase() + day.slice(1)}
            </label>
          ))}
        </fieldset>
      )}
      {unit === 'month' && (
        <label className="form-row">
          Day of the month
          <input
            className="field short"
            type="number"
            min={1}
            max={31}
            value={rhythm.monthDay}
            onChange={({ target }) => change({ monthDay: Math.min(31, Math.max(1, Number(target.value) || 1)) })}
          />
        </label>
      )}
      <label className="form-row">
        At
        <input
          className="field short"
          type="time"
          value={rhythm.time}
          onChange={({ target }) => target.value !== '' && change({ time: target.value })}
        />
      </label>
    </>
  )
}

const zones: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')]

function Bounds({ rhythm, change }: PartProps) {
  const options = useId()
  return (
    <>
      <Row
        title="Time zone"
        help="Of IANA or of Windows; clocks that are put forward and back are followed."
        value={rhythm.zone}
        put={(zone) => change({ zone })}
        list={options}
      />
      <datalist id={options}>
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      {(['start', 'end'] as const).map((end) => (
        <label key={end} className="form-row">
          {end === 'start' ? 'Not before' : 'Not after'}
          <input
            className="field"
            type="datetime-local"
            value={rhythm[end]}
            onChange={({ target }) => change({ [end]: target.value })}
          />
        </label>
      ))}
    </>
  )
}

interface RowProps {
  title: string
  help: string
  value: string
  put(value: string): void
  list?: string
}

function Row({ title, help, value, put, list }: RowProps) {
  const id = useId()
  return (
    <div className="form-row">
      <label htmlFor={id}>{title}</label>
      <input
        id={id}
        className="field mono"
        autoComplete="off"
        aria-describedby={`${id}-help`}
        value={value}
        {...(list === undefined ? {} : { list })}
        onChange={({ target }) => put(target.value)}
      />
      <p className="help" id={`${id}-help`}>
        {help}
      </p>
    </div>
  )
}
