// Who comes without a session shows the token of the home; `laz studio` opens a page that has one.
import { type FormEvent, useState } from 'react'
import { logIn, type Session } from '../data/session.ts'
import { Problem, Twin, useTitle } from '../parts/bits.tsx'
import '../style/login.css'

export function Login({ done, above = false }: { done(session: Session): void; above?: boolean }) {
  const [token, setToken] = useState('')
  const [error, setError] = useState<unknown>()
  useTitle('Log in')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      done(await logIn(token))
    } catch (problem) {
      setError(problem)
    }
  }
  const form = (
    <form className="card login" onSubmit={submit}>
      <h1>{above ? 'Your login ran out' : 'Lazurite'}</h1>
      <p className="quiet">
        {above ? 'What you typed is still there. ' : ''}This command opens the pages with a login of their own:
      </p>
      <Twin command="laz studio" />
      <label htmlFor="token">Or paste the token of this server</label>
      <input
        id="token"
        className="field mono"
        type="password"
        autoComplete="current-password"
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      {error !== undefined && <Problem error={error} />}
      <button type="submit" className="button primary" disabled={token.trim() === ''}>
        Log in
      </button>
    </form>
  )
  return above ? (
    <div className="veil" role="dialog" aria-modal="true" aria-label="Log in again">
      {form}
    </div>
  ) : (
    <main className="lonely">{form}</main>
  )
}
