// Which jobs read or wrote a version of an asset, and which versions a job read and wrote.
import { asArray, asObject, type JsonObject } from '@lazurite/spec'
import type { Run } from '../command.ts'
import type { Shown } from '../output.ts'
import { agoText } from '../paint.ts'
import { collectionOf, whichOf } from '../reach.ts'
import { versionsOf } from './labels.ts'

export const lineage: Run = async (session, args) => {
  const which = whichOf(args)
  const version = which.version ?? (await (await collectionOf(session, args)).get(which)).name
  const uses = await (await versionsOf(session, args)).lineage(which.name, version)
  const value = uses.map(
    // a job is named by its id, or by its name alone
    ({ job, ...use }): JsonObject => ({ job: job.split('/').at(-1) ?? job, ...use }),
  )
  return { value, shown: columns(session.now()) }
}

function columns(now: number): Shown[] {
  const text = (key: string) => (row: JsonObject) => String(row[key] ?? '')
  return [
    { title: 'job', of: text('job') },
    { title: 'direction', of: text('direction') },
    { title: 'as', of: text('as') },
    { title: 'when', of: (row) => agoText(String(row.at ?? ''), now) },
  ]
}

/** What a job read and wrote. */
export const ofJob: Run = async (session, args) => {
  const client = await session.client()
  const all = client.of('job')
  const name = whichOf(args).name
  const answer = await client.ask({ path: `/lazurite/v1${all.path({ name })}/lineage` })
  const value = asArray(asObject(await answer.json()).value).map(asObject)
  // a job that used nothing, or none at all
  if (value.length === 0) await all.get({ name })
  return { value, shown: ['direction', 'as', 'kind', 'name', 'version'].map(column) }
}

const column = (title: string): Shown => ({ title, of: (row) => String(row[title] ?? '') })
