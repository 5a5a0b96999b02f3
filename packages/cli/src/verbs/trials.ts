// The trials of a sweep side by side, the best first.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '@lazurite/spec'
import type { Run } from '../command.ts'
import type { Shown } from '../output.ts'
import { durationText } from '../paint.ts'
import { whichOf } from '../reach.ts'

export const trials: Run = async (session, args) => {
  const client = await session.client()
  const { name } = whichOf(args)
  const answer = await client.ask({ path: `/lazurite/v1${client.of('job').path({ name })}/trials` })
  const table = asObject(await answer.json())
  const better = table.goal === 'maximize' ? -1 : 1
  const score = (row: JsonObject) => (asNumber(row.score) ?? Number.POSITIVE_INFINITY * better) * better
  const value = asArray(table.value)
    .map(asObject)
    .sort((a, b) => compare(score(a), score(b)) || compare(asNumber(a.trial) ?? 0, asNumber(b.trial) ?? 0))
  const made = `${value.length} of ${String(table.total)} trials`
  session.say(`${made}, ${String(table.sampling)} sampling, ${String(table.goal)} ${String(table.metric)}`)
  if (asString(table.stopping)) session.say(`No more are made: ${String(table.stopping)}.`)
  return { value, shown: columns(value, asString(table.metric) ?? '', session.now()) }
}

const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0)

function columns(rows: readonly JsonObject[], metric: string, now: number): Shown[] {
  const parameters = [...new Set(rows.flatMap((row) => Object.keys(asObject(row.values))))]
  return [
    { title: 'trial', of: (row) => String(row.trial) },
    { title: 'name', of: (row) => String(row.name) },
    { title: 'status', of: (row) => String(row.status), state: true },
    { title: metric, of: (row) => cell(row.score) },
    { title: 'values', of: (row) => (asNumber(row.reported) ?? 0).toString() },
    ...parameters.map((name): Shown => ({ title: name, of: (row) => cell(asObject(row.values)[name]) })),
    { title: 'time', of: (row) => timeOf(row, now) },
    { title: '', of: (row) => (row.best === true ? 'best' : (asString(row.stopped) ?? '')) },
  ]
}

function timeOf(row: JsonObject, now: number): string {
  const from = asNumber(row.startedAt)
  return from === undefined ? '' : durationText(((asNumber(row.endedAt) ?? now) - from) / 1000)
}

/** Six digits are enough to tell trials apart. */
function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value)
}
