// The logs of a job: its own, and what the system did for it.
import { Link, useSearchParams } from 'wouter'
import { bytes } from '../data/format.ts'
import { rowOf } from '../data/jobs.ts'
import { useWorkspace } from '../data/queries.ts'
import { artifactsOf, type FileEntry, placeUrl, useFolder, useLogEnd, whileRunning } from '../data/run.ts'
import { isOver } from '../data/states.ts'
import { useWords } from '../data/words.ts'
import { Card, Empty, Loading, Twin } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import { LogViewer } from '../parts/logs/viewer.tsx'
import { part } from '../places.ts'
import { type JobTabProps, tabPath } from './job-tab.ts'

export function Side({ job }: JobTabProps) {
  const { name, status } = rowOf(job)
  const { own } = useWorkspace()
  const words = useWords()
  const place = artifactsOf(name)
  const end = useLogEnd(name, { count: 0, status })
  const path = words.get('path') || end.data?.path
  if (path === undefined) return <Loading what="the logs" />
  const base = `${own}/jobs/${encodeURIComponent(name)}/log`
  const query = new URLSearchParams({ path })
  const source = {
    url: `${base}?${query}`,
    linesUrl: `${base}/lines?${query}&count=0`,
    contentUrl: placeUrl(own, 'content', { ...place, path: `${place.path}/${path}` }),
    live: !isOver(status),
  }
  return (
    <div className="log-page">
      <div className="stack">
        <Folders job={name} here={path} again={whileRunning(status)} />
        <Twin command={`laz job stream --name ${name}`} />
      </div>
      <LogViewer
        key={path}
        source={source}
        label={path}
        link={typeof job.properties.codeId === 'string' ? (file, line) => codeOf(name, file, line) : undefined}
        words={words}
      />
    </div>
  )
}

/** A file of the snapshot lies in the working folder of the job; others are not ours to show. */
function codeOf(name: string, file: string, line: number): string | undefined {
  const [, path] = /\/wd\/(.+)$/.exec(file) ?? []
  return path === undefined ? undefined : `${tabPath(name, 'code')}&file=${part(path)}&line=${line}`
}

const titles: Readonly<Record<string, string>> = {
  user_logs: 'Its own',
  logs: 'Of its steps',
  system_logs: 'Of the system',
}

function Folders({ job, here, again }: { job: string; here: string; again: number | false }) {
  const top = useFolder(artifactsOf(job), { key: job, again })
  const there = new Set(top.entries.map(({ name }) => name))
  const shown = Object.keys(titles).filter((folder) => there.has(folder))
  if (shown.length === 0) {
    return (
      <Card title="Logs" bare>
        <Empty title="No logs yet" />
      </Card>
    )
  }
  return shown.map((folder) => <Folder key={folder} {...{ job, folder, here, again }} />)
}

interface FolderProps {
  job: string
  folder: string
  here: string
  again: number | false
}

function Folder({ job, folder, here, again }: FolderProps) {
  const root = artifactsOf(job)
  const files = useFolder({ ...root, path: `${root.path}/${folder}` }, { key: job, again, recursive: true })
  return (
    <Card title={titles[folder]} bare>
      <ul className="files">
        {files.entries
          .filter((entry) => !entry.folder)
          .map((entry) => (
            <File key={entry.path} entry={entry} path={entry.path.slice(root.path.length + 1)} here={here} />
          ))}
      </ul>
    </Card>
  )
}

function File({ entry, path, here }: { entry: FileEntry; path: string; here: string }) {
  const [search] = useSearchParams()
  const query = new URLSearchParams(search)
  query.delete('L')
  query.set('path', path)
  return (
    <li>
      <Link href={`?${query}`} aria-current={path === here ? 'true' : undefined}>
        <Icon name="file" />
        <span>{path.slice(path.indexOf('/') + 1)}</span>
        <small>{bytes(entry.sizeBytes)}</small>
      </Link>
    </li>
  )
}
