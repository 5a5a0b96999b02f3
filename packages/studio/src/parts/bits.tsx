// Small things that every page has.
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { ApiError } from '../data/api.ts'
import { since, when } from '../data/format.ts'
import { noteVisit } from '../data/recent.ts'
import { Icon } from './icons.tsx'

/** Copies a text, and says that it did. */
export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), 1500)
    return () => clearTimeout(timer)
  }, [done])
  const copy = () => void navigator.clipboard.writeText(text).then(() => setDone(true))
  return (
    <button type="button" className="button bare small square" onClick={copy} aria-label={done ? 'Copied' : label}>
      <Icon name={done ? 'check' : 'copy'} />
    </button>
  )
}

/** The command that does or shows the same. */
export function Twin({ command }: { command: string }) {
  return (
    <div className="twin">
      {/* long commands scroll, also by keyboard */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
      <code tabIndex={0}>{command}</code>
      <Copy text={command} label="Copy the command" />
    </div>
  )
}

let now = Date.now()
const clocks = new Set<() => void>()
setInterval(() => {
  if (document.hidden) return
  now = Date.now()
  for (const clock of clocks) clock()
}, 1000)

/** Epoch milliseconds, once a second while the page is seen. */
export function useNow(): number {
  return useSyncExternalStore(
    (clock) => {
      clocks.add(clock)
      return () => clocks.delete(clock)
    },
    () => now,
  )
}

export function Ago({ at }: { at: number | string | undefined }) {
  const current = useNow()
  if (at === undefined || at === '') return null
  const time = typeof at === 'number' ? at : Date.parse(at)
  if (Number.isNaN(time)) return null
  return (
    <time dateTime={new Date(time).toISOString()} title={when(time)}>
      {since(time, current)}
    </time>
  )
}

export function Card({
  title,
  end,
  children,
  bare,
}: {
  title: ReactNode
  end?: ReactNode
  children: ReactNode
  bare?: boolean
}) {
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        {end !== undefined && <div className="end">{end}</div>}
      </header>
      {bare ? children : <div className="body">{children}</div>}
    </section>
  )
}

/** What went wrong, in the server's words, and a way to try again. */
export function Problem({ error, retry, page = false }: { error: unknown; retry?: () => void; page?: boolean }) {
  const known = error instanceof ApiError ? error : undefined
  // where it stands for a whole page, it is what the page is about
  const Title = page ? 'h1' : 'h2'
  const title = known?.status === 404 ? 'Not found' : known?.status === 403 ? 'Not allowed' : 'That did not work'
  return (
    <div className="notice fail" role="alert">
      <Title>{title}</Title>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {known?.details.map((line) => (
        <p key={line} className="quiet">
          {line}
        </p>
      ))}
      {retry && (
        <p style={{ marginTop: 8 }}>
          <button type="button" className="button small" onClick={retry}>
            Try again
          </button>
        </p>
      )}
    </div>
  )
}

export function Loading({ what }: { what: string }) {
  return (
    <p className="empty" role="status">
      Loading {what} …
    </p>
  )
}

interface EmptyProps {
  title: string
  children?: ReactNode
  command?: string
  page?: boolean
}

export function Empty({ title, children, command, page = false }: EmptyProps) {
  const Title = page ? 'h1' : 'h2'
  return (
    <div className="empty">
      <Title>{title}</Title>
      {children}
      {command && <Twin command={command} />}
    </div>
  )
}

/** Title of the browser's tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Lazurite`
    noteVisit({ path: location.pathname, title })
  }, [title])
}
