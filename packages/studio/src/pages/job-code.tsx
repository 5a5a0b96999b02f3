// The code a job ran, as it was.
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { ask, send } from '../data/api.ts'
import { bytes } from '../data/format.ts'
import { armUrl, type Resource } from '../data/queries.ts'
import { useWords } from '../data/words.ts'
import { Card, Empty, Loading, Problem, Twin } from '../parts/bits.tsx'
import { Icon } from '../parts/icons.tsx'
import type { JobTabProps } from './job-tab.ts'
import '../style/files.css'
import '../style/logs.css'

const Editor = lazy(() => import('../parts/editor.tsx').then((part) => ({ default: part.Editor })))

interface CodeFile {
  path: string
  sizeBytes: number
}

export function Side({ job }: JobTabProps) {
  return (
    <Snapshot
      id={String(job.properties.codeId)}
      command={String(job.properties.command ?? '')}
      twin={`laz job debug --name ${job.name}`}
    />
  )
}

/** The files of a code version; the one that the command names is shown first. */
export function Snapshot({ id, command, twin }: { id: string; command: string; twin: string }) {
  const { get, put } = useWords()
  const code = useQuery({
    queryKey: ['code', id],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const [row, files] = await Promise.all([
        ask<Resource>(armUrl(id), { signal }),
        ask<{ value: CodeFile[] }>(`/lazurite/v1${id}/files`, { signal }),
      ])
      return { files: files.value, base: new URL(String(row.properties.codeUri), location.origin).pathname }
    },
  })
  if (code.isPending) return <Loading what="the code" />
  if (code.isError) return <Problem error={code.error} retry={() => void code.refetch()} />
  const { files, base } = code.data
  if (files.length === 0) return <Empty title="The snapshot is empty" />
  const path = files.find((one) => one.path === get('file'))?.path ?? mainFile(command, files)
  const size = files.find((one) => one.path === path)?.sizeBytes ?? 0
  return (
    <div className="output-page">
      <div className="stack">
        <Card title="Snapshot" end={<span className="quiet">{files.length} files</span>} bare>
          <ul className="files">
            {files.slice(0, 2000).map((one) => (
              <li key={one.path}>
                <button
                  type="button"
                  aria-current={one.path === path ? 'true' : undefined}
                  onClick={() => put({ file: one.path, line: '' })}
                >
                  <Icon name="file" />
                  <span>{one.path}</span>
                  <small>{bytes(one.sizeBytes)}</small>
                </button>
              </li>
            ))}
          </ul>
        </Card>
        <Twin command={twin} />
      </div>
      <File
        key={path}
        url={`${base}/${path.split('/').map(encodeURIComponent).join('/')}`}
        path={path}
        size={size}
        line={Number(get('line'))}
      />
    </div>
  )
}

/** The first file that the command names. */
function mainFile(command: string, files: readonly CodeFile[]): string {
  const named = files.find(({ path }) => command.includes(path))
  return (named ?? files.find(({ path }) => path.endsWith('.py')) ?? files[0])?.path ?? ''
}

const mostBytes = 1_000_000
const lineHeight = 18

function File({ url, path, size, line }: { url: string; path: string; size: number; line: number }) {
  const box = useRef<HTMLDivElement>(null)
  const text = useQuery({
    queryKey: ['bytes', url, 'text'],
    staleTime: Number.POSITIVE_INFINITY,
    enabled: size <= mostBytes,
    queryFn: async ({ signal }) => (await send(url, { signal, headers: { accept: '*/*' } })).text(),
  })
  const there = text.data !== undefined
  useEffect(() => {
    if (!there || !(line > 0)) return
    const timer = setInterval(() => {
      const scroller = box.current?.querySelector('.cm-scroller')
      if (!scroller) return
      clearInterval(timer)
      scroller.scrollTop = Math.max(0, (line - 8) * lineHeight)
    }, 50)
    return () => clearInterval(timer)
  }, [there, line])
  const remarks = line > 0 ? [{ line, column: 1, message: 'The job ended here' }] : []
  return (
    <Card
      title={path}
      bare
      end={
        <a className="button bare small" href={url} download={path.split('/').at(-1)}>
          Download
        </a>
      }
    >
      <div ref={box}>
        {size > mostBytes ? (
          <p className="empty">{bytes(size)} are too much to be shown here. Download it.</p>
        ) : text.isError ? (
          <Problem error={text.error} retry={() => void text.refetch()} />
        ) : text.data === undefined ? (
          <Loading what="the file" />
        ) : (
          <Suspense fallback={<Loading what="the file" />}>
            <Editor label={path} value={text.data} language={languageOf(path)} remarks={remarks} height="70vh" />
          </Suspense>
        )}
      </div>
    </Card>
  )
}

function languageOf(path: string): 'yaml' | 'json' | 'python' | 'text' {
  if (/\.py$/.test(path)) return 'python'
  if (/\.ya?ml$/.test(path)) return 'yaml'
  return /\.json$/.test(path) ? 'json' : 'text'
}
