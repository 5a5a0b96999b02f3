// Files of a datastore below a folder: walked, looked into, sent, fetched and removed.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { ask } from '../data/api.ts'
import { bytes } from '../data/format.ts'
import { newPath } from '../data/kind-places.ts'
import { told, useClient } from '../data/kinds.ts'
import { useWorkspace } from '../data/queries.ts'
import { useSession } from '../data/session.ts'
import { shellWord } from '../data/shell.ts'
import { type Place, type StoredEntry, storedUrl, uriOf, useFolder } from '../data/stored.ts'
import { Ask } from './ask.tsx'
import { Ago, Card, Copy, Empty, Loading, Problem, Twin } from './bits.tsx'
import { pickedFrom } from './form/context.ts'
import { PickButton } from './form/files.tsx'
import { type Column, Grid } from './grid.tsx'
import { Icon } from './icons.tsx'
import { Look } from './look.tsx'
import '../style/stored.css'

export interface StoredFilesProps {
  place: Place
  /** What is there belongs to an asset: it is looked at and fetched alone. */
  fixed?: boolean
}

const withSlash = (path: string) => (path === '' || path.endsWith('/') ? path : `${path}/`)

export function StoredFiles({ place, fixed = false }: StoredFilesProps) {
  const { readOnly } = useSession()
  const [search, setSearch] = useSearchParams()
  const root = withSlash(place.path)
  const folder = withSlash(root + (search.get('path') ?? ''))
  const file = search.get('file') ?? ''
  const go = (words: { path?: string; file?: string }) =>
    setSearch((old) => {
      const next = new URLSearchParams(old)
      for (const [name, value] of Object.entries(words)) {
        if (value === '') next.delete(name)
        else next.set(name, value)
      }
      return next
    })
  const open = (entry: StoredEntry) =>
    entry.folder
      ? go({ path: entry.path.slice(root.length).replace(/\/$/, ''), file: '' })
      : go({ file: entry.path.slice(root.length) })
  const here = { datastore: place.datastore, path: folder }
  return (
    <div className="stack">
      <div className="filters">
        <Crumbs root={place} path={search.get('path') ?? ''} go={(path) => go({ path, file: '' })} />
        {!fixed && !readOnly && <Send place={here} />}
      </div>
      <div className={file === '' ? undefined : 'file-halves'}>
        <Listing place={here} open={open} />
        {file !== '' && (
          <FileCard
            key={file}
            place={{ datastore: place.datastore, path: root + file }}
            fixed={fixed || readOnly}
            close={() => go({ file: '' })}
          />
        )}
      </div>
      <Twin command={`laz datastore browse --name ${shellWord(place.datastore)} --path ${shellWord(folder)}`} />
    </div>
  )
}

function Crumbs({ root, path, go }: { root: Place; path: string; go(path: string): void }) {
  const parts = path.split('/').filter(Boolean)
  const top = root.path === '' ? root.datastore : (root.path.split('/').filter(Boolean).at(-1) ?? root.datastore)
  return (
    <nav className="crumbs" aria-label="Folder">
      {[top, ...parts].map((part, index) => (
        <span key={parts.slice(0, index).join('/')}>
          {index > 0 && <span className="dim"> / </span>}
          <button
            type="button"
            className="button bare small"
            aria-current={index === parts.length ? 'location' : undefined}
            onClick={() => go(parts.slice(0, index).join('/'))}
          >
            {part}
          </button>
        </span>
      ))}
    </nav>
  )
}

const columns: Column<StoredEntry>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 'minmax(160px, 2fr)',
    cell: ({ name, folder, path }) => (
      <span className="stored-name">
        <Icon name={folder ? 'folder' : 'file'} />
        <span className="name">{name || path.split('/').filter(Boolean).at(-1)}</span>
      </span>
    ),
  },
  { id: 'size', title: 'Size', width: '100px', numeric: true, cell: ({ sizeBytes }) => bytes(sizeBytes) },
  { id: 'changed', title: 'Changed', width: '120px', cell: ({ modifiedAt }) => <Ago at={modifiedAt} /> },
]

function Listing({ place, open }: { place: Place; open(entry: StoredEntry): void }) {
  const folder = useFolder(place.datastore, place.path)
  if (folder.isPending) return <Loading what="the folder" />
  if (folder.isError) return <Problem error={folder.error} retry={() => void folder.refetch()} />
  const entries = folder.data.pages.flatMap(({ value }) => value)
  if (entries.length === 0) return <Empty title="Nothing is here" />
  return (
    <Grid
      label="Files"
      rows={entries}
      columns={columns}
      keyOf={({ path }) => path}
      nameOf={({ name, folder: isFolder }) => `${isFolder ? 'Folder' : 'File'} ${name}`}
      open={open}
      more={folder.hasNextPage && !folder.isFetchingNextPage ? () => void folder.fetchNextPage() : undefined}
    />
  )
}

function FileCard({ place, fixed, close }: { place: Place; fixed: boolean; close(): void }) {
  const { own } = useWorkspace()
  const queries = useQueryClient()
  const { datastore, path } = place
  const name = path.split('/').at(-1) ?? path
  const content = storedUrl(own, datastore, 'content', { path })
  const [error, setError] = useState<unknown>()
  const remove = async () => {
    try {
      await ask(content, { method: 'DELETE' })
      await queries.invalidateQueries({ queryKey: ['datastore', datastore, 'files'] })
      close()
    } catch (problem) {
      setError(problem)
    }
  }
  return (
    <Card
      title={name}
      end={
        <button type="button" className="button bare small square" aria-label="Close the preview" onClick={close}>
          <Icon name="cross" />
        </button>
      }
    >
      <div className="stack">
        <div className="inline wraps">
          <a className="button small" href={content} download={name}>
            <Icon name="download" /> Download
          </a>
          {!fixed && <FileActions place={place} name={name} remove={() => void remove()} />}
          <Copy text={uriOf(place)} label="Copy the URI" />
        </div>
        {error !== undefined && <Problem error={error} />}
        <Look
          url={storedUrl(own, datastore, 'preview', { path, rows: '200' })}
          content={content}
          name={name}
          of={['datastore', datastore]}
        />
      </div>
    </Card>
  )
}

function FileActions({ place, name, remove }: { place: Place; name: string; remove(): void }) {
  return (
    <>
      <Link
        className="button small"
        href={newPath('data', { name: nameFrom(name), type: 'uri_file', path: uriOf(place) })}
      >
        Register as data
      </Link>
      <Ask
        title={`Delete ${name}?`}
        verb="Delete"
        danger
        run={remove}
        trigger={
          <button type="button" className="button small danger">
            Delete
          </button>
        }
      >
        The file goes for good; data that names it finds nothing there any more.
      </Ask>
    </>
  )
}

/** A file's name as a name of data. */
const nameFrom = (name: string) => name.replace(/\.[^.]*$/, '').replace(/[^\w.-]+/g, '-')

function Send({ place }: { place: Place }) {
  const client = useClient()
  const queries = useQueryClient()
  const [progress, setProgress] = useState<{ sent: number; total: number }>()
  const [error, setError] = useState<unknown>()
  const sendAll = async (list: FileList | null) => {
    const files = pickedFrom(list)
    if (!files) return
    setError(undefined)
    try {
      const into = files.single || files.name === 'files' ? place.path : place.path + files.name
      await told(
        client.datastores.upload(place.datastore, files, into, {
          progress: (sent, total) => setProgress({ sent, total }),
        }),
      )
      await queries.invalidateQueries({ queryKey: ['datastore', place.datastore, 'files'] })
    } catch (problem) {
      setError(problem)
    } finally {
      setProgress(undefined)
    }
  }
  return (
    <div className="end">
      {progress && (
        <span role="status" className="quiet">
          {bytes(progress.sent)} of {bytes(progress.total)}
        </span>
      )}
      <PickButton title="Upload files" what="Upload files here" many pick={(list) => void sendAll(list)} />
      <PickButton title="Upload a folder" what="Upload a folder here" folder pick={(list) => void sendAll(list)} />
      {error !== undefined && <Problem error={error} />}
    </div>
  )
}
