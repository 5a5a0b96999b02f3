// The frame around every page: the rail, the bar, and what is said in passing.
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useLive } from '../data/live.ts'
import { useSession } from '../data/session.ts'
import { home, type Place, rail } from '../places.ts'
import { Bell } from './bell.tsx'
import { Icon } from './icons.tsx'
import { toggleTheme, useTheme } from './theme.ts'

export function Shell({ children, jump }: { children: ReactNode; jump(): void }) {
  const [path] = useLocation()
  const main = useRef<HTMLElement>(null)
  const [from, setFrom] = useState(path)
  useEffect(() => {
    if (path === from) return
    setFrom(path)
    // who reads with a screen reader is brought to the new page, not left on the link
    if (path.split('/')[1] !== from.split('/')[1]) main.current?.focus()
  }, [path, from])
  return (
    <div className="frame">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Rail path={path} />
      <div style={{ minWidth: 0 }}>
        <Bar jump={jump} />
        <main id="main" ref={main} tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  )
}

function Rail({ path }: { path: string }) {
  return (
    <nav className="rail" aria-label="Places">
      <Link href="/" className="mark">
        <img src="/favicon.svg" alt="" width="26" height="26" />
        <span>Lazurite</span>
      </Link>
      <RailLink place={home} here={path === '/'} />
      {rail.map(({ title, places }) => (
        <div key={title}>
          <h2>{title}</h2>
          {places.map((place) => (
            <RailLink key={place.path} place={place} here={path === place.path || path.startsWith(`${place.path}/`)} />
          ))}
        </div>
      ))}
    </nav>
  )
}

function RailLink({ place, here }: { place: Place; here: boolean }) {
  return (
    <Link href={place.path} className="place" aria-current={here ? 'page' : undefined} title={place.title}>
      <Icon name={place.icon} />
      <span>{place.title}</span>
    </Link>
  )
}

function Bar({ jump }: { jump(): void }) {
  const { workspace, readOnly } = useSession()
  const live = useLive()
  const theme = useTheme()
  return (
    <header className="bar">
      <span className="quiet">Workspace</span> <b>{workspace.workspace}</b>
      {readOnly && <span className="chip">Read only</span>}
      <button type="button" className="button jump" onClick={jump}>
        <Icon name="search" />
        Jump to job, model, data…
        <kbd>⌘K</kbd>
      </button>
      <span className={`live ${live ? 'family-ok' : 'family-warn'}`} role="status">
        {live ? 'Live' : 'Reconnecting'}
      </span>
      <Bell />
      <button
        type="button"
        className="button bare square"
        onClick={toggleTheme}
        aria-label={theme === 'dark' ? 'Light theme' : 'Dark theme'}
      >
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
    </header>
  )
}
