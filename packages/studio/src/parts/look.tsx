// A look into a file: rows, text, picture, or its first bytes.
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'
import { send } from '../data/api.ts'
import { bytes, count } from '../data/format.ts'
import { type Looked, useLook } from '../data/stored.ts'
import { Loading, Problem } from './bits.tsx'
import '../style/stored.css'

const Editor = lazy(() => import('./editor.tsx').then((part) => ({ default: part.Editor })))
const Markdown = lazy(() => import('./markdown.tsx').then((part) => ({ default: part.Markdown })))

export interface LookProps {
  /** Address of the preview. */
  url: string
  /** Address of the file's bytes. */
  content: string
  name: string
  /** What changes tell of. */
  of: readonly unknown[]
}

export function Look({ url, content, name, of }: LookProps) {
  const look = useLook(url, of)
  if (look.isPending) return <Loading what="the preview" />
  if (look.isError) return <Problem error={look.error} retry={() => void look.refetch()} />
  return <Seen look={look.data} content={content} name={name} />
}

const mostImageBytes = 20_000_000

function Seen({ look, content, name }: { look: Looked; content: string; name: string }) {
  switch (look.kind) {
    case 'table':
      return <Table look={look} name={name} />
    case 'image':
      return look.sizeBytes > mostImageBytes ? (
        <p className="quiet">
          A picture of {look.width} × {look.height}, too large to be shown here.
        </p>
      ) : (
        <Picture content={content} type={look.type} name={name} />
      )
    case 'text':
      return <Text look={look} name={name} />
    case 'binary':
      return (
        <dl className="facts">
          <dt>Size</dt>
          <dd>{bytes(look.sizeBytes)}</dd>
          <dt>Begins with</dt>
          <dd className="mono">{look.head.replace(/../g, '$& ')}</dd>
        </dl>
      )
    default:
      return <p className="quiet">{count(look.entries.length)} entries</p>
  }
}

export function Table({ look, name }: { look: Looked & { kind: 'table' }; name: string }) {
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
      <section className="table-box" aria-label={`Rows of ${name}`} tabIndex={0}>
        <table className="rows">
          <thead>
            <tr>
              {look.columns.map((column) => (
                <th
                  key={column}
                  scope="col"
                  className={look.rows.some((row) => typeof row[column] === 'number') ? 'numeric' : undefined}
                >
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {look.rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file are told apart by their place alone
              <tr key={index}>
                {look.columns.map((column) => (
                  <Cell key={column} value={row[column]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="dim">
        {count(look.rows.length)} rows{look.more ? ', and there are more' : ''} · {look.format}
      </p>
    </>
  )
}

function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === '') return <td className="dim">–</td>
  if (typeof value === 'number') return <td className="numeric">{value}</td>
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return (
    <td title={text.length > 40 ? text : undefined}>{text.replace(/T00:00:00\.000Z$/, '').replace(/\.000Z$/, 'Z')}</td>
  )
}

function Text({ look, name }: { look: Looked & { kind: 'text' }; name: string }) {
  const text = look.lines.join('\n')
  const end = name.split('.').at(-1)?.toLowerCase() ?? ''
  const language = { json: 'json', yaml: 'yaml', yml: 'yaml', py: 'python', mlmodel: 'yaml' }[end]
  return (
    <>
      <Suspense fallback={<Loading what="the text" />}>
        {end === 'md' ? (
          <Markdown text={text} />
        ) : (
          <Editor label={name} value={text} language={(language ?? 'text') as 'text'} />
        )}
      </Suspense>
      <p className="dim">
        {count(look.lines.length)} lines{look.more ? ', and there are more' : ''} · {bytes(look.sizeBytes)}
      </p>
    </>
  )
}

/** Bytes of strangers are never opened as a page: they become a picture here. */
function Picture({ content, type, name }: { content: string; type: string; name: string }) {
  const blob = useQuery({
    queryKey: ['bytes', content],
    queryFn: async ({ signal }) => (await send(content, { signal, headers: { accept: '*/*' } })).blob(),
    staleTime: 300_000,
  })
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!blob.data) return
    const made = URL.createObjectURL(new Blob([blob.data], { type: `image/${type}` }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [blob.data, type])
  if (blob.isError) return <Problem error={blob.error} />
  return url === undefined ? <Loading what="the picture" /> : <img className="picture" src={url} alt={name} />
}
