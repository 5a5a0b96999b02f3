// Which jobs read or wrote a version of an asset.
import { asArray, asObject, asString, type JsonObject } from '@lazurite/spec'
import type { Run } from '../command.ts'
import type { Shown } from '../output.ts'
import { agoText } from '../paint.ts'
import { collectionOf, whichOf } from '../reach.ts'

export const lineage: Run = async (session, args) => {
  const client = await session.client()
  const all = await collectionOf(session, args, client)
  const which = whichOf(args)
  const version = which.version ?? (await all.get(which)).name
  const answer = await client.ask({ path: `/lazurite/v1${all.path({ ...which, version })}/lineage` })
  const value = asArray(asObject(await answer.json()).value).map((use): JsonObject => {
    const { job, ...rest } = asObject(use)
    // a job is named by its id, or by its name alone
    return { job: asString(job)?.split('/').at(-1) ?? null, ...rest }
  })
  return { value, shown: columns(session.now()) }
}

function columns(now: number): Shown[] {
  const text = (key: string) => (row: JsonObject) => asString(row[key]) ?? ''
  return [
    { title: 'job', of: text('job') },
    { title: 'direction', of: text('direction') },
    { title: 'as', of: text('as') },
    { title: 'when', of: (row) => agoText(asString(row.at) ?? '', now) },
  ]
}
