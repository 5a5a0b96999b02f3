// The code of two jobs: which files differ, and how.
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { type ChangedFile, changedFiles, languageOf, type Snapshot, snapshotQuery, textQuery } from '../../data/code.ts'
import type { Compared } from '../../data/compare.ts'
import { bytes } from '../../data/format.ts'
import type { Words } from '../../data/words.ts'
import { Card, Empty, Loading, Problem, Twin } from '../bits.tsx'
import { type Pair, PickOther, pairOf } from './pair.tsx'
import '../../style/files.css'

const Changes = lazy(() => import('../changes.tsx').then((part) => ({ default: part.Changes })))

interface CodeDiffProps {
  jobs: readonly Compared[]
  base: string
  words: Words
}

const codeOf = ({ resource }: Compared): string | undefined =>
  typeof resource.properties.codeId === 'string' ? resource.properties.codeId : undefined

export function CodeDiff({ jobs, base, words }: CodeDiffProps) {
  const pair = pairOf(jobs, base, words)
  if (!pair) return <Empty title="One job has nothing to differ from" />
  return (
    <div className="stack">
      <PickOther jobs={jobs} pair={pair} words={words} />
      <Snapshots pair={pair} words={words} />
    </div>
  )
}

function Snapshots({ pair: { before, after }, words }: { pair: Pair; words: Words }) {
  const [ids, twin] = [[codeOf(before), codeOf(after)], `laz job diff ${before.name} ${after.name}`]
  const old = useQuery(snapshotQuery(ids[0]))
  const now = useQuery(snapshotQuery(ids[1]))
  if (ids.every((id) => id === undefined)) return <Empty title="Neither has code of its own" />
  for (const one of [old, now]) {
    if (one.isError) return <Problem error={one.error} retry={() => void one.refetch()} />
  }
  if (!old.data || !now.data) return <Loading what="the code" />
  const files = changedFiles(old.data.files, now.data.files)
  const differing = files.filter(({ is }) => is !== 'same')
  if (differing.length === 0) return <Empty title={`All ${files.length} files are the same`} />
  const chosen = files.find(({ path }) => path === words.get('file')) ?? differing[0]
  return (
    <div className="output-page">
      <div className="stack">
        <Files files={files} chosen={chosen?.path} choose={(path) => words.put({ file: path })} />
        <Twin command={twin} />
      </div>
      {chosen && <OneFile key={chosen.path} file={chosen} before={old.data} after={now.data} />}
    </div>
  )
}

const signs = { added: '+', removed: '−', changed: '±', same: '' }
const mostFiles = 2000

function Files({
  files,
  chosen,
  choose,
}: {
  files: readonly ChangedFile[]
  chosen: string | undefined
  choose(path: string): void
}) {
  const differing = files.filter(({ is }) => is !== 'same').length
  return (
    <Card title="Files" end={<span className="quiet">{`${differing} of ${files.length} differ`}</span>} bare>
      <ul className="files">
        {files.slice(0, mostFiles).map(({ path, is, sizeBytes }) => (
          <li key={path}>
            <button type="button" aria-current={path === chosen ? 'true' : undefined} onClick={() => choose(path)}>
              <b className={`file-${is}`} aria-hidden="true">
                {signs[is]}
              </b>
              <span>{path}</span>
              <small>{is === 'same' ? bytes(sizeBytes) : is}</small>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  )
}

const mostBytes = 1_000_000

function OneFile({ file, before, after }: { file: ChangedFile; before: Snapshot; after: Snapshot }) {
  const { path, is, sizeBytes } = file
  return (
    <Card title={path} end={<span className="quiet">{is}</span>} bare>
      {sizeBytes > mostBytes ? (
        <p className="empty">{bytes(sizeBytes)} are too much to be shown here.</p>
      ) : is === 'same' ? (
        <Empty title="This file is the same" />
      ) : (
        <Both path={path} before={before} after={after} />
      )}
    </Card>
  )
}

function Both({ path, before, after }: { path: string; before: Snapshot; after: Snapshot }) {
  const old = useQuery(textQuery(before, path))
  const now = useQuery(textQuery(after, path))
  const error = old.error ?? now.error
  if (error) return <Problem error={error} />
  if (old.data === undefined || now.data === undefined) return <Loading what="the file" />
  if (`${old.data}${now.data}`.includes('\0')) return <p className="empty">It is no text.</p>
  return (
    <Suspense fallback={<Loading what="the changes" />}>
      <Changes label={`Changes of ${path}`} before={old.data} after={now.data} language={languageOf(path)} />
    </Suspense>
  )
}
