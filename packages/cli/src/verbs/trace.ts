// Traces: found, looked at, deleted.
import { type Span, spansOf, type TreeSpan, treeOf } from '@lazurite/client'
import { asArray, asObject, asString, fail, type Json, type JsonObject } from '@lazurite/spec'
import { type Args, isSet, listOf, textOf, wholeOf } from '../args.ts'
import type { Run } from '../command.ts'
import { agoText, drawTable, durationText, oneLine, type Tint, tint } from '../paint.ts'
import type { Session } from '../session.ts'
import { ownWire } from '../tracking/wires.ts'
import { UsageError } from '../usage.ts'
import { confirm } from './resource.ts'

const mostPerPage = 500
const tints: Readonly<Record<string, Tint>> = { OK: 'green', ERROR: 'red', IN_PROGRESS: 'blue' }

/** Traces as the server lists them, page by page, at most so many. */
async function* found(session: Session, args: Args, most: number): AsyncGenerator<JsonObject> {
  const client = await session.client()
  const home = client
    .of('job')
    .path()
    .replace(/\/jobs$/, '')
  const words = new URLSearchParams({ top: String(Math.min(most, mostPerPage)) })
  for (const name of listOf(args, 'experiment')) words.append('experiment', name)
  for (const [flag, word] of [
    ['run', 'run'],
    ['filter', 'filter'],
    ['order-by', 'order'],
  ] as const) {
    const text = textOf(args, flag)
    if (text !== undefined) words.set(word, text)
  }
  for (let told = 0; told < most; ) {
    const page = asObject(await (await client.ask({ path: `/lazurite/v1${home}/traces?${words}` })).json())
    const left = page.left
    if (told === 0 && typeof left === 'number')
      session.say(`Not looked into: ${left} experiments. Name some with --experiment.`)
    for (const one of asArray(page.value)
      .map(asObject)
      .slice(0, most - told)) {
      told += 1
      yield one
    }
    const next = asString(page.next)
    if (!next) return
    words.set('after', next)
  }
}

export const list: Run = async (session, args) => {
  const value: JsonObject[] = []
  for await (const one of found(session, args, wholeOf(args, 'max-results') ?? 50)) value.push(shownAs(one))
  const text = (key: string) => (row: JsonObject) => String(row[key] ?? '')
  return {
    value,
    shown: [
      { title: 'id', of: text('id'), keep: true },
      { title: 'name', of: text('name'), keep: false },
      { title: 'state', of: text('state') },
      { title: 'request', of: (row) => oneLine(String(row.request ?? '')).slice(0, 60) },
      { title: 'took', of: (row) => (typeof row.seconds === 'number' ? durationText(row.seconds) : '') },
      { title: 'began', of: (row) => agoText(String(row.began_at), session.now()) },
      { title: 'experiment', of: text('experiment') },
    ],
  }
}

function shownAs(one: JsonObject): JsonObject {
  const tags = asObject(one.tags)
  const metadata = asObject(one.trace_metadata)
  const own = (words: JsonObject) => Object.fromEntries(Object.entries(words).filter(([key]) => !/^mlflow\./.test(key)))
  const seconds = /^(-?[\d.]+)s$/.exec(asString(one.execution_duration) ?? '')?.[1]
  const optional = (key: string, value: Json | undefined) => (value === undefined ? {} : { [key]: value })
  return {
    id: one.trace_id ?? '',
    name: tags['mlflow.traceName'] ?? '',
    state: one.state ?? '',
    ...optional('experiment', one.experiment),
    ...optional('run', metadata['mlflow.sourceRun']),
    began_at: one.request_time ?? '',
    ...optional('seconds', seconds === undefined ? undefined : Number(seconds)),
    ...optional('request', one.request_preview),
    ...optional('response', one.response_preview),
    tags: own(tags),
    metadata: own(metadata),
    assessments: asArray(one.assessments),
  }
}

export const show: Run = async (session, args) => {
  const id = textOf(args, 'name') ?? ''
  const wire = ownWire(await session.client())
  const query = new URLSearchParams({ trace_id: id, allow_partial: 'true' })
  const answer = await wire.json('GET', `/api/3.0/mlflow/traces/get?${query}`, undefined, { whole: true })
  if (answer === undefined) return fail('TraceNotFound', { trace: id })
  const trace = asObject(answer.trace)
  const told = asArray(trace.spans)
  const spans = treeOf(spansOf(told.length > 0 ? told : await filedSpans(wire, id)))
  const value = { ...shownAs(asObject(trace.trace_info)), spans: spans.map(spanValue) }
  return { value, text: textOfTrace(session, value, spans) }
}

/** Older clients keep the spans in a file beside the trace. */
async function filedSpans(wire: ReturnType<typeof ownWire>, id: string): Promise<Json[]> {
  const path = `/ajax-api/2.0/mlflow/get-trace-artifact?request_id=${encodeURIComponent(id)}`
  return asArray((await wire.json('GET', path, undefined, { whole: true }))?.spans)
}

function spanValue({ depth: _, below: __, ...span }: TreeSpan): JsonObject {
  const { id, parent, name, type, status, message, fromUs, toUs, inputs, outputs, tokens, attributes, events } = span
  const all = {
    ...{ id, parent, name, type, status, message, from_us: fromUs, to_us: toUs, inputs, outputs, tokens, attributes },
    events: events.map((event) => ({ name: event.name, at_us: event.atUs, attributes: event.attributes })),
  }
  // undefined fields are left out; what is in them came as JSON
  return JSON.parse(JSON.stringify(all)) as JsonObject
}

const barWidth = 30

function textOfTrace(session: Session, value: JsonObject, spans: readonly TreeSpan[]): string {
  const state = String(value.state)
  const took = typeof value.seconds === 'number' ? ` after ${durationText(value.seconds)}` : ''
  const whole = Math.max(1, ...spans.map(({ fromUs, toUs }) => toUs ?? fromUs))
  const bar = ({ fromUs, toUs }: Span) => {
    const start = Math.min(barWidth - 1, Math.floor((fromUs / whole) * barWidth))
    const width = Math.max(1, Math.round((((toUs ?? whole) - fromUs) / whole) * barWidth))
    return ' '.repeat(start) + '█'.repeat(Math.min(width, barWidth - start))
  }
  const table = drawTable(
    [
      { title: 'step', cells: spans.map(({ name, id, depth }) => '  '.repeat(depth) + (name || id)), keep: true },
      { title: 'type', cells: spans.map(({ type }) => type.toLowerCase().replaceAll('_', ' ')) },
      {
        title: 'state',
        cells: spans.map(({ status }) => (status === 'UNSET' ? '' : status)),
        tints: spans.map(({ status }) => tints[status]),
      },
      {
        title: 'took',
        cells: spans.map(({ fromUs, toUs }) => (toUs === undefined ? '…' : `${((toUs - fromUs) / 1000).toFixed(1)}ms`)),
        right: true,
        keep: true,
      },
      { title: '', cells: spans.map(bar) },
    ],
    session.out,
  )
  const name = oneLine(String(value.name || value.id))
  return [
    `${name} is ${tint(session.out, tints[state], state || 'unknown')}${took}\n`,
    ...(value.request === undefined ? [] : [`request   ${oneLine(String(value.request)).slice(0, 400)}\n`]),
    ...(value.response === undefined ? [] : [`response  ${oneLine(String(value.response)).slice(0, 400)}\n`]),
    ...(spans.length === 0 ? [] : ['\n', table]),
    ...failuresText(session, spans),
    ...assessmentsText(asArray(value.assessments).map(asObject)),
  ].join('')
}

function failuresText(session: Session, spans: readonly Span[]): string[] {
  const lines = spans.flatMap(({ name, status, message, events }) => {
    if (status !== 'ERROR') return []
    const raised = events.find((event) => event.name === 'exception')?.attributes
    const said = raised ? `${raised['exception.type']}: ${raised['exception.message']}` : message
    return said === '' ? [] : [`${tint(session.out, 'red', oneLine(name))}: ${oneLine(said)}\n`]
  })
  return lines.length === 0 ? [] : ['\n', ...lines]
}

function assessmentsText(all: readonly JsonObject[]): string[] {
  const lines = all.map((one) => {
    const said = one.feedback ?? one.expectation ?? one.issue
    const { value, serialized_value: packed } = asObject(said)
    const text = packed === undefined ? JSON.stringify(value ?? null) : String(asObject(packed).value)
    const why = asString(one.rationale)
    return `${oneLine(String(one.assessment_name))}: ${oneLine(text)}${why ? ` (${oneLine(why)})` : ''}\n`
  })
  return lines.length === 0 ? [] : ['\n', ...lines]
}

export const remove: Run = async (session, args) => {
  const ids = listOf(args, 'ids')
  const narrows = ['experiment', 'run', 'filter'].some((name) => args.values.has(name))
  if (ids.length > 0 && narrows)
    throw new UsageError('ids and what narrows them were both given', 'Name traces, or give --experiment, --run, --filter.') // biome-ignore format: one thought
  if (ids.length === 0 && !narrows)
    throw new UsageError('no trace was named', 'Name traces, or give --experiment, --run, --filter.')
  const wire = ownWire(await session.client())
  const places = new Map<string, string[]>()
  const note = (one: JsonObject) => {
    const place = asString(asObject(asObject(one.trace_location).mlflow_experiment).experiment_id) ?? ''
    places.set(place, [...(places.get(place) ?? []), String(one.trace_id)])
  }
  for (let at = 0; at < ids.length; at += mostPerPage) {
    const body = { trace_ids: ids.slice(at, at + mostPerPage) }
    const answer = await wire.json('POST', '/api/3.0/mlflow/traces/batchGetInfos', body)
    for (const one of asArray(answer?.trace_infos)) note(asObject(one))
  }
  if (ids.length === 0) for await (const one of found(session, args, Number.MAX_SAFE_INTEGER)) note(one)
  const all = [...places.values()].flat()
  const missing = ids.find((id) => !all.includes(id))
  if (missing !== undefined) fail('TraceNotFound', { trace: missing })
  const told = `${all.length} ${all.length === 1 ? 'trace' : 'traces'}`
  if (isSet(args, 'dry-run')) return { value: { dryRun: true, traces: all }, text: `Would delete ${told}.\n` }
  if (all.length > 0) await confirm(session, args, `Delete ${told} for good?`)
  for (const [experiment_id, some] of places)
    for (let at = 0; at < some.length; at += mostPerPage)
      await wire.json('POST', '/api/3.0/mlflow/traces/delete-traces', {
        experiment_id,
        request_ids: some.slice(at, at + mostPerPage),
      })
  return { value: { traces: all }, text: `Deleted ${told}.\n` }
}
