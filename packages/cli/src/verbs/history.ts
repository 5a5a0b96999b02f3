// The history of jobs: where the time went and why it failed, the same again, what happens as it happens.
import { type Change, readResource } from '@lazurite/client'
import { asArray, asNumber, asObject, asString, fail, isFinal, type Json, type JsonObject } from '@lazurite/spec'
import { isSet, textOf, wholeOf } from '../args.ts'
import type { Run } from '../command.ts'
import { describe } from '../describe.ts'
import { applyEdits } from '../edits.ts'
import { drawTable, durationText, oneLine, tint, tintOf } from '../paint.ts'
import { kindOf } from '../reach.ts'
import { type Session, untilInterrupted } from '../session.ts'
import { jobPath } from './explain.ts'

/** Phases with their durations, the steps in order of their begin, and of a failure its cause. */
export const timeline: Run = async (session, args) => {
  const client = await session.client()
  const name = textOf(args, 'name') ?? ''
  const [answer, job] = await Promise.all([
    client.ask({ path: jobPath(client, name, 'timeline') }),
    client.of('job').get({ name }),
  ])
  const told = asObject(await answer.json())
  const error = asObject(asObject(job.rest.lazurite).error)
  const value = { ...told, ...(Object.keys(error).length > 0 ? { error } : {}) }
  return { value, text: timelineText(session, told, error) }
}

const barWidth = 30

function timelineText(session: Session, told: JsonObject, error: JsonObject): string {
  const status = asString(told.status) ?? ''
  const total = asNumber(told.totalSeconds) ?? 0
  const parts = Object.entries(asObject(told.stages)).map(
    ([stage, seconds]) => `${stage} ${durationText(asNumber(seconds) ?? 0)}`,
  )
  const head = `${asString(told.name)} is ${tint(session.out, tintOf(status), status)} after ${durationText(total)}: ${parts.join(', ')}`
  const waiting = asString(told.waiting)
  const phases = asArray(told.phases).map(asObject)
  const begin = asNumber(told.from) ?? 0
  const steps = asArray(told.steps).map(asObject)
  const sections = [
    `${head}\n${waiting ? `It waits: ${waiting}\n` : ''}`,
    drawTable(columns(phases, { begin, total, title: 'phase' }), session.out),
    ...(steps.length === 0 ? [] : [drawTable(stepColumns(steps, { begin, total }), session.out)]),
    ...(Object.keys(error).length === 0 ? [] : [failureText(session, error)]),
  ]
  return sections.join('\n')
}

interface Span {
  begin: number
  total: number
}

function columns(rows: readonly JsonObject[], { begin, total, title }: Span & { title: string }) {
  return [
    { title, cells: rows.map((row) => asString(row.name) ?? '') },
    { title: 'time', cells: rows.map((row) => durationText(asNumber(row.seconds) ?? 0)), right: true, keep: true },
    { title: '', cells: rows.map((row) => bar(row.from, asNumber(row.seconds) ?? 0, { begin, total })) },
    { title: '', cells: rows.map((row) => asString(row.detail) ?? '') },
  ]
}

function stepColumns(steps: readonly JsonObject[], span: Span) {
  const stage = (row: JsonObject, name: string) => durationText(asNumber(asObject(row.stages)[name]) ?? 0)
  const states = steps.map((row) => asString(row.status) ?? '')
  return [
    { title: 'step', cells: steps.map((row) => asString(row.displayName) ?? ''), keep: true },
    { title: 'status', cells: states, tints: states.map(tintOf) },
    { title: 'queued', cells: steps.map((row) => stage(row, 'queued')), right: true },
    { title: 'preparing', cells: steps.map((row) => stage(row, 'preparing')), right: true },
    { title: 'running', cells: steps.map((row) => stage(row, 'running')), right: true },
    { title: '', cells: steps.map((row) => bar(row.from, asNumber(row.totalSeconds) ?? 0, span)) },
    { title: '', cells: steps.map((row) => (row.reusedFrom ? `reused ${asString(row.reusedFrom)}` : '')) },
  ]
}

/** Where in the whole a stretch lies. */
function bar(from: Json | undefined, seconds: number, { begin, total }: Span): string {
  if (total <= 0) return ''
  const start = Math.round((((asNumber(from) ?? begin) - begin) / 1000 / total) * barWidth)
  const length = Math.max(1, Math.round((seconds / total) * barWidth))
  const at = Math.min(Math.max(0, start), barWidth - 1)
  return `${' '.repeat(at)}${'█'.repeat(Math.min(length, barWidth - at))}`.padEnd(barWidth)
}

/** What failed, why most likely, where in the user's code, what to do; and the last lines of the log. */
export function failureText(session: Session, error: JsonObject): string {
  const cause = asObject(error.cause)
  const of = asObject(error.of)
  const tail = asString(error.tail)
  const lines = [
    ...(of.job === undefined ? [] : [`Failed in: ${asString(of.displayName)} (${asString(of.job)})`]),
    `${asString(error.code) ?? 'Error'}: ${(asString(error.message) ?? '').split(' Error: ')[0]?.split('\n')[0] ?? ''}`,
    ...(cause.what === undefined ? [] : [`${tint(session.out, 'bold', 'Likely cause:')} ${asString(cause.what)}`]),
    ...(cause.where === undefined ? [] : [`At: ${asString(cause.where)}`]),
    ...[asString(cause.hint) ?? asString(error.hint)].flatMap((hint) =>
      hint === undefined ? [] : [`${tint(session.out, 'cyan', 'Hint:')} ${hint}`],
    ),
    ...(tail === undefined ? [] : [`Last lines of ${asString(error.log) ?? 'the log'}:`]),
    ...(tail ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : [`  ${oneLine(line)}`])),
  ]
  return `${lines.join('\n')}\n`
}

const changeable = new Set(['inputs', 'environment_variables', 'tags', 'compute', 'display_name', 'experiment_name'])

/** The same job once more, with other values. */
export const rerun: Run = async (session, args) => {
  const client = await session.client()
  const name = textOf(args, 'name') ?? ''
  const given = applyEdits({ inputs: {}, environment_variables: {}, tags: {} }, args.edits, {})
  const unknown = Object.keys(given).find((key) => !changeable.has(key))
  if (unknown !== undefined)
    fail('BadArgument', { what: `--set changes ${[...changeable].join(', ')}, and no ${unknown}.` })
  const fresh = textOf(args, 'new-name')
  const body: JsonObject = {
    ...given,
    ...(fresh === undefined ? {} : { name: fresh }),
    ...(isSet(args, 'force-rerun') ? { force: true } : {}),
  }
  const answer = await client.ask({ method: 'POST', path: jobPath(client, name, 'rerun'), body })
  const job = readResource(await answer.json())
  session.say(`${job.name} runs ${name} again.`)
  const kind = kindOf(session)
  if (!isSet(args, 'stream')) return { value: describe(kind, job) }
  const { follow } = await import('../follow.ts')
  const end = await follow(session, client, job)
  return { value: describe(kind, end.job), text: '', code: end.code }
}

/** One line a change as it happens; of one job and its steps, until it is over. */
export const events: Run = async (session, args) => {
  const client = await session.client()
  const name = textOf(args, 'name')
  const since = wholeOf(args, 'since') ?? (isSet(args, 'from-start') ? 0 : undefined)
  if (name !== undefined) {
    const job = await client.of('job').get({ name })
    const state = asString(job.properties.status) ?? ''
    if (isFinal(state) && since === undefined) {
      session.say(`${name} is ${state}; see what happened with --from-start.`)
      return {}
    }
  }
  const json = session.format?.startsWith('json') === true
  await untilInterrupted(async (signal) => {
    const of = name === undefined ? {} : { job: name }
    for await (const change of client.events({ ...of, ...(since === undefined ? {} : { since }), signal })) {
      if (change.kind !== 'job') continue
      await session.write(json ? `${JSON.stringify(change)}\n` : changeLine(session, change))
      if (change.name === name && (isFinal(change.state ?? '') || change.what === 'deleted')) return
    }
  })
  return {}
}

function changeLine(session: Session, { seq, at, name, what, state = '' }: Change): string {
  return `${seq} ${new Date(at).toISOString()} ${name} ${what}${state === '' ? '' : ` ${tint(session.out, tintOf(state), state)}`}\n`
}
