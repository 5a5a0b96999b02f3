// The display name of a job, changed where it stands.
import { type FormEvent, useState } from 'react'
import { useJobChanges } from '../data/job-changes.ts'
import { Problem } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'

export function JobTitle({ name, title, readOnly }: { name: string; title: string; readOnly: boolean }) {
  const { patch } = useJobChanges(name)
  const [draft, setDraft] = useState<string>()
  const [error, setError] = useState<unknown>()
  if (draft === undefined) {
    return (
      <>
        <h1>{title}</h1>
        {!readOnly && (
          <button
            type="button"
            className="button bare small square"
            aria-label="Change the display name"
            onClick={() => setDraft(title)}
          >
            <Icon name="pencil" />
          </button>
        )}
      </>
    )
  }
  const save = (event: FormEvent) => {
    event.preventDefault()
    patch({ displayName: draft }).then(() => setDraft(undefined), setError)
  }
  return (
    <form className="inline" onSubmit={save}>
      <h1 className="hidden">{title}</h1>
      <input
        className="field"
        aria-label="Display name"
        // biome-ignore lint/a11y/noAutofocus: who asked to change it is where it is changed
        autoFocus
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && setDraft(undefined)}
      />
      <button type="submit" className="button primary small" disabled={draft.trim() === ''}>
        Save
      </button>
      <button type="button" className="button small" onClick={() => setDraft(undefined)}>
        Leave it
      </button>
      {error !== undefined && <Problem error={error} />}
    </form>
  )
}
