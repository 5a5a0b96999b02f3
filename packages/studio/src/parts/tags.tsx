// Tags: shown, and edited in place.
import { type FormEvent, useState } from 'react'
import { Icon } from './icons.tsx'

export function Tags({ tags }: { tags: Record<string, string> }) {
  const all = Object.entries(tags)
  return (
    <>
      {all.map(([key, value]) => (
        <span key={key} className="chip tag" title={`${key}=${value}`}>
          {key}
          {value !== '' && <b>{value}</b>}
        </span>
      ))}
    </>
  )
}

/** `save` is called with all tags, as they shall be; it answers whether they are, and what was typed stays until then. */
export function TagEditor({
  tags,
  save,
  readOnly,
}: {
  tags: Record<string, string>
  save(tags: Record<string, string>): Promise<boolean>
  readOnly: boolean
}) {
  const [text, setText] = useState('')
  const add = (event: FormEvent) => {
    event.preventDefault()
    const [key = '', ...rest] = text.split('=')
    if (key.trim() === '') return
    void save({ ...tags, [key.trim()]: rest.join('=').trim() }).then((done) => done && setText(''))
  }
  const all = Object.entries(tags)
  return (
    <div className="stack" style={{ gap: 8 }}>
      {all.length === 0 && <p className="dim">No tags.</p>}
      <ul className="chips">
        {all.map(([key, value]) => (
          <li key={key} className="chip tag">
            {key}
            {value !== '' && <b>{value}</b>}
            {!readOnly && (
              <button
                type="button"
                aria-label={`Remove the tag ${key}`}
                onClick={() => void save(Object.fromEntries(all.filter(([other]) => other !== key)))}
              >
                <Icon name="cross" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {!readOnly && (
        <form className="inline" style={{ display: 'flex', gap: 8 }} onSubmit={add}>
          <input
            className="field"
            aria-label="New tag"
            placeholder="team=cv"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className="button small" disabled={text.trim() === ''}>
            Add
          </button>
        </form>
      )}
    </div>
  )
}
