// Who comes without a session shows the token of the home; `laz studio` opens a page that has one.
import { type FormEvent, type ReactNode, useState } from 'react'
import { logIn, type Session } from '../data/session.ts'
import { Problem, Twin, useTitle } from '../parts/bits.tsx'
import '../style/login.css'

export function Login({ done }: { done(session: Session): void }) {
  useTitle('Log in')
  return (
    <main className="lonely">
      <LoginForm done={done}>
        <h1>Lazurite</h1>
        {isOver() && <p role="status">That address has logged somebody in already, or is too old.</p>}
        <p className="quiet">This command opens the pages with a login of their own:</p>
      </LoginForm>
    </main>
  )
}

const isOver = () => new URLSearchParams(location.search).get('ticket') === 'over'

export function LoginForm({ done, children }: { done(session: Session): void; children: ReactNode }) {
  const [token, setToken] = useState('')
  const [error, setError] = useState<unknown>()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      done(await logIn(token))
    } catch (problem) {
      setError(problem)
    }
  }
  return (
    <form className="card login" onSubmit={submit}>
      {children}
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
}
