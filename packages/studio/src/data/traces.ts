// Traces: what calls of models and agents did, in lists and one by one.

import { parseExact, type Span, spansOf } from '@lazurite/client'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { ApiError, ask, send } from './api.ts'
import { useWorkspace } from './queries.ts'

export interface Assessment {
  id: string
  name: string
  kind: 'feedback' | 'expectation' | 'issue'
  value: unknown
  /** What went wrong where it was judged. */
  error: string
  rationale: string
  source: string
  sourceType: string
  at: number
  span: string
  valid: boolean
}

export interface TraceRow {
  id: string
  experimentId: string
  experiment: string
  /** `OK`, `ERROR`, `IN_PROGRESS` or unknown. */
  state: string
  name: string
  /** Epoch milliseconds. */
  at: number
  seconds: number | undefined
  request: string
  response: string
  tokens: number | undefined
  run: string
  session: string
  user: string
  tags: Record<string, string>
  metadata: Record<string, string>
  assessments: Assessment[]
}

export interface TraceList {
  /** Names of experiments; all when absent. */
  experiment?: string
  run?: string
  filter: string
  /** `timestamp_ms DESC`; newest first when empty. */
  order: string
}

type Wire = Record<string, unknown>
const text = (value: unknown) => (typeof value === 'string' ? value : '')
const words = (value: unknown) => (value ?? {}) as Record<string, string> // texts by name, as the server sends them
const own = /^mlflow\./

export function traceOf(wire: Wire): TraceRow {
  const metadata = words(wire.trace_metadata)
  const tags = words(wire.tags)
  const place = (wire.trace_location as { mlflow_experiment?: { experiment_id?: string } } | undefined)
    ?.mlflow_experiment
  const seconds = /^(-?[\d.]+)s$/.exec(text(wire.execution_duration))?.[1]
  return {
    id: text(wire.trace_id),
    experimentId: place?.experiment_id ?? '',
    experiment: text(wire.experiment),
    state: text(wire.state),
    name: tags['mlflow.traceName'] ?? '',
    at: Date.parse(text(wire.request_time)),
    seconds: seconds === undefined ? undefined : Number(seconds),
    request: plainText(text(wire.request_preview)),
    response: plainText(text(wire.response_preview)),
    tokens: tokensOf(metadata['mlflow.trace.tokenUsage']),
    run: metadata['mlflow.sourceRun'] ?? '',
    session: metadata['mlflow.trace.session'] ?? '',
    user: metadata['mlflow.trace.user'] ?? '',
    tags: without(tags),
    metadata: without(metadata),
    assessments: ((wire.assessments ?? []) as Wire[]).map(assessmentOf), // objects, as the server sends them
  }
}

/** What people wrote, without what programs note for themselves. */
function without(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !own.test(key)))
}

function tokensOf(usage: string | undefined): number | undefined {
  const found = /"total_tokens":\s*(\d+)/.exec(usage ?? '')?.[1]
  return found === undefined ? undefined : Number(found)
}

/** A preview in words: a text as it is, of a conversation what was said last, of a mapping what is in it. */
function plainText(preview: string): string {
  if (!/^["{]/.test(preview)) return preview
  try {
    return worded(JSON.parse(preview))
  } catch {
    return preview
  }
}

function worded(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return JSON.stringify(value)
  const { messages } = value as { messages?: { content?: unknown }[] } // looked at in the next line
  const last = Array.isArray(messages) ? messages.at(-1)?.content : undefined
  if (typeof last === 'string') return last
  const entries = Object.entries(value)
  const text = (one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one))
  return entries.length === 1 ? text(entries[0]?.[1]) : entries.map(([key, one]) => `${key}: ${text(one)}`).join(' · ')
}

export function assessmentOf(wire: Wire): Assessment {
  const source = (wire.source ?? {}) as { source_type?: string; source_id?: string } // as the server sends it
  const kind = wire.feedback ? 'feedback' : wire.issue ? 'issue' : 'expectation'
  const said = (wire[kind] ?? {}) as Wire // one of the three is there
  const packed = said.serialized_value as { value?: string } | undefined
  const error = said.error as { error_code?: string; error_message?: string } | undefined
  return {
    id: text(wire.assessment_id),
    name: text(wire.assessment_name),
    kind,
    value: packed?.value === undefined ? (said.value ?? said.issue_name) : parseExact(packed.value),
    error: error ? [error.error_code, error.error_message].filter(Boolean).join(': ') : '',
    rationale: text(wire.rationale),
    source: source.source_id ?? '',
    sourceType: source.source_type ?? '',
    at: Date.parse(text(wire.last_update_time)),
    span: text(wire.span_id),
    valid: wire.valid !== false,
  }
}

/** Words of comparisons; anything else is looked for in what was said. */
const comparing = /[=<>]|\b[ir]?like\s+['"]|\bin\s*\(|\bis\s+(?:not\s+)?null\b/i

/** The search box, the state and the age as one filter. A text that compares nothing is looked for in all spans. */
export function filterOf(
  { search, state, since }: { search: string; state: string; since: string },
  now: number,
): string {
  const said = search.trim()
  const meant = said === '' || comparing.test(said) ? said : `trace.text ILIKE ${quoted(said)}`
  const ages: Record<string, number> = { h: 3_600_000, d: 86_400_000 }
  const [, count, unit = ''] = /^(\d+)([hd])$/.exec(since) ?? []
  return [
    meant,
    state === '' ? '' : `trace.status = '${state}'`,
    // whole minutes, so that a list is not another one each time that it is drawn
    count ? `trace.timestamp_ms >= ${Math.floor((now - Number(count) * (ages[unit] ?? 0)) / 60_000) * 60_000}` : '',
  ]
    .filter(Boolean)
    .join(' AND ')
}

/** As a text of the grammar; one that has both quotes gets a sign in their place that stands for any. */
function quoted(said: string): string {
  return said.includes("'") && !said.includes('"') ? `"%${said}%"` : `'%${said.replaceAll("'", '_')}%'`
}

const pageSize = '100'
const againMs = 5000

interface Page {
  value: Wire[]
  next?: string
  left?: number
}

function addressOf({ experiment, run, filter, order }: TraceList, top = pageSize): URLSearchParams {
  const asked = new URLSearchParams({ top })
  for (const [name, value] of Object.entries({ experiment, run, filter, order })) if (value) asked.set(name, value)
  return asked
}

/** No change tells of traces: the first page is asked for again while it is looked at. */
export function useTraces(list: TraceList) {
  const { own } = useWorkspace()
  const asked = addressOf(list).toString()
  const query = useInfiniteQuery({
    queryKey: ['trace', undefined, asked],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      ask<Page>(`${own}/traces?${asked}${pageParam && `&after=${encodeURIComponent(pageParam)}`}`, { signal }),
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) => (state.error || (state.data?.pages.length ?? 0) > 1 ? false : againMs),
    retry: (count, error) => count < 1 && !(error instanceof ApiError && error.status < 500),
  })
  const rows = useMemo(() => (query.data?.pages ?? []).flatMap(({ value }) => value.map(traceOf)), [query.data])
  return { ...query, rows, left: query.data?.pages[0]?.left ?? 0 }
}

/** Whether a run has traces at all. */
export function useHasTraces(run: string): boolean {
  const { own } = useWorkspace()
  const found = useQuery({
    queryKey: ['job', run, 'traces'],
    queryFn: async ({ signal }) =>
      (await ask<Page>(`${own}/traces?${addressOf({ run, filter: '', order: '' }, '1')}`, { signal })).value.length > 0,
    staleTime: 15_000,
  })
  return found.data ?? false
}

export interface WholeTrace extends TraceRow {
  spans: Span[]
  /** As it came. */
  raw: unknown
}

/** Where MLflow's words are spoken. */
export function useMlflow(): string {
  return `/mlflow/v2.0${useWorkspace().arm}/api/3.0/mlflow`
}

export function useTrace(id: string) {
  const base = useMlflow()
  return useQuery({
    queryKey: ['trace', id],
    queryFn: async ({ signal }): Promise<WholeTrace> => {
      const answer = await send(`${base}/traces/get?${new URLSearchParams({ trace_id: id, allow_partial: 'true' })}`, {
        signal,
      })
      const { trace = {} } = parseExact(await answer.text()) as { trace?: { trace_info?: Wire; spans?: unknown[] } } // as documented
      const told = trace.spans ?? []
      const spans = told.length > 0 ? told : await filedSpans(base, id, signal)
      return { ...traceOf(trace.trace_info ?? {}), spans: spansOf(spans), raw: { ...trace, spans } }
    },
    refetchInterval: ({ state }) => (state.data?.state === 'IN_PROGRESS' ? 2000 : false),
  })
}

/** Older clients keep the spans in a file beside the trace. */
async function filedSpans(base: string, id: string, signal: AbortSignal): Promise<unknown[]> {
  const old = `${base.replace(/\/api\/3\.0\//, '/ajax-api/2.0/')}/get-trace-artifact?request_id=${encodeURIComponent(id)}`
  try {
    const file = parseExact(await (await send(old, { signal })).text()) as { spans?: unknown[] } | null // looked at below
    return Array.isArray(file?.spans) ? file.spans : []
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return []
    throw error
  }
}

const stateWords: Record<string, string> = { OK: 'Completed', ERROR: 'Failed', IN_PROGRESS: 'Running' }

/** The state of jobs that a trace's is drawn like. */
export function likeJob(state: string): string {
  return stateWords[state] ?? 'Unknown'
}

export const traceWords: Record<string, string> = { OK: 'OK', ERROR: 'Error', IN_PROGRESS: 'In progress' }

/** The name of an experiment; its id where nobody knows one. */
export function useExperimentName(id: string): string {
  const base = useMlflow()
  const found = useQuery({
    queryKey: ['experiment', id, 'name'],
    queryFn: ({ signal }) =>
      ask<{ experiment?: { name?: string } }>(
        `${base.replace('/3.0/', '/2.0/')}/experiments/get?experiment_id=${encodeURIComponent(id)}`,
        { signal },
      ),
    enabled: id !== '',
    staleTime: 60_000,
  })
  return found.data?.experiment?.name ?? ''
}
