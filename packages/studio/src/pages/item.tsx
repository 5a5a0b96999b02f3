// One thing of any kind, made from its table; what a kind has beyond that comes from its specials.
import { isObject, type JsonObject, type Kind, printYaml } from '@lazurite/spec'
import { useQueryClient } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { arrivalOf } from '../data/creating.ts'
import { type Described, describe, flagsOf, textOf } from '../data/described.ts'
import { itemPath, kindPath, newPath, systemRegistry } from '../data/kind-places.ts'
import { needKind, removeItem, told, useClient, useItem, useKindList } from '../data/kinds.ts'
import { useSession } from '../data/session.ts'
import { standing } from '../data/states.ts'
import { Ask } from '../parts/ask.tsx'
import { Ago, Card, Copy, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import { Missing } from '../parts/missing.tsx'
import { Status } from '../parts/status.tsx'
import { Details } from './item-details.tsx'
import { Lineage } from './item-lineage.tsx'
import { specials } from './item-specials.tsx'
import { capital, KindList } from './list.tsx'
import '../style/kinds.css'

const ItemChanges = lazy(() => import('./item-changes.tsx').then((page) => ({ default: page.ItemChanges })))
const Editor = lazy(() => import('../parts/editor.tsx').then((part) => ({ default: part.Editor })))

export interface ItemProps {
  kind: string
  name: string
  version?: string | undefined
  parent?: string | undefined
  registry?: string | undefined
}

/** What tabs and actions of a kind are given. */
export interface Item {
  kind: Kind
  row: Described
  document: JsonObject
}

export function ItemPage(props: ItemProps) {
  const kind = needKind(props.kind)
  const item = useItem(kind, props)
  const [search] = useSearchParams()
  useTitle(`${props.name}${props.version === undefined ? '' : `:${props.version}`} · ${capital(kind.plural)}`)
  if (item.isPending) return <Loading what={`the ${kind.name}`} />
  if (item.isError) return <Missing kind={kind} of={props} error={item.error} retry={() => void item.refetch()} />
  const row = describe(kind, item.data)
  const shown: Item = { kind, row, document: documentOf(kind, row) }
  const tabs = tabsOf(shown)
  const tab = tabs.find(({ id }) => id === search.get('tab')) ?? tabs[0]
  return (
    <>
      <Head item={shown} />
      <Tabs tabs={tabs} now={tab?.id ?? ''} kind={kind} />
      {row.archived && (
        <p className="notice warn" style={{ marginBottom: 16 }}>
          This is archived: lists leave it out, and so does the newest version.
        </p>
      )}
      <Warnings />
      <Suspense fallback={<Loading what="this part" />}>{tab?.show()}</Suspense>
    </>
  )
}

/** What was warned of when it was made. */
function Warnings() {
  const warnings = arrivalOf(history.state)
  if (warnings.length === 0) return null
  return (
    <div className="notice warn" role="status" style={{ marginBottom: 16 }}>
      <h2>It was made, and this was said of it</h2>
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
    </div>
  )
}

/** The whole YAML file, with its name. */
function documentOf(kind: Kind, row: Described): JsonObject {
  const { name, version, parent, document } = row
  const under = typeof kind.shape === 'object' && parent !== undefined ? { endpoint_name: parent } : {}
  return { name, ...(version === undefined ? {} : { version }), ...under, ...document }
}

interface Tab {
  id: string
  title: string
  show(): ReactNode
}

function tabsOf(item: Item): Tab[] {
  const { kind, row } = item
  const versioned = kind.shape === 'versioned'
  const own = (specials[kind.name]?.tabs ?? []).filter(({ has }) => has?.(item) ?? true)
  return [
    { id: 'details', title: 'Details', show: () => <Details item={item} /> },
    ...own.map(({ id, title, Tab }): Tab => ({ id, title, show: () => <Tab item={item} /> })),
    ...(versioned ? [{ id: 'lineage', title: 'Lineage', show: () => <Lineage item={item} /> }] : []),
    ...(versioned
      ? [{ id: 'versions', title: 'Versions', show: () => <KindList kind={kind} of={row.name} {...registryOf(row)} /> }]
      : []),
    ...(versioned ? [{ id: 'changes', title: 'Changes', show: () => <ItemChanges item={item} /> }] : []),
    { id: 'yaml', title: 'YAML', show: () => <Yaml item={item} /> },
  ]
}

const registryOf = ({ registry }: Described) => (registry === undefined ? {} : { registry })

function Tabs({ tabs, now, kind }: { tabs: Tab[]; now: string; kind: Kind }) {
  const [path] = useLocation()
  return (
    <nav className="tabs" aria-label={`Parts of the ${kind.name}`}>
      {tabs.map(({ id, title }, index) => (
        <Link key={id} href={index === 0 ? path : `${path}?tab=${id}`} aria-current={id === now ? 'page' : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  )
}

function Head({ item }: { item: Item }) {
  const { kind, row, document } = item
  const title = textOf(document.display_name) || row.name
  const state = textOf(document.provisioning_state ?? document.status ?? document.state)
  return (
    <div className="head">
      <h1>{title}</h1>
      {row.version !== undefined && <VersionPick kind={kind} row={row} />}
      {state !== '' && <Status state={standing(state)} />}
      {row.archived && <span className="chip">archived</span>}
      <Actions item={item} />
      <p className="under">
        <Link href={kindPath(kind.name, row.registry)}>{capital(kind.plural)}</Link>
        {row.registry !== undefined && <span>in the registry {row.registry}</span>}
        <span className="mono">{row.version === undefined ? row.name : `${row.name}:${row.version}`}</span>
        <Copy
          text={row.version === undefined ? row.name : `azureml:${row.name}:${row.version}`}
          label="Copy the name"
        />
        <span>
          · {row.createdBy}, <Ago at={row.createdAt} />
        </span>
      </p>
    </div>
  )
}

function VersionPick({ kind, row }: { kind: Kind; row: Described }) {
  const [, go] = useLocation()
  const versions = useKindList(kind, { of: row.name, registry: row.registry, archived: 'all' })
  const all = versions.rows.some(({ version }) => version === row.version) ? versions.rows : [row, ...versions.rows]
  return (
    <label className="pick">
      Version
      <select
        className="bare"
        value={row.version}
        onChange={(event) => go(itemPath(kind.name, { ...row, version: event.target.value }) + location.search)}
      >
        {all.map(({ version, archived }) => (
          <option key={version} value={version}>
            {version}
            {archived ? ' (archived)' : ''}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Runs one thing at a time and asks for what is shown anew. */
function useRunning(kind: Kind) {
  const queries = useQueryClient()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState('')
  const run = async (word: string, work: () => Promise<unknown>) => {
    setError(undefined)
    setBusy(word)
    try {
      await told(work())
      await queries.invalidateQueries({ queryKey: [kind.name] })
      return true
    } catch (problem) {
      setError(problem)
      return false
    } finally {
      setBusy('')
    }
  }
  return { run, busy, error }
}

/** What can be done with it. Nothing of it is offered to who only reads. */
function Actions({ item }: { item: Item }) {
  const { kind, row } = item
  const { readOnly } = useSession()
  const client = useClient(row.registry)
  const { run, busy, error } = useRunning(kind)
  if (readOnly || row.registry === systemRegistry || specials[kind.name]?.fixed?.(item)) return null
  const which = { name: row.name, version: row.version, parent: row.parent }
  const from = row.parent === undefined ? namedOf(row) : `${row.parent}/${namedOf(row)}`
  const more = row.registry === undefined ? {} : { registry: row.registry }
  const versioned = kind.shape === 'versioned'
  return (
    <div className="end">
      <Suspense>
        {Object.entries(specials[kind.name]?.actions ?? {}).map(([word, Action]) => (
          <Action key={word} item={item} run={run} busy={busy} />
        ))}
      </Suspense>
      <Link href={newPath(kind.name, { from, ...(versioned ? {} : { edit: '1' }), ...more })} className="button">
        {versioned ? 'New version' : 'Edit'}
      </Link>
      {versioned && (
        <button
          type="button"
          className="button"
          disabled={busy !== ''}
          onClick={() => void run('archive', () => client.of(kind.name).archive(which, !row.archived))}
        >
          {row.archived ? 'Restore' : 'Archive'}
        </button>
      )}
      <Remove item={item} busy={busy} run={() => run('delete', () => removeItem(client, kind, which))} />
      {error !== undefined && (
        <div className="wide">
          <Problem error={error} />
        </div>
      )}
    </div>
  )
}

const namedOf = ({ name, version }: Described) => (version === undefined ? name : `${name}:${version}`)

function Remove({ item: { kind, row }, busy, run }: { item: Item; busy: string; run(): Promise<boolean> }) {
  const [, go] = useLocation()
  const remove = async () => {
    if (await run()) go(kindPath(kind.name, row.registry))
  }
  return (
    <Ask
      title={`Delete ${namedOf(row)}?`}
      verb="Delete"
      danger
      run={() => void remove()}
      command={`laz ${kind.name} delete ${flagsOf(row)}`}
      trigger={
        <button type="button" className="button danger" disabled={busy !== ''}>
          <Icon name="cross" /> Delete
        </button>
      }
    >
      {kind.shape === 'versioned'
        ? 'The version goes; what uses it is named before anything happens.'
        : 'It goes with what belongs to it; what uses it is named before anything happens.'}
    </Ask>
  )
}

function Yaml({ item }: { item: Item }) {
  const { kind, row, document } = item
  const text = printYaml(withoutEmpty(document))
  const command = `laz ${kind.name} show ${flagsOf(row)} -o yaml`
  return (
    <div className="stack">
      <Card title="YAML" end={<Copy text={text} label="Copy the YAML" />} bare>
        <Editor label="YAML" value={text} />
      </Card>
      <Twin command={command} />
    </div>
  )
}

/** A file says nothing with empty mappings. */
export function withoutEmpty(document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document).filter(([, value]) => !(isObject(value) && Object.keys(value).length === 0)),
  )
}
