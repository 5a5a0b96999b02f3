// What a thing is: its description, the fields of its table that are filled, its tags, labels and times.
import { type Field, isObject, type Json, printYaml } from '@lazurite/spec'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { Link } from 'wouter'
import { ask } from '../data/api.ts'
import { fieldsOf, flagsOf, linkOf, textOf, titleOf } from '../data/described.ts'
import { itemPath } from '../data/kind-places.ts'
import { patchItem, useClient } from '../data/kinds.ts'
import { useSession } from '../data/session.ts'
import { Ago, Card, Copy, Problem, Twin } from '../parts/bits.tsx'
import { TagEditor } from '../parts/tags.tsx'
import { jobPath } from '../places.ts'
import type { Item } from './item.tsx'
import { specials } from './item-specials.tsx'

const Markdown = lazy(() => import('../parts/markdown.tsx').then((part) => ({ default: part.Markdown })))

/** Shown elsewhere on the page. */
const elsewhere = new Set([
  'name',
  'version',
  'tags',
  'description',
  'display_name',
  'endpoint_name',
  'creation_context',
  'id',
  'is_anonymous',
  'is_archived',
  'provisioning_state',
])

export function Details({ item }: { item: Item }) {
  const { kind, row } = item
  const Extra = specials[kind.name]?.details
  const command = `laz ${kind.name} show ${flagsOf(row)}`
  return (
    <div className="columns">
      <div className="stack">
        <Description item={item} />
        <Suspense>{Extra && <Extra item={item} />}</Suspense>
        <Fields item={item} />
      </div>
      <div className="stack">
        <TagCard item={item} />
        {kind.shape === 'versioned' && <Labels item={item} />}
        <Times item={item} />
        <Twin command={command} />
      </div>
    </div>
  )
}

function useChange(item: Item) {
  const { kind, row } = item
  const client = useClient(row.registry)
  const queries = useQueryClient()
  const [error, setError] = useState<unknown>()
  const change = async (what: Parameters<typeof patchItem>[3]) => {
    setError(undefined)
    try {
      await patchItem(client, kind, { name: row.name, version: row.version, parent: row.parent }, what)
      await queries.invalidateQueries({ queryKey: [kind.name] })
      return true
    } catch (problem) {
      setError(problem)
      return false
    }
  }
  return { change, error }
}

function Description({ item }: { item: Item }) {
  const { readOnly } = useSession()
  const text = textOf(item.document.description)
  const [draft, setDraft] = useState<string>()
  const { change, error } = useChange(item)
  const edit = readOnly ? undefined : (
    <button type="button" className="button small" onClick={() => setDraft(draft === undefined ? text : undefined)}>
      {draft === undefined ? 'Edit' : 'Leave it'}
    </button>
  )
  if (text === '' && readOnly) return null
  return (
    <Card title="Description" end={edit}>
      {error !== undefined && <Problem error={error} />}
      {draft === undefined ? (
        text === '' ? (
          <p className="dim">No description.</p>
        ) : (
          <Suspense fallback={<p>{text}</p>}>
            <Markdown text={text} />
          </Suspense>
        )
      ) : (
        <form
          className="stack"
          style={{ gap: 8 }}
          onSubmit={(event) => {
            event.preventDefault()
            void change({ properties: { description: draft } }).then((done) => done && setDraft(undefined))
          }}
        >
          <textarea
            className="field"
            aria-label="Description"
            rows={5}
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
          />
          <div className="inline">
            <button type="submit" className="button primary small">
              Save
            </button>
            <span className="dim">Markdown is shown as such.</span>
          </div>
        </form>
      )}
    </Card>
  )
}

function Fields({ item }: { item: Item }) {
  const { kind, document } = item
  const hidden = new Set([...elsewhere, ...(specials[kind.name]?.shown ?? [])])
  const table = fieldsOf(kind.fields, document)
  const keys = [...Object.keys(table), ...Object.keys(document).filter((key) => !(key in table))]
  const rows = keys.flatMap((key): [string, Json, Field | undefined][] => {
    const value = document[key]
    const empty = value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0)
    return empty || hidden.has(key) || (Array.isArray(value) && value.length === 0) ? [] : [[key, value, table[key]]]
  })
  if (rows.length === 0) return null
  return (
    <Card title="Properties">
      <dl className="facts wide-facts">
        {rows.map(([key, value, field]) => (
          <div key={key} className="fact">
            <dt title={field?.doc}>{titleOf(key)}</dt>
            <dd>
              {key === 'job_name' ? (
                <Link href={jobPath(String(value))} className="mono">
                  {String(value)}
                </Link>
              ) : (
                <Value value={value} />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

export function Value({ value }: { value: Json }) {
  const link = linkOf(value)
  if (link) {
    return (
      <Link href={itemPath(link.kind, link)} className="mono">
        {textOf(value)}
      </Link>
    )
  }
  const flat = !isObject(value) && !(Array.isArray(value) && value.some((one) => typeof one === 'object'))
  if (flat) {
    const text = textOf(value)
    if (text.includes('\n')) return <pre className="block">{text}</pre>
    const reference = /^azureml:\/\//.test(text)
    return (
      <>
        <span className={reference ? 'mono' : undefined}>{text}</span>
        {reference && <Copy text={String(value)} label="Copy the whole URI" />}
      </>
    )
  }
  return <Block text={printYaml(value)} />
}

function Block({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <pre className="block" tabIndex={0}>
      {text}
    </pre>
  )
}

function TagCard({ item }: { item: Item }) {
  const { readOnly } = useSession()
  const { change, error } = useChange(item)
  return (
    <Card title="Tags">
      {error !== undefined && <Problem error={error} />}
      <TagEditor tags={item.row.tags} readOnly={readOnly} save={(tags) => change({ tags })} />
    </Card>
  )
}

interface LabelsAnswer {
  value: { label: string; version: string }[]
}

/** Words that stand for a version of this name. */
function Labels({ item }: { item: Item }) {
  const { kind, row } = item
  const { readOnly } = useSession()
  const client = useClient(row.registry)
  const queries = useQueryClient()
  const [error, setError] = useState<unknown>()
  const base = ownPath(client.of(kind.name).path({ name: row.name }))
  const labels = useQuery({
    queryKey: [kind.name, row.name, 'labels', row.registry],
    queryFn: ({ signal }) => ask<LabelsAnswer>(`${base}/labels`, { signal }),
    retry: false,
  })
  const change = async (label: string, how: { method: 'PUT' | 'DELETE'; body?: unknown }) => {
    setError(undefined)
    try {
      await ask(`${base}/labels/${encodeURIComponent(label)}`, how)
      await queries.invalidateQueries({ queryKey: [kind.name, row.name, 'labels'] })
      return true
    } catch (problem) {
      setError(problem)
      return false
    }
  }
  if (!labels.data) return null
  return (
    <Card title="Labels">
      <div className="stack" style={{ gap: 8 }}>
        {error !== undefined && <Problem error={error} />}
        <ul className="stack" style={{ gap: 4 }}>
          {labels.data.value.map(({ label, version }) => (
            <li key={label} className="inline">
              <span className={version === row.version ? 'chip here' : 'chip'}>{label}</span>
              <Link href={itemPath(kind.name, { ...row, version })}>version {version}</Link>
              {!readOnly && label !== 'latest' && (
                <button
                  type="button"
                  className="button bare small"
                  aria-label={`Remove the label ${label}`}
                  onClick={() => void change(label, { method: 'DELETE' })}
                >
                  Remove
                </button>
              )}
            </li>
          ))}
        </ul>
        {!readOnly && <NewLabel put={(label) => change(label, { method: 'PUT', body: { version: row.version } })} />}
      </div>
    </Card>
  )
}

function NewLabel({ put }: { put(label: string): Promise<boolean> }) {
  const [text, setText] = useState('')
  return (
    <form
      className="inline"
      onSubmit={(event) => {
        event.preventDefault()
        void put(text.trim()).then((done) => done && setText(''))
      }}
    >
      <input
        className="field"
        aria-label="Label for this version"
        placeholder="production"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button small" disabled={text.trim() === ''}>
        Put here
      </button>
    </form>
  )
}

/** Address of our own face beside that of ARM. */
export function ownPath(path: string): string {
  return `/lazurite/v1${path.replace(/^\/mferp\/managementfrontend/, '')}`
}

function Times({ item }: { item: Item }) {
  const { row } = item
  return (
    <Card title="About">
      <dl className="facts">
        <dt>Created</dt>
        <dd>
          <Ago at={row.createdAt} /> by {row.createdBy}
        </dd>
        <dt>Changed</dt>
        <dd>
          <Ago at={row.modifiedAt} />
        </dd>
        <dt>Id</dt>
        <dd className="mono id">
          <span title={row.id}>
            <bdi>{row.id}</bdi>
          </span>{' '}
          <Copy text={row.id} label="Copy the id" />
        </dd>
      </dl>
    </Card>
  )
}
