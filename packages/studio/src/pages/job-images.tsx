// Pictures a job left, those that are steps of one together.
import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { rowOf } from '../data/jobs.ts'
import { useWorkspace } from '../data/queries.ts'
import { type FilePlace, placeUrl, useFolder, whileRunning } from '../data/run.ts'
import { Card, Empty, Loading, Problem } from '../parts/bits.tsx'
import { type ImageGroup, imageGroups } from '../parts/preview/images.ts'
import { previewKind } from '../parts/preview/kind.ts'
import { usePicture } from '../parts/preview/preview.tsx'
import { part } from '../places.ts'
import { rootsOf } from './job-outputs.tsx'
import { type JobTabProps, tabPath } from './job-tab.ts'
import '../style/files.css'

export function Side({ job }: JobTabProps) {
  const { name, status } = rowOf(job)
  const [found, setFound] = useState<Record<string, number>>({})
  const roots = rootsOf(job)
  const none = roots.every((root) => found[root.name] === 0)
  return (
    <div className="stack">
      {roots.map((root) => (
        <Pictures
          key={root.name}
          job={name}
          of={root.name}
          place={root.place}
          again={whileRunning(status)}
          count={(count) => setFound((old) => (old[root.name] === count ? old : { ...old, [root.name]: count }))}
        />
      ))}
      {none && (
        <Empty title="No pictures" command="python -c 'import mlflow; mlflow.log_figure(figure, &quot;roc.png&quot;)'">
          <p>Pictures among outputs and artifacts appear here.</p>
        </Empty>
      )}
    </div>
  )
}

interface PicturesProps {
  job: string
  of: string
  place: FilePlace
  again: number | false
  count(count: number): void
}

function Pictures({ job, of, place, again, count }: PicturesProps) {
  const folder = useFolder(place, { key: job, again, recursive: true })
  const pictures = folder.entries.filter(({ name, folder: isFolder }) => !isFolder && previewKind(name) === 'image')
  const amount = folder.isPending ? -1 : pictures.length
  useEffect(() => {
    if (amount >= 0) count(amount)
  }, [amount, count])
  if (folder.isPending) return <Loading what={of} />
  if (folder.isError) return <Problem error={folder.error} retry={() => void folder.refetch()} />
  const groups = imageGroups(pictures.map(({ path }) => path.slice(place.path.length + 1)))
  return (
    <>
      {groups.map((group) => (
        <Group key={group.title} group={group} job={job} of={of} place={place} />
      ))}
      {folder.hasNextPage && (
        <button type="button" className="button" onClick={() => void folder.fetchNextPage()}>
          Look through more files
        </button>
      )}
    </>
  )
}

interface GroupProps {
  group: ImageGroup
  job: string
  of: string
  place: FilePlace
}

const mostAtOnce = 120

function Group({ group, job, of, place }: GroupProps) {
  const [one, setOne] = useState(false)
  const [index, setIndex] = useState(0)
  const [most, setMost] = useState(mostAtOnce)
  const { title, items } = group
  const shown = one ? items.slice(index, index + 1) : items.slice(0, most)
  const toggle = (
    <label className="pick">
      <input type="checkbox" checked={one} onChange={(event) => setOne(event.target.checked)} />
      One by one
    </label>
  )
  return (
    <Card title={`${of}/${title}`} end={items.length > 1 ? toggle : undefined}>
      <div className="stack" style={{ gap: 8 }}>
        {one && (
          <label className="inline">
            Step {items[index]?.step ?? index}
            <input
              type="range"
              min={0}
              max={items.length - 1}
              value={index}
              style={{ flex: 1 }}
              onChange={(event) => setIndex(Number(event.target.value))}
            />
          </label>
        )}
        <div className={one ? 'gallery single' : 'gallery'}>
          {shown.map(({ path, step }) => (
            <figure key={path}>
              <Shot
                href={`${tabPath(job, 'outputs')}&of=${part(of)}&file=${part(path)}`}
                place={{ ...place, path: `${place.path}/${path}` }}
              />
              <figcaption title={path}>{step === undefined ? path.split('/').at(-1) : `step ${step}`}</figcaption>
            </figure>
          ))}
        </div>
        {!one && items.length > most && (
          <button type="button" className="button small" onClick={() => setMost(most * 4)}>
            {items.length - most} more
          </button>
        )}
      </div>
    </Card>
  )
}

/** A picture is fetched when it comes near. */
export function Shot({ place, href }: { place: FilePlace; href: string }) {
  const { own } = useWorkspace()
  const box = useRef<HTMLAnchorElement>(null)
  const [near, setNear] = useState(false)
  const name = place.path.split('/').at(-1) ?? ''
  const url = usePicture(placeUrl(own, 'content', place), name, near)
  useEffect(() => {
    if (!box.current) return
    const watcher = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && setNear(true), {
      rootMargin: '200px',
    })
    watcher.observe(box.current)
    return () => watcher.disconnect()
  }, [])
  return (
    <Link href={href} ref={box} className="shot" aria-label={name}>
      {url && <img src={url} alt="" />}
    </Link>
  )
}
