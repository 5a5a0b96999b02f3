// What jobs left behind: files by their paths, pictures of the same name beside each other.
import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { ask } from '../../data/api.ts'
import { type Compared, sideBySide } from '../../data/compare.ts'
import { bytes } from '../../data/format.ts'
import { useWorkspace } from '../../data/queries.ts'
import { type FileEntry, type FilePlace, placeUrl } from '../../data/run.ts'
import { Shot } from '../../pages/job-images.tsx'
import { rootsOf } from '../../pages/job-outputs.tsx'
import { tabPath } from '../../pages/job-tab.ts'
import { part } from '../../places.ts'
import { Card, Empty, Loading } from '../bits.tsx'
import { type ImageGroup, imageGroups } from '../preview/images.ts'
import { previewKind } from '../preview/kind.ts'
import { type CompareProps, FieldTable } from './table.tsx'
import '../../style/files.css'

interface Left {
  /** The output that it is in. */
  of: string
  /** Below the output. */
  path: string
  place: FilePlace
  sizeBytes: number
}

/** What the system writes beside what a job leaves. */
const own = /^(?:user_logs|system_logs|logs|azureml-logs)\//
const mostFiles = 1000

function useLeft(jobs: readonly Compared[]) {
  const { own: base } = useWorkspace()
  return useQueries({
    queries: jobs.map(({ name, resource }) => ({
      queryKey: ['job', name, 'left'],
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Left[]> => {
        const lists = await Promise.all(
          rootsOf(resource).map(async ({ name: of, place }): Promise<Left[]> => {
            const url = placeUrl(base, 'browse', place, { recursive: 'true' })
            // what was never written is not there
            const page = await ask<{ value: FileEntry[] }>(url, { signal }).catch(() => ({ value: [] }))
            return page.value
              .filter(({ folder }) => !folder)
              .map(({ path, sizeBytes = 0 }) => {
                const below = path.slice(place.path.length + 1)
                return { of, path: below, place: { ...place, path }, sizeBytes }
              })
              .filter(({ path }) => of !== 'artifacts' || !own.test(path))
          }),
        )
        return lists.flat().slice(0, mostFiles)
      },
    })),
  })
}

export function Outputs(props: CompareProps) {
  const found = useLeft(props.jobs)
  if (found.some(({ isPending }) => isPending)) return <Loading what="what they left" />
  const left = found.map(({ data }) => data ?? [])
  if (left.every((one) => one.length === 0)) return <Empty title="None of them left a file" />
  const outputs = [...new Set(left.flatMap((files) => files.map(({ of }) => of)))]
  const fields = outputs.flatMap((of) =>
    sideBySide(
      of,
      left.map((files) =>
        Object.fromEntries(
          files.filter((file) => file.of === of).map(({ path, sizeBytes }) => [path, bytes(sizeBytes)]),
        ),
      ),
    ),
  )
  return (
    <div className="stack">
      <Pictures jobs={props.jobs} left={left} />
      <FieldTable {...props} title="Files" fields={fields} same="files of the same names are as large." />
    </div>
  )
}

const mostGroups = 30

function Pictures({ jobs, left }: { jobs: readonly Compared[]; left: readonly (readonly Left[])[] }) {
  const names = [
    ...new Set(left.flatMap((files) => files.filter(({ path }) => previewKind(path) === 'image').map(nameOf))),
  ]
  if (names.length === 0) return null
  return imageGroups(names)
    .slice(0, mostGroups)
    .map((group) => <Group key={group.title} {...{ group, jobs, left }} />)
}

const nameOf = ({ of, path }: Left) => `${of}/${path}`

interface GroupProps {
  group: ImageGroup
  jobs: readonly Compared[]
  left: readonly (readonly Left[])[]
}

/** One picture of each job; a slider walks through their steps together. */
function Group({ group: { title, items }, jobs, left }: GroupProps) {
  const [index, setIndex] = useState(items.length - 1)
  const item = items[index]
  return (
    <Card title={title}>
      <div className="stack" style={{ gap: 8 }}>
        {items.length > 1 && (
          <label className="inline">
            Step {item?.step ?? index}
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
        <div className="gallery">
          {jobs.map(({ name, label }, at) => {
            const file = left[at]?.find((one) => nameOf(one) === item?.path)
            return (
              <figure key={name}>
                {file ? (
                  <Shot
                    key={file.path}
                    href={`${tabPath(name, 'outputs')}&of=${part(file.of)}&file=${part(file.path)}`}
                    place={file.place}
                  />
                ) : (
                  <p className="empty">It has none</p>
                )}
                <figcaption>{label}</figcaption>
              </figure>
            )
          })}
        </div>
      </div>
    </Card>
  )
}
