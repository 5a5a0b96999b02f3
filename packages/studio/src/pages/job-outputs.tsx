// What a job left: its outputs and its artifacts, to walk through and to look into.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ask } from '../data/api.ts'
import { bytes, when } from '../data/format.ts'
import { rowOf } from '../data/jobs.ts'
import { armUrl, type Resource, useWorkspace } from '../data/queries.ts'
import { artifactsOf, type FileEntry, type FilePlace, placeOfUri, placeUrl, whileRunning } from '../data/run.ts'
import { useSession } from '../data/session.ts'
import { useWords } from '../data/words.ts'
import { Card, Copy, Empty, Twin } from '../parts/bits.tsx'
import { FileTree } from '../parts/files/tree.tsx'
import { Icon } from '../parts/icons.tsx'
import { Preview, useEntry } from '../parts/preview/preview.tsx'
import { AssetLink } from './job-facts.tsx'
import { Register } from './job-register.tsx'
import type { JobTabProps } from './job-tab.ts'

interface Root {
  name: string
  place: FilePlace
  kind?: string
  assetId?: string | undefined
}

interface Made {
  uri?: string
  type?: string
  assetId?: string
}

const hidden = ['user_logs', 'system_logs', 'logs']

export function rootsOf(job: Resource): Root[] {
  const made = (job.lazurite?.outputs ?? {}) as Record<string, Made> // written by the server
  const ports = (job.properties.outputs ?? {}) as Record<string, { uri?: string; jobOutputType?: string }>
  const outputs = Object.entries(ports).filter(([name]) => name !== 'default')
  const roots = outputs.flatMap(([name, port]): Root[] => {
    const place = placeOfUri(made[name]?.uri ?? port.uri)
    if (!place) return []
    return [{ name, place, kind: made[name]?.type ?? port.jobOutputType ?? '', assetId: made[name]?.assetId }]
  })
  return [...roots, { name: 'artifacts', place: artifactsOf(job.name) }]
}

export function Side({ job }: JobTabProps) {
  const { name, status } = rowOf(job)
  const { get, put } = useWords()
  const roots = rootsOf(job)
  const [of, path] = [get('of'), get('file')]
  const root = roots.find((one) => one.name === of)
  const shown = root && path !== '' ? { ...root.place, path: `${root.place.path}/${path}` } : undefined
  const open = (one: Root) => (entry: FileEntry) =>
    put({ of: one.name, file: entry.path.slice(one.place.path.length + 1) })
  return (
    <div className="output-page">
      <div className="stack">
        {roots.map((one) => (
          <Card key={one.name} title={one.name} end={<WholeFolder root={one} job={name} />} bare>
            {one.assetId && (
              <p className="pad">
                <AssetLink kind={/\/models\//.test(one.assetId) ? 'model' : 'data'} id={one.assetId} />
              </p>
            )}
            <FileTree
              place={one.place}
              job={name}
              again={whileRunning(status)}
              here={shown?.path}
              open={open(one)}
              without={one.name === 'artifacts' ? hidden : []}
            />
          </Card>
        ))}
        <Twin command={`laz job download --name ${name} --all`} />
      </div>
      {shown && root ? (
        <Shown key={shown.path} job={job} root={root} place={shown} path={path} />
      ) : (
        <section className="card">
          <Empty title="Choose a file" />
        </section>
      )}
    </div>
  )
}

/** All of it in one file; where the storage is this server's own. */
function WholeFolder({ root: { name, kind, place }, job }: { root: Root; job: string }) {
  const { arm } = useWorkspace()
  const store = useQuery({
    queryKey: ['datastore', place.datastore],
    queryFn: ({ signal }) =>
      ask<Resource>(armUrl(`${arm}/datastores/${encodeURIComponent(place.datastore)}`), { signal }),
  })
  const url = store.data?.lazurite?.url
  const path = place.path.split('/').map(encodeURIComponent).join('/')
  return (
    <span className="inline">
      <span className="quiet">{kind}</span>
      {typeof url === 'string' && (
        <a
          className="button bare small square"
          href={`${new URL(url, location.origin).pathname}/${path}?comp=archive`}
          download={`${job}-${name}.tar`}
          aria-label={`Download all of ${name}`}
          title="Download all, as one tar"
        >
          <Icon name="download" />
        </a>
      )}
    </span>
  )
}

interface ShownProps {
  job: Resource
  root: Root
  place: FilePlace
  path: string
}

function Shown({ job, root, place, path }: ShownProps) {
  const { own } = useWorkspace()
  const { readOnly } = useSession()
  const entry = useEntry(place)
  const [registering, setRegistering] = useState(false)
  const name = path.split('/').at(-1) ?? path
  const uri = `azureml://jobs/${job.name}/outputs/${root.name}/paths/${path}`
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : ''
  return (
    <Card
      title={name}
      end={
        <span className="quiet">
          {bytes(entry.data?.sizeBytes)} {entry.data?.modifiedAt && `· ${when(entry.data.modifiedAt)}`}
        </span>
      }
    >
      <div className="stack">
        <div className="inline wraps">
          <a className="button small" href={placeUrl(own, 'content', place)} download={name}>
            <Icon name="download" /> Download
          </a>
          {!readOnly && (
            <button type="button" className="button small" onClick={() => setRegistering(true)}>
              Register model
            </button>
          )}
          <span className="mono quiet address">{uri}</span>
          <Copy text={uri} label="Copy the URI" />
        </div>
        {entry.data ? (
          <Preview place={place} entry={entry.data} />
        ) : entry.isPending ? null : (
          <p className="quiet">It is not there any more.</p>
        )}
      </div>
      {registering && <Register job={job} close={() => setRegistering(false)} path={`${root.name}/paths/${folder}`} />}
    </Card>
  )
}
