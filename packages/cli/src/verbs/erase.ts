// Deleting for good: what goes is said first, asked about, and then done.
import type { Lazurite } from '@lazurite/client'
import { asArray, asNumber, asObject, asString, type JsonObject } from '@lazurite/spec'
import { type Args, isSet, textOf } from '../args.ts'
import type { Run } from '../command.ts'
import { bytesText } from '../paint.ts'
import { collectionOf, kindOf, whichOf } from '../reach.ts'
import type { Result, Session } from '../session.ts'
import { confirm } from './resource.ts'

export const eraseJob: Run = async (session, args) => {
  const client = await session.client()
  return erase(session, args, { client, path: client.of('job').path({ name: textOf(args, 'name') ?? '' }) })
}

export const eraseExperiment: Run = async (session, args) => {
  const client = await session.client()
  const home = client
    .of('job')
    .path()
    .replace(/\/jobs$/, '')
  return erase(session, args, { client, path: `${home}/experiments/${encodeURIComponent(textOf(args, 'name') ?? '')}` })
}

/** A version, or the name with all its versions; in a registry the registry's own way. */
export const eraseAsset: Run = async (session, args) => {
  const client = await session.client()
  const all = await collectionOf(session, args, client)
  const { name, version, label } = whichOf(args)
  const number = version ?? (label === undefined ? undefined : (await all.latest(name, label)).name)
  const path = all.path({ name, ...(number === undefined ? {} : { version: number }) })
  if (textOf(args, 'registry-name') === undefined) return erase(session, args, { client, path })
  const what = `${kindOf(session).name} ${name}${number === undefined ? ' with all its versions' : `:${number}`}`
  if (isSet(args, 'dry-run')) return { value: { dryRun: true, path }, text: `The ${what} would be deleted.\n` }
  await confirm(session, args, `Delete the ${what}?`)
  await all.delete({ name, ...(number === undefined ? {} : { version: number }) })
  return {}
}

async function erase(
  session: Session,
  args: Args,
  { client, path }: { client: Lazurite; path: string },
): Promise<Result> {
  const ask = async (query: string) =>
    asObject(await (await client.ask({ method: 'DELETE', path: `/lazurite/v1${path}${query}` })).json())
  if (isSet(args, 'dry-run')) {
    const plan = await ask('?dryRun=true')
    return { value: plan, text: planText(plan) }
  }
  if (!isSet(args, 'yes')) {
    session.say(planText(await ask('?dryRun=true')).trimEnd())
    await confirm(session, args, 'Delete this for good?')
  }
  const done = await ask('')
  return { value: done, text: planText(done) }
}

const mostLines = 20

function planText(plan: JsonObject): string {
  const count = (key: string) => asNumber(plan[key]) ?? 0
  const would = plan.dryRun === true
  const assets = asArray(plan.assets).map(asObject)
  const lines = [
    would ? 'Would delete:' : 'Deleted:',
    ...named('experiment', asArray(plan.experiments).map(String)),
    ...named('job', asArray(plan.jobs).map(String), count('jobCount')),
    ...named(
      'asset',
      assets.map((one) => `${asString(one.kind)} ${asString(one.name)}:${asString(one.version)}`),
    ),
    `  ${count('runs')} runs with ${count('metricPoints')} metric values, ${count('parameters')} parameters, ${count('tags')} tags`,
    `  ${count('files')} files, ${bytesText(count('sizeBytes'))}`,
    ...shortened(
      asArray(plan.folders).map(asObject),
      (one) =>
        `    ${asString(one.path)} (${asNumber(one.files) ?? 0} files, ${bytesText(asNumber(one.sizeBytes) ?? 0)})`,
    ),
    ...asArray(plan.elsewhere).map((uri) => `    ${String(uri)}`),
  ]
  const kept = asArray(plan.kept).map(asObject)
  if (kept.length > 0)
    lines.push(would ? 'Would stay, because something else names it:' : 'Kept, because something else names it:')
  lines.push(...shortened(kept, (one) => `  ${asString(one.path)} (${asString(one.by)})`))
  return `${lines.join('\n')}\n`
}

function named(what: string, names: readonly string[], count = names.length): string[] {
  if (names.length === 0) return []
  if (count === 1) return [`  the ${what} ${names[0]}`]
  const shown = names.slice(0, 5).join(', ')
  return [`  ${count} ${what}s: ${shown}${count > 5 ? ', …' : ''}`]
}

function shortened(rows: readonly JsonObject[], line: (row: JsonObject) => string): string[] {
  const shown = rows.slice(0, mostLines).map(line)
  return rows.length > mostLines ? [...shown, `    … and ${rows.length - mostLines} more`] : shown
}
