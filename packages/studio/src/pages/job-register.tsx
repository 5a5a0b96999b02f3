// A model from a place in what a job left.
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { useJobChanges } from '../data/job-changes.ts'
import { itemPath } from '../data/kind-places.ts'
import type { Resource } from '../data/queries.ts'
import { shellWord } from '../data/shell.ts'
import { Problem, Twin } from '../parts/bits.tsx'
import { Dialog } from '../parts/dialog.tsx'

const types = ['mlflow_model', 'custom_model', 'triton_model']

export function Register({ job, close, path = '' }: { job: Resource; close(): void; path?: string }) {
  const { registerModel } = useJobChanges(job.name)
  const [, go] = useLocation()
  const outputs = Object.entries(
    (job.properties.outputs ?? {}) as Record<string, { jobOutputType?: string }>, // ports by name
  ).filter(([name]) => name !== 'default')
  const likely = outputs.find(([, port]) => /model/.test(port.jobOutputType ?? '')) ?? outputs[0]
  const [model, setModel] = useState(String(job.properties.experimentName ?? 'model'))
  const [type, setType] = useState(likely?.[1].jobOutputType?.match(/\w+_model/)?.[0] ?? 'custom_model')
  const [uri, setUri] = useState(`azureml://jobs/${job.name}/outputs/${path || `${likely?.[0] ?? 'artifacts'}/paths/`}`)
  const [error, setError] = useState<unknown>()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      const made = await registerModel({ model, uri, type })
      close()
      go(itemPath('model', { name: model, version: made.name }))
    } catch (problem) {
      setError(problem)
    }
  }
  return (
    <Dialog title="Register a model" close={close}>
      <form className="stack" onSubmit={submit}>
        <label>
          Name
          <input className="field" required value={model} onChange={(event) => setModel(event.target.value)} />
        </label>
        <label>
          Type
          <select className="field" value={type} onChange={(event) => setType(event.target.value)}>
            {types.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          From
          <input className="field mono" required value={uri} onChange={(event) => setUri(event.target.value)} />
        </label>
        <Places
          names={outputs.map(([name]) => name)}
          choose={(place) => setUri(`azureml://jobs/${job.name}/outputs/${place}`)}
        />
        <Twin command={`laz model create --name ${shellWord(model)} --type ${type} --path ${shellWord(uri)}`} />
        {error !== undefined && <Problem error={error} />}
        <div className="buttons">
          <button type="button" className="button" onClick={close}>
            Close
          </button>
          <button type="submit" className="button primary">
            Register
          </button>
        </div>
      </form>
    </Dialog>
  )
}

/** Where models of a job usually are. */
function Places({ names, choose }: { names: readonly string[]; choose(place: string): void }) {
  if (names.length === 0) return null
  return (
    <p className="chips">
      {[...names.map((name) => `${name}/paths/`), 'artifacts/paths/'].map((place) => (
        <button key={place} type="button" className="button small" onClick={() => choose(place)}>
          {place}
        </button>
      ))}
    </p>
  )
}
