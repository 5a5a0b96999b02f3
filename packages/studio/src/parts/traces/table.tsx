// Traces as rows: found by words, sorted, chosen, deleted.
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { ask } from '../../data/api.ts'
import { count, duration } from '../../data/format.ts'
import { hrefOf, useSession } from '../../data/session.ts'
import { shellWord } from '../../data/shell.ts'
import { filterOf, likeJob, type TraceRow, traceWords, useMlflow, useTraces } from '../../data/traces.ts'
import { useWords, type Words } from '../../data/words.ts'
import { tracePath } from '../../places.ts'
import { Ask } from '../ask.tsx'
import { Ago, Empty, Loading, Problem, Twin } from '../bits.tsx'
import { type Column, Grid, type Sorting } from '../grid.tsx'
import { HowMany, Pick, Since } from '../pick.tsx'
import { Status } from '../status.tsx'
import { Tags } from '../tags.tsx'
import { AssessmentChip } from './chip.tsx'
import '../../style/kinds.css'
import '../../style/traces.css'

export interface TraceTableProps {
  /** Of these alone; the address may name an experiment where neither is said. */
  experiment?: string
  run?: string
  /** What is found by, before the search. */
  children?: ReactNode
}

export function TraceTable({ experiment, run, children }: TraceTableProps) {
  const words = useWords()
  // taken once a look, so that the list stays the same one while it is drawn again
  const [now] = useState(Date.now)
  const asked = { search: words.get('q'), state: words.get('state'), since: words.get('since') }
  const filter = filterOf(asked, now)
  const order = words.get('order')
  const list = useTraces({ filter, order, ...(experiment ? { experiment } : {}), ...(run ? { run } : {}) })
  const isAsked = filter !== ''
  return (
    <>
      <Finders words={words} list={list}>
        {children}
      </Finders>
      {list.left > 0 && <p className="notice warn">Not looked into: {count(list.left)} experiments. Choose one.</p>}
      {list.isPending ? (
        <Loading what="traces" />
      ) : list.isError && list.rows.length === 0 ? (
        <Problem error={list.error} retry={() => void list.refetch()} />
      ) : list.rows.length === 0 ? (
        <Nothing isAsked={isAsked} />
      ) : (
        <Rows
          list={list}
          words={words}
          alone={experiment !== undefined || run !== undefined}
          ofRun={run !== undefined}
        />
      )}
      <div className="below">
        <Twin command={twin({ experiment, run, filter, order })} />
      </div>
    </>
  )
}

type List = ReturnType<typeof useTraces>

function Finders({ words, list, children }: { words: Words; list: List; children: ReactNode }) {
  const q = words.get('q')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    words.put({ q: String(new FormData(event.currentTarget).get('q') ?? '').trim() })
  }
  return (
    <div className="filters">
      {children}
      <form onSubmit={submit} className="trace-search">
        <input
          key={q}
          className="field search"
          type="search"
          name="q"
          aria-label="Search traces"
          placeholder="words, or tags.team = 'blue' AND span.type = 'TOOL'"
          defaultValue={q}
          onBlur={(event) => event.currentTarget.value.trim() !== q && event.currentTarget.form?.requestSubmit()}
        />
      </form>
      <Pick title="State" value={words.get('state')} change={(state) => words.put({ state })}>
        <option value="">any</option>
        {Object.entries(traceWords).map(([state, word]) => (
          <option key={state} value={state}>
            {word}
          </option>
        ))}
      </Pick>
      <Since value={words.get('since')} change={(since) => words.put({ since })} />
      <HowMany list={list} />
    </div>
  )
}

interface RowsProps {
  list: List
  words: Words
  alone: boolean
  ofRun: boolean
}

function Rows({ list, words, alone, ofRun }: RowsProps) {
  const { readOnly } = useSession()
  const [, go] = useLocation()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const columns = useMemo(() => columnsOf(list.rows, { alone, ofRun }), [list.rows, alone, ofRun])
  const chosen = list.rows.filter(({ id }) => selected.has(id))
  return (
    <>
      {chosen.length > 0 && <Chosen rows={chosen} clear={() => setSelected(new Set())} />}
      <Grid
        label="Traces"
        rows={list.rows}
        columns={columns}
        keyOf={({ id }) => id}
        nameOf={({ name, id, state }) => `${name || id}, ${traceWords[state] ?? state}`}
        open={({ id }) => go(tracePath(id))}
        {...(readOnly ? {} : { selected, select: setSelected })}
        sorting={readOrder(words.get('order'))}
        sortBy={({ by, descending }: Sorting) => words.put({ order: `${by} ${descending ? 'DESC' : 'ASC'}` })}
        more={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
      />
    </>
  )
}

/** What no row fills is left out. */
function columnsOf(rows: readonly TraceRow[], o: { alone: boolean; ofRun: boolean }): Column<TraceRow>[] {
  const some = (has: (row: TraceRow) => boolean, column: Column<TraceRow>) => (rows.some(has) ? [column] : [])
  return [
    {
      id: 'state',
      title: 'State',
      width: '100px',
      sort: 'status',
      cell: ({ state }) => <Status state={likeJob(state)} word={traceWords[state] ?? 'Unknown'} />,
    },
    { id: 'name', title: 'Trace', width: 'minmax(110px, 1fr)', sort: 'name', cell: (row) => <Name row={row} /> },
    { id: 'request', title: 'Request', width: 'minmax(170px, 3fr)', cell: ({ request }) => <Preview text={request} /> },
    { id: 'response', title: 'Response', width: 'minmax(150px, 3fr)', cell: ({ response }) => <Preview text={response} /> }, // biome-ignore format: one line a column
    ...some(({ assessments }) => assessments.length > 0, {
      id: 'assessments',
      title: 'Assessments',
      width: 'minmax(212px, 1fr)',
      cell: ({ assessments }) => assessments.map((one) => <AssessmentChip key={one.id} assessment={one} />),
    }),
    ...some(({ tokens }) => tokens !== undefined, {
      id: 'tokens',
      title: 'Tokens',
      width: '72px',
      numeric: true,
      cell: ({ tokens }) => (tokens === undefined ? '' : count(tokens)),
    }),
    {
      id: 'took',
      title: 'Took',
      width: '76px',
      numeric: true,
      sort: 'execution_time_ms',
      cell: ({ seconds }) => duration(seconds),
    },
    { id: 'at', title: 'Began', width: '104px', sort: 'timestamp_ms', cell: ({ at }) => <Ago at={at} /> },
    ...(o.alone || new Set(rows.map(({ experimentId }) => experimentId)).size < 2
      ? []
      : [
          {
            id: 'experiment',
            title: 'Experiment',
            width: 'minmax(100px, 1fr)',
            cell: ({ experiment }: TraceRow) => experiment,
          },
        ]),
    ...(o.ofRun
      ? []
      : some(({ run }) => run !== '', {
          id: 'run',
          title: 'Run',
          width: '100px',
          cell: ({ run }) => <span className="mono quiet">{run}</span>,
        })),
    ...some(({ tags }) => Object.keys(tags).length > 0, {
      id: 'tags',
      title: 'Tags',
      width: 'minmax(110px, 1fr)',
      cell: ({ tags }) => <Tags tags={tags} />,
    }),
  ]
}

function Name({ row }: { row: TraceRow }) {
  return (
    <a className="name" href={hrefOf(tracePath(row.id))} tabIndex={-1} onClick={(event) => event.preventDefault()}>
      {row.name || row.id}
    </a>
  )
}

function Preview({ text }: { text: string }) {
  return (
    <span className="quiet" title={text.slice(0, 1000)}>
      {text.slice(0, 200)}
    </span>
  )
}

function Chosen({ rows, clear }: { rows: readonly TraceRow[]; clear(): void }) {
  const base = useMlflow()
  const queries = useQueryClient()
  const [problem, setProblem] = useState<unknown>()
  const remove = async () => {
    const experiments = new Set(rows.map(({ experimentId }) => experimentId))
    for (const id of experiments) {
      const request_ids = rows.filter(({ experimentId }) => experimentId === id).map((row) => row.id)
      await ask(`${base}/traces/delete-traces`, { method: 'POST', body: { experiment_id: id, request_ids } })
    }
    clear()
    await queries.invalidateQueries({ queryKey: ['trace'] })
  }
  return (
    <section className="card selection" aria-label="Selection">
      <b role="status">{rows.length} selected</b>
      <Ask
        title={`Delete ${rows.length === 1 ? 'this trace' : `these ${rows.length} traces`}?`}
        verb="Delete"
        danger
        run={() => void remove().catch(setProblem)}
        command={`laz trace delete ${rows.length > 3 ? '…' : rows.map(({ id }) => shellWord(id)).join(' ')}`}
        trigger={
          <button type="button" className="button small danger">
            Delete
          </button>
        }
      >
        They go for good, with their spans, assessments and files.
      </Ask>
      <button type="button" className="button bare small end" onClick={clear}>
        Clear
      </button>
      {problem !== undefined && <Problem error={problem} />}
    </section>
  )
}

function Nothing({ isAsked }: { isAsked: boolean }) {
  if (isAsked) {
    return (
      <Empty title="No trace is like that">
        <p>Take a word of the search away.</p>
      </Empty>
    )
  }
  return (
    <Empty title="No traces yet">
      <p>
        A trace is what a call of a model or an agent did, step by step. In Python <code>@mlflow.trace</code> before a
        function tells it; programs of OpenTelemetry send theirs to <code>/v1/traces</code>.
      </p>
    </Empty>
  )
}

function readOrder(order: string): Sorting | undefined {
  const found = /^(\w+) (ASC|DESC)$/.exec(order)
  return found?.[1] ? { by: found[1], descending: found[2] === 'DESC' } : { by: 'timestamp_ms', descending: true }
}

function twin(o: { experiment: string | undefined; run: string | undefined; filter: string; order: string }): string {
  return [
    'laz trace list',
    ...(o.experiment === undefined ? [] : [`--experiment ${shellWord(o.experiment)}`]),
    ...(o.run === undefined ? [] : [`--run ${shellWord(o.run)}`]),
    ...(o.filter === '' ? [] : [`--filter ${shellWord(o.filter)}`]),
    ...(o.order === '' ? [] : [`--order-by ${shellWord(o.order)}`]),
  ].join(' ')
}
