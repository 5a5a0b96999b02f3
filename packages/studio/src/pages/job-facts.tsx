// Cards of a job: why it failed, what it is, what people say about it.
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { Link } from 'wouter'
import { useJobChanges } from '../data/job-changes.ts'
import { type JobRow, rowOf, useJobs } from '../data/jobs.ts'
import { itemPath } from '../data/kind-places.ts'
import type { Resource } from '../data/queries.ts'
import { type FilePlace, placeOfUri, useLogEnd } from '../data/run.ts'
import { useSession } from '../data/session.ts'
import { Card, Problem } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import { plainText } from '../parts/logs/ansi.ts'
import { LogLines } from '../parts/logs/line.tsx'
import { TagEditor } from '../parts/tags.tsx'
import { part } from '../places.ts'
import { tabPath } from './job-tab.ts'
import '../style/kinds.css'

const Markdown = lazy(() => import('../parts/markdown.tsx').then(({ Markdown }) => ({ default: Markdown })))

/** What the server found out about the end of a job. */
interface JobError {
  code?: string
  message?: string
  hint?: string
  tail?: string
  log?: string
  cause?: { what?: string; hint?: string; where?: string }
}

export function Failure({ job }: { job: Resource }) {
  const error = job.lazurite?.error as JobError | undefined // written by the server
  const exit = job.lazurite?.exitCode
  const end = useLogEnd(job.name, { ...(error?.log ? { path: error.log } : {}), count: 20, status: 'Failed' })
  if (!error) return null
  const lines = (error.tail ?? '').split('\n')
  const shown = end.data && end.data.total > 0 ? end.data : undefined
  const last = lines.findLast((line) => /^[\w.]+(?:Error|Exception|Interrupt|Exit)\b/.test(line))
  const [, file, line] = /^(.+?):(\d+)/.exec(error.cause?.where ?? '') ?? []
  const title = typeof exit === 'number' ? `Failed with exit code ${exit}` : 'Failed'
  return (
    <section className="card failure" aria-label="Why it failed">
      <header>
        <h2>{title}</h2>
        {file && (
          <Link className="end mono" href={`${tabPath(job.name, 'code')}&file=${part(file)}&line=${line ?? ''}`}>
            {error.cause?.where}
          </Link>
        )}
      </header>
      <div className="body">
        <p className="cause">{plainText(last ?? error.message?.split('\n')[0] ?? '')}</p>
        {error.cause?.what && <p>{plainText(error.cause.what)}</p>}
        {(error.cause?.hint ?? error.hint) && <p className="quiet">{error.cause?.hint ?? error.hint}</p>}
        {shown ? (
          <LogLines lines={shown.value} first={shown.from} label={`Last lines of ${shown.path}`} />
        ) : (
          error.tail && <LogLines lines={lines.slice(-20)} first={0} label="Last lines" />
        )}
        <p className="inline">
          <Link href={tabPath(job.name, 'logs')}>Open logs</Link>
          <LastSuccess job={rowOf(job)} />
        </p>
      </div>
    </section>
  )
}

/** What was other than the last time it went well: of its name, else of its experiment. */
function LastSuccess({ job }: { job: JobRow }) {
  const jobs = useJobs({
    words: [
      ['experiment', job.experiment],
      ['status', 'Completed'],
      ['type', job.type],
    ],
    top: 20,
  })
  const last = jobs.rows.find(({ displayName }) => displayName === job.displayName) ?? jobs.rows[0]
  if (!last) return null
  return <Link href={`/compare?jobs=${part(last.name)},${part(job.name)}`}>Compare with the last success</Link>
}

interface Port {
  jobInputType?: string
  jobOutputType?: string
  value?: string
  uri?: string
  mode?: string
}

/** `data:name:version` of an ARM id or an `azureml:` reference, and the page of it. */
export function AssetLink({ kind, id }: { kind: string; id: string }) {
  const place = placeOfUri(id)
  if (place) return <PlaceLink place={place} />
  const arm = /\/(\w+)\/([^/]+)\/versions\/([^/]+)$/.exec(id)
  const short = /^azureml:([^:@/]+)(?::([^:@/]+)|@(\w+))?$/.exec(id)
  const name = arm?.[2] ?? short?.[1]
  const version = arm?.[3] ?? short?.[2]
  if (name === undefined) return <span className="mono">{id}</span>
  const text = version === undefined ? `${name}${short?.[3] ? `@${short[3]}` : ''}` : `${name}:${version}`
  return <Link href={itemPath(kind, { name, version })}>{text}</Link>
}

function LongCode({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <code className="long" tabIndex={0}>
      {text}
    </code>
  )
}

/** A file or folder of a datastore, where it is browsed. */
function PlaceLink({ place: { datastore, path } }: { place: FilePlace }) {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  return (
    <Link
      href={`${itemPath('datastore', { name: datastore })}?tab=browse&path=${part(folder)}`}
      title={`${datastore}: ${path}`}
    >
      {path.split('/').at(-1) || datastore}
    </Link>
  )
}

export function Properties({ job }: { job: Resource }) {
  const { properties, lazurite = {} } = job
  const text = (name: string) => (typeof properties[name] === 'string' ? (properties[name] as string) : undefined)
  const inputs = Object.entries((properties.inputs ?? {}) as Record<string, Port>)
  const outputs = Object.entries((properties.outputs ?? {}) as Record<string, Port>)
  const environment = text('environmentId')
  const component = text('componentId')
  const node = lazurite.node as { name?: string } | undefined
  const told = properties.distribution as { distributionType?: string } | undefined | null
  const limits = properties.limits as { timeout?: string } | undefined | null
  const noted = (properties.properties ?? {}) as Record<string, string> // texts by name, on the wire
  const git = noted['azureml.git.commit'] ?? noted['mlflow.source.git.commit']
  const facts: [string, ReactNode][] = [
    ['Type', lazurite.outside === true ? 'Run, made elsewhere' : text('jobType')],
    ['Source', noted['mlflow.source.name']],
    ['User', noted['mlflow.user']],
    ['Command', text('command') && <LongCode text={text('command') ?? ''} />],
    ['Component', component && <AssetLink kind="component" id={component} />],
    ['Environment', environment && <AssetLink kind="environment" id={environment} />],
    ...inputs.map(([name, port]): [string, ReactNode] => [name, <PortValue key={name} port={port} />]),
    ...outputs
      .filter(([name]) => name !== 'default')
      .map(([name, port]): [string, ReactNode] => [
        `→ ${name}`,
        <Link key={name} href={`${tabPath(job.name, 'outputs')}&of=${part(name)}`}>
          {port.jobOutputType}
        </Link>,
      ]),
    ['Code', text('codeId') && <Link href={tabPath(job.name, 'code')}>snapshot</Link>],
    ['Commit', git && <span className="mono">{git.slice(0, 10)}</span>],
    ['Distribution', told?.distributionType],
    ['Timeout', limits?.timeout],
    ['Ran on', node?.name],
  ]
  return (
    <Card title="Properties">
      <dl className="facts">
        {facts.map(
          ([title, value]) =>
            value && (
              <div key={title} style={{ display: 'contents' }}>
                <dt>{title}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </Card>
  )
}

function PortValue({ port }: { port: Port }) {
  if (port.value !== undefined) return <span className="mono">{port.value}</span>
  if (port.uri === undefined) return <span className="dim">none</span>
  return (
    <>
      <AssetLink kind={/model/.test(port.jobInputType ?? '') ? 'model' : 'data'} id={port.uri} />{' '}
      <span className="quiet">{port.mode}</span>
    </>
  )
}

export function TagCard({ job }: { job: Resource }) {
  const { readOnly } = useSession()
  const { patch } = useJobChanges(job.name)
  const [error, setError] = useState<unknown>()
  const tags = (job.properties.tags ?? {}) as Record<string, string> // texts by name, on the wire
  const save = (next: Record<string, string>) => {
    // what is left out of a patch stays: what goes is said to be null
    const gone = Object.keys(tags).filter((key) => !(key in next))
    return patch({ tags: { ...next, ...Object.fromEntries(gone.map((key) => [key, null])) } }).then(
      () => {
        setError(undefined)
        return true
      },
      (problem: unknown) => {
        setError(problem)
        return false
      },
    )
  }
  return (
    <Card title="Tags">
      <TagEditor tags={tags} save={save} readOnly={readOnly} />
      {error !== undefined && <Problem error={error} />}
    </Card>
  )
}

export function Description({ job }: { job: Resource }) {
  const { readOnly } = useSession()
  const { patch } = useJobChanges(job.name)
  const [draft, setDraft] = useState<string>()
  const [error, setError] = useState<unknown>()
  const text = typeof job.properties.description === 'string' ? job.properties.description : ''
  if (readOnly && text === '') return null
  const save = () => {
    patch({ description: draft }).then(() => {
      setDraft(undefined)
      setError(undefined)
    }, setError)
  }
  const edit = (
    <button
      type="button"
      className="button bare small"
      aria-label="Edit the description"
      onClick={() => setDraft(text)}
    >
      Edit
    </button>
  )
  return (
    <Card title="Description" end={readOnly || draft !== undefined ? undefined : edit}>
      {draft === undefined ? (
        text === '' ? (
          <p className="dim">None.</p>
        ) : (
          <Suspense fallback={<p>{text}</p>}>
            <Markdown text={text} />
          </Suspense>
        )
      ) : (
        <div className="stack" style={{ gap: 8 }}>
          <textarea
            className="field"
            aria-label="Description"
            rows={6}
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
          />
          <div className="inline">
            <button type="button" className="button primary small" onClick={save}>
              <Icon name="check" /> Save
            </button>
            <button type="button" className="button small" onClick={() => setDraft(undefined)}>
              Leave it
            </button>
          </div>
          {error !== undefined && <Problem error={error} />}
        </div>
      )}
    </Card>
  )
}
