// A file as what it is: a picture, a page, a tree, cells of a notebook; what no name tells is looked at by the server.
import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { ask, send } from '../../data/api.ts'
import { bytes } from '../../data/format.ts'
import { useWorkspace } from '../../data/queries.ts'
import { type FileEntry, type FilePlace, placeUrl } from '../../data/run.ts'
import { Loading, Problem } from '../bits.tsx'
import { Look } from '../look.tsx'
import { Block } from './block.tsx'
import { hexOf, readNumpy, readTensors, readZip, type Tensor, tensorHeaderLength } from './headers.ts'
import { JsonView } from './json.tsx'
import { imageType, isPickle, type PreviewKind, previewKind } from './kind.ts'
import '../../style/files.css'

const Notebook = lazy(() => import('./notebook.tsx').then((part) => ({ default: part.Notebook })))

export interface PreviewProps {
  place: FilePlace
  entry: Pick<FileEntry, 'name' | 'sizeBytes'>
}

const mostBytes: Partial<Record<PreviewKind, number>> = {
  image: 20_000_000,
  html: 5_000_000,
  json: 5_000_000,
  notebook: 20_000_000,
}

export function Preview({ place, entry }: PreviewProps) {
  const { own } = useWorkspace()
  const kind = previewKind(entry.name)
  const content = placeUrl(own, 'content', place)
  const size = entry.sizeBytes ?? 0
  const file: OneFile = { content, page: placeUrl(own, 'page', place), name: entry.name, size }
  const look = (
    <Look
      url={placeUrl(own, 'preview', place, { rows: '500' })}
      content={content}
      name={entry.name}
      of={['file', place.path]}
    />
  )
  if (size > (mostBytes[kind] ?? Number.POSITIVE_INFINITY)) return kind === 'image' ? <TooLarge file={file} /> : look
  const view = views[kind]
  return <Suspense fallback={<Loading what="the preview" />}>{view ? view(file) : look}</Suspense>
}

interface OneFile {
  content: string
  page: string
  name: string
  size: number
}

const views: Partial<Record<PreviewKind, (file: OneFile) => ReactNode>> = {
  image: (file) => <Picture {...file} />,
  html: (file) => <Page {...file} />,
  json: (file) => <WithText file={file}>{(text) => <JsonView text={text} name={file.name} />}</WithText>,
  notebook: (file) => <WithText file={file}>{(text) => <Notebook text={text} />}</WithText>,
  // biome-ignore lint/a11y/useMediaCaption: what a job wrote has no captions
  audio: ({ content }) => <audio controls src={content} />,
  // biome-ignore lint/a11y/useMediaCaption: what a job wrote has no captions
  video: ({ content }) => <video controls src={content} className="picture" />,
  numpy: (file) => <Part file={file} range={[0, 4096]} show={(part) => <Tensors all={[readNumpy(part)]} />} />,
  tensors: (file) => <Safetensors {...file} />,
  zip: (file) => <Zip {...file} />,
  opaque: (file) => <Opaque {...file} />,
}

function TooLarge({ file }: { file: OneFile }) {
  return <p className="quiet">{bytes(file.size)} are too much to be shown here. Download it.</p>
}

function WithText({ file, children }: { file: OneFile; children(text: string): ReactNode }) {
  const text = useQuery({
    queryKey: ['bytes', file.content, 'text'],
    queryFn: async ({ signal }) => (await send(file.content, { signal, headers: { accept: '*/*' } })).text(),
  })
  if (text.isError) return <Problem error={text.error} retry={() => void text.refetch()} />
  return text.data === undefined ? <Loading what="the file" /> : children(text.data)
}

/** Bytes of strangers as a picture: their kind is said here, and nothing of them runs. */
export function usePicture(content: string, name: string, enabled = true): string | undefined {
  const blob = useQuery({
    queryKey: ['bytes', content],
    queryFn: async ({ signal }) => (await send(content, { signal, headers: { accept: '*/*' } })).blob(),
    staleTime: 300_000,
    enabled,
  })
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!blob.data) return
    const made = URL.createObjectURL(new Blob([blob.data], { type: imageType(name) }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [blob.data, name])
  return url
}

function Picture({ content, name }: OneFile) {
  const url = usePicture(content, name)
  const [large, setLarge] = useState(false)
  if (url === undefined) return <Loading what="the picture" />
  return (
    <div className="stack" style={{ gap: 8 }}>
      <label className="pick">
        <input type="checkbox" checked={large} onChange={(event) => setLarge(event.target.checked)} />
        Whole width, pixels as they are
      </label>
      <img className={large ? 'picture pixels' : 'picture'} src={url} alt={name} />
    </div>
  )
}

/** Said before all that the page says: it asks nobody for anything, this server neither. */
const quiet = `<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline' data:; img-src data: blob:; font-src data:; media-src data: blob:">`

/** Without scripts it is part of this page, held in a frame without rights; with them it is a page without an origin. */
function Page(file: OneFile) {
  const [runs, setRuns] = useState(false)
  return (
    <div className="stack" style={{ gap: 8 }}>
      <label className="pick">
        <input type="checkbox" checked={runs} onChange={(event) => setRuns(event.target.checked)} />
        Run its scripts, in a sandbox that reaches nothing
      </label>
      {runs ? (
        <iframe className="paper" title={file.name} sandbox="allow-scripts" src={file.page} />
      ) : (
        <WithText file={file}>
          {(text) => <iframe className="paper" title={file.name} sandbox="" srcDoc={quiet + text} />}
        </WithText>
      )}
    </div>
  )
}

interface PartProps {
  file: OneFile
  /** First byte and how many. */
  range: readonly [number, number]
  show(part: Uint8Array): ReactNode
}

function Part({ file, range: [from, length], show }: PartProps) {
  const part = useQuery({
    queryKey: ['bytes', file.content, from, length],
    queryFn: async ({ signal }) => {
      const last = Math.min(file.size, from + length) - 1
      if (last < from) return new Uint8Array()
      const headers = { accept: '*/*', range: `bytes=${from}-${last}` }
      return new Uint8Array(await (await send(file.content, { signal, headers })).arrayBuffer())
    },
  })
  if (part.isError) return <Problem error={part.error} retry={() => void part.refetch()} />
  return part.data === undefined ? <Loading what="the file" /> : show(part.data)
}

function Tensors({ all }: { all: readonly (Tensor | undefined)[] }) {
  const known = all.filter((one) => one !== undefined)
  if (known.length === 0) return <p className="quiet">Its header could not be read.</p>
  return (
    <table className="singles">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Type</th>
          <th scope="col">Shape</th>
          <th scope="col" className="numeric">
            Size
          </th>
        </tr>
      </thead>
      <tbody>
        {known.slice(0, 2000).map(({ name, type, shape, sizeBytes }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="mono">{type}</td>
            <td className="mono">{shape.join(' × ') || 'one value'}</td>
            <td className="numeric">{bytes(sizeBytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const mostHeader = 50_000_000

function Safetensors(file: OneFile) {
  return (
    <Part
      file={file}
      range={[0, 8]}
      show={(start) => {
        const length = tensorHeaderLength(start)
        if (length <= 0 || length > Math.min(file.size, mostHeader)) return <Tensors all={[]} />
        return <Part file={file} range={[8, length]} show={(part) => <TensorHeader bytes={part} />} />
      }}
    />
  )
}

function TensorHeader({ bytes: part }: { bytes: Uint8Array }) {
  try {
    return <Tensors all={readTensors(new TextDecoder().decode(part))} />
  } catch {
    return <Tensors all={[]} />
  }
}

const tail = 1 << 20

function Zip(file: OneFile) {
  const from = Math.max(0, file.size - tail)
  return (
    <Part
      file={file}
      range={[from, tail]}
      show={(part) => {
        const entries = readZip(part, file.size)
        if (!entries) return <p className="quiet">Its list of files could not be read.</p>
        return (
          <ul className="files">
            {entries.slice(0, 2000).map(({ path, sizeBytes }) => (
              <li key={path} className="inline">
                <span className="mono">{path}</span>
                <small className="quiet">{bytes(sizeBytes)}</small>
              </li>
            ))}
          </ul>
        )
      }}
    />
  )
}

function Opaque(file: OneFile) {
  return (
    <div className="stack" style={{ gap: 8 }}>
      {isPickle(file.name) && (
        <p className="notice warn">Loading a pickle runs code in it. Load it only when you know who wrote it.</p>
      )}
      <Part
        file={file}
        range={[0, 1024]}
        show={(part) => <Block label={`First bytes of ${file.name}`} text={hexOf(part)} />}
      />
    </div>
  )
}

/** Whether a file is still there; kept for callers that name one by its address. */
export function useEntry(place: FilePlace | undefined) {
  const { own } = useWorkspace()
  return useQuery({
    queryKey: ['file', place?.path, place?.datastore],
    enabled: place !== undefined,
    queryFn: async ({ signal }) => {
      if (!place) return undefined
      const { value } = await ask<{ value: FileEntry[] }>(placeUrl(own, 'browse', place), { signal })
      return value.find(({ path, folder }) => path === place.path && !folder)
    },
  })
}
