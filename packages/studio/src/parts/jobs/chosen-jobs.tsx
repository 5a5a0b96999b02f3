// What is done with the jobs that were selected: each by itself, and what fails is told by name.
import { type FormEvent, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { ask } from '../../data/api.ts'
import { count } from '../../data/format.ts'
import { armUrl, type Resource, useWorkspace } from '../../data/queries.ts'
import { part } from '../../places.ts'
import { Ask } from '../ask.tsx'
import { Failures, useEach } from '../each.tsx'
import { isTyping, lettersAreOn } from '../keys.ts'

const mostCompared = 200
const nameOf = (path: string) => decodeURIComponent(path.split('/').at(-1) ?? '')

interface ChosenJobsProps {
  names: readonly string[]
  readOnly: boolean
  /** All that the search finds, when there are more than are selected. */
  all?: { total: number; select(): Promise<void> } | undefined
  exportThem(): void
  clear(): void
}

export function ChosenJobs({ names, readOnly, all, exportThem, clear }: ChosenJobsProps) {
  const { arm } = useWorkspace()
  const paths = names.map((name) => `${arm}/jobs/${part(name)}`)
  const { each, done, failed } = useEach(paths, { kind: 'job', nameOf })
  const [selecting, setSelecting] = useState(false)
  const busy = done !== undefined
  const href = `/compare?jobs=${names.map(part).join(',')}`
  useCompareKey(names.length <= mostCompared ? href : undefined)
  return (
    <section className="card selection" aria-label="Selection">
      <b role="status">{busy ? `${done} of ${names.length} done` : `${count(names.length)} selected`}</b>
      {all && (
        <button
          type="button"
          className="button bare small"
          disabled={selecting}
          onClick={() => {
            setSelecting(true)
            void all.select().finally(() => setSelecting(false))
          }}
        >
          {selecting ? 'Selecting …' : `Select all ${count(all.total)}`}
        </button>
      )}
      {names.length <= mostCompared && (
        <Link href={href} className="button primary small">
          Compare{' '}
          <span className="key" aria-hidden="true">
            c
          </span>
        </Link>
      )}
      {!readOnly && <Changes names={names} each={each} busy={busy} />}
      <button type="button" className="button small" onClick={exportThem}>
        Export CSV
      </button>
      <button type="button" className="button bare small end" onClick={clear}>
        Clear
      </button>
      <Failures failed={failed} />
    </section>
  )
}

function useCompareKey(href: string | undefined): void {
  const [, go] = useLocation()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const chord = event.metaKey || event.ctrlKey || event.altKey
      if (event.key !== 'c' || chord || event.defaultPrevented || isTyping(event.target) || !lettersAreOn()) return
      if (href !== undefined) go(href)
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [href, go])
}

type Each = (work: (path: string) => Promise<unknown>) => Promise<void>

function Changes({ names, each, busy }: { names: readonly string[]; each: Each; busy: boolean }) {
  const { own } = useWorkspace()
  const set = (properties: Record<string, unknown>) =>
    each((path) => ask(armUrl(path), { method: 'PATCH', body: { properties } }))
  const these = names.length === 1 ? names[0] : `these ${count(names.length)} jobs`
  return (
    <>
      <TagThem
        busy={busy}
        add={(key, value) =>
          each(async (path) => {
            const job = await ask<Resource>(armUrl(path))
            const tags = { ...(job.properties.tags as Record<string, string> | undefined), [key]: value } // texts by name, on the wire
            await ask(armUrl(path), { method: 'PATCH', body: { properties: { tags } } })
          })
        }
      />
      <Ask
        title={`Stop ${these}?`}
        verb="Stop"
        run={() => void each((path) => ask(armUrl(`${path}/cancel`), { method: 'POST' }))}
        trigger={
          <button type="button" className="button small" disabled={busy}>
            Stop
          </button>
        }
      >
        Their processes are ended. What they wrote until now is kept.
      </Ask>
      <button type="button" className="button small" disabled={busy} onClick={() => void set({ isArchived: true })}>
        Archive
      </button>
      <button type="button" className="button small" disabled={busy} onClick={() => void set({ isArchived: false })}>
        Restore
      </button>
      <Ask
        title={`Delete ${these} for good?`}
        verb="Delete for good"
        danger
        run={() => void each((path) => ask(`${own}/jobs/${path.split('/').at(-1) ?? ''}`, { method: 'DELETE' }))}
        trigger={
          <button type="button" className="button small danger" disabled={busy}>
            Delete
          </button>
        }
      >
        With their metrics, logs and files. What something else names stays; jobs that run are refused.
      </Ask>
    </>
  )
}

function TagThem({ add, busy }: { add(key: string, value: string): Promise<void>; busy: boolean }) {
  const [text, setText] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const [key = '', ...rest] = text.split('=')
    if (key.trim() === '') return
    void add(key.trim(), rest.join('=').trim())
    setText('')
  }
  return (
    <form className="tag-them" onSubmit={submit}>
      <input
        className="field"
        aria-label="Tag for the selected jobs"
        placeholder="team=cv"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button small" disabled={busy || text.trim() === ''}>
        Tag
      </button>
    </form>
  )
}
