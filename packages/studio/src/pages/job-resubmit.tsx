// The same job once more, with other values where one changes them.
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { type RerunBody, useJobChanges } from '../data/job-changes.ts'
import type { Resource } from '../data/queries.ts'
import { Problem, Twin } from '../parts/bits.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { jobPath } from '../places.ts'

interface Port {
  value?: string
  uri?: string
}

export function Resubmit({ job, close }: { job: Resource; close(): void }) {
  const { rerun } = useJobChanges(job.name)
  const [, go] = useLocation()
  const before = valuesOf(job)
  const [values, setValues] = useState(before)
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const body = changesOf(before, values)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      const made = await rerun(body)
      close()
      go(jobPath(made.name))
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }
  const put = (part: 'inputs' | 'environment', key: string, value: string) =>
    setValues({ ...values, [part]: { ...values[part], [key]: value } })
  return (
    <Dialog title="Resubmit" close={close}>
      <form className="stack" onSubmit={submit}>
        <div className="pairs">
          <Field
            label="Display name"
            value={values.displayName}
            change={(v) => setValues({ ...values, displayName: v })}
          />
          <Field label="Experiment" value={values.experiment} change={(v) => setValues({ ...values, experiment: v })} />
          <Field label="Compute" value={values.compute} change={(v) => setValues({ ...values, compute: v })} />
        </div>
        <Group title="Inputs" values={values.inputs} put={(key, value) => put('inputs', key, value)} />
        <Group
          title="Environment variables"
          values={values.environment}
          put={(key, value) => put('environment', key, value)}
        />
        <Twin command={twinOf(job.name, body)} />
        {error !== undefined && <Problem error={error} />}
        <div className="buttons">
          <button type="button" className="button" onClick={close}>
            Close
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {Object.keys(body).length > 0 ? 'Submit with changes' : 'Submit again'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function Group({
  title,
  values,
  put,
}: {
  title: string
  values: Record<string, string>
  put(key: string, value: string): void
}) {
  const all = Object.entries(values)
  if (all.length === 0) return null
  return (
    <fieldset>
      <legend>{title}</legend>
      <div className="pairs">
        {all.map(([key, value]) => (
          <Field key={key} label={key} value={value} change={(text) => put(key, text)} />
        ))}
      </div>
    </fieldset>
  )
}

function Field({ label, value, change }: { label: string; value: string; change(value: string): void }) {
  return (
    <label>
      {label}
      <input className="field" value={value} onChange={(event) => change(event.target.value)} />
    </label>
  )
}

interface Values {
  displayName: string
  experiment: string
  compute: string
  inputs: Record<string, string>
  environment: Record<string, string>
}

function valuesOf({ properties }: Resource): Values {
  const text = (name: string) => (typeof properties[name] === 'string' ? (properties[name] as string) : '')
  const inputs = (properties.inputs ?? {}) as Record<string, Port>
  return {
    displayName: text('displayName'),
    experiment: text('experimentName'),
    compute: text('computeId').split('/').at(-1) ?? '',
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, { value, uri }]) => [key, value ?? uri ?? ''])),
    environment: { ...(properties.environmentVariables as Record<string, string> | undefined) },
  }
}

function changesOf(before: Values, after: Values): RerunBody {
  const changed = (old: Record<string, string>, next: Record<string, string>) =>
    Object.fromEntries(Object.entries(next).filter(([key, value]) => value !== old[key]))
  const inputs = changed(before.inputs, after.inputs)
  const environment = changed(before.environment, after.environment)
  return {
    ...(after.displayName === before.displayName ? {} : { display_name: after.displayName }),
    ...(after.experiment === before.experiment ? {} : { experiment_name: after.experiment }),
    ...(after.compute === before.compute ? {} : { compute: after.compute }),
    ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
    ...(Object.keys(environment).length > 0 ? { environment_variables: environment } : {}),
  }
}

function twinOf(name: string, body: RerunBody): string {
  const quoted = (text: string) => (/^[\w.:/=@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
  const sets = Object.entries(body).flatMap(([key, value]) =>
    typeof value === 'object'
      ? Object.entries(value).map(([inner, text]) => `${key}.${inner}=${text}`)
      : [`${key}=${value}`],
  )
  return [`laz job rerun --name ${name}`, ...sets.map((set) => `--set ${quoted(set)}`)].join(' ')
}
