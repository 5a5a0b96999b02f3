// Where something comes from and what became of it; everything in the picture can be looked at from in turn.
import { type FormEvent, useState } from 'react'
import { useSearchParams } from 'wouter'
import { Card, useTitle } from '../parts/bits.tsx'
import { LineageView } from '../parts/graph/lineage-view.tsx'
import '../style/grid.css'

export function Lineage() {
  const [search] = useSearchParams()
  const focus = search.get('focus') ?? ''
  useTitle(focus === '' ? 'Lineage' : `Lineage of ${focus}`)
  return (
    <>
      <div className="head">
        <h1>Lineage</h1>
        {focus !== '' && <span className="mono quiet">{focus}</span>}
      </div>
      {focus === '' ? <Choose /> : <LineageView key={focus} focus={focus} />}
    </>
  )
}

const kinds = ['data', 'model', 'job', 'component', 'environment']

function Choose() {
  const [, setSearch] = useSearchParams()
  const [kind, setKind] = useState('data')
  const [name, setName] = useState('')
  const [version, setVersion] = useState('1')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setSearch({ focus: [kind, name.trim(), ...(kind === 'job' ? [] : [version.trim()])].join(':') })
  }
  return (
    <Card title="Of what?">
      <form className="filters" onSubmit={submit}>
        <label className="pick">
          Kind
          <select className="bare" value={kind} onChange={(event) => setKind(event.target.value)}>
            {kinds.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <input
          className="field search"
          aria-label="Name"
          placeholder="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {kind !== 'job' && (
          <input
            className="field"
            style={{ width: 100 }}
            aria-label="Version"
            value={version}
            onChange={(event) => setVersion(event.target.value)}
          />
        )}
        <button type="submit" className="button primary" disabled={name.trim() === ''}>
          Show
        </button>
      </form>
      <p className="quiet">Each version of data and models, and each job, has a tab that leads here too.</p>
    </Card>
  )
}
