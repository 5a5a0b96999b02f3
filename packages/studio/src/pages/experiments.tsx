// All experiments: what is in each, when something last happened there.
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { ask } from '../data/api.ts'
import { type Experiment, type ExperimentFacts, useExperimentFacts, useExperiments } from '../data/experiments.ts'
import { count } from '../data/format.ts'
import { hrefOf, useSession } from '../data/session.ts'
import { useMlflow } from '../data/traces.ts'
import { useWords } from '../data/words.ts'
import { Ask } from '../parts/ask.tsx'
import { Ago, Empty, Loading, Problem, Twin, useTitle } from '../parts/bits.tsx'
import { Failures, useEach } from '../parts/each.tsx'
import { type Column, Grid } from '../parts/grid.tsx'
import { Pick } from '../parts/pick.tsx'
import { Tags } from '../parts/tags.tsx'
import { experimentPath } from '../places.ts'
import '../style/kinds.css'
import '../style/jobs.css'

export function Experiments() {
  const words = useWords()
  const { readOnly } = useSession()
  const [, go] = useLocation()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const text = words.get('q').toLowerCase()
  const view = viewOf(words.get('archived'))
  const all = useExperiments(view)
  const rows = useMemo(
    () => (all.data ?? []).filter(({ name, id }) => name.toLowerCase().includes(text) || id === text),
    [all.data, text],
  )
  const facts = useExperimentFacts(rows)
  const columns = useMemo(() => columnsOf(rows, facts.data), [rows, facts.data])
  const chosen = rows.filter(({ id }) => selected.has(id))
  useTitle('Experiments')
  return (
    <>
      <div className="head">
        <h1>Experiments {all.data && <span className="quiet">{count(all.data.length)}</span>}</h1>
        <p className="quiet">What jobs, runs and traces are filed under.</p>
      </div>
      <div className="filters">
        <input
          className="field search"
          type="search"
          aria-label="Search experiments by name"
          placeholder="Part of a name"
          value={words.get('q')}
          onChange={({ target }) => words.put({ q: target.value })}
        />
        <Pick title="Show" value={words.get('archived')} change={(archived) => words.put({ archived })}>
          <option value="">active</option>
          <option value="deleted">deleted</option>
          <option value="all">all</option>
        </Pick>
      </div>
      {chosen.length > 0 && <Chosen rows={chosen} clear={() => setSelected(new Set())} />}
      {all.isPending ? (
        <Loading what="experiments" />
      ) : all.isError && !all.data ? (
        <Problem error={all.error} retry={() => void all.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title="No experiment is like that">
          <p>One comes to be with its first job or run.</p>
        </Empty>
      ) : (
        <Grid
          label="Experiments"
          rows={rows}
          columns={columns}
          keyOf={({ id }) => id}
          nameOf={({ name, deleted }) => (deleted ? `${name}, deleted` : name)}
          open={({ name }) => go(experimentPath(name))}
          {...(readOnly ? {} : { selected, select: setSelected })}
        />
      )}
      <div className="below">
        <Twin command="laz experiment list" />
      </div>
    </>
  )
}

function viewOf(word: string): 'active' | 'deleted' | 'all' {
  return word === 'deleted' || word === 'all' ? word : 'active'
}

function columnsOf(rows: readonly Experiment[], facts?: ReadonlyMap<string, ExperimentFacts>): Column<Experiment>[] {
  const told = (value: number | undefined) =>
    value === undefined ? '' : value >= 10_000 ? '10,000+' : value === 0 ? <span className="dim">–</span> : count(value)
  return [
    { id: 'name', title: 'Name', width: 'minmax(220px, 2fr)', cell: (row) => <Name row={row} /> },
    { id: 'runs', title: 'Runs', width: '96px', numeric: true, cell: ({ id }) => told(facts?.get(id)?.runs) },
    { id: 'traces', title: 'Traces', width: '96px', numeric: true, cell: ({ id }) => told(facts?.get(id)?.traces) },
    { id: 'last', title: 'Last run', width: '120px', cell: ({ id }) => <Ago at={facts?.get(id)?.lastRunAt} /> },
    ...(rows.some(({ note }) => note !== '')
      ? [
          {
            id: 'note',
            title: 'Description',
            width: 'minmax(140px, 2fr)',
            cell: ({ note }: Experiment) => <span className="quiet">{note.slice(0, 200)}</span>,
          },
        ]
      : []),
    { id: 'tags', title: 'Tags', width: 'minmax(120px, 1fr)', cell: ({ tags }) => <Tags tags={tags} /> },
    { id: 'created', title: 'Created', width: '120px', cell: ({ createdAt }) => <Ago at={createdAt} /> },
    { id: 'id', title: 'Id', width: 'minmax(120px, 1fr)', cell: ({ id }) => <span className="mono quiet">{id}</span> },
  ]
}

function Name({ row }: { row: Experiment }) {
  return (
    <>
      <a
        className="name"
        href={hrefOf(experimentPath(row.name))}
        tabIndex={-1}
        onClick={(event) => event.preventDefault()}
      >
        {row.name}
      </a>{' '}
      {row.deleted && <span className="chip">deleted</span>}
    </>
  )
}

/** Deleting marks an experiment and all in it; `laz run gc` clears it away. */
function Chosen({ rows, clear }: { rows: readonly Experiment[]; clear(): void }) {
  const base = useMlflow().replace('/3.0/', '/2.0/')
  const queries = useQueryClient()
  const { each, done, failed } = useEach(rows, { kind: 'experiment', nameOf: ({ name }) => name })
  const busy = done !== undefined
  const restores = rows.every(({ deleted }) => deleted)
  const act = (verb: 'delete' | 'restore') =>
    void each(async ({ id }) => {
      await ask(`${base}/experiments/${verb}`, { method: 'POST', body: { experiment_id: id } })
      await queries.invalidateQueries({ queryKey: ['experiment'] })
    })
  return (
    <section className="card selection" aria-label="Selection">
      <b role="status">{busy ? `${done} of ${rows.length} done` : `${rows.length} selected`}</b>
      {restores ? (
        <button type="button" className="button small" disabled={busy} onClick={() => act('restore')}>
          Restore
        </button>
      ) : (
        <Ask
          title={`Delete ${rows.length === 1 ? rows[0]?.name : `these ${rows.length}`}?`}
          verb="Delete"
          danger
          run={() => act('delete')}
          command="laz run gc --dry-run"
          trigger={
            <button type="button" className="button small danger" disabled={busy}>
              Delete
            </button>
          }
        >
          With all their runs. They can be restored until they are cleared away.
        </Ask>
      )}
      <button type="button" className="button bare small end" onClick={clear}>
        Clear
      </button>
      <Failures failed={failed} />
    </section>
  )
}
