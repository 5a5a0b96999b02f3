// The frame around every page: the rail, the bar, and what is said in passing.
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { ask } from '../data/api.ts'
import { shortCount } from '../data/format.ts'
import { onChange, useLive } from '../data/live.ts'
import { useWorkspace } from '../data/queries.ts'
import { sameWorkspace, useSession, workspacePath } from '../data/session.ts'
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
  const counts = useCounts()
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
            <RailLink
              key={place.path}
              place={place}
              here={path === place.path || path.startsWith(`${place.path}/`)}
              counts={counts}
            />
          ))}
        </div>
      ))}
    </nav>
  )
}

function RailLink({ place, here, counts = {} }: { place: Place; here: boolean; counts?: Record<string, number> }) {
  const number = (place.counts ?? []).reduce((sum, kind) => sum + (counts[kind] ?? 0), 0)
  return (
    <Link href={place.path} className="place" aria-current={here ? 'page' : undefined} title={place.title}>
      <Icon name={place.icon} />
      <span>{place.title}</span>
      {number > 0 && (
        <span className="count" aria-hidden="true" title={String(number)}>
          {shortCount(number)}
        </span>
      )}
    </Link>
  )
}

const countEveryMs = 60_000
const countAfterMs = 3000

/** What there is of each kind: asked for a while after something came or went, since many come and go together. */
function useCounts(): Record<string, number> {
  const { own } = useWorkspace()
  const found = useQuery({
    queryKey: ['counts', own],
    queryFn: async ({ signal }) => (await ask<{ value: Record<string, number> }>(`${own}/counts`, { signal })).value,
    refetchInterval: countEveryMs,
  })
  const { refetch } = found
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onChange(({ what }) => {
      if (what === 'updated' || what === 'state') return
      timer ??= setTimeout(() => {
        timer = undefined
        void refetch()
      }, countAfterMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [refetch])
  return found.data ?? {}
}

/** Everything else of another workspace is another site: it is opened anew. */
function WorkspacePick() {
  const session = useSession()
  const { workspace, workspaces } = session
  if (workspaces.length < 2) {
    return (
      <span>
        <span className="quiet">Workspace</span> <b>{workspace.workspace}</b>
      </span>
    )
  }
  return (
    <label>
      <span className="quiet">Workspace</span>{' '}
      <select
        className="bare"
        value={workspaces.findIndex((one) => sameWorkspace(one, workspace))}
        onChange={({ target }) => {
          const next = workspaces[Number(target.value)]
          if (next) location.assign(workspacePath(session, next))
        }}
      >
        {workspaces.map((one, index) => (
          <option key={workspacePath(session, one)} value={index}>
            {one.workspace}
          </option>
        ))}
      </select>
    </label>
  )
}

function Bar({ jump }: { jump(): void }) {
  const { readOnly } = useSession()
  const live = useLive()
  const theme = useTheme()
  return (
    <header className="bar">
      <WorkspacePick />
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
