// Files in folders that open one by one: a folder is asked for when it is opened, a page at a time.
import { useState } from 'react'
import { bytes } from '../../data/format.ts'
import { type FileEntry, type FilePlace, useFolder } from '../../data/run.ts'
import { Problem } from '../bits.tsx'
import { Icon } from '../icons.tsx'
import '../../style/files.css'
import '../../style/logs.css'

export interface TreeProps {
  place: FilePlace
  /** The job whose changes make it old. */
  job: string
  again: number | false
  /** Path of the file that is shown. */
  here: string | undefined
  open(entry: FileEntry, place: FilePlace): void
  /** Names that are not shown at the top. */
  without?: readonly string[]
}

export function FileTree(props: TreeProps) {
  const { place, job, again, without = [] } = props
  const folder = useFolder(place, { key: job, again })
  const shown = folder.entries.filter(({ name }) => !without.includes(name))
  if (folder.isError) return <Problem error={folder.error} retry={() => void folder.refetch()} />
  if (folder.isPending) return <p className="dim">Loading …</p>
  if (shown.length === 0) return <p className="dim pad">Nothing yet.</p>
  return (
    <ul className="files">
      {shown.map((entry) =>
        entry.folder ? (
          <Folder key={entry.path} {...props} entry={entry} />
        ) : (
          <li key={entry.path}>
            <button
              type="button"
              aria-current={props.here === entry.path ? 'true' : undefined}
              onClick={() => props.open(entry, { ...place, path: entry.path })}
            >
              <Icon name="file" />
              <span>{entry.name}</span>
              <small>{bytes(entry.sizeBytes)}</small>
            </button>
          </li>
        ),
      )}
      {folder.hasNextPage && (
        <li>
          <button type="button" onClick={() => void folder.fetchNextPage()}>
            <span>More …</span>
          </button>
        </li>
      )}
    </ul>
  )
}

function Folder(props: TreeProps & { entry: FileEntry }) {
  const { entry, here, place } = props
  const [isOpen, setOpen] = useState(here?.startsWith(`${entry.path}/`) ?? false)
  return (
    <li>
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name={isOpen ? 'down' : 'right'} />
        <Icon name="folder" />
        <span>{entry.name}</span>
      </button>
      {isOpen && (
        <div className="inside">
          <FileTree {...props} without={[]} place={{ ...place, path: entry.path.replace(/\/$/, '') }} />
        </div>
      )}
    </li>
  )
}
