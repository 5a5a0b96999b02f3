// All jobs: found, sorted, grouped, looked at, chosen, compared.
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { count } from '../data/format.ts'
import { allJobs, useFields, useJobCounts } from '../data/job-table.ts'
import { listCommand } from '../data/job-twin.ts'
import { useJobs } from '../data/jobs.ts'
import { useWorkspace } from '../data/queries.ts'
import { useSession } from '../data/session.ts'
import { Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import type { Sorting } from '../parts/grid.tsx'
import { Icon } from '../parts/icons.tsx'
import { type Asked, useAsked } from '../parts/jobs/asked.ts'
import { Finders } from '../parts/jobs/finders.tsx'
import { JobTable } from '../parts/jobs/table.tsx'
import { later } from '../parts/later.tsx'
import { jobPath } from '../places.ts'
import '../style/jobs.css'

const Peek = later(
  () => import('../parts/jobs/peek.tsx'),
  (file) => file.Peek,
)
const ColumnPicker = later(
  () => import('../parts/jobs/column-picker.tsx'),
  (file) => file.ColumnPicker,
)
const ViewMenu = later(
  () => import('../parts/view-menu.tsx'),
  (file) => file.ViewMenu,
)
const ChosenJobs = later(
  () => import('../parts/jobs/chosen-jobs.tsx'),
  (file) => file.ChosenJobs,
)

/** `experiment`: those of one, below a heading that is there already. */
export function Jobs({ type, experiment }: { type?: string; experiment?: string }) {
  const asked = useAsked(type, experiment)
  const { readOnly } = useSession()
  const { search, put } = asked
  const jobs = useJobs(asked.list)
  const counts = useJobCounts(asked.words)
  const save = useExport(asked)
  const isPipelines = type === 'pipeline'
  const title = isPipelines ? 'Pipelines' : 'Jobs'
  useTitle(experiment ?? title)
  return (
    <>
      <div className="head">
        {experiment === undefined ? (
          <h1>
            {title} {counts.data && <span className="quiet">{count(counts.data.total)}</span>}
          </h1>
        ) : (
          counts.data && <h2>{counts.data.total === 1 ? '1 job' : `${count(counts.data.total)} jobs`}</h2>
        )}
        <div className="end">
          <button type="button" className="pick" disabled={save.busy !== ''} onClick={() => void save.all()}>
            <Icon name="download" /> {save.busy || 'CSV'}
          </button>
          <ViewMenu
            page={isPipelines ? 'pipelines' : 'jobs'}
            without={['peek', 'tab']}
            readOnly={readOnly}
            go={asked.replace}
          />
          {!readOnly && experiment === undefined && (
            <Link href={isPipelines ? '/new/pipeline' : '/new/job'} className="button primary">
              <Icon name="plus" /> {isPipelines ? 'New pipeline' : 'New job'}
            </Link>
          )}
        </div>
      </div>
      <Finders search={search} put={put} counts={counts.data}>
        <ColumnPicker jobs={jobs.rows} keys={asked.columns.map(({ key }) => key)} change={asked.choose} />
      </Finders>
      {jobs.isPending ? (
        <Loading what="jobs" />
      ) : jobs.isError && jobs.rows.length === 0 ? (
        <Problem error={jobs.error} retry={() => void jobs.refetch()} />
      ) : jobs.rows.length === 0 ? (
        <Empty
          title={asked.words.length > 0 ? 'No job is like that' : 'No jobs yet'}
          command="laz job create --file job.yml --stream"
        >
          <p>
            {asked.words.length > 0 ? 'Take a word of the search away.' : 'Run the first one here or from a terminal:'}
          </p>
        </Empty>
      ) : (
        <Rows title={title} asked={asked} jobs={jobs} total={counts.data?.total} exportSome={save.some} />
      )}
      <div style={{ marginTop: 16 }}>
        <Twin command={listCommand(asked.list)} />
      </div>
    </>
  )
}

interface RowsProps {
  title: string
  asked: Asked
  jobs: ReturnType<typeof useJobs>
  total: number | undefined
  exportSome(names: ReadonlySet<string>): Promise<void>
}

function Rows({ title, asked, jobs, total, exportSome }: RowsProps) {
  const [, go] = useLocation()
  const { readOnly } = useSession()
  const { own } = useWorkspace()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const fields = useFields(asked.columns.some(({ key }) => key === 'spark.*') ? jobs.rows : [])
  const usual = fields.data?.metrics.find(({ name }) => !name.startsWith('system/'))?.name
  const peeked = asked.search.get('peek') ?? undefined
  const { put } = asked
  const selectAll = async () => {
    const rows = await allJobs(own, { words: asked.words }, () => undefined)
    setSelected(new Set(rows.map(({ name }) => name)))
  }
  const hasMore = jobs.hasNextPage
  return (
    <>
      {selected.size > 0 && (
        <ChosenJobs
          names={[...selected]}
          readOnly={readOnly}
          {...(total !== undefined && total > selected.size && selected.size >= jobs.rows.length
            ? { all: { total, select: selectAll } }
            : {})}
          exportThem={() => void exportSome(selected)}
          clear={() => setSelected(new Set())}
        />
      )}
      <JobTable
        title={title}
        jobs={jobs.rows}
        columns={asked.columns}
        usual={usual}
        group={asked.group}
        total={total}
        hasMore={hasMore}
        more={hasMore && !jobs.isFetchingNextPage ? () => void jobs.fetchNextPage() : undefined}
        open={(name) => go(jobPath(name))}
        peek={(name) => put('peek', name)}
        peeked={peeked}
        selected={selected}
        select={setSelected}
        sorting={readOrder(asked.order)}
        sortBy={({ by, descending }: Sorting) => put('order', `${by} ${descending ? 'desc' : 'asc'}`)}
      />
      {peeked !== undefined && <Peek name={peeked} close={() => put('peek', '')} />}
    </>
  )
}

/** All that is found, or some of it, with the columns that are shown, as a file. */
function useExport({ list, words, columns }: Asked) {
  const { own } = useWorkspace()
  const [busy, setBusy] = useState('')
  const save = async (which: (name: string) => boolean, from: typeof list) => {
    setBusy('…')
    try {
      const rows = await allJobs(own, from, (n) => setBusy(count(n)))
      const { jobsCsv } = await import('../parts/jobs/export.ts')
      const { saveText } = await import('../parts/chart/export.ts')
      saveText(
        'jobs.csv',
        jobsCsv(
          columns,
          rows.filter(({ name }) => which(name)),
        ),
      )
    } finally {
      setBusy('')
    }
  }
  return {
    busy,
    all: () => save(() => true, list),
    // what was selected stays selected when the search goes on
    some: (names: ReadonlySet<string>) =>
      save((name) => names.has(name), {
        ...list,
        words: words.filter(([name]) => name === 'depth' || name === 'archived'),
      }),
  }
}

function readOrder(order: string): Sorting | undefined {
  const found = /^(.*?)(?: (asc|desc))?$/.exec(order)
  return found?.[1] ? { by: found[1], descending: found[2] !== 'asc' } : undefined
}
