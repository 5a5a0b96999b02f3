// Buttons that do something on the server: busy while it is done, and the server's words when it fails.
import { type ReactNode, useState } from 'react'
import { Problem } from './bits.tsx'

export interface Act {
  title: string
  /** Shown before it is done; what is done away with is asked for. */
  ask?: string
  danger?: boolean
  primary?: boolean
  disabled?: boolean
  run(): Promise<unknown>
}

/** Runs one thing at a time; `problem` is what went wrong last. */
export function useActing(): { busy: string; problem: ReactNode; act(act: Act): void } {
  const [busy, setBusy] = useState('')
  const [error, setError] = useState<unknown>()
  const act = ({ title, run }: Act) => {
    setBusy(title)
    setError(undefined)
    run().then(
      () => setBusy(''),
      (problem) => {
        setError(problem)
        setBusy('')
      },
    )
  }
  return { busy, problem: error === undefined ? null : <Problem error={error} />, act }
}

export function Acts({ acts }: { acts: readonly Act[] }) {
  const { busy, problem, act } = useActing()
  const [asked, setAsked] = useState<Act>()
  return (
    <>
      {acts.map((one) => (
        <button
          key={one.title}
          type="button"
          className={`button${one.primary ? ' primary' : ''}${one.danger ? ' danger' : ''}`}
          disabled={busy !== '' || one.disabled === true}
          onClick={() => (one.ask === undefined ? act(one) : setAsked(one))}
        >
          {busy === one.title ? `${one.title} …` : one.title}
        </button>
      ))}
      {asked && (
        <div className="notice warn" role="alertdialog" aria-label={asked.title} style={{ flexBasis: '100%' }}>
          <p>{asked.ask}</p>
          <p className="actions" style={{ marginTop: 8 }}>
            <button
              type="button"
              className="button danger small"
              // biome-ignore lint/a11y/noAutofocus: what was asked for is answered next
              autoFocus
              onClick={() => {
                setAsked(undefined)
                act(asked)
              }}
            >
              {asked.title}
            </button>
            <button type="button" className="button small" onClick={() => setAsked(undefined)}>
              Keep it
            </button>
          </p>
        </div>
      )}
      {problem !== null && <div style={{ flexBasis: '100%' }}>{problem}</div>}
    </>
  )
}
